/** Over which share of the episodes exploration falls. */
const FALLING = 0.7;
/** From the first value to the last. */
const RANDOM = [0.15, 0.02] as const;
const CONTINUOUS = [0.3, 0.05] as const;
const GUMBEL = [1, 0.2] as const;
/** A warm start explores so much of it. */
const WARM_SHARE = 0.3;

/** How much a learner tries out. */
export interface Exploration {
  /** Probability of a random valid candidate. */
  readonly random: number;
  /** Deviation of Gaussian noise on continuous actions. */
  readonly continuous: number;
  /** Scale of Gumbel's noise on logits. */
  readonly gumbel: number;
}

/** What is tried out in an episode, from 0. */
export function explorationAt(episode: number, episodes: number, warm: boolean): Exploration {
  const share = Math.min(1, episode / (FALLING * episodes));
  const at = ([first, last]: readonly [number, number]) => first + (last - first) * share;
  return { random: at(RANDOM) * (warm ? WARM_SHARE : 1), continuous: at(CONTINUOUS), gumbel: at(GUMBEL) };
}

/** τ θ + (1 − τ) target. */
export function softUpdate(theta: ArrayLike<number>, target: ArrayLike<number>, tau: number): Float64Array {
  return Float64Array.from(theta, (w, i) => tau * w + (1 - tau) * target[i]!);
}

/** Ornstein and Uhlenbeck's noise: x += θ(μ − x)dt + σ√dt · normal. */
export function ornsteinUhlenbeck(
  first: number,
  { mu, theta, sigma, dt }: { mu: number; theta: number; sigma: number; dt: number },
  normals: ArrayLike<number>,
): Float64Array {
  let x = first;
  return Float64Array.from(normals, (normal) => {
    x += theta * (mu - x) * dt + sigma * Math.sqrt(dt) * normal;
    return x;
  });
}
