/** A learner's experience of E environments in T steps, row t·E + e, and how to look ahead. */
export interface Experience {
  /** E. */
  readonly count: number;
  readonly rewards: Float64Array;
  /** The critic's values of what was seen before each step, and at its end. */
  readonly values: Float64Array;
  readonly nextValues: Float64Array;
  /** 1 where the step ended the episode by itself, or cut it off. */
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  /** γ in [0, 1]: what a reward is worth a step later. */
  readonly discount: number;
  /** λ in [0, 1]: 0 trusts the critic after one step, 1 only what was earned. */
  readonly lambda: number;
}

/**
 * Generalized advantage estimation (Schulman et al. 2016, eq. 16), backwards:
 * δ_t = r_t + γ V(s_{t+1}) − V(s_t), A_t = δ_t + γλ A_{t+1}. After an episode that ended by
 * itself V is 0; after one that was cut off it is the critic's; neither hands A on.
 *
 * @param advantages - Where A is written, one a row.
 */
export function generalizedAdvantages(experience: Experience, advantages: Float64Array): void {
  const { count, rewards, values, nextValues, terminated, truncated, discount, lambda } = experience;
  for (let row = rewards.length - 1; row >= 0; row--) {
    const ahead = terminated[row] === 1 ? 0 : nextValues[row]!;
    const error = rewards[row]! + discount * ahead - values[row]!;
    const last = row + count >= rewards.length || terminated[row] === 1 || truncated[row] === 1;
    advantages[row] = last ? error : error + discount * lambda * advantages[row + count]!;
  }
}
