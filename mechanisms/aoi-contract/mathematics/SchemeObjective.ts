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
 *
 * A run of types with one α is like one type with the sums of their β Q and b: its optimum takes no longer than a
 * single type's. In a run of types with different α, every type takes a division.
 */
import { ContractError } from "./ContractError.ts";
import type { ContractParameters, Scheme } from "./ContractParameters.ts";
import { concaveMaximum, emptyHint, type Hint } from "./concaveMaximum.ts";
import { type FrequencyRange, frequencyRange } from "./freshness.ts";
import {
  ageMargin,
  bendAt,
  latencyMargin,
  type PerformanceCurve,
  performanceCurve,
  slopeAt,
  valueAt,
} from "./performanceCurve.ts";
import { RangeSums } from "./RangeSums.ts";
import { marginalCosts } from "./rewards.ts";

/** Stands for probability 0 in the optimum, so that an impossible type's item is the limit of rare ones. */
const VANISHING_PROBABILITY = 1e-300;

/** Types that are looked at together: one curve with sums, or a range of indices where each has its own α. */
interface Run {
  curve: PerformanceCurve | undefined;
  gain: number;
  price: number;
  first: number;
  last: number;
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
  readonly #mode: string;
  readonly #age: PerformanceCurve;
  readonly #latency: PerformanceCurve;
  readonly #gains: Float64Array;
  readonly #prices: readonly number[];
  readonly #preferences: Float64Array;
  /** g of all types, if they have one α. */
  readonly #shared: PerformanceCurve | undefined;
  #sums: { gains: RangeSums; prices: RangeSums } | undefined;
  readonly #run: Run = { curve: undefined, gain: 0.5, price: 0.5, first: 0, last: 0 };
  readonly #hint = emptyHint();
  /** The last two optima, from which the next search starts: neighbouring types have near ones. */
  #previous = Number.NaN;
  #latest: number;

  constructor(parameters: ContractParameters, scheme: Scheme) {
    const { model, types, unitProfit } = parameters;
    this.#mode = model.mode;
    this.range = frequencyRange(model, parameters.frequencies);
    this.#latest = Math.sqrt(this.range.min * this.range.max);
    this.#age = ageMargin(model, parameters.toleratedAgeSeconds);
    this.#latency = latencyMargin(model, parameters.toleratedLatencySeconds);
    const weights = new Array<number>(types.length);
    const costs = new Array<number>(types.length);
    this.#gains = new Float64Array(types.length);
    this.#preferences = new Float64Array(types.length);
    const firstPreference = types[0]?.agePreference ?? 0;
    let alike = true;
    for (let n = 0; n < types.length; n++) {
      const { probability, unitCost, agePreference } = types[n]!;
      weights[n] = Math.max(probability, VANISHING_PROBABILITY);
      costs[n] = unitCost;
      this.#gains[n] = unitProfit * weights[n]!;
      this.#preferences[n] = agePreference;
      if (agePreference !== firstPreference) alike = false;
    }
    // Without rents to pay (CC), or with rents that are no loss (CS), a unit of f_n costs just Q_n δ_n.
    this.#prices =
      scheme === "CA" ? marginalCosts(costs, weights) : costs.map((cost, n) => weights[n]! * cost);
    this.#shared = alike ? performanceCurve(this.#age, this.#latency, firstPreference) : undefined;
  }

  /**
   * The frequency that is best for types `first`…`last` together, to rounding.
   *
   * @throws ContractError `INFEASIBLE`, naming the types, if no frequency has g > 0 for all of them.
   */
  optimum(first: number, last: number): number {
    const run = this.#select(first, last);
    const ahead = 2 * this.#latest - this.#previous;
    const start = ahead > this.range.min && ahead < this.range.max ? ahead : this.#latest;
    const best = concaveMaximum(
      this.range,
      start,
      run.curve === undefined ? this.#lookAtAll : this.#lookAtOne,
      this.#hint,
    );
    if (Number.isNaN(best)) throw this.#infeasible(first, last);
    this.#previous = first === last ? this.#latest : best;
    this.#latest = best;
    return best;
  }

