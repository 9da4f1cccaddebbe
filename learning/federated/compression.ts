import { bitsOf, largestBits, powerBits } from "../../numerics/magnitude.ts";
import { roundHalfAway } from "../../numerics/roundHalfAway.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { ParameterShape } from "../models/ParameterShape.ts";
import type { ModelParameters } from "../models/parameterShapes.ts";
import type { CompressedTensor } from "./UpdateFile.ts";
import type { UpdateEncoding } from "./updateEncoding.ts";

const INT32_MAX = 2 ** 31 - 1;

/** The largest magnitude of an encoding's values; both signs reach equally far. */
export const LARGEST_VALUE: Readonly<Record<Exclude<UpdateEncoding, "float32">, number>> = {
  int16: 2 ** 15 - 1,
  int8: 2 ** 7 - 1,
};

type LargestBits = (values: Float32Array) => number;

/** How tensors are compressed. */
export interface CompressionOptions {
  /** A tensor. */
  readonly encodings: readonly UpdateEncoding[];
  /** Fraction bits of the global model that the tensors change. */
  readonly fractionBits: number;
  /** In JavaScript unless given. */
  readonly largestBits?: LargestBits | undefined;
}

/** What is sent, and what was left out of it. */
export interface Compressed {
  /** With float32 they share their memory with what was compressed, if that was float32. */
  readonly tensors: readonly CompressedTensor[];
  /** To be added to the next tensors: tensor + residual before − decompressed; 0 with float32. */
  readonly residual: ModelParameters;
}

/**
 * Compresses tensors with error feedback: what rounding leaves out of one update
 * is added to the next, so nothing is lost for good (Seide et al. 2014;
 * Karimireddy et al. 2019, "Error feedback fixes SignSGD", algorithm 1).
 *
 * Values are whole multiples of a scale, which is itself a whole number of
 * fixed-point steps: so decompression gives integers of the global model's fixed
 * point without rounding. The scale is the least with which the largest fits.
 *
 * @param residual - What the last call left out; undefined the first time.
 * @throws BaseError `UPDATE_NOT_FINITE` or `UPDATE_RANGE`.
 *
 * @example
 * const { tensors, residual } = compress(delta, before, { encodings: ["int8"], fractionBits: 20 });
 */
export function compress(
  tensors: readonly (Float32Array | Float64Array)[],
  residual: ModelParameters | undefined,
  { encodings, fractionBits, largestBits }: CompressionOptions,
): Compressed {
  const parts = tensors.map((values, position) => {
    const name = `Tensor ${position}`;
    const encoding = encodings[position]!;
    if (encoding !== "float32") return quantize(name, values, residual?.[position], encoding, fractionBits);
    const sent = { values: values instanceof Float32Array ? values : new Float32Array(values), scale: 1 };
    assertCompressed(name, sent, fractionBits, largestBits);
    return { sent, left: undefined };
  });
  return {
    tensors: parts.map(({ sent }) => sent),
    get residual() {
      return parts.map(({ sent, left }) => left ?? new Float32Array(sent.values.length));
    },
  };
}

/**
 * How a tensor of an update in `encoding` is stored: what is not trained, such as
 * a running variance, is not rounded to a scale, which could make it negative.
 */
export function tensorEncoding(shape: ParameterShape, encoding: UpdateEncoding): UpdateEncoding {
  return shape.trainable ? encoding : "float32";
}

/**
 * The fixed-point integers that a compressed tensor stands for: exact for int16
 * and int8, float32 rounded half away from zero.
 *
 * @param tensor - One that {@link assertCompressed} accepts.
 */
export function decompress({ values, scale }: CompressedTensor, fractionBits: number): Int32Array {
  const integers = new Int32Array(values.length);
  if (values instanceof Float32Array) {
    const units = 2 ** fractionBits;
    const bits = bitsOf(values);
    for (let index = 0; index < integers.length; index++) {
      integers[index] = nearestStep(values[index]! * units, bits[index]!);
    }
  } else {
    for (let index = 0; index < integers.length; index++) integers[index] = values[index]! * scale;
  }
  return integers;
}

/**
 * `roundHalfAway` of a float32 times a power of two, smaller than 2^31 − ½: with so few digits, adding a half is exact
 * or stays below the next whole number. It does not branch, as the signs of an update are anybody's guess.
 *
 * @param bits - Of the float32, for its sign.
 */
