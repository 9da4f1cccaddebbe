import { BaseError } from "../protocol/BaseError.ts";
import { portableExp, portableLog } from "./portableExpLog.ts";
import type { RandomSource } from "./SeededRandom.ts";

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
  // Gamma(α) = Gamma(α + 1) · U^(1/α).
  const logarithms = Array.from(
    { length },
    () => portableLog(gammaAboveOne(alpha + 1, random)) + portableLog(1 - random.uniform()) / alpha,
  );
  const largest = Math.max(...logarithms);
  const weights = logarithms.map((logarithm) => portableExp(logarithm - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** One draw of Gamma(shape, 1), shape ≥ 1 (Marsaglia and Tsang 2000). */
function gammaAboveOne(shape: number, random: RandomSource): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const normal = standardNormal(random);
    const root = 1 + c * normal;
    const v = root * root * root;
    if (v <= 0) continue;
    const bound = (normal * normal) / 2 + d - d * v + d * portableLog(v);
    if (portableLog(1 - random.uniform()) < bound) return d * v;
  }
}

/** One draw of the standard normal distribution, by the polar method (Marsaglia and Bray 1964). */
function standardNormal(random: RandomSource): number {
  for (;;) {
    const x = 2 * random.uniform() - 1;
    const y = 2 * random.uniform() - 1;
    const square = x * x + y * y;
    if (square > 0 && square < 1) return x * Math.sqrt((-2 * portableLog(square)) / square);
  }
}
