import type { Engine } from "../../engine/Engine.ts";
import type { BoxEnvironment } from "../environments/ParallelEnvironment.ts";
import { VectorEnvironment } from "../environments/VectorEnvironment.ts";
import { PpoTeam, type PpoTeamOptions } from "./PpoTeam.ts";
import { PPO_DEFAULTS, PpoAgent } from "./ppo.ts";

/**
 * MAPPO (Yu et al. 2022): PPO whose critics see the state of the whole environment, while
 * the actors see what their agents observe. Rewards differ from agent to agent, so each
 * has a critic. It needs one place that all may tell everything.
 *
 * @example
 * const learner = new Mappo(engine, environments, { seed: 1 });
 * while (learner.steps < 4000) learner.learn();
 */
export class Mappo extends PpoTeam {
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
            criticSize: first.stateSize,
            space: first.actionSpace(name),
          }),
      ),
    );
  }

  protected experience(): void {
    const { environment, agents } = this;
    const { states, nextStates } = environment;
    for (let index = 0; index < agents.length; index++) {
      const { observations, actions } = environment.agents[index]!;
      agents[index]!.act(observations, actions, states);
    }
    environment.step();
    for (let index = 0; index < agents.length; index++) {
      const { rewards } = environment.agents[index]!;
      agents[index]!.observe(rewards, environment.terminated, environment.truncated, nextStates);
    }
  }
}
