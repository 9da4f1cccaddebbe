import { createHash } from "node:crypto";
import type { KeptFiles } from "../../FigureSettings.ts";
import { runEpisode } from "../mathematics/rules/episodes.ts";
import { Rule, TUNED_RULE } from "../mathematics/rules/rules.ts";
import type { World } from "../mathematics/world/World.ts";
import type { Player } from "./contenders.ts";
import type { LearnerSpec } from "./learnerSpecs.ts";
import { type Outcome, playEpisodes } from "./measure.ts";
import { HELD_OUT, type Scenario } from "./scenarios.ts";

/** Episodes between two looks at a learner. */
export const CHECKPOINT_EPISODES = 20;
/** Held-out episodes that a learner plays at each look; its choice of weights rests on others. */
export const CURVE_EPISODES = 10;

/** A learner on its way. */
export interface CurvePoint {
  /** Training episodes so far. */
  readonly episode: number;
  readonly outcomes: readonly Outcome[];
  /** Mean loss of critics since the last look; null before anything was learned. */
  readonly criticLoss: number | null;
}

/** A learner that was trained. */
export interface Trained {
  readonly player: Player;
  readonly curve: readonly CurvePoint[];
}

/** A training as a learner's code is asked for it. */
export interface TrainingTask {
  readonly spec: LearnerSpec;
  /** A world of its own to train in. */
  world(): World;
  readonly seed: number;
  readonly episodes: number;
  /** Told before the first episode, and then every so many. */
  readonly every: number;
  onCheckpoint(point: { episode: number; player: Player; criticLoss: number | null }): void;
}

/** What trains learners. */
export interface Trainer {
  /** Changes whenever the same task would give other weights. */
  revision(spec: LearnerSpec): number;
  /** The chosen weights. */
  train(task: TrainingTask): Promise<Uint8Array>;
  /** Plays with weights that a training gave, without exploring. @param key - The player's. */
  player(weights: Uint8Array, key: string): Promise<Player>;
}

/** How one training differs from another: by all that its weights follow from. */
export interface TrainingSubject {
  readonly spec: LearnerSpec;
  readonly scenario: Scenario;
  readonly seed: number;
  readonly episodes: number;
}

/**
 * The name of a training's files. It has a hash of the learner's options, of the trainer's revision, and of what the
 * scenario's world does: an episode of random actions. So a changed world or learner never meets old weights.
 */
export function trainingName(
  { spec, scenario, seed, episodes }: TrainingSubject,
  trainer: Pick<Trainer, "revision">,
): string {
  const { name: _, ...options } = spec;
  const facts = {
    ...options,
    seed,
    episodes,
    revision: trainer.revision(spec),
    ...worldFacts(scenario.world(spec.game)),
  };
  return `${spec.id}-${scenario.id}-s${seed}-e${episodes}-${shortHash(facts)}`;
}

/** What tells worlds apart: their sizes, and what an episode of random actions gives. */
export function worldFacts(world: World): Record<string, unknown> {
  const { vehicles, servers, edges } = world.instance;
  const random = new Rule({ ...TUNED_RULE, name: "random" }, vehicles, servers);
  return {
    size: [vehicles, edges, servers],
    world: runEpisode(world, 1, (shown) => random.act(shown)),
  };
}

export function shortHash(facts: Readonly<Record<string, unknown>>): string {
  return createHash("sha256").update(JSON.stringify(facts)).digest("hex").slice(0, 12);
}

/** What is written of a training beside its weights. */
interface KeptTraining {
  readonly learner: LearnerSpec;
  readonly scenario: string;
  readonly seed: number;
  readonly episodes: number;
  readonly revision: number;
  readonly curve: readonly CurvePoint[];
}

/** A training from files; undefined if it was not made, or not to its end. */
export async function keptLearner(
  subject: TrainingSubject,
  trainer: Trainer,
  kept: KeptFiles,
): Promise<Trained | undefined> {
  const name = trainingName(subject, trainer);
  const [weights, record] = await Promise.all([kept.read(`${name}.safetensors`), kept.read(`${name}.json`)]);
  if (weights === undefined || record === undefined) return undefined;
  const { curve } = JSON.parse(Buffer.from(record).toString()) as KeptTraining;
  return { player: await trainer.player(weights, name), curve };
}

/** A training from files, or made now and kept. @param onTraining - Told how far it is. */
export async function trainedLearner(
  subject: TrainingSubject,
  trainer: Trainer,
  kept: KeptFiles,
  onTraining: (text: string) => void,
): Promise<Trained> {
  const known = await keptLearner(subject, trainer, kept);
  if (known !== undefined) return known;
  const { spec, scenario, seed, episodes } = subject;
  const name = trainingName(subject, trainer);
  const curve: CurvePoint[] = [];
  const trial = scenario.world(spec.game);
  const made = await trainer.train({
    spec,
    world: () => scenario.world(spec.game),
    seed,
    episodes,
    every: CHECKPOINT_EPISODES,
    onCheckpoint({ episode, player, criticLoss }) {
      const outcomes = playEpisodes(player, trial, { ...HELD_OUT, count: CURVE_EPISODES });
      curve.push({ episode, outcomes, criticLoss });
      onTraining(`${spec.name} on ${scenario.title}, seed ${seed}: episode ${episode} of ${episodes}`);
    },
  });
  const revision = trainer.revision(spec);
  const keeping: KeptTraining = { learner: spec, scenario: scenario.id, seed, episodes, revision, curve };
  // The record last: with it a training is complete.
  await kept.write(`${name}.safetensors`, made);
  await kept.write(`${name}.json`, `${JSON.stringify(keeping)}\n`);
  return { player: await trainer.player(made, name), curve };
}
