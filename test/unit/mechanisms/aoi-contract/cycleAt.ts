import type {
  FreshnessModel,
  UpdateCycle,
} from "../../../../mechanisms/aoi-contract/mathematics/freshness.ts";

/** The cycle, in fractional periods, of a worker that updates `frequency` times a second. */
export function cycleAt(model: FreshnessModel, frequency: number): UpdateCycle {
  const { mode, fixedPeriods, periodSeconds } = model;
  const adjusted = 1 / (frequency * periodSeconds) - fixedPeriods;
  return mode === "fixed_a"
    ? { collectionPeriods: adjusted, idlePeriods: fixedPeriods, periodSeconds }
    : { collectionPeriods: fixedPeriods, idlePeriods: adjusted, periodSeconds };
}
