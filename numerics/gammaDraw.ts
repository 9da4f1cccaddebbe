import { BaseError } from "../protocol/BaseError.ts";
import { normalDraw } from "./normalDraw.ts";
import { portableExp } from "./portableExp.ts";
import { portableLog } from "./portableLog.ts";
import type { RandomSource } from "./RandomSource.ts";

/** A try suits with more than 95 %: so many fail together with less than 10^-1000. */
const MOST_TRIES = 1000;

/**
 * One draw of Gamma(shape, 1): Marsaglia and Tsang 2000, and below shape 1 their
 * Gamma(α) = Gamma(α + 1) · U^(1/α). The same draws of the source give the same
 * bits on every machine.
 *
 * @throws BaseError `GAMMA_SHAPE` unless the shape is a positive number.
 *
 * @example
 * const waitingSeconds = meanSeconds * gammaDraw(1, random);
 */
export function gammaDraw(shape: number, random: RandomSource): number {
  if (!(shape > 0) || !Number.isFinite(shape)) {
    throw new BaseError("GAMMA_SHAPE", `A gamma distribution's shape is a positive number, not ${shape}.`);
  }
  if (shape < 1) {
    const above = gammaDraw(shape + 1, random);
    return above * portableExp(portableLog(1 - random.uniform()) / shape);
  }
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const normal = normalDraw(random);
    const root = 1 + c * normal;
    const v = root * root * root;
    if (v <= 0) continue;
    const bound = (normal * normal) / 2 + d - d * v + d * portableLog(v);
    if (portableLog(1 - random.uniform()) < bound) return d * v;
  }
  throw new RangeError("the random source repeats itself: no draw suits a gamma distribution");
}
