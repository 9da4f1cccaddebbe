/** Losses of eqs 25 to 27: n samples of five heads, row after row. */
import { weighted } from "../experience.ts";
import { OBJECTIVES } from "../world/WorldState.ts";

/** y = r + γ Q′. */
export function targetsOf(rewards: ArrayLike<number>, next: ArrayLike<number>, gamma: number): Float64Array {
  return Float64Array.from(rewards, (r, i) => r + gamma * next[i]!);
}

/** The mean of (q − y)² of each head (eq. 25), [5]. */
export function headLosses(values: ArrayLike<number>, targets: ArrayLike<number>): number[] {
  const samples = values.length / OBJECTIVES;
  return Array.from({ length: OBJECTIVES }, (_, k) => {
    let sum = 0;
    for (let n = 0; n < samples; n++) {
      const error = values[n * OBJECTIVES + k]! - targets[n * OBJECTIVES + k]!;
      sum += error * error;
    }
    return sum / samples;
  });
}

/** Their mean (eq. 27). */
export function meanLoss(values: ArrayLike<number>, targets: ArrayLike<number>): number {
  return headLosses(values, targets).reduce((a, b) => a + b, 0) / OBJECTIVES;
}

/** The mean of ω · q: what an actor maximises. */
export function meanValue(values: ArrayLike<number>, weights: readonly number[]): number {
  const samples = values.length / OBJECTIVES;
  let sum = 0;
  for (let n = 0; n < samples; n++) sum += weighted(weights, values, n * OBJECTIVES);
  return sum / samples;
}