export function nearestStep(value: number, bits: number): number {
  const magnitude = (Math.abs(value) + 0.5) | 0;
  const sign = bits >> 31;
  return (magnitude ^ sign) - sign;
}

/**
 * Checks what can be wrong with a tensor from elsewhere.
 *
 * @param name - For the message, e.g. "Tensor layer0.bias".
 * @param largestOf - `largestBits`, if the caller has it faster.
 * @throws BaseError `UPDATE_NOT_FINITE`, `UPDATE_SCALE`, or `UPDATE_RANGE` for what
 * has no place in 32 bits of fixed point.
 */
export function assertCompressed(
  name: string,
  { values, scale }: CompressedTensor,
  fractionBits: number,
  largestOf: LargestBits = largestBits,
): void {
  if (values instanceof Float32Array) {
    if (scale !== 1) throw wrongScale(name, scale, 1);
    const limit = (INT32_MAX + 0.5) / 2 ** fractionBits;
    // No float32 lies between the limit and the power of two above it.
    if (largestOf(values) < powerBits(31 - fractionBits)) return;
    for (let index = 0; index < values.length; index++) {
      const value = values[index]!;
      if (!Number.isFinite(value)) throw notFinite(name, value, index);
      if (Math.abs(value) >= limit) throw outOfRange(name, value, fractionBits);
    }
    return;
  }
  const largest = LARGEST_VALUE[values instanceof Int16Array ? "int16" : "int8"];
  const largestScale = Math.floor(INT32_MAX / largest);
  if (!Number.isInteger(scale) || scale < 1 || scale > largestScale) {
    throw wrongScale(name, scale, largestScale);
  }
  const index = values.indexOf(-largest - 1);
  if (index !== -1) {
    throw new BaseError("UPDATE_RANGE", `${name} of the update has ${values[index]} at index ${index}.`, {
      details: `Its values reach from −${largest} to ${largest}.`,
    });
  }
}

function quantize(
  name: string,
  values: Float32Array | Float64Array,
  residual: Float32Array | undefined,
  encoding: "int16" | "int8",
  fractionBits: number,
): { sent: CompressedTensor; left: Float32Array } {
  const units = 2 ** fractionBits;
  const largest = LARGEST_VALUE[encoding];
  const wanted = new Float64Array(values.length);
  let magnitude = 0;
  for (let index = 0; index < wanted.length; index++) {
    const steps = (values[index]! + (residual === undefined ? 0 : residual[index]!)) * units;
    if (!Number.isFinite(steps)) throw notFinite(name, steps, index);
    wanted[index] = steps;
    magnitude = Math.max(magnitude, Math.abs(steps));
  }
  const scale = Math.max(1, Math.ceil(magnitude / largest));
  if (scale > Math.floor(INT32_MAX / largest)) throw outOfRange(name, magnitude / units, fractionBits);
  const sent = encoding === "int16" ? new Int16Array(wanted.length) : new Int8Array(wanted.length);
  const left = new Float32Array(wanted.length);
  for (let index = 0; index < wanted.length; index++) {
    const steps = wanted[index]!;
    const value = roundHalfAway(steps / scale);
    sent[index] = value;
    left[index] = (steps - value * scale) / units;
  }
  return { sent: { values: sent, scale }, left };
}

function notFinite(name: string, value: number, index: number): BaseError {
  return new BaseError("UPDATE_NOT_FINITE", `${name} of the update has ${value} at index ${index}.`, {
    next: "Train with a smaller learning rate.",
  });
}

function outOfRange(name: string, value: number, fractionBits: number): BaseError {
  return new BaseError("UPDATE_RANGE", `${name} of the update has ${value}, which does not fit.`, {
    details: `With ${fractionBits} fraction bits, values stay within ±${INT32_MAX / 2 ** fractionBits}.`,
    next: "Train with a smaller learning rate, or give the task fewer fraction bits.",
  });
}

function wrongScale(name: string, scale: number, largest: number): BaseError {
  return new BaseError("UPDATE_SCALE", `${name} of the update has scale ${scale}.`, {
    details: `Its scale is a whole number of fixed-point steps from 1 to ${largest}.`,
  });
}
