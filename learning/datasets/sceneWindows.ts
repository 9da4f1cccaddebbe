import type { RandomSource } from "../../numerics/RandomSource.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { areaOf, type Box, overlapOf } from "../detection/Box.ts";
import type { LabelledBox } from "../detection/Detection.ts";
import { boxesOfSample } from "../detection/sampleBoxes.ts";
import { type Dataset, featureCount } from "./Dataset.ts";
import type { RgbImage } from "./ppm.ts";
import { resizedCrop } from "./resizedCrop.ts";
import { sceneDataset } from "./sceneDataset.ts";

/** How windows are cut. */
export interface SceneWindowsOptions {
  /** Width and height of a window as a model sees it, pixels. */
  readonly size: number;
  /** Windows around each object. */
  readonly aroundObjects: number;
  /** Windows anywhere in each scene. */
  readonly anywhere: number;
  /** Sides of the squares that are cut, from and to, pixels of the scene: they are then resized. */
  readonly sides: readonly [least: number, most: number];
}

/** Least share of an object that a window has to show, for it to be there. */
const LEAST_VISIBLE = 0.5;

/**
 * Squares cut out of scenes at random, for a detector to learn from: around each
 * object some that show all of it, with the object anywhere in them, and some from
 * anywhere in the scene, most of which show none; half of them mirrored. Objects that
 * are cut by a window's edge are there if at least half of them is.
 *
 * The same scenes, options and draws give the same windows on every machine.
 *
 * @param scenes - Colour images in bytes, with boxes.
 * @returns One sample a window, scene by scene, of the scene's client.
 * @throws BaseError `SCENE_WINDOW` for samples that are no such scenes, and sides that don't fit into them.
 *
 * @example
 * const windows = sceneWindows(scenes, { size: 96, aroundObjects: 2, anywhere: 1, sides: [72, 128] }, random);
 */
export function sceneWindows(
  scenes: Dataset,
  { size, aroundObjects, anywhere, sides }: SceneWindowsOptions,
  random: RandomSource,
): Dataset {
  const { features, boxes, labels, classes, clients } = scenes;
  const [height, width, channels] = scenes.sampleShape;
  const [least, most] = sides;
  if (boxes === undefined || !(features instanceof Uint8Array) || channels !== 3) {
    throw new BaseError("SCENE_WINDOW", "Windows are cut out of colour images in bytes with boxes.", {
      details: `These samples have the shape [${scenes.sampleShape}]${boxes === undefined ? " and no boxes" : ""}.`,
    });
  }
  if (!(least >= 1 && least <= most && most <= Math.min(width!, height!))) {
    throw new BaseError(
      "SCENE_WINDOW",
      `Windows of ${least} to ${most} pixels cannot be cut out of a scene.`,
      {
        details: `A scene has ${width} × ${height}.`,
      },
    );
  }
  const pixels = featureCount(scenes);
  const windows: { pixels: Uint8Array; objects: LabelledBox[]; client: number }[] = [];
  for (let row = 0; row < labels.length; row++) {
    const image = {
      width: width!,
      height: height!,
      pixels: features.subarray(row * pixels, (row + 1) * pixels),
    };
    const objects = boxesOfSample(boxes, labels.length, row);
    const cut = (object: LabelledBox | undefined) => {
      const needed = object === undefined ? 0 : extent(object.box);
      const side = Math.max(least + random.integer(most - least + 1), Math.min(most, needed + 2));
      const left = startWithin(object && [object.box.left, object.box.right], side, width!, random);
      const top = startWithin(object && [object.box.top, object.box.bottom], side, height!, random);
      const isMirrored = random.integer(2) === 1;
      const window = windowOf({ image, objects }, { left, top, side }, size, isMirrored);
      windows.push({ ...window, client: clients?.[row] ?? row });
    };
    for (const object of objects) {
      for (let count = 0; count < aroundObjects; count++) cut(object);
    }
    for (let count = 0; count < anywhere; count++) cut(undefined);
  }
  return sceneDataset(windows, [size, size, 3], classes - 1);
}

/** Where a window of a length begins: all of the span within it, where that fits. */
function startWithin(
  span: readonly [from: number, to: number] | undefined,
  length: number,
  whole: number,
  random: RandomSource,
): number {
  const first = Math.max(0, span === undefined ? 0 : Math.ceil(span[1] - length));
  const last = Math.min(whole - length, span === undefined ? whole : Math.floor(span[0]));
  return last <= first
    ? Math.max(0, Math.min(whole - length, first))
    : first + random.integer(last - first + 1);
}

function extent({ left, top, right, bottom }: Box): number {
  return Math.ceil(Math.max(right - left, bottom - top));
}

/** A square of a scene at another size, perhaps mirrored, with the objects that are in it. */
function windowOf(
  { image, objects }: { image: RgbImage; objects: readonly LabelledBox[] },
  { left, top, side }: { left: number; top: number; side: number },
  size: number,
  isMirrored: boolean,
): { pixels: Uint8Array; objects: LabelledBox[] } {
  const cut = { left, top, right: left + side, bottom: top + side };
  const pixels = resizedCrop(image, cut, size);
  const scale = size / side;
  const inside = objects.flatMap(({ box, category }): LabelledBox[] => {
    if (overlapOf(box, cut) < LEAST_VISIBLE * areaOf(box)) return [];
    const [from, to] = [
      (Math.max(box.left, left) - left) * scale,
      (Math.min(box.right, cut.right) - left) * scale,
    ];
    const seen = {
      left: isMirrored ? size - to : from,
      top: (Math.max(box.top, top) - top) * scale,
      right: isMirrored ? size - from : to,
      bottom: (Math.min(box.bottom, cut.bottom) - top) * scale,
    };
    return [{ box: seen, category }];
  });
  return { pixels: isMirrored ? mirrored(pixels, size) : pixels, objects: inside };
}

function mirrored(pixels: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(pixels.length);
  for (let at = 0; at < size * size; at++) {
    const from = (at - (at % size) + (size - 1 - (at % size))) * 3;
    result.set(pixels.subarray(from, from + 3), at * 3);
  }
  return result;
}
