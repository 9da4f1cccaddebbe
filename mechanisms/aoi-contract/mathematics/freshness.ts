/**
 * Freshness of periodically updated data: mean age of information (AoI) and mean service latency.
 *
 * Paper: J. Kang et al., "Blockchain-based Federated Learning for Industrial Metaverses: Incentive Scheme
 * with Optimal AoI", equations 1–5.
 *
 * A worker collects data for c periods of t seconds and then idles for a periods. A request during collection
 * waits for its end; every request is then served within one period.
 *
 * | symbol | identifier          | meaning                                             |
 * | ------ | ------------------- | --------------------------------------------------- |
 * | c_m    | `collectionPeriods` | periods of the collection phase                     |
 * | a_m    | `idlePeriods`       | periods of the idle phase                           |
 * | t      | `periodSeconds`     | seconds a period                                    |
 * | θ_m    | `cycleSeconds`      | seconds an update cycle, (c + a)·t (eq. 1)          |
 * | f_m    | `frequency`         | updates a second, 1/θ                               |
 * | A_m    | `meanAge`           | mean AoI, seconds (eqs 3, 5)                        |
 * | D_m    | `meanLatency`       | mean service latency, seconds (eqs 2, 4)            |
 *
 * Two misprints are kept as the named form `printed`, so that the paper's figures can be compared:
 * - eqs 2 and 4 carry one factor c too many; the text's own definition gives D = t·[c(c+3)/2 + a]/(c+a);
 * - eq. 5's last line divides by θ − at where eq. 3 gives θ.
 */
import { ContractError } from "./ContractError.ts";

/** `exact`: what the paper's definitions give. `printed`: the misprinted equation, to compare figures. */
export type Form = "exact" | "printed";

/** One update cycle, in whole or fractional periods. */
export interface UpdateCycle {
  /** c, at least 1 for a real device. */
  collectionPeriods: number;
  /** a, at least 0. */
  idlePeriods: number;
  /** t, seconds. */
  periodSeconds: number;
}

/** Which phase is fixed while the frequency varies, and which form of the equations holds. */
export interface FreshnessModel {
  /** `fixed_a`: the idle phase is fixed and collection adjusts. `fixed_c`: the other way round. */
  mode: "fixed_a" | "fixed_c";
  /** Length of the fixed phase, in periods. */
  fixedPeriods: number;
  /** t, seconds. */
  periodSeconds: number;
  /** Form of the latency: eq. 2 corrected, or as printed. */
  latency: Form;
  /** Form of the age: eq. 3, or eq. 5's last line as printed. */
  age: Form;
}

/** A function's value at a point and its derivative there. */
export interface ValueAndSlope {
  value: number;
  slope: number;
}

/** θ = (c + a)·t, seconds (eq. 1). */
export function cycleSeconds({ collectionPeriods, idlePeriods, periodSeconds }: UpdateCycle): number {
  return (collectionPeriods + idlePeriods) * periodSeconds;
}

/**
 * Mean AoI in seconds (eq. 3): t·[c + a(a+1)/2]/(c+a); `printed` is eq. 5's last line, (c+a)/c times as much.
 *
 * @example
 * meanAge({ collectionPeriods: 5, idlePeriods: 5, periodSeconds: 2 }); // 4
 */
export function meanAge(cycle: UpdateCycle, form: Form = "exact"): number {
  const { collectionPeriods: c, idlePeriods: a, periodSeconds: t } = cycle;
  const sum = t * (c + (a * (a + 1)) / 2);
  return form === "exact" ? sum / (c + a) : sum / c;
}

/**
 * Mean service latency in seconds: t·[c(c+3)/2 + a]/(c+a), or eq. 2 as printed.
 *
 * @example
 * meanLatency({ collectionPeriods: 5, idlePeriods: 5, periodSeconds: 2 }); // 5
 * meanLatency({ collectionPeriods: 5, idlePeriods: 5, periodSeconds: 2 }, "printed"); // 21
 */
export function meanLatency(cycle: UpdateCycle, form: Form = "exact"): number {
  const { collectionPeriods: c, idlePeriods: a, periodSeconds: t } = cycle;
  const collecting = (c * (c + 3)) / 2;
  return (t * ((form === "exact" ? collecting : c * collecting) + a)) / (c + a);
}

