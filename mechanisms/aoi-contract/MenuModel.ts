import { ageAt, type FreshnessModel, latencyAt } from "./mathematics/freshness.ts";
import { satisfaction } from "./mathematics/performance.ts";
import type { MenuTypes } from "./rewardSchema.ts";

/** The model that the menu was solved from. */
export class MenuModel {
  readonly #types: MenuTypes;
  readonly #model: FreshnessModel;
  readonly #most: number;

  constructor(types: MenuTypes) {
    this.#types = types;
    this.#model = {
      mode: types.fixedPhase === "collection" ? "fixed_c" : "fixed_a",
      fixedPeriods: types.fixedPeriods,
      periodSeconds: types.periodSeconds,
      latency: types.latency,
      age: "exact",
    };
    this.#most = 1 / ((types.fixedPeriods + 1) * types.periodSeconds);
  }

  age(frequency: number): number {
    return ageAt(this.#model, this.#within(frequency)).value;
  }

  latency(frequency: number): number {
    return latencyAt(this.#model, this.#within(frequency)).value;
  }

  /** β ln g, wei an epoch; 0 where the data are so old that the model gives them no value at all (g ≤ 1). */
  satisfaction(frequency: number): number {
    const tolerance = { ...this.#types, unitProfit: Number(this.#types.unitProfit) };
    return Math.max(
      0,
      satisfaction(this.#model, tolerance, this.#types.agePreference, this.#within(frequency)),
    );
  }

  /** The fixed phase and one period of the other bound the frequency. */
  #within(frequency: number): number {
    return Math.min(frequency, this.#most);
  }
}
