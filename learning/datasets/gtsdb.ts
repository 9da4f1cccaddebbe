import { z } from "zod";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Dataset } from "./Dataset.ts";
import { defineDatasetKind } from "./DatasetKind.ts";
import { halved, loadGtsdbScenes, SCENE_SIZE, SIGN_CATEGORIES } from "./gtsdbScenes.ts";
import { isImageName, parseImage } from "./parseImage.ts";
import type { ReadFile, SampleFile, SampleReader } from "./SampleReader.ts";
import { sceneDataset } from "./sceneDataset.ts";
import { parseAnnotations, SIGN_CLASSES, SignCrops } from "./signCrops.ts";
import { signReader } from "./signReader.ts";

const schema = z.strictObject({
  kind: z
    .literal("gtsdb")
    .describe(
      "German traffic signs in road scenes: cut out of them, 43 classes, or to be found, 4 categories.",
    ),
  size: z
    .int()
    .min(8)
    .max(128)
    .default(32)
    .describe("Width and height that signs are resized to, pixels; of whole scenes it means nothing."),
  trainScenes: z
    .int()
    .min(1)
    .max(900)
    .default(600)
    .describe("Scenes below this number are learned from, the others held out; 600 as published."),
  samples: z
    .enum(["signs", "scenes", "half-scenes"])
    .optional()
    .describe(
      "`signs`, unless given; `scenes`: whole scenes at half their size, 680 × 400, with the boxes of their signs; `half-scenes`: the same from files that are at half size already, `boxes.csv` and `images/00000.jpg` to `images/00899.jpg`.",
    ),
});

type GtsdbSpec = z.infer<typeof schema>;

const ANNOTATION_FILE = "gt.txt";
const COLUMNS = { names: ["image", "left", "top", "right", "bottom", "class"] };
const HALF_FILE = "boxes.csv";
const SCENE = /^\d{5}\.ppm$/;

/**
 * The German Traffic Sign Detection Benchmark (Houben, Stallkamp, Salmen,
 * Schlipsing, Igel 2013): 1,213 signs in 741 of 900 road scenes, cut to their
 * boxes and resized; or those scenes with their boxes, for a detector. The natural
 * client is the scene.
 */
export const gtsdb = defineDatasetKind({
  schema,
  source:
    "the German Traffic Sign Detection Benchmark (GTSDB) of the Institut für Neuroinformatik, Ruhr-Universität Bochum: FullIJCNN2013",
  files: ({ samples }) => [samples === "half-scenes" ? HALF_FILE : ANNOTATION_FILE],
  shape: ({ size, samples = "signs" }) =>
    samples === "signs"
      ? { sampleShape: [size, size, 3], classes: SIGN_CLASSES, client: "scene" }
      : {
          sampleShape: [SCENE_SIZE.height, SCENE_SIZE.width, 3],
          classes: SIGN_CATEGORIES.length + 1,
          client: "scene",
          hasBoxes: true,
        },

  async load({ size, trainScenes, samples = "signs" }, read) {
    const isTrain = (scene: number) => scene < trainScenes;
    const isTest = (scene: number) => !isTrain(scene);
    if (samples === "signs") {
      const [train, test] = await signsOf(size, [isTrain, isTest], read);
      return { train: train!, test: test! };
    }
    const [train, test] = await scenesOf(samples, [isTrain, isTest], read);
    return { train: train!, test: test! };
  },

  own: {
    files: ({ samples }) => [samples === "half-scenes" ? HALF_FILE : ANNOTATION_FILE],

    /** All scenes that are there, whatever their numbers. */
    async load({ size, samples = "signs" }, _side, { read }) {
      const all = [() => true];
      const [own] = samples === "signs" ? await signsOf(size, all, read) : await scenesOf(samples, all, read);
      return own!;
    },
  },

  reader: gtsdbReader(),
});

