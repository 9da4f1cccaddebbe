import type { VectorEnvironment } from "../environments/VectorEnvironment.ts";
import { type NamedNumbers, prefixed, takeNumbers, within } from "../namedNumbers.ts";
import type { Learner } from "./Learner.ts";
import type { PpoAgent, PpoConfig, PpoUpdate } from "./ppo.ts";

/** What a learner of PPO agents is made with. */
export interface PpoTeamOptions {
  /** Draws of initial networks, actions and minibatches follow from it, and the environments' seeds. */
  readonly seed: number;
  /** What differs from `PPO_DEFAULTS`. */
  readonly config?: Partial<PpoConfig>;
}

/** The bookkeeping of PPO agents that act in the same environments; how they learn is the subclass's. */
export abstract class PpoTeam implements Learner<PpoUpdate> {
  readonly environment: VectorEnvironment;
  readonly agents: readonly PpoAgent[];
  #steps = 0;

  /** @param agents - In the order of the environment's. */
  constructor(environment: VectorEnvironment, agents: readonly PpoAgent[]) {
    this.environment = environment;
    this.agents = agents;
  }

  get steps(): number {
    return this.#steps;
  }

  learn(): readonly PpoUpdate[] {
    this.collect();
    return this.update();
  }

  /** Fills the agents' buffers. */
  collect(): void {
    while (!this.agents[0]!.full) {
      this.experience();
      this.#steps += this.environment.count;
    }
  }

  /** Has every agent learn from its buffer. */
  update(): readonly PpoUpdate[] {
    return this.agents.map((agent) => agent.update());
  }

  /** One joint action in every environment: all agents act, then take in what it earned. */
  protected abstract experience(): void;

  actWithoutNoise({ agents }: VectorEnvironment): void {
    for (const [index, { observations, actions }] of agents.entries()) {
      this.agents[index]!.actWithoutNoise(observations, actions);
    }
  }

  snapshot(): NamedNumbers {
    return new Map([
      ["steps", Float64Array.of(this.#steps)],
      ...prefixed("vector", this.environment.snapshot()),
      ...this.agents.flatMap((agent) => prefixed(`agent/${agent.name}`, agent.snapshot())),
    ]);
  }

  restore(snapshot: NamedNumbers): void {
    this.#steps = takeNumbers(snapshot, "steps", 1)[0]!;
    this.environment.restore(within("vector", snapshot));
    for (const agent of this.agents) agent.restore(within(`agent/${agent.name}`, snapshot));
  }

  dispose(): void {
    for (const agent of this.agents) agent.dispose();
  }
}
