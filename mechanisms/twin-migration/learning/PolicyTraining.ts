import type { Engine } from "../../../learning/engine/Engine.ts";
import { emptyAction } from "../../../learning/reinforcement/environments/GraphEnvironment.ts";
import type { GraphLearner, LearnedEpisode } from "../../../learning/reinforcement/learners/GraphLearner.ts";
import {
  type NamedNumbers,
  prefixed,
  takeNumbers,
  within,
} from "../../../learning/reinforcement/namedNumbers.ts";
import { gridWorld, runEpisode } from "../mathematics/rules/episodes.ts";
import type { World } from "../mathematics/world/World.ts";
import { MigrationGraph } from "./MigrationGraph.ts";
import { migrationLearner, migrationPolicy } from "./migrationLearner.ts";
import { type PolicyOptions, worldParameters } from "./PolicyOptions.ts";

/** A policy is tried after so many episodes, and after the last, on these seeds; the best is kept. */
const EPISODES_A_TRIAL = 20;
export const VALIDATION_SEEDS = [9100, 9101, 9102, 9103] as const;

/** A policy that was learned: what it was learned with, and its parameters. */
export interface TrainedPolicy {
  readonly options: PolicyOptions;
  readonly parameters: NamedNumbers;
  /** After how many episodes it was so, and its mean reward on the validation seeds. */
  readonly episode: number;
  readonly validationReward: number;
}

/** An episode of learning, with the validation reward where the policy was tried after it. */
export interface TrainingEpisode extends LearnedEpisode {
  readonly validationReward?: number;
}

/**
 * Learns a policy of twin migration, episode by episode, and keeps the one that did best on validation episodes: what
 * is last has often fallen back.
 */
export class PolicyTraining {
  readonly options: PolicyOptions;
  readonly learner: GraphLearner;
  readonly #engine: Engine;
  readonly #world: World;
  #best: Omit<TrainedPolicy, "options"> | undefined;

  /** @param makeWorld - Where it learns and is tried: the grid of its options unless given. */
  constructor(
    engine: Engine,
    options: PolicyOptions,
    makeWorld: () => World = () => gridWorld(options.size, worldParameters(options)),
  ) {
    this.options = options;
    this.#engine = engine;
    this.learner = migrationLearner(engine, new MigrationGraph(makeWorld()), options);
    this.#world = makeWorld();
  }

  /** Whether all episodes are done. */
  get done(): boolean {
    return this.learner.episode >= this.options.episodes;
  }

  /** Learns for one more episode. */
  next(): TrainingEpisode {
    const learned = this.learner.learnEpisode();
    const { episode } = this.learner;
    if (episode % EPISODES_A_TRIAL !== 0 && episode !== this.options.episodes) return learned;
    const parameters = this.learner.policy();
    const validationReward = this.#rewardOf(parameters);
    if (this.#best === undefined || validationReward > this.#best.validationReward)
      this.#best = { parameters, episode, validationReward };
    return { ...learned, validationReward };
  }

  /** The best policy so far; undefined before any was tried. */
  get best(): TrainedPolicy | undefined {
    return this.#best && { options: this.options, ...this.#best };
  }

  #rewardOf(parameters: NamedNumbers): number {
    const graph = new MigrationGraph(this.#world);
    const policy = migrationPolicy(this.#engine, graph, this.options, parameters);
    const action = emptyAction(graph.sizes);
    let sum = 0;
    for (const seed of VALIDATION_SEEDS) {
      sum += runEpisode(this.#world, seed, () => {
        policy.act(graph, action);
        return graph.worldActions(action);
      }).reward;
    }
    policy.dispose();
    return sum / VALIDATION_SEEDS.length;
  }

  /** All that training goes on from, by name, buffer included; between two episodes. */
  snapshot(): NamedNumbers {
    const best = this.#best;
    return new Map([
      ...prefixed("learner", this.learner.snapshot()),
      ["best/at", Float64Array.of(best?.episode ?? 0, best?.validationReward ?? 0)],
      ...(best === undefined ? [] : prefixed("best/parameters", best.parameters)),
    ]);
  }

  /** Goes on from a snapshot of a training with the same options. @throws BaseError `CHECKPOINT_OTHER`. */
  restore(snapshot: NamedNumbers): void {
    this.learner.restore(within("learner", snapshot));
    const [episode, validationReward] = takeNumbers(snapshot, "best/at", 2) as unknown as [number, number];
    const parameters = within("best/parameters", snapshot);
    this.#best = episode === 0 ? undefined : { parameters, episode, validationReward };
  }

  dispose(): void {
    this.learner.dispose();
  }
}

/** Learns a policy from first to last episode. @param each - Told of every episode. */
export function trainPolicy(
  engine: Engine,
  options: PolicyOptions,
  each: (episode: TrainingEpisode) => void = () => {},
): TrainedPolicy {
  const training = new PolicyTraining(engine, options);
  while (!training.done) each(training.next());
  const best = training.best!;
  training.dispose();
  return best;
}
