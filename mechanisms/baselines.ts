import type { Baseline } from "./Baseline.ts";
import { equalPay } from "./baselines/equalPay.ts";
import { payByAccuracy } from "./baselines/payByAccuracy.ts";
import { payBySamples } from "./baselines/payBySamples.ts";
import type { Resettled } from "./MechanismResettlement.ts";

/** The table of baselines: one a line. */
export const BASELINES: readonly Baseline[] = [equalPay, payBySamples, payByAccuracy];

/** The baseline of that name; undefined where there is none. */
export function baselineNamed(name: string): Baseline | undefined {
  return BASELINES.find((baseline) => baseline.name === name);
}

/**
 * Divides a budget as a baseline says: ⌊budget · weight / Σ weights⌋ each, nothing where nobody has any weight.
 *
 * @param budget - Wei.
 *
 * @example
 * dividedBudget(equalPay, { task: 1n, workers }, 100n).pays; // of three workers 33n each; 1 wei remains
 */
export function dividedBudget(
  baseline: Baseline,
  task: Parameters<Baseline["shares"]>[0],
  budget: bigint,
): Resettled {
  const shares = baseline.shares(task);
  const whole = shares.reduce((sum, { weight }) => sum + weight, 0n);
  return {
    pays: shares.map(({ weight, why }) => ({ amount: whole === 0n ? 0n : (budget * weight) / whole, why })),
    assumptions: [],
  };
}
