/**
 * An environment of users and servers that all act at once, where what matters is who is next to whom. Every user
 * chooses one of a few servers; every server sets some levels. Servers are in tiers, and all agents of a tier are alike.
 * For learners whose networks pass messages along edges and can be used at any size.
 */

/** How many there are of everything. */
export interface GraphSizes {
  readonly users: number;
  /** Servers of each tier; servers are counted tier by tier. */
  readonly serverTiers: readonly number[];
  /** Servers that a user may choose from. The first one is its present one. */
  readonly candidates: number;
  /** Numbers that describe a user, a server, and a user's candidate. */
  readonly userFeatures: number;
  readonly serverFeatures: number;
  readonly pairFeatures: number;
  /** Levels that a server sets. */
  readonly serverLevels: number;
  /** Rewards of every agent. */
  readonly objectives: number;
}

/** All servers. */
export function serversOf({ serverTiers }: GraphSizes): number {
  return serverTiers.reduce((sum, tier) => sum + tier, 0);
}

/** What all agents see: arrays that hold until the environment's next call. */
export interface GraphObservation {
  /** [users · userFeatures] */
  readonly users: ArrayLike<number>;
  /** [servers · serverFeatures] */
  readonly servers: ArrayLike<number>;
  /** [users · candidates · pairFeatures], zeros where there is no candidate. */
  readonly pairs: ArrayLike<number>;
  /** The server behind each candidate, −1 for none. [users · candidates] */
  readonly candidates: ArrayLike<number>;
  /** 1 where a server is next to a user. [users · servers] */
  readonly links: ArrayLike<number>;
}

/** What all agents do, written by who acts. */
export interface GraphAction {
  /** The candidate that each user chooses. [users] */
  readonly chosen: Int32Array;
  /** Each user's level, 0 … 1. [users] */
  readonly levels: Float64Array;
  /** 0 … 1. [servers · serverLevels] */
  readonly servers: Float64Array;
}

/** An action where everybody keeps what it has. */
export function emptyAction(sizes: GraphSizes): GraphAction {
  return {
    chosen: new Int32Array(sizes.users),
    levels: new Float64Array(sizes.users),
    servers: new Float64Array(serversOf(sizes) * sizes.serverLevels),
  };
}

/** Users and servers that act at once. An episode has a fixed number of steps; that it ends then ends nothing. */
export interface GraphEnvironment extends GraphObservation {
  readonly sizes: GraphSizes;
  /** 1 where two servers are next to each other; it does not change. [servers · servers] */
  readonly serverLinks: ArrayLike<number>;
  readonly episodeSteps: number;
  /** ω: what each objective counts. */
  readonly objectiveWeights: readonly number[];
  /** What the last step gave. [users · objectives], [servers · objectives] */
  readonly userRewards: ArrayLike<number>;
  readonly serverRewards: ArrayLike<number>;
  /** What the last step gave all together: what an episode's reward is the sum of. */
  readonly objective: number;
  /** Begins an episode; the same seed begins the same one. */
  reset(seed: number): void;
  /** Everybody acts; keeps nothing of the action. */
  step(action: GraphAction): void;
}
