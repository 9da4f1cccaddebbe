import type { VectorEnvironment } from "../environments/VectorEnvironment.ts";
import type { NamedNumbers } from "../namedNumbers.ts";

/** Learns to act in environments; deterministic for a seed, on every machine. */
export interface Learner<Update> {
  readonly environment: VectorEnvironment;
  /** Steps of environments so far: E a joint action. */
  readonly steps: number;
  /** Acts until there is enough to learn from, and learns from it. What comes out is about each agent. */
  learn(): readonly Update[];
  /** Writes what each agent would do without exploring to the actions of `environment`, of at most as many rows. */
  actWithoutNoise(environment: VectorEnvironment): void;
  /** All that the learner and its environments go on from, by name; between two calls of {@link learn}. */
  snapshot(): NamedNumbers;
  /** Goes on from a snapshot of a learner that was made alike. @throws BaseError `CHECKPOINT_OTHER`. */
  restore(snapshot: NamedNumbers): void;
  /** Gives its room on the engine's heap back. */
  dispose(): void;
}
