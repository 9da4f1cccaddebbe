import { z } from "zod";
import { BaseError } from "../../protocol/BaseError.ts";
import { defineDatasetKind } from "./DatasetKind.ts";
import { parseAnnotations, SIGN_CLASSES, SignCrops } from "./signCrops.ts";

const schema = z.strictObject({
  kind: z.literal("gtsdb").describe("German traffic signs, 43 classes, cut out of road scenes."),
  size: z.int().min(8).max(128).default(32).describe("Width and height that signs are resized to, pixels."),
  trainScenes: z
    .int()
    .min(1)
    .max(900)
    .default(600)
    .describe("Scenes below this number are learned from, the others held out; 600 as published."),
});

const ANNOTATION_FILE = "gt.txt";
const SCENE = /^\d{5}\.ppm$/;

/**
 * The German Traffic Sign Detection Benchmark (Houben, Stallkamp, Salmen,
 * Schlipsing, Igel 2013): 1,213 signs in 741 of 900 road scenes, cut to their
 * boxes and resized. The natural client is the scene.
 */
export const gtsdb = defineDatasetKind({
  schema,
  source:
    "the German Traffic Sign Detection Benchmark (GTSDB) of the Institut für Neuroinformatik, Ruhr-Universität Bochum: FullIJCNN2013",
  files: () => [ANNOTATION_FILE],
  shape: ({ size }) => ({ sampleShape: [size, size, 3], classes: SIGN_CLASSES, client: "scene" }),

  async load({ size, trainScenes }, read) {
    const annotations = parseAnnotations(ANNOTATION_FILE, await read(ANNOTATION_FILE), {
      names: ["image", "left", "top", "right", "bottom", "class"],
    });
    const wrong = annotations.find(({ image }) => !SCENE.test(image));
    if (wrong !== undefined) {
      throw new BaseError(
        "GTSDB_SCENE",
        `${ANNOTATION_FILE}, row ${wrong.row} does not name a scene like 00000.ppm.`,
        { details: `It names ${JSON.stringify(wrong.image)}.` },
      );
    }
    const train = new SignCrops(size);
    const test = new SignCrops(size);
    for (const [image, ofScene] of Map.groupBy(annotations, (annotation) => annotation.image)) {
      const scene = Number(image.slice(0, 5));
      const signs = ofScene.map((annotation) => ({ annotation, client: scene }));
      (scene < trainScenes ? train : test).add(image, await read(image), signs);
    }
    return { train: train.dataset(), test: test.dataset() };
  },
});
