import { SHARE } from "../../../solving/SpecReader.ts";
import type { Form, FreshnessModel } from "../freshness.ts";
import type { ContractParameters } from "../optimalContract.ts";
import type { ContractReader } from "./ContractReader.ts";
import { checkLength, readProbabilities, readUnitCosts } from "./readTypes.ts";

/** What the paper's Table I and Section V fix: t, K, H, β, M. */
export const TABLE_I = { t: 2, K: 200, H: 50, beta: 20, M: 20 } as const;

/** Names of the two forms of the latency: `paper` is eqs 2 and 4 as printed. */
const LATENCY: Readonly<Record<string, Form>> = { exact: "exact", paper: "printed", printed: "printed" };

/** Names of the two forms of the age: `eq5` is eq. 5's last line as printed. */
const AGE: Readonly<Record<string, Form>> = {
  eq3: "exact",
  exact: "exact",
  eq5: "printed",
  paper: "printed",
  printed: "printed",
};

/** Everything of a contract but the types. */
export function readProvider(spec: ContractReader): Omit<ContractParameters, "types"> {
  return {
    model: readModel(spec),
    workers: spec.positive("M", TABLE_I.M),
    toleratedAgeSeconds: spec.positive("K", TABLE_I.K),
    toleratedLatencySeconds: spec.positive("H", TABLE_I.H),
    unitProfit: spec.positive("beta", TABLE_I.beta),
    frequencies: {
      ...(spec.has("f_min") && { min: spec.number("f_min") }),
      ...(spec.has("f_max") && { max: spec.number("f_max") }),
    },
  };
}

/** A whole contract; `alpha` is one number, or one a type. */
export function readContract(spec: ContractReader): ContractParameters {
  const costs = readUnitCosts(spec);
  const probabilities = readProbabilities(spec, costs.length);
  const preferences = readPreferences(spec, costs.length);
  return {
    ...readProvider(spec),
    types: costs.map((unitCost, n) => ({
      unitCost,
      probability: probabilities[n]!,
      agePreference: preferences[n]!,
    })),
  };
}

/** The update cycle; its fixed phase is `k`, or `a` or `c` by the mode. */
function readModel(spec: ContractReader): FreshnessModel {
  const bare = !spec.has("k") && spec.has("c") && !spec.has("a") ? "fixed_c" : "fixed_a";
  const mode = spec.meaning("mode", { fixed_a: "fixed_a", fixed_c: "fixed_c" } as const, bare);
  const phase = spec.has("k") ? "k" : mode === "fixed_a" ? "a" : "c";
  return {
    mode,
    // A device may skip idling, but not collecting.
    fixedPeriods: spec.natural(phase, mode === "fixed_a" ? 0 : 1),
    periodSeconds: spec.positive("t", TABLE_I.t),
    latency: spec.meaning("latency", LATENCY, "exact"),
    age: spec.meaning("aoi", AGE, "exact"),
  };
}

function readPreferences(spec: ContractReader, count: number): number[] {
  const bounds = SHARE;
  if (!Array.isArray(spec.raw("alpha"))) return new Array<number>(count).fill(spec.number("alpha", bounds));
  const preferences = spec.numbers("alpha", bounds);
  checkLength("alpha", preferences, count);
  return preferences;
}
