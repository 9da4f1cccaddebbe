import { z } from "zod";
import { defineDatasetKind } from "./DatasetKind.ts";
import { IDX_IMAGE_FILES, idxImageReader, loadIdxImages, ownIdxImages } from "./idxImages.ts";

const schema = z.strictObject({
  kind: z.literal("fashion-mnist").describe("Ten kinds of clothes."),
});

/**
 * Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): images of ten kinds of clothes, in
 * MNIST's form and numbers.
 */
export const fashionMnist = defineDatasetKind({
  schema,
  source: "Fashion-MNIST of Zalando Research",
  files: () => Object.values(IDX_IMAGE_FILES),
  shape: () => ({ sampleShape: [28, 28], classes: 10 }),
  load: (_spec, read) => loadIdxImages(read),
  own: ownIdxImages,

  reader: {
    ...idxImageReader,
    // As its publisher names them.
    classNames: () => [
      "T-shirt/top",
      "Trouser",
      "Pullover",
      "Dress",
      "Coat",
      "Sandal",
      "Shirt",
      "Sneaker",
      "Bag",
      "Ankle boot",
    ],
  },
});
