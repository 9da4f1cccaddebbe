import type { Engine } from "../../engine/Engine.ts";
import type { BoxEnvironment } from "../environments/ParallelEnvironment.ts";
import { VectorEnvironment } from "../environments/VectorEnvironment.ts";
import { PpoTeam, type PpoTeamOptions } from "./PpoTeam.ts";
import { PPO_DEFAULTS, PpoAgent } from "./ppo.ts";

/**
 * MDDR, dynamic reward by multi-agent deep reinforcement learning: independent PPO (de
 * Witt et al. 2020). Each agent has an actor and a critic of its own, which see what it
 * observed and what it earned. Nothing is shared, and nothing of anybody else gets in.
 *
 * @example
 * const learner = new Mddr(engine, environments, { seed: 1 });
 * while (learner.steps < 4000) learner.learn();
 */
export class Mddr extends PpoTeam {
  /** @param environments - Made alike, each its own; their number divides the buffer. */
  constructor(engine: Engine, environments: readonly BoxEnvironment[], { seed, config }: PpoTeamOptions) {
    const first = environments[0]!;
    super(
      new VectorEnvironment(environments, seed),
      first.agents.map(
        (name) =>
          new PpoAgent(engine, {
            name,
            seed,
            config: { ...PPO_DEFAULTS, ...config },
            count: environments.length,
            observationSize: first.observationSize(name),
            space: first.actionSpace(name),
          }),
      ),
    );
  }

  protected experience(): void {
    const { environment, agents } = this;
    for (let index = 0; index < agents.length; index++) {
      const { observations, actions } = environment.agents[index]!;
      agents[index]!.act(observations, actions);
    }
    environment.step();
    for (let index = 0; index < agents.length; index++) {
      const { rewards, nextObservations } = environment.agents[index]!;
      agents[index]!.observe(rewards, environment.terminated, environment.truncated, nextObservations);
    }
  }
}
