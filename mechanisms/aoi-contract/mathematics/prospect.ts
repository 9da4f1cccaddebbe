/**
 * Workers of bounded rationality: prospect theory (Kahneman and Tversky 1979, 1992). Not in the paper, which takes
 * workers to maximize expected utility; its reference [19] extends contracts this way.
 *
 * A worker feels gains and losses against a reference point, losses more strongly. For a certain pay this changes no
 * choice among items, since value rises with utility; only whether to take part depends on the reference. When pay is
 * at risk (an update may be rejected after its cost is spent), loss aversion drives workers to lower items, and IC
 * computed for expected utility no longer holds.
 *
 * | symbol | identifier        | meaning                                             |
 * | ------ | ----------------- | --------------------------------------------------- |
 * | r      | `reference`       | utility that feels like neither gain nor loss       |
 * | λ      | `lossAversion`    | how much heavier a loss weighs, 2.25 measured        |
 * | ζ⁺, ζ⁻ | `gainSensitivity`, `lossSensitivity` | diminishing sensitivity, 0.88 measured |
 * | η      | `weighting`       | curvature of the probability weights; 1 means none  |
 */
import { ContractError } from "./ContractError.ts";

/** How a worker feels about outcomes. */
export interface ProspectPreferences {
  /** r. Default: 0. */
  reference?: number;
  /** λ > 0. Default: 2.25. */
  lossAversion?: number;
  /** ζ⁺ in (0, 1]. Default: 0.88. */
  gainSensitivity?: number;
  /** ζ⁻ in (0, 1]. Default: 0.88. */
  lossSensitivity?: number;
  /** η in (0.28, 1], where the weights are monotone. Default: 1. */
  weighting?: number;
}

/**
 * Value of an outcome: (x − r)^ζ⁺ for a gain, −λ (r − x)^ζ⁻ for a loss.
 *
 * @throws ContractError `PARAM` for preferences out of range.
 *
 * @example
 * prospectValue(-1); // -2.25
 */
export function prospectValue(outcome: number, preferences: ProspectPreferences = {}): number {
  const { reference = 0, lossAversion = 2.25, gainSensitivity = 0.88, lossSensitivity = 0.88 } = preferences;
  const exponent = outcome >= reference ? gainSensitivity : lossSensitivity;
  if (!(lossAversion > 0 && exponent > 0 && exponent <= 1)) {
    throw new ContractError("PARAM", "prospect preferences out of range");
  }
  const distance = Math.abs(outcome - reference) ** exponent;
  return outcome >= reference ? distance : -lossAversion * distance;
}

/** Weight of a probability: p^η / (p^η + (1−p)^η)^(1/η); rare events weigh too much if η < 1. */
export function probabilityWeight(probability: number, weighting = 1): number {
  if (!(probability >= 0 && probability <= 1 && weighting > 0.28 && weighting <= 1)) {
    throw new ContractError("PARAM", "probability or its weighting out of range");
  }
  const up = probability ** weighting;
  return up / (up + (1 - probability) ** weighting) ** (1 / weighting);
}

/**
 * Value of an item whose reward is paid with probability `acceptance` and whose cost is spent in any case.
 *
 * @example
 * itemProspect({ reward: 4, cost: 1, acceptance: 1 }, { gainSensitivity: 1 }); // 3
 */
export function itemProspect(
  { reward, cost, acceptance }: { reward: number; cost: number; acceptance: number },
  preferences: ProspectPreferences = {},
): number {
  const { weighting = 1 } = preferences;
  return (
    probabilityWeight(acceptance, weighting) * prospectValue(reward - cost, preferences) +
    probabilityWeight(1 - acceptance, weighting) * prospectValue(-cost, preferences)
  );
}

/**
 * The item such a worker takes, the highest among equals; undefined if staying away, an outcome of 0, is better.
 *
 * @param unitCost - δ of the worker.
 * @param acceptance - Probability that its work is accepted and paid.
 *
 * @example
 * chooseUnderProspect(1, [{ frequency: 1, reward: 4 }, { frequency: 4, reward: 8 }], 1); // 1
 * chooseUnderProspect(1, [{ frequency: 1, reward: 4 }, { frequency: 4, reward: 8 }], 0.7); // 0
 */
export function chooseUnderProspect(
  unitCost: number,
  items: readonly { frequency: number; reward: number }[],
  acceptance: number,
  preferences: ProspectPreferences = {},
): number | undefined {
  let chosen: number | undefined;
  let best = prospectValue(0, preferences);
  for (const [index, { frequency, reward }] of items.entries()) {
    const value = itemProspect({ reward, cost: unitCost * frequency, acceptance }, preferences);
    if (value < best - 1e-12 * Math.max(1, Math.abs(best))) continue;
    chosen = index;
    best = Math.max(best, value);
  }
  return chosen;
}