/** The frequency at which the adjustable phase lasts `adjustedPeriods`. */
export function frequencyOf(model: FreshnessModel, adjustedPeriods: number): number {
  return 1 / ((adjustedPeriods + model.fixedPeriods) * model.periodSeconds);
}

/**
 * Mean AoI as a function of the frequency f (eq. 5), convex on the domain.
 * - fixed a: t + t²(a²−a)f/2;
 * - fixed c: 1/(2f) + (½−c)t + (c²+c)t²f/2.
 */
export function ageAt(model: FreshnessModel, frequency: number): ValueAndSlope {
  const { mode, fixedPeriods: k, periodSeconds: t, age } = model;
  const f = frequency;
  if (mode === "fixed_a") {
    const slope = (t * t * (k * k - k)) / 2;
    const value = t + slope * f;
    if (age === "exact") return { value, slope };
    const collecting = 1 - k * t * f;
    return { value: value / collecting, slope: slope / collecting + (value * k * t) / collecting ** 2 };
  }
  const linear = ((k * k + k) * t * t) / 2;
  const value = 1 / (2 * f) + (0.5 - k) * t + linear * f;
  const slope = -1 / (2 * f * f) + linear;
  if (age === "exact") return { value, slope };
  const collecting = k * t * f;
  return { value: value / collecting, slope: slope / collecting - value / (collecting * f) };
}

/**
 * Mean service latency as a function of the frequency f (eq. 4), convex on the domain. With u = 1 − atf:
 * - fixed a: u²/(2f) + 3tu/2 + at²f, printed u³/(2tf²) + 3u²/(2f) + at²f;
 * - fixed c: t + (c²+c)t²f/2, printed t + t²f[c²(c+3)/2 − c].
 */
export function latencyAt(model: FreshnessModel, frequency: number): ValueAndSlope {
  const { mode, fixedPeriods: k, periodSeconds: t, latency } = model;
  if (mode === "fixed_a") return latencyWithFixedIdle(model, frequency);
  const slope = t * t * (latency === "exact" ? (k * k + k) / 2 : (k * k * (k + 3)) / 2 - k);
  return { value: t + slope * frequency, slope };
}

function latencyWithFixedIdle(model: FreshnessModel, f: number): ValueAndSlope {
  const { fixedPeriods: k, periodSeconds: t, latency } = model;
  const u = 1 - k * t * f;
  const idle = k * t * t;
  if (latency === "exact") {
    return {
      value: (u * u) / (2 * f) + 1.5 * t * u + idle * f,
      slope: (k * k * t * t - 1 / (f * f)) / 2 - idle / 2,
    };
  }
  return {
    value: (u * u * u) / (2 * t * f * f) + (1.5 * u * u) / f + idle * f,
    slope:
      -(3 * k * t * u * u * f + 2 * u * u * u) / (2 * t * f ** 3) -
      (1.5 * (2 * k * t * u * f + u * u)) / (f * f) +
      idle,
  };
}

/** The least frequency Algorithm 1 scans, updates a second. */
export const LEAST_FREQUENCY = 1e-5;

/** A closed range of frequencies, updates a second. */
export interface FrequencyRange {
  min: number;
  max: number;
}

/**
 * The range of frequencies of a model: 10⁻⁵ (Algorithm 1) to 1/((k+1)t), where the adjustable phase still
 * lasts one period, unless given.
 *
 * @throws ContractError `DOMAIN` unless 0 < min < max ≤ 1/(kt).
 */
export function frequencyRange(model: FreshnessModel, given: Partial<FrequencyRange> = {}): FrequencyRange {
  const { fixedPeriods: k, periodSeconds: t } = model;
  const max = given.max ?? 1 / ((k + 1) * t);
  const min = given.min ?? Math.min(LEAST_FREQUENCY, max / 1000);
  const limit = (1 + 1e-12) / (Math.max(k, 1) * t);
  if (!(min > 0 && min < max && max <= limit)) {
    throw new ContractError("DOMAIN", "need 0 < f_min < f_max <= 1/(k t)", {
      details: `f_min is ${min}, f_max ${max}, and 1/(k t) = ${1 / (k * t)} for k = ${k}, t = ${t} s.`,
      next: "Choose a range inside (0, 1/(k t)], or leave both out.",
    });
  }
  return { min, max };
}
