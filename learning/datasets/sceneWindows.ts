import type { RandomSource } from "../../numerics/RandomSource.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { areaOf, type Box, overlapOf } from "../detection/Box.ts";
import type { LabelledBox } from "../detection/Detection.ts";
import { packBoxes } from "../detection/sampleBoxes.ts";
import { assertDataset, type Dataset } from "./Dataset.ts";
import { SIGN_CATEGORIES, type SignScene } from "./gtsdbScenes.ts";
import { resizedCrop } from "./resizedCrop.ts";

/** How windows are cut. */
export interface SceneWindowsOptions {
  /** Width and height of a window as a model sees it, pixels. */
  readonly size: number;
  /** Windows around each sign. */
  readonly aroundSigns: number;
  /** Windows anywhere in each scene. */
  readonly anywhere: number;
  /** Sides of the squares that are cut, from and to, pixels of the scene: they are then resized. */
  readonly sides: readonly [least: number, most: number];
}

/** Least share of a sign that a window has to show, for it to be there. */
const LEAST_VISIBLE = 0.5;

/**
 * Squares cut out of scenes at random, for a detector to learn from: around each sign
 * some that show all of it, with the sign anywhere in them, and some from anywhere in
 * the scene, most of which show none; half of them mirrored. Signs that are cut by a
 * window's edge are there if at least half of them is.
 *
 * The same scenes, options and draws give the same windows on every machine.
 *
 * @returns One sample a window, scene by scene; the client is the scene's number.
 * @throws BaseError `SCENE_WINDOW` for sides that don't fit into a scene.
 *
 * @example
 * const windows = sceneWindows(scenes, { size: 96, aroundSigns: 2, anywhere: 1, sides: [72, 128] }, random);
 */
export function sceneWindows(
  scenes: readonly SignScene[],
  { size, aroundSigns, anywhere, sides }: SceneWindowsOptions,
  random: RandomSource,
): Dataset {
  const [least, most] = sides;
  const samples: { pixels: Uint8Array; signs: LabelledBox[]; scene: number }[] = [];
  for (const scene of scenes) {
    const { width, height } = scene.image;
    if (!(least >= 1 && least <= most && most <= Math.min(width, height))) {
      throw new BaseError("SCENE_WINDOW", `Windows of ${least} to ${most} pixels cannot be cut out of a scene.`, {
        details: `Scene ${scene.number} has ${width} × ${height}.`,
      });
    }
    const cut = (sign: LabelledBox | undefined) => {
      const needed = sign === undefined ? 0 : extent(sign.box);
      const side = Math.max(least + random.integer(most - least + 1), Math.min(most, needed + 2));
      const left = startWithin(sign && [sign.box.left, sign.box.right], side, width, random);
      const top = startWithin(sign && [sign.box.top, sign.box.bottom], side, height, random);
      samples.push({ ...windowOf(scene, { left, top, side }, size, random.integer(2) === 1), scene: scene.number });
    };
    for (const sign of scene.signs) {
      for (let count = 0; count < aroundSigns; count++) cut(sign);
    }
    for (let count = 0; count < anywhere; count++) cut(undefined);
  }
  return datasetOf(samples, [size, size, 3]);
}

/**
 * Whole scenes, as a detector is evaluated on them.
 *
 * @returns One sample a scene; the client is its number.
 */
export function wholeScenes(scenes: readonly SignScene[]): Dataset {
  const samples = scenes.map(({ image, signs, number }) => ({
    pixels: image.pixels,
    signs: [...signs],
    scene: number,
  }));
  const { width, height } = scenes[0]?.image ?? { width: 8, height: 8 };
  return datasetOf(samples, [height, width, 3]);
}

function datasetOf(
  samples: readonly { pixels: Uint8Array; signs: readonly LabelledBox[]; scene: number }[],
  sampleShape: readonly number[],
): Dataset {
  const length = sampleShape.reduce((product, side) => product * side, 1);
  const features = new Uint8Array(samples.length * length);
  for (const [row, { pixels }] of samples.entries()) features.set(pixels, row * length);
  const dataset = {
    features,
    sampleShape,
    scale: 1 / 255,
    labels: Uint8Array.from(samples, ({ signs }) => largest(signs)),
    classes: SIGN_CATEGORIES.length + 1,
    clients: Uint32Array.from(samples, ({ scene }) => scene),
    boxes: packBoxes(samples.map(({ signs }) => signs)),
  };
  assertDataset(dataset);
  return dataset;
}

/** Category of the largest sign, the first of equal ones; the class after all categories where there is none. */
function largest(signs: readonly LabelledBox[]): number {
  let best: LabelledBox | undefined;
  for (const sign of signs) if (best === undefined || areaOf(sign.box) > areaOf(best.box)) best = sign;
  return best?.category ?? SIGN_CATEGORIES.length;
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
  return last <= first ? Math.max(0, Math.min(whole - length, first)) : first + random.integer(last - first + 1);
}

function extent({ left, top, right, bottom }: Box): number {
  return Math.ceil(Math.max(right - left, bottom - top));
}

/** A square of a scene at another size, perhaps mirrored, with the signs that are in it. */
function windowOf(
  { image, signs }: SignScene,
  { left, top, side }: { left: number; top: number; side: number },
  size: number,
  isMirrored: boolean,
): { pixels: Uint8Array; signs: LabelledBox[] } {
  const cut = { left, top, right: left + side, bottom: top + side };
  const pixels = resizedCrop(image, cut, size);
  const scale = size / side;
  const inside = signs.flatMap(({ box, category }): LabelledBox[] => {
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
  return { pixels: isMirrored ? mirrored(pixels, size) : pixels, signs: inside };
}

function mirrored(pixels: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(pixels.length);
  for (let at = 0; at < size * size; at++) {
    const from = (at - (at % size) + (size - 1 - (at % size))) * 3;
    result.set(pixels.subarray(from, from + 3), at * 3);
  }
  return result;
}
