import { BaseError } from "../protocol/BaseError.ts";
import { greatest } from "./extremes.ts";
import { gammaDraw } from "./gammaDraw.ts";
import { portableExp } from "./portableExp.ts";
import { portableLog } from "./portableLog.ts";
import type { RandomSource } from "./RandomSource.ts";

/**
 * One draw of Dirichlet(α, …, α), normalized from the logarithms of gamma draws
 * so that a tiny α does not underflow. The same draws give the same shares on
 * every machine.
 *
 * @returns `length` shares ≥ 0 that sum to 1, up to rounding.
 * @throws BaseError `PARTITION_ALPHA` unless α is a positive number.
 */
export function dirichletDraw(length: number, alpha: number, random: RandomSource): number[] {
  if (!(alpha > 0) || !Number.isFinite(alpha)) {
    throw new BaseError(
      "PARTITION_ALPHA",
      `Dirichlet's concentration must be a positive number, not ${alpha}.`,
    );
  }
  // ln Gamma(α), from Gamma(α) = Gamma(α + 1) · U^(1/α).
  const logarithms = Array.from(
    { length },
    () => portableLog(gammaDraw(alpha + 1, random)) + portableLog(1 - random.uniform()) / alpha,
  );
  const largest = greatest(logarithms);
  const weights = logarithms.map((logarithm) => portableExp(logarithm - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
