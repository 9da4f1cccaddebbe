/** Where a run's rounds are saved, and how often. */
export interface CheckpointPlace {
  readonly directory: string;
  /** Says, as JSON, what the clients hold and whatever else of the run its task does not say: no other goes on there. */
  readonly identity: unknown;
  /** How long after the last saved round, or the beginning, the next is saved at the soonest; every round is unless given. */
  readonly pace?: {
    readonly milliseconds: number;
    /** Milliseconds, of any beginning. */
    readonly now: () => number;
  };
}
