/** How much a learner tries out: from the first episode's values to the last's, over a share of the episodes. */
export interface ExplorationSchedule {
  /** Probability of a random valid candidate. */
  readonly random: readonly [number, number];
  /** Deviation of Gaussian noise on levels. */
  readonly levels: readonly [number, number];
  /** Scale of Gumbel's noise on logits. */
  readonly gumbel: readonly [number, number];
  /** Over which share of the episodes it falls. */
  readonly falling: number;
  /** What a warm start has of the random candidates. */
  readonly warmShare: number;
}

/** The reading's. */
export const EXPLORATION: ExplorationSchedule = {
  random: [0.15, 0.02],
  levels: [0.3, 0.05],
  gumbel: [1, 0.2],
  falling: 0.7,
  warmShare: 0.3,
};

/** What is tried out in one episode. */
export interface Exploration {
  readonly random: number;
  readonly levels: number;
  readonly gumbel: number;
}

/** What is tried out in an episode, from 0. */
export function explorationIn(
  schedule: ExplorationSchedule,
  episode: number,
  episodes: number,
  warm: boolean,
): Exploration {
  const share = Math.min(1, episode / (schedule.falling * episodes));
  const at = ([first, last]: readonly [number, number]) => first + (last - first) * share;
  return {
    random: at(schedule.random) * (warm ? schedule.warmShare : 1),
    levels: at(schedule.levels),
    gumbel: at(schedule.gumbel),
  };
}