  /** Σ (β Q_n ln g_n(f) − b_n f) over types `first`…`last`; −∞ where some g_n ≤ 0. */
  value(first: number, last: number, f: number): number {
    const { curve, gain, price } = this.#select(first, last);
    if (curve !== undefined) {
      const performance = valueAt(curve, f);
      return performance > 0 ? gain * Math.log(performance) - price * f : Number.NEGATIVE_INFINITY;
    }
    const latency = valueAt(this.#latency, f);
    const more = valueAt(this.#age, f) - latency;
    let sum = 0;
    for (let n = first; n <= last; n++) {
      const performance = latency + this.#preferences[n]! * more;
      if (!(performance > 0)) return Number.NEGATIVE_INFINITY;
      sum += this.#gains[n]! * Math.log(performance) - this.#prices[n]! * f;
    }
    return sum;
  }

  #select(first: number, last: number): Run {
    const run = this.#run;
    run.first = first;
    run.last = last;
    if (first === last) {
      run.curve = this.#shared ?? performanceCurve(this.#age, this.#latency, this.#preferences[first]!);
      run.gain = this.#gains[first]!;
      run.price = this.#prices[first]!;
    } else if (this.#shared !== undefined) {
      this.#sums ??= { gains: new RangeSums(this.#gains), prices: new RangeSums(this.#prices) };
      run.curve = this.#shared;
      run.gain = this.#sums.gains.sum(first, last);
      run.price = this.#sums.prices.sum(first, last);
    } else run.curve = undefined;
    return run;
  }

  /**
   * With W = gain and P = price the derivative is W g′/g − P. Where g ≤ 0, g′ says on which side g > 0 lies.
   *
   * Towards g = 0 the first term grows like 1/distance; there Newton's method takes its reciprocal, the straighter
   * function, which makes the step W g′/(g P) times as long.
   */
  readonly #lookAtOne = (f: number, at: Hint): void => {
    const { curve, gain, price } = this.#run as Run & { curve: PerformanceCurve };
    const performance = valueAt(curve, f);
    const slope = slopeAt(curve, f);
    if (performance > 0) {
      const excess = gain * slope - price * performance;
      // The second derivative is −W/(g² perBend).
      const perBend = 1 / (slope * slope - bendAt(curve, f) * performance);
      at.step = (excess > 0 ? (excess * slope) / price : (excess * performance) / gain) * perBend;
      at.scale = Math.abs(slope * performance * perBend);
    } else if (slope > 0) at.undefinedBelow = true;
    else at.undefinedAbove = true;
  };

  /** The same with sums over types of different α. */
  readonly #lookAtAll = (f: number, at: Hint): void => {
    const latency = valueAt(this.#latency, f);
    const latencySlope = slopeAt(this.#latency, f);
    const latencyBend = bendAt(this.#latency, f);
    const more = valueAt(this.#age, f) - latency;
    const moreSlope = slopeAt(this.#age, f) - latencySlope;
    const moreBend = bendAt(this.#age, f) - latencyBend;
    let gain = 0;
    let gainBend = 0;
    let price = 0;
    for (let n = this.#run.first; n <= this.#run.last; n++) {
      const preference = this.#preferences[n]!;
      const performance = latency + preference * more;
      const slope = latencySlope + preference * moreSlope;
      if (performance > 0) {
        const ratio = slope / performance;
        gain += this.#gains[n]! * ratio;
        gainBend += this.#gains[n]! * (ratio * ratio - (latencyBend + preference * moreBend) / performance);
        price += this.#prices[n]!;
      } else if (slope > 0) at.undefinedBelow = true;
      else at.undefinedAbove = true;
    }
    at.step = ((gain - price) / gainBend) * (gain > price ? gain / price : 1);
    at.scale = Math.abs(gain / gainBend);
  };

  #infeasible(first: number, last: number): ContractError {
    const { min, max } = this.range;
    const who = first === last ? `type ${first + 1}` : `types ${first + 1} to ${last + 1} together`;
    return new ContractError("INFEASIBLE", `infeasible: no frequency has g(f) > 0 for ${who}`, {
      details: `Searched ${min} to ${max} updates a second, mode ${this.#mode}.`,
      next: "Tolerate more age K or latency H, change alpha, or widen the range of frequencies.",
    });
  }
}
