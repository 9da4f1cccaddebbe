import { ageAt, cycleSeconds, type FreshnessModel, latencyAt, meanAge, meanLatency } from "../freshness.ts";
import { observeFreshness } from "../updateProcess.ts";
import type { ContractReader } from "./ContractReader.ts";
import { TABLE_I } from "./readContract.ts";

/**
 * Kind `metrics`: AoI and latency of a cycle of `c` collection and `a` idle periods of `t` seconds, in every form:
 * eqs 2 and 3 (`A`, `D_paper`, `D_exact`), eqs 4 and 5 in θ (`A_theta`, `A_eq5_printed`, `D_eq4`, `D_theta_exact`),
 * and counted period by period (`enumerated_A`, `enumerated_D`).
 */
export function metricsSpec(spec: ContractReader): Record<string, unknown> {
  const cycle = {
    collectionPeriods: spec.natural("c"),
    idlePeriods: spec.natural("a", 0),
    periodSeconds: spec.positive("t", TABLE_I.t),
  };
  const theta = cycleSeconds(cycle);
  const f = 1 / theta;
  const model = (latency: FreshnessModel["latency"], age: FreshnessModel["age"]): FreshnessModel => ({
    mode: "fixed_a",
    fixedPeriods: cycle.idlePeriods,
    periodSeconds: cycle.periodSeconds,
    latency,
    age,
  });
  const exact = model("exact", "exact");
  const printed = model("printed", "printed");
  const observed = observeFreshness(cycle);
  return {
    theta,
    f,
    A: meanAge(cycle),
    D_paper: meanLatency(cycle, "printed"),
    D_exact: meanLatency(cycle),
    A_theta: ageAt(exact, f).value,
    A_eq5_printed: ageAt(printed, f).value,
    D_eq4: latencyAt(printed, f).value,
    D_theta_exact: latencyAt(exact, f).value,
    enumerated_A: observed.meanAgeSeconds,
    enumerated_D: observed.meanLatencySeconds,
  };
}