/** Signs cut out of scenes, a data set for each choice of scenes by their numbers. */
async function signsOf(
  size: number,
  choices: readonly ((scene: number) => boolean)[],
  read: ReadFile,
): Promise<Dataset[]> {
  const annotations = parseAnnotations(ANNOTATION_FILE, await read(ANNOTATION_FILE), COLUMNS);
  const wrong = annotations.find(({ image }) => !SCENE.test(image));
  if (wrong !== undefined) {
    throw new BaseError(
      "GTSDB_SCENE",
      `${ANNOTATION_FILE}, row ${wrong.row} does not name a scene like 00000.ppm.`,
      { details: `It names ${JSON.stringify(wrong.image)}.` },
    );
  }
  const crops = choices.map(() => new SignCrops(size));
  for (const [image, ofScene] of Map.groupBy(annotations, (annotation) => annotation.image)) {
    const scene = Number(image.slice(0, 5));
    const signs = ofScene.map((annotation) => ({ annotation, client: scene }));
    const place = choices.findIndex((isWanted) => isWanted(scene));
    crops[place]!.add(image, await read(image), signs);
  }
  return crops.map((signs) => signs.dataset());
}

function gtsdbReader(): SampleReader<GtsdbSpec> {
  const signs = signReader(COLUMNS, "a gt.txt");
  const isOfSigns = ({ samples = "signs" }: GtsdbSpec) => samples === "signs";
  return {
    accepts: `of signs, ${signs.accepts}; of scenes, an image with sides in multiples of 8 (.ppm, .jpg), or a ${ANNOTATION_FILE} or ${HALF_FILE} with its scenes`,
    scale: signs.scale,
    steps: (spec) =>
      isOfSigns(spec)
        ? signs.steps(spec)
        : [
            `A scene of ${2 * SCENE_SIZE.width} × ${2 * SCENE_SIZE.height} pixels is halved, each pixel the mean of four, rounded half up; others are taken as they are.`,
            "Red, green and blue are bytes; the model sees them divided by 255.",
          ],
    classNames: (spec) => (isOfSigns(spec) ? undefined : SIGN_CATEGORIES),
    read: (spec, file) => (isOfSigns(spec) ? signs.read(spec, file, {}) : readScenes(file)),
  };
}

async function readScenes({ name, bytes, beside }: SampleFile) {
  if (isImageName(name)) {
    const read = parseImage(name, bytes);
    const isPublished = read.width === 2 * SCENE_SIZE.width && read.height === 2 * SCENE_SIZE.height;
    const { width, height, pixels } = isPublished ? halved(name, read) : read;
    const scene = { pixels, objects: [], client: 0 };
    const dataset = sceneDataset([scene], [height, width, 3], SIGN_CATEGORIES.length);
    return { dataset, isLabelled: false, names: [name] };
  }
  const files = name.endsWith(HALF_FILE) ? "half" : "published";
  const annotations = files === "half" ? HALF_FILE : ANNOTATION_FILE;
  const scenes = await loadGtsdbScenes(files, async (file) => (file === annotations ? bytes : beside(file)));
  const dataset = sceneDataset(
    scenes.map(({ image, signs, number }) => ({ pixels: image.pixels, objects: signs, client: number })),
    [SCENE_SIZE.height, SCENE_SIZE.width, 3],
    SIGN_CATEGORIES.length,
  );
  return { dataset, isLabelled: true, names: scenes.map(({ number }) => `scene ${number}`) };
}

/** Whole scenes, a data set for each choice by their numbers. */
async function scenesOf(
  samples: "scenes" | "half-scenes",
  choices: readonly ((scene: number) => boolean)[],
  read: ReadFile,
): Promise<Dataset[]> {
  const scenes = await loadGtsdbScenes(samples === "scenes" ? "published" : "half", read);
  return choices.map((isWanted) =>
    sceneDataset(
      scenes
        .filter(({ number }) => isWanted(number))
        .map(({ image, signs, number }) => ({ pixels: image.pixels, objects: signs, client: number })),
      [SCENE_SIZE.height, SCENE_SIZE.width, 3],
      SIGN_CATEGORIES.length,
    ),
  );
}
