import { portableExp } from "../../numerics/portableExp.ts";

/** ln √(2π), of a Gaussian's density. */
export const HALF_LOG_TWO_PI = 0.9189385332046727;

/** What {@link clippedLoss} takes: a Gaussian actor now, what was drawn from an earlier one, and what came of it. */
export interface ClippedLossInput {
  /** μ, [rows, size]. */
  readonly means: ArrayLike<number>;
  /** σ and ln σ, [size]. */
  readonly deviations: ArrayLike<number>;
  readonly logDeviations: ArrayLike<number>;
  /** Of the whole buffer: z, [·, size]; ln π_old(z|s); A. */
  readonly draws: ArrayLike<number>;
  readonly logOdds: ArrayLike<number>;
  readonly advantages: Float64Array;
  /** Rows of the buffer. */
  readonly rows: Int32Array;
  readonly config: { readonly clip: number; readonly entropyBonus: number };
  /** Written: the loss by each mean, [rows, size], and by each ln σ, [size]. */
  readonly byMean: { [index: number]: number };
  readonly byLogDeviation: { [index: number]: number };
}

/** Means over rows of {@link clippedLoss}. */
export interface ClippedLoss {
  readonly loss: number;
  readonly divergence: number;
}

/**
 * −mean(min(ρ A, clip(ρ) A)) − bonus · Σ ln σ, where ρ = π(z|s) / π_old(z|s) and A is brought
 * to mean 0 and deviation 1 (Schulman et al. 2017, eq. 7); a Gaussian's entropy is Σ ln σ
 * and a constant.
 */
export function clippedLoss(input: ClippedLossInput): ClippedLoss {
  const { means, deviations, logDeviations, draws, logOdds, advantages, rows, config } = input;
  const { byMean, byLogDeviation } = input;
  const size = deviations.length;
  const count = rows.length;
  const { centre, scale } = momentsOf(advantages, rows);
  let loss = 0;
  let divergence = 0;
  for (let column = 0; column < size; column++) {
    loss -= config.entropyBonus * count * logDeviations[column]!;
    byLogDeviation[column] = -config.entropyBonus;
  }
  for (let index = 0; index < count; index++) {
    const row = rows[index]!;
    let logRatio = -logOdds[row]!;
    for (let column = 0; column < size; column++) {
      const noise = (draws[row * size + column]! - means[index * size + column]!) / deviations[column]!;
      logRatio -= 0.5 * noise * noise + logDeviations[column]! + HALF_LOG_TWO_PI;
    }
    const ratio = portableExp(logRatio);
    divergence += ratio - 1 - logRatio;
    const advantage = (advantages[row]! - centre) * scale;
    const clipped = Math.min(Math.max(ratio, 1 - config.clip), 1 + config.clip) * advantage;
    loss -= Math.min(ratio * advantage, clipped);
    // Where the clipped term is the smaller one, it is constant.
    const byLogOdds = ratio * advantage <= clipped ? (-ratio * advantage) / count : 0;
    for (let column = 0; column < size; column++) {
      const noise = (draws[row * size + column]! - means[index * size + column]!) / deviations[column]!;
      byMean[index * size + column] = (byLogOdds * noise) / deviations[column]!;
      byLogDeviation[column]! += byLogOdds * (noise * noise - 1);
    }
  }
  return { loss: loss / count, divergence: divergence / count };
}

/** Mean of some rows, and one over their deviation. */
function momentsOf(values: Float64Array, rows: Int32Array): { centre: number; scale: number } {
  let sum = 0;
  for (let index = 0; index < rows.length; index++) sum += values[rows[index]!]!;
  const centre = sum / rows.length;
  let squares = 0;
  for (let index = 0; index < rows.length; index++) {
    const apart = values[rows[index]!]! - centre;
    squares += apart * apart;
  }
  return { centre, scale: 1 / (Math.sqrt(squares / rows.length) + 1e-8) };
}
