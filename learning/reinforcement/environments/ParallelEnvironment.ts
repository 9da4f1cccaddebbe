/** A value for each agent, by its name. */
export type ByAgent<T> = Readonly<Record<string, T>>;

/** What a step of an environment gives. */
export interface Step<Observation, Reward = number> {
  readonly observations: ByAgent<Observation>;
  readonly rewards: ByAgent<Reward>;
  /** Whether the agent's episode ended by itself: nothing is worth anything afterwards. */
  readonly terminations: ByAgent<boolean>;
  /** Whether the agent's episode was cut off, though it would have gone on. */
  readonly truncations: ByAgent<boolean>;
}

/**
 * Agents that all act at once, in the terms of PettingZoo's `ParallelEnv` (Terry et al. 2021).
 * A reward is a number, or several where there is more than one objective.
 * Observations that are arrays belong to the environment: they hold until its next call.
 *
 * @example
 * let observations = environment.reset(7);
 * for (;;) ({ observations } = environment.step(choose(observations)));
 */
export interface ParallelEnvironment<Observation, Action, Reward = number> {
  /** Names of the agents, always in this order. */
  readonly agents: readonly string[];
  /** Begins an episode; the same seed begins the same one. @param seed - A whole number. */
  reset(seed: number): ByAgent<Observation>;
  /** Every agent acts. Takes an action for each agent; keeps none. */
  step(actions: ByAgent<Action>): Step<Observation, Reward>;
  /** All there is to know, for a critic that learns in one place; no agent sees it when it acts. */
  state(): Float64Array;
  /** What the rest of the episode depends on, as numbers, always as many; for checkpoints. */
  snapshot(): Float64Array;
  /** Goes on from a snapshot of an environment that was made alike. */
  restore(snapshot: ArrayLike<number>): void;
}

/** Real numbers within bounds: what an agent of a {@link BoxEnvironment} chooses. */
export interface Box {
  readonly size: number;
  readonly low: number;
  readonly high: number;
}

/** An environment whose observations and actions are arrays of numbers. */
export interface BoxEnvironment extends ParallelEnvironment<Float64Array, Float64Array> {
  /** Numbers that the agent observes. */
  observationSize(agent: string): number;
  /** What the agent may choose. */
  actionSpace(agent: string): Box;
  /** Numbers of `state()`. */
  readonly stateSize: number;
}
