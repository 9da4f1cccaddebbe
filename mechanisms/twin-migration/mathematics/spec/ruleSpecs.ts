/** Kinds `episode`, `benchmark`, `clairvoyant`: rules over whole episodes. */
import { between, type SpecReader, whole } from "../../../solving/SpecReader.ts";
import { clairvoyantBest } from "../rules/clairvoyant.ts";
import { runBenchmark, runEpisode } from "../rules/episodes.ts";
import { checkWork, readRule, readSeed, readWholeSeed, readWorld, ruleFor } from "./readWorld.ts";

const ANY_ACTION = between(-1e12, 1e12);
const MOST_EPISODES = 10_000;
const MOST_HORIZON = 100;

/** Kind `episode`: a whole episode under a rule. */
export function episodeSpec(spec: SpecReader): Record<string, unknown> {
  const world = readWorld(spec);
  const seed = readSeed(spec);
  const rule = ruleFor(world, readRule(spec));
  checkWork(world, world.instance.parameters.episodeSteps);
  return { ...runEpisode(world, seed, (shown) => rule.act(shown)) };
}

/** Kind `benchmark`: means over episodes of seeds `first_seed` … `first_seed + count − 1`. */
export function benchmarkSpec(spec: SpecReader): Record<string, unknown> {
  const world = readWorld(spec);
  const firstSeed = readWholeSeed(spec, "first_seed");
  const count = spec.number("count", whole(2, MOST_EPISODES));
  const rule = ruleFor(world, readRule(spec));
  checkWork(world, world.instance.parameters.episodeSteps * count);
  return { ...runBenchmark(world, firstSeed, count, (shown) => rule.act(shown)) };
}

/** Kind `clairvoyant`: the best sum of objectives over all joint sequences of candidates. */
export function clairvoyantSpec(spec: SpecReader): Record<string, unknown> {
  const world = readWorld(spec);
  const seed = readSeed(spec);
  const horizon = spec.number("horizon", whole(1, MOST_HORIZON));
  const constants = {
    quality: spec.number("q", ANY_ACTION),
    edge: spec.vector("edge", 3, ANY_ACTION),
    cloud: spec.vector("cloud", 2, ANY_ACTION),
  };
  world.reset(seed);
  const { best, stay } = clairvoyantBest(world, horizon, constants);
  return { best, stay, gain: best - stay };
}
