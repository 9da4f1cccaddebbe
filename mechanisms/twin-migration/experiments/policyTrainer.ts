import type { Engine } from "../../../learning/engine/Engine.ts";
import { startEngine } from "../../../learning/engine/startEngine.ts";
import { emptyAction } from "../../../learning/reinforcement/environments/GraphEnvironment.ts";
import type { NamedNumbers } from "../../../learning/reinforcement/namedNumbers.ts";
import { MigrationGraph } from "../learning/MigrationGraph.ts";
import { migrationPolicy } from "../learning/migrationLearner.ts";
import { type PolicyOptions, policyOptions } from "../learning/PolicyOptions.ts";
import { PolicyTraining } from "../learning/PolicyTraining.ts";
import { decodePolicy, encodePolicy } from "../learning/policyFile.ts";
import { DEFAULT_PARAMETERS, type MigrationParameters } from "../mathematics/parameters.ts";
import type { World } from "../mathematics/world/World.ts";
import type { Player } from "./contenders.ts";
import type { LearnerSpec } from "./learnerSpecs.ts";
import type { Trainer, TrainingTask } from "./trainedLearners.ts";

/** Raised when a learner comes to other weights from the same task. */
const REVISIONS: Readonly<Record<LearnerSpec["learner"], number>> = { "mo-maddpg": 1, maddpg: 3, madqn: 1 };

/** Trains with the learners of `learning/reinforcement/`, on an engine that is started for the first of them. */
export function policyTrainer(): Trainer {
  let starting: Promise<Engine> | undefined;
  const engine = () => (starting ??= startEngine());
  return {
    revision: ({ learner }) => REVISIONS[learner],
    async train(task) {
      return train(await engine(), task);
    },
    async player(weights, key) {
      const { options, parameters } = decodePolicy(weights);
      return playerOf(await engine(), options, parameters, key);
    },
  };
}

function optionsOf(
  { learner, warm, graph, heads }: LearnerSpec,
  { instance }: World,
  { seed, episodes }: Pick<TrainingTask, "seed" | "episodes">,
): PolicyOptions {
  const { vehicles, edges, clouds } = instance;
  const parameters = otherParameters(instance.parameters);
  const size = { vehicles, edges, clouds };
  return policyOptions({
    ...{ learner, warm, messages: graph, manyHeads: heads > 1 },
    ...{ seed, episodes, size, parameters },
  });
}

/** Parameters of a world that are not the defaults, so that its policies can be run as they were learned. */
function otherParameters(all: MigrationParameters): Partial<MigrationParameters> {
  return Object.fromEntries(
    Object.entries(all).filter(
      ([name, value]) =>
        JSON.stringify(value) !== JSON.stringify(DEFAULT_PARAMETERS[name as keyof MigrationParameters]),
    ),
  );
}

async function train(
  engine: Engine,
  { spec, world, seed, episodes, every, onCheckpoint }: TrainingTask,
): Promise<Uint8Array> {
  const options = optionsOf(spec, world(), { seed, episodes });
  const training = new PolicyTraining(engine, options, world);
  try {
    const losses: number[] = [];
    const look = (episode: number) => {
      const criticLoss =
        losses.length === 0 ? null : losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
      losses.length = 0;
      onCheckpoint({
        episode,
        player: playerOf(engine, options, training.learner.policy(), `episode ${episode}`),
        criticLoss,
      });
    };
    look(0);
    for (let episode = 1; episode <= episodes; episode++) {
      const { updates, losses: found } = training.next();
      if (updates > 0) losses.push(found.critic);
      if (episode % every === 0 || episode === episodes) look(episode);
      // Others on this thread get their turn.
      await new Promise((resolve) => setImmediate(resolve));
    }
    return encodePolicy(training.best!);
  } finally {
    training.dispose();
  }
}

function playerOf(engine: Engine, options: PolicyOptions, parameters: NamedNumbers, key: string): Player {
  return {
    key,
    in(world) {
      const graph = new MigrationGraph(world);
      const policy = migrationPolicy(engine, graph, options, parameters);
      const action = emptyAction(graph.sizes);
      return {
        policy: () => () => {
          policy.act(graph, action);
          return graph.worldActions(action);
        },
        dispose: () => policy.dispose(),
      };
    },
  };
}
