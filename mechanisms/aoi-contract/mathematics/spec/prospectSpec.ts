import { aboveUpTo, SHARE } from "../../../solving/SpecReader.ts";
import { selfSelect } from "../population.ts";
import { chooseUnderProspect, itemProspect, type ProspectPreferences } from "../prospect.ts";
import { incentiveRewards } from "../rewards.ts";
import type { ContractReader } from "./ContractReader.ts";
import { readFrequencies, readRewards } from "./readMenu.ts";
import { checkPaired, readUnitCosts } from "./readTypes.ts";

/**
 * Kind `prospect`: which item of the menu `f` or `theta` and `R` (eq. 17's rewards unless given) each type takes when
 * workers feel gains and losses as prospect theory has it and are paid only with probability `acceptance` (1), beside
 * what workers take who only look at the expectation. Items are numbered from 1; 0 means staying away.
 */
export function prospectSpec(spec: ContractReader): Record<string, unknown> {
  const unitCosts = readUnitCosts(spec);
  checkPaired(unitCosts.length);
  const frequencies = readFrequencies(spec, unitCosts.length);
  const rewards = spec.has("R")
    ? readRewards(spec, unitCosts.length)
    : incentiveRewards(unitCosts, frequencies);
  const acceptance = spec.number("acceptance", SHARE, 1);
  const preferences = readPreferences(spec);
  const items = frequencies.map((frequency, n) => ({ frequency, reward: rewards[n]! }));
  const expected = items.map(({ frequency, reward }) => ({ frequency, reward: acceptance * reward }));
  const chosen = unitCosts.map(
    (unitCost) => (chooseUnderProspect(unitCost, items, acceptance, preferences) ?? -1) + 1,
  );
  return {
    R: rewards,
    item: chosen,
    neutral_item: unitCosts.map((unitCost) => (selfSelect(unitCost, expected) ?? -1) + 1),
    own_value: unitCosts.map((unitCost, n) =>
      itemProspect({ reward: rewards[n]!, cost: unitCost * frequencies[n]!, acceptance }, preferences),
    ),
    self_selects: chosen.every((item, n) => item === n + 1),
  };
}

function readPreferences(spec: ContractReader): ProspectPreferences {
  const sensitivity = aboveUpTo(0, 1);
  return {
    ...(spec.has("reference") && { reference: spec.number("reference") }),
    ...(spec.has("loss_aversion") && { lossAversion: spec.positive("loss_aversion") }),
    ...(spec.has("gain_sensitivity") && { gainSensitivity: spec.number("gain_sensitivity", sensitivity) }),
    ...(spec.has("loss_sensitivity") && { lossSensitivity: spec.number("loss_sensitivity", sensitivity) }),
    ...(spec.has("weighting") && { weighting: spec.number("weighting", aboveUpTo(0.28, 1)) }),
  };
}
