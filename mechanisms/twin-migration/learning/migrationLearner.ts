import type { Engine } from "../../../learning/engine/Engine.ts";
import type { GraphEnvironment } from "../../../learning/reinforcement/environments/GraphEnvironment.ts";
import { GraphActorPolicy } from "../../../learning/reinforcement/learners/GraphActorPolicy.ts";
import type {
  GraphLearner,
  GraphLearnerOptions,
  GraphPolicy,
} from "../../../learning/reinforcement/learners/GraphLearner.ts";
import { Maddpg, MaddpgPolicy, maddpgLayers } from "../../../learning/reinforcement/learners/maddpg.ts";
import { Madqn, MadqnPolicy, madqnLayers } from "../../../learning/reinforcement/learners/madqn.ts";
import {
  MO_MADDPG_DEFAULTS,
  MoMaddpg,
  type MoMaddpgConfig,
} from "../../../learning/reinforcement/learners/moMaddpg.ts";
import type { NamedNumbers } from "../../../learning/reinforcement/namedNumbers.ts";
import { weightsOf } from "../../../learning/reinforcement/networks/DenseNetwork.ts";
import { actorLayers, type WarmStart } from "../../../learning/reinforcement/networks/GraphActor.ts";
import { WARM } from "../mathematics/networks/actor.ts";
import { PAIR_FEATURES } from "../mathematics/world/Observer.ts";
import { graphSizes } from "./MigrationGraph.ts";
import type { PolicyOptions } from "./PolicyOptions.ts";

/** The rule of least latency, as an actor begins with it. */
export function warmStart(): WarmStart {
  const skip = new Array<number>(PAIR_FEATURES).fill(0);
  for (const [feature, weight] of [WARM.service, WARM.migration, WARM.cloud]) skip[feature] = weight;
  return { skip, stay: WARM.stay, scale: WARM.scale, level: WARM.quality, serverLevels: WARM.servers };
}

/** Logits move far from a rule's when they are penalized as much as cold ones. */
const WARM_PENALTY = 1e-4;
/** The paper's: Table 2. */
const PAPER: Partial<MoMaddpgConfig> = {
  batchSize: 128,
  criticRate: 1e-3,
  actorRate: 1e-4,
  targetShare: 1e-3,
  bufferSize: 100_000,
};

/** The learner of some options in an environment. */
export function migrationLearner(
  engine: Engine,
  environment: GraphEnvironment,
  options: PolicyOptions,
): GraphLearner {
  const { seed, episodes, warm, paper } = options;
  const common: GraphLearnerOptions = {
    seed,
    episodes,
    episodeSeed: (episode) => 100_000 + 10_000 * seed + episode,
  };
  if (options.learner === "maddpg") return new Maddpg(engine, environment, common);
  if (options.learner === "madqn") return new Madqn(engine, environment, common);
  return new MoMaddpg(engine, environment, {
    ...common,
    config: {
      messages: options.messages,
      manyHeads: options.manyHeads,
      ...(warm && { penalty: WARM_PENALTY }),
      ...(paper && PAPER),
    },
    ...(warm && { warm: warmStart() }),
  });
}

/** How many weights the network of a policy has, at any size of the world. */
export function policyWeights({ learner }: Pick<PolicyOptions, "learner">): number {
  const sizes = graphSizes({ vehicles: 1, edges: 1, clouds: 1 });
  if (learner === "maddpg") return weightsOf(maddpgLayers(sizes));
  if (learner === "madqn") return weightsOf(madqnLayers(sizes));
  return weightsOf(actorLayers(sizes, MO_MADDPG_DEFAULTS.width));
}

/** The policy that a learner's parameters are, in an environment of any size. */
export function migrationPolicy(
  engine: Engine,
  environment: Pick<GraphEnvironment, "sizes" | "serverLinks">,
  options: PolicyOptions,
  parameters: NamedNumbers,
): GraphPolicy {
  const network = parameters.get("actor") as Float32Array;
  if (options.learner === "maddpg") return new MaddpgPolicy(engine, environment, network);
  if (options.learner === "madqn") return new MadqnPolicy(engine, environment, network);
  return new GraphActorPolicy(engine, environment, {
    network,
    width: MO_MADDPG_DEFAULTS.width,
    messages: options.messages,
  });
}
