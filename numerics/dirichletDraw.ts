import { BaseError } from "../protocol/BaseError.ts";
import { greatest, least } from "./extremes.ts";
import { gammaDraw } from "./gammaDraw.ts";
import { portableExp } from "./portableExp.ts";
import { portableLog } from "./portableLog.ts";
import type { RandomSource } from "./RandomSource.ts";

/**
 * One draw of Dirichlet(α, …, α), or of Dirichlet(α₁, …, αₙ), normalized from the logarithms of gamma draws so that a tiny
 * α does not underflow. The same draws give the same shares on every machine. Where even the logarithms overflow (α below
 * 10⁻³⁰⁶), all goes to one, as it does in the limit.
 *
 * @param alpha - α of all, or one each; where some are 0 those get nothing.
 * @returns `length` shares ≥ 0 that sum to 1, up to rounding.
 * @throws BaseError `PARTITION_ALPHA` unless α is a positive number, or as many of at least 0 and one above.
 */
export function dirichletDraw(
  length: number,
  alpha: number | ArrayLike<number>,
  random: RandomSource,
): number[] {
  const alphaOf = typeof alpha === "number" ? () => alpha : (place: number) => alpha[place]!;
  assertAlphas(length, alpha);
  // ln Gamma(α), from Gamma(α) = Gamma(α + 1) · U^(1/α), in its two parts.
  const uniforms = new Float64Array(length);
  const logarithms = Array.from({ length }, (_, place) => {
    const own = alphaOf(place);
    if (own === 0) return Number.NEGATIVE_INFINITY;
    const above = portableLog(gammaDraw(own + 1, random));
    uniforms[place] = portableLog(1 - random.uniform());
    return above + uniforms[place] / own;
  });
  const largest = greatest(logarithms);
  if (largest === Number.NEGATIVE_INFINITY) return allToOne(length, alphaOf, uniforms);
  const weights = logarithms.map((logarithm) => portableExp(logarithm - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** The share of the largest ln U / α is 1, the others are 0. */
function allToOne(length: number, alphaOf: (place: number) => number, uniforms: Float64Array): number[] {
  const places = Array.from({ length }, (_, place) => place).filter((place) => alphaOf(place) > 0);
  const smallest = least(places.map(alphaOf));
  // Compared as multiples that do not overflow.
  const rank = (place: number) => uniforms[place]! * (smallest / alphaOf(place));
  const first = places.reduce((best, place) => (rank(place) > rank(best) ? place : best));
  return Array.from({ length }, (_, place) => (place === first ? 1 : 0));
}

function assertAlphas(length: number, alpha: number | ArrayLike<number>): void {
  if (typeof alpha === "number") {
    if (alpha > 0 && Number.isFinite(alpha)) return;
    throw new BaseError(
      "PARTITION_ALPHA",
      `Dirichlet's concentration must be a positive number, not ${alpha}.`,
    );
  }
  const all = Array.from(alpha);
  const wrong = all.findIndex((one) => !(one >= 0) || !Number.isFinite(one));
  if (all.length === length && wrong === -1 && all.some((one) => one > 0)) return;
  throw new BaseError("PARTITION_ALPHA", "Dirichlet's concentrations do not hold.", {
    details:
      wrong === -1
        ? `There are ${all.length} for ${length} shares, of which at least one must be above 0.`
        : `Number ${wrong} is ${all[wrong]}.`,
  });
}
