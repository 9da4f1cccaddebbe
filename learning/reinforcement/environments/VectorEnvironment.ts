import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { type NamedNumbers, takeNumbers } from "../namedNumbers.ts";
import type { BoxEnvironment } from "./ParallelEnvironment.ts";

/** What an agent gets and does in E environments at once: arrays of E rows that are written in place. */
export interface VectorAgent {
  readonly name: string;
  /** What the agent sees before it acts, [E, size]. */
  readonly observations: Float64Array;
  /** What it saw at the end of the last step, before ended episodes began anew, [E, size]. */
  readonly nextObservations: Float64Array;
  /** What it does in the next step, [E, size]: written by the learner. */
  readonly actions: Float64Array;
  /** What the last step gave, [E]. */
  readonly rewards: Float64Array;
}

/**
 * E copies of an environment side by side. An episode that ends begins anew by
 * itself; nothing is allocated while it steps.
 */
export class VectorEnvironment {
  readonly count: number;
  readonly agents: readonly VectorAgent[];
  /** `state()` before the agents act, [E, stateSize]. */
  readonly states: Float64Array;
  /** `state()` at the end of the last step, before ended episodes began anew. */
  readonly nextStates: Float64Array;
  /** 1 where the last step ended the episode by itself, or cut it off; [E]. */
  readonly terminated: Uint8Array;
  readonly truncated: Uint8Array;
  readonly #environments: readonly BoxEnvironment[];
  readonly #actions: readonly Record<string, Float64Array>[];
  readonly #seed: number;
  readonly #episodes: Float64Array;

  /**
   * @param environments - At least one; all made alike, but each its own.
   * @param seed - Every episode's seed follows from it.
   */
  constructor(environments: readonly BoxEnvironment[], seed: number) {
    const first = environments[0]!;
    const count = environments.length;
    this.count = count;
    this.agents = first.agents.map((name) => ({
      name,
      observations: new Float64Array(count * first.observationSize(name)),
      nextObservations: new Float64Array(count * first.observationSize(name)),
      actions: new Float64Array(count * first.actionSpace(name).size),
      rewards: new Float64Array(count),
    }));
    this.states = new Float64Array(count * first.stateSize);
    this.nextStates = new Float64Array(count * first.stateSize);
    this.terminated = new Uint8Array(count);
    this.truncated = new Uint8Array(count);
    this.#environments = environments;
    this.#actions = environments.map((_, row) =>
      Object.fromEntries(this.agents.map(({ name, actions }) => [name, rowOf(actions, row, count)])),
    );
    this.#seed = seed;
    this.#episodes = new Float64Array(count);
    for (let row = 0; row < count; row++) this.#begin(row);
  }

  /**
   * All agents act in all environments, by their `actions`.
   *
   * @throws BaseError `ENVIRONMENT_AGENTS` when an episode ends for some agents only.
   */
  step(): void {
    for (let row = 0; row < this.count; row++) {
      const environment = this.#environments[row]!;
      const { observations, rewards, terminations, truncations } = environment.step(this.#actions[row]!);
      let ended = 0;
      for (const agent of this.agents) {
        copyRow(agent.nextObservations, observations[agent.name]!, row);
        agent.rewards[row] = rewards[agent.name]!;
        if (terminations[agent.name] || truncations[agent.name]) ended++;
      }
      copyRow(this.nextStates, environment.state(), row);
      this.terminated[row] = terminations[this.agents[0]!.name] ? 1 : 0;
      this.truncated[row] = truncations[this.agents[0]!.name] ? 1 : 0;
      if (ended === 0) {
        for (const agent of this.agents) copyRow(agent.observations, observations[agent.name]!, row);
        copyRow(this.states, environment.state(), row);
        continue;
      }
      if (ended < this.agents.length) {
        throw new BaseError("ENVIRONMENT_AGENTS", "An episode ended for some of its agents only.", {
          next: "Learners here take environments whose episodes end for all agents at once.",
        });
      }
      this.#begin(row);
    }
  }

  /** What the rest depends on, by name; for checkpoints. */
  snapshot(): NamedNumbers {
    return new Map([
      ["episodes", this.#episodes.slice()],
      ...this.#environments.map(
        (environment, row) => [`environment/${row}`, environment.snapshot()] as const,
      ),
      ["states", this.states.slice()],
      ...this.agents.map(({ name, observations }) => [`observations/${name}`, observations.slice()] as const),
    ]);
  }

  /** Goes on from a snapshot of a vector that was made alike. @throws BaseError `CHECKPOINT_OTHER`. */
  restore(snapshot: NamedNumbers): void {
    this.#episodes.set(takeNumbers(snapshot, "episodes", this.count));
    for (const [row, environment] of this.#environments.entries()) {
      const name = `environment/${row}`;
      environment.restore(takeNumbers(snapshot, name, environment.snapshot().length));
    }
    this.states.set(takeNumbers(snapshot, "states", this.states.length));
    for (const { name, observations } of this.agents) {
      observations.set(takeNumbers(snapshot, `observations/${name}`, observations.length));
    }
  }

  #begin(row: number): void {
    const environment = this.#environments[row]!;
    const random = new SeededRandom(this.#seed, "environment", row, "episode", this.#episodes[row]!);
    this.#episodes[row]! += 1;
    const observations = environment.reset(random.integer(2 ** 31));
    for (const agent of this.agents) copyRow(agent.observations, observations[agent.name]!, row);
    copyRow(this.states, environment.state(), row);
  }
}

function rowOf(rows: Float64Array, row: number, count: number): Float64Array {
  const size = rows.length / count;
  return rows.subarray(row * size, (row + 1) * size);
}

function copyRow(rows: Float64Array, values: Float64Array, row: number): void {
  const begin = row * values.length;
  for (let index = 0; index < values.length; index++) rows[begin + index] = values[index]!;
}
