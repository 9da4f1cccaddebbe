/**
 * What a scheme maximizes, and where runs of neighbouring types have their maximum.
 *
 * Paper: Kang et al., "… Incentive Scheme with Optimal AoI", problem 2 (eq. 19): Σ_n (Q_n G_n(f_n) − b_n f_n).
 *
 * | symbol  | identifier     | meaning                                                              |
 * | ------- | -------------- | -------------------------------------------------------------------- |
 * | β Q_n   | `gains`        | what a unit of ln g_n is worth                                       |
 * | b_n     | `prices`       | what a unit of f_n costs; Q_n δ_n without rents (CC, CS)              |
 * | α_n     | `preferences`  | weight of type n's age                                               |
 * | g_n     | `performance`  | α_n (K − A) + (1 − α_n)(H − D)                                       |
 */
import { ContractError } from "./ContractError.ts";
import type { ContractParameters, Scheme } from "./ContractParameters.ts";
import { type FrequencyRange, frequencyRange } from "./freshness.ts";
import { ageMargin, bendAt, latencyMargin, type PerformanceCurve, slopeAt, valueAt } from "./performanceCurve.ts";
import { RangeSums } from "./RangeSums.ts";
import { marginalCosts } from "./rewards.ts";

/** Stands for probability 0 in the optimum, so that an impossible type's item is the limit of rare ones. */
export const VANISHING_PROBABILITY = 1e-300;

/** A Newton step this small, relatively, is the last: the error left is about its square. */
const LAST_STEP = 1e-9;
/** Newton's method has that many steps before halving the bracket takes over. */
const NEWTON_STEPS = 40;

/** Types as three lists, one entry a type. */
interface Members {
  gains: Float64Array;
  prices: Float64Array;
  preferences: Float64Array;
}

/**
 * The objective of a scheme for given parameters.
 *
 * @throws ContractError `DOMAIN` for an impossible range of frequencies.
 *
 * @example
 * const objective = new SchemeObjective(parameters, "CA");
 * objective.optimum(0, 1); // the frequency that is best for types 1 and 2 together
 */
export class SchemeObjective {
  readonly range: FrequencyRange;
  readonly #parameters: ContractParameters;
  readonly #age: PerformanceCurve;
  readonly #latency: PerformanceCurve;
  readonly #members: Members;
  /** Types that all have one α are together like one type with their sums. */
  readonly #alike: boolean;
  readonly #together: Members;
  #sums: { gains: RangeSums; prices: RangeSums } | undefined;
  /** The last optimum: neighbouring types have near ones. */
  #near: number;

