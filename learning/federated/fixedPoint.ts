import { roundHalfAway } from "../../numerics/roundHalfAway.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { ModelSpec } from "../models/ModelSpec.ts";
import { assertParameterSizes, type ModelParameters, parameterShapes } from "../models/parameterShapes.ts";

/** Fraction bits unless a task says otherwise: steps of 2⁻²⁰ ≈ 10⁻⁶, values in ±2048. */
export const DEFAULT_FRACTION_BITS = 20;

const INT32_MIN = -(2 ** 31);
const INT32_MAX = 2 ** 31 - 1;

/**
 * A model, or the difference of two, in fixed point: value = integer · 2^−fractionBits.
 * This is the form that is stored, hashed and aggregated, because integers add
 * up to the same bits on any machine and in any order.
 */
export interface FixedPointModel {
  readonly spec: ModelSpec;
  /** 0 to 30. */
  readonly fractionBits: number;
  /** In the order of `parameterShapes(spec)`. */
  readonly tensors: readonly Int32Array[];
}

/** @throws BaseError `FIXED_POINT_BITS` unless `fractionBits` is a whole number from 0 to 30. */
export function assertFractionBits(fractionBits: number): void {
  if (!Number.isInteger(fractionBits) || fractionBits < 0 || fractionBits > 30) {
    throw new BaseError(
      "FIXED_POINT_BITS",
      `Fraction bits are a whole number from 0 to 30, not ${fractionBits}.`,
    );
  }
}

/**
 * Rounds parameters to fixed point, half away from zero; exact, because a float32
 * times a power of two is exact in float64.
 *
 * @throws BaseError `FIXED_POINT_NOT_FINITE` for NaN or infinity and
 * `FIXED_POINT_RANGE` for what does not fit into 32 bits, each naming the tensor
 * and the index; `FIXED_POINT_BITS`; `PARAMETERS_SHAPE`.
 *
 * @example
 * const { tensors } = toFixedPoint(spec, initialParameters(spec, random));
 */
export function toFixedPoint(
  spec: ModelSpec,
  parameters: ModelParameters,
  fractionBits = DEFAULT_FRACTION_BITS,
): FixedPointModel {
  assertFractionBits(fractionBits);
  assertParameterSizes(spec, parameters);
  const scale = 2 ** fractionBits;
  const tensors = parameterShapes(spec).map(({ name }, position) => {
    const values = parameters[position]!;
    const integers = new Int32Array(values.length);
    for (let index = 0; index < values.length; index++) {
      const value = values[index]!;
      if (!Number.isFinite(value)) {
        throw new BaseError("FIXED_POINT_NOT_FINITE", `Tensor ${name} has ${value} at index ${index}.`, {
          next: "Train with a smaller learning rate.",
        });
      }
      const integer = roundHalfAway(value * scale);
      if (integer < INT32_MIN || integer > INT32_MAX) {
        throw new BaseError(
          "FIXED_POINT_RANGE",
          `Tensor ${name} has ${value} at index ${index}, which does not fit.`,
          {
            details: `With ${fractionBits} fraction bits, values reach from ${INT32_MIN / scale} to ${INT32_MAX / scale}.`,
            next: "Train with a smaller learning rate, or give the task fewer fraction bits.",
          },
        );
      }
      integers[index] = integer;
    }
    return integers;
  });
  return { spec, fractionBits, tensors };
}

/**
 * The float32 parameters nearest to a fixed-point model (ties to even, as
 * IEEE 754 rounds).
 *
 * @throws BaseError `FIXED_POINT_BITS` or `PARAMETERS_SHAPE`.
 */
export function fromFixedPoint({ spec, fractionBits, tensors }: FixedPointModel): ModelParameters {
  assertFractionBits(fractionBits);
  assertParameterSizes(spec, tensors);
  const unit = 2 ** -fractionBits;
  return tensors.map((integers) => {
    const values = new Float32Array(integers.length);
    for (let index = 0; index < values.length; index++) values[index] = integers[index]! * unit;
    return values;
  });
}
