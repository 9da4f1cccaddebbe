/** User experience (eq. 13) and the objectives (eqs 21 and 23), with references that make them pure numbers. */
import { portableExp } from "../../../numerics/portableExp.ts";

/** Longer latencies count as so many seconds. */
const MOST_SECONDS = 10;

/** Shapes and weights of the experience. */
export interface ExperienceParameters {
  readonly experienceWeights: readonly number[];
  /** b_l, 1/s. */
  readonly latencyDecay: number;
  readonly qualityShape: number;
  readonly reliabilityShape: number;
}

/** The experience of one task and its three terms, each in [0, 1]. */
export class Experience {
  readonly #weights: readonly number[];
  readonly #decay: number;
  readonly #quality: number;
  readonly #reliability: number;
  readonly #qualityScale: number;
  readonly #reliabilityScale: number;

  constructor(parameters: ExperienceParameters) {
    this.#weights = parameters.experienceWeights;
    this.#decay = parameters.latencyDecay;
    this.#quality = parameters.qualityShape;
    this.#reliability = parameters.reliabilityShape;
    this.#qualityScale = 1 / (1 - portableExp(-this.#quality));
    this.#reliabilityScale = 1 / (1 - portableExp(-this.#reliability));
  }

  ofLatency(seconds: number): number {
    return portableExp(-this.#decay * seconds);
  }

  ofQuality(quality: number): number {
    return (1 - portableExp(-this.#quality * quality)) * this.#qualityScale;
  }

  ofReliability(reliability: number): number {
    return (1 - portableExp(-this.#reliability * reliability)) * this.#reliabilityScale;
  }

  of(seconds: number, quality: number, reliability: number): number {
    const w = this.#weights;
    return (
      w[0]! * this.ofLatency(seconds) +
      w[1]! * this.ofQuality(quality) +
      w[2]! * this.ofReliability(reliability)
    );
  }
}

/** References of the objectives; that of cost is scaled already. */
export interface References {
  readonly utilityReference: number;
  readonly latencyReference: number;
  readonly energyReference: number;
  readonly costReference: number;
}

/**
 * The five objectives: UX, utility, latency, energy, cost; into `components` from `at` on.
 *
 * @param utility - Per s_v.
 */
export function writeObjectives(
  experience: number,
  utility: number,
  seconds: number,
  joules: number,
  cost: number,
  references: References,
  components: Float64Array,
  at: number,
): void {
  components[at] = experience;
  components[at + 1] = utility / references.utilityReference;
  components[at + 2] = -(seconds < MOST_SECONDS ? seconds : MOST_SECONDS) / references.latencyReference;
  components[at + 3] = -joules / references.energyReference;
  components[at + 4] = -cost / references.costReference;
}

/** ω · components. */
export function weighted(weights: readonly number[], components: ArrayLike<number>, at = 0): number {
  let sum = 0;
  for (let k = 0; k < weights.length; k++) sum += weights[k]! * components[at + k]!;
  return sum;
}