  constructor(parameters: ContractParameters, scheme: Scheme) {
    const { model, types, unitProfit } = parameters;
    this.#parameters = parameters;
    this.range = frequencyRange(model, parameters.frequencies);
    this.#near = Math.sqrt(this.range.min * this.range.max);
    this.#age = ageMargin(model, parameters.toleratedAgeSeconds);
    this.#latency = latencyMargin(model, parameters.toleratedLatencySeconds);
    const count = types.length;
    const weights = new Float64Array(count);
    const costs = new Float64Array(count);
    const preferences = new Float64Array(count);
    const gains = new Float64Array(count);
    for (let n = 0; n < count; n++) {
      const { probability, unitCost, agePreference } = types[n]!;
      weights[n] = Math.max(probability, VANISHING_PROBABILITY);
      costs[n] = unitCost;
      preferences[n] = agePreference;
      gains[n] = unitProfit * weights[n]!;
    }
    // Without rents to pay (CC), or with rents that are no loss (CS), a unit of f_n costs just Q_n δ_n.
    const prices =
      scheme === "CA"
        ? new Float64Array(marginalCosts(costs, weights))
        : costs.map((cost, n) => weights[n]! * cost);
    this.#members = { gains, prices, preferences };
    this.#alike = preferences.every((preference) => preference === preferences[0]);
    this.#together = {
      gains: new Float64Array(1),
      prices: new Float64Array(1),
      preferences: preferences.slice(0, 1),
    };
  }

  /**
   * The frequency that is best for types `first`…`last` together, to rounding.
   *
   * @throws ContractError `INFEASIBLE`, naming the types, if no frequency has g > 0 for all of them.
   */
  optimum(first: number, last: number): number {
    const best =
      first < last && this.#alike ? this.#search(this.#sumUp(first, last), 0, 0) : this.#search(this.#members, first, last);
    if (Number.isNaN(best)) throw this.#infeasible(first, last);
    this.#near = best;
    return best;
  }

  /** Σ (β Q_n ln g_n(f) − b_n f) over types `first`…`last`; −∞ where some g_n ≤ 0. */
  value(first: number, last: number, f: number): number {
    if (first < last && this.#alike) return this.#valueOf(this.#sumUp(first, last), 0, 0, f);
    return this.#valueOf(this.#members, first, last, f);
  }

  #valueOf({ gains, prices, preferences }: Members, first: number, last: number, f: number): number {
    const latency = valueAt(this.#latency, f);
    const more = valueAt(this.#age, f) - latency;
    let sum = 0;
    for (let n = first; n <= last; n++) {
      const performance = latency + preferences[n]! * more;
      if (!(performance > 0)) return Number.NEGATIVE_INFINITY;
      sum += gains[n]! * Math.log(performance) - prices[n]! * f;
    }
    return sum;
  }

  #sumUp(first: number, last: number): Members {
    const { gains, prices } = this.#members;
    this.#sums ??= { gains: new RangeSums(gains), prices: new RangeSums(prices) };
    this.#together.gains[0] = this.#sums.gains.sum(first, last);
    this.#together.prices[0] = this.#sums.prices.sum(first, last);
    return this.#together;
  }

  /**
   * Newton's method on the derivative of a concave function, inside a bracket that is halved whenever a step leaves
   * it. Where some g_n ≤ 0, g_n′ says on which side g_n > 0 lies. NaN if g > 0 nowhere for all.
   */
  #search({ gains, prices, preferences }: Members, first: number, last: number): number {
    const { min, max } = this.range;
    let low = min;
    let high = max;
    let lowTried = false;
    let highTried = false;
    let lowDefined = false;
    let highDefined = false;
    let f = this.#near;
    for (let step = 0; ; step++) {
      const latency = valueAt(this.#latency, f);
      const latencySlope = slopeAt(this.#latency, f);
      const latencyBend = bendAt(this.#latency, f);
      const more = valueAt(this.#age, f) - latency;
      const moreSlope = slopeAt(this.#age, f) - latencySlope;
      const moreBend = bendAt(this.#age, f) - latencyBend;
      let gain = 0;
      let gainSlope = 0;
      let price = 0;
      let up = false;
      let down = false;
      for (let n = first; n <= last; n++) {
        const preference = preferences[n]!;
        const performance = latency + preference * more;
        const slope = latencySlope + preference * moreSlope;
        if (performance > 0) {
          const ratio = slope / performance;
          gain += gains[n]! * ratio;
          gainSlope += gains[n]! * ((latencyBend + preference * moreBend) / performance - ratio * ratio);
          price += prices[n]!;
        } else if (slope > 0) up = true;
        else down = true;
      }
      if (up && down) return Number.NaN;
      const defined = !up && !down;
      const rising = defined ? gain > price : up;
      let next = Number.NaN;
      globalThis.EVALS = (globalThis.EVALS ?? 0) + 1;
      if (defined) {
        if (gain === price) return f;
        // Towards g = 0 the gain grows like 1/g: there its reciprocal is the straighter function.
        const newton = ((price - gain) / gainSlope) * Math.max(1, gain / price);
        next = f + newton;
        if (Math.abs(newton) <= LAST_STEP * f) return Math.min(Math.max(next, low), high);
      }
      if (rising ? f >= max : f <= min) return defined ? f : Number.NaN;
      if (rising) {
        low = f;
        lowTried = true;
        lowDefined = defined;
      } else {
        high = f;
        highTried = true;
        highDefined = defined;
      }
      if (!(next > low && next < high) || step > NEWTON_STEPS) {
        const middle = low + (high - low) / 2;
        if (next >= high && !highTried) next = high;
        else if (next <= low && !lowTried) next = low;
        else if (middle > low && middle < high) next = middle;
        else if (!lowTried) next = low;
        else if (!highTried) next = high;
        else break;
      }
      f = next;
    }
    return lowDefined ? low : highDefined ? high : Number.NaN;
  }

  #infeasible(first: number, last: number): ContractError {
    const { min, max } = this.range;
    const who = first === last ? `type ${first + 1}` : `types ${first + 1} to ${last + 1} together`;
    return new ContractError("INFEASIBLE", `infeasible: no frequency has g(f) > 0 for ${who}`, {
      details: `Searched ${min} to ${max} updates a second, mode ${this.#parameters.model.mode}.`,
      next: "Tolerate more age K or latency H, change alpha, or widen the range of frequencies.",
    });
  }
}
