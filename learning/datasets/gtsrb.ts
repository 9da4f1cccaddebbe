import { z } from "zod";
import type { Dataset } from "./Dataset.ts";
import { defineDatasetKind } from "./DatasetKind.ts";
import { isImageName } from "./parseImage.ts";
import type { ReadFile } from "./SampleReader.ts";
import { parseAnnotations, SIGN_CLASSES, SignCrops } from "./signCrops.ts";
import { signReader } from "./signReader.ts";

const schema = z.strictObject({
  kind: z.literal("gtsrb").describe("German traffic signs, 43 classes, one image a sign."),
  size: z.int().min(8).max(128).default(32).describe("Width and height that signs are resized to, pixels."),
});

const COLUMNS = {
  header: "Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId",
  names: ["image", "width", "height", "left", "top", "right", "bottom", "class"],
};
const TEST_FILE = "GT-final_test.csv";

/**
 * The German Traffic Sign Recognition Benchmark (Stallkamp, Schlipsing, Salmen,
 * Igel 2012): 39,209 images of signs to train on and 12,630 to test with, cut to
 * their boxes and resized. Training images come as tracks of one physical sign:
 * that is the natural client.
 */
export const gtsrb = defineDatasetKind({
  schema,
  source:
    "the German Traffic Sign Recognition Benchmark (GTSRB) of the Institut für Neuroinformatik, Ruhr-Universität Bochum: GTSRB_Final_Training_Images, GTSRB_Final_Test_Images and GTSRB_Final_Test_GT",
  files: () => [...trainFolders().map(annotationsOf), TEST_FILE],
  shape: ({ size }) => ({ sampleShape: [size, size, 3], classes: SIGN_CLASSES, client: "sign" }),

  load: async ({ size }, read) => ({
    train: await trainingSigns(size, trainFolders(), read),
    test: await testSigns(size, read),
  }),

  own: {
    files: (_spec, side) => (side === "train" ? [] : [TEST_FILE]),

    /** Of the classes those that are there. */
    async load({ size }, side, { read, present }) {
      if (side === "test") return testSigns(size, read);
      const there = await present(trainFolders().map(annotationsOf));
      return trainingSigns(
        size,
        trainFolders().filter((folder) => there.includes(annotationsOf(folder))),
        read,
      );
    },

    arriving: {
      accepts:
        "images of a sign and nothing else (.ppm, .jpg), in folders named by their class, 00000 to 00042",
      isOne: (path) => isImageName(path) && classOf(path) !== undefined,
      read({ size }, path, bytes) {
        const crops = new SignCrops(size);
        crops.addWhole(path, bytes, classOf(path));
        return crops.dataset();
      },
      none: ({ size }) => new SignCrops(size).dataset(),
    },
  },

  reader: signReader(COLUMNS, "a GT-*.csv"),
});

/** The class of an image by its folder; undefined where that names none. */
function classOf(path: string): number | undefined {
  const name = /^(\d{1,5})\/[^/]+$/.exec(path)?.[1];
  return name !== undefined && Number(name) < SIGN_CLASSES ? Number(name) : undefined;
}

async function trainingSigns(size: number, folders: readonly string[], read: ReadFile): Promise<Dataset> {
  const train = new SignCrops(size);
  // A track's number is unique within its class.
  const signs = new Map<string, number>();
  for (const folder of folders) {
    await addFolder(train, read, `${folder}/`, annotationsOf(folder), (image) => {
      const track = `${folder}/${image.split("_")[0]}`;
      const sign = signs.get(track) ?? signs.size;
      signs.set(track, sign);
      return sign;
    });
  }
  return train.dataset();
}

async function testSigns(size: number, read: ReadFile): Promise<Dataset> {
  const test = new SignCrops(size);
  let image = 0;
  await addFolder(test, read, "Final_Test/Images/", TEST_FILE, () => image++);
  return test.dataset();
}

function trainFolders(): string[] {
  return Array.from(
    { length: SIGN_CLASSES },
    (_, label) => `Final_Training/Images/${String(label).padStart(5, "0")}`,
  );
}

function annotationsOf(folder: string): string {
  return `${folder}/GT-${folder.slice(-5)}.csv`;
}

async function addFolder(
  crops: SignCrops,
  read: ReadFile,
  folder: string,
  annotationFile: string,
  clientOf: (image: string) => number,
): Promise<void> {
  for (const annotation of parseAnnotations(annotationFile, await read(annotationFile), COLUMNS)) {
    const file = `${folder}${annotation.image}`;
    crops.add(file, await read(file), [{ annotation, client: clientOf(annotation.image) }]);
  }
}
