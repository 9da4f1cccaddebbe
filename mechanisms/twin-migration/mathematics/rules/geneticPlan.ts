/**
 * The paper's genetic algorithm, as the reading has it: a plan made in advance by trying whole episodes from the same
 * start into *another* future, and then carried out blindly. A plan is a host for each vehicle in each of four segments
 * of the episode, levels of the servers, and one quality for all.
 */
import type { RandomSource } from "../../../../numerics/RandomSource.ts";
import type { World } from "../world/World.ts";
import type { WorldActions } from "../world/WorldState.ts";
import { type Policy, runEpisode } from "./episodes.ts";

/** How the algorithm searches. */
export interface GeneticParameters {
  readonly segments: number;
  /** Plans in a generation. */
  readonly plans: number;
  readonly generations: number;
  /** Best plans that are kept as they are. */
  readonly kept: number;
  /** Probability that a gene is drawn anew. */
  readonly mutation: number;
}

/** 4 segments, 10 plans, 8 generations; the two best are kept, and a twentieth of genes mutate. */
export const GENETIC: GeneticParameters = { segments: 4, plans: 10, generations: 8, kept: 2, mutation: 0.05 };

/** How many genes of a first plan say to stay. */
const STAYING = 0.5;
/** A plan; real numbers are actions from 0 to 1. */
export interface Plan {
  /** The server of each vehicle in each segment. [segments · V] */
  readonly hosts: Int32Array;
  /** Clock, access share, admission. [M · 3] */
  readonly servers: Float64Array;
  quality: number;
}

/** Carries out a plan: asks for the segment's host until the twin is there. */
export function planPolicy(plan: Plan, world: World, segments: number): Policy {
  const { vehicles, parameters } = world.instance;
  const actions = {
    targets: new Int32Array(vehicles),
    quality: new Float64Array(vehicles).fill(plan.quality),
    servers: plan.servers,
  };
  return (shown): WorldActions => {
    const segment = Math.min(Math.floor((shown.steps * segments) / parameters.episodeSteps), segments - 1);
    for (let v = 0; v < vehicles; v++) actions.targets[v] = plan.hosts[segment * vehicles + v]!;
    return actions;
  };
}

/**
 * Finds a plan for an episode.
 *
 * @param world - Is used to try plans in; the caller resets it afterwards.
 * @param seed - Of the episode: plans begin where it begins.
 * @param future - Another seed: what happens after that while plans are tried.
 */
export function findPlan(
  world: World,
  seed: number,
  future: number,
  random: RandomSource,
  parameters: GeneticParameters = GENETIC,
): Plan {
  const { plans, generations, kept } = parameters;
  const valued = (plan: Plan) => ({
    plan,
    reward: runEpisode(world, seed, planPolicy(plan, world, parameters.segments), future).reward,
  });
  let population = Array.from({ length: plans }, () => valued(drawPlan(world, random, parameters)));
  for (let generation = 1; generation < generations; generation++) {
    population.sort((a, b) => b.reward - a.reward);
    const pick = () => {
      const [a, b] = [population[random.integer(plans)]!, population[random.integer(plans)]!];
      return (a.reward >= b.reward ? a : b).plan;
    };
    const children = Array.from({ length: plans - kept }, () =>
      valued(crossed(pick(), pick(), world, random, parameters)),
    );
    population = [...population.slice(0, kept), ...children];
  }
  return population.reduce((best, one) => (one.reward > best.reward ? one : best)).plan;
}

function drawPlan(world: World, random: RandomSource, { segments }: GeneticParameters): Plan {
  const { vehicles, servers } = world.instance;
  return {
    hosts: Int32Array.from({ length: segments * vehicles }, () =>
      random.uniform() < STAYING ? -1 : random.integer(servers),
    ),
    servers: Float64Array.from({ length: 3 * servers }, () => random.uniform()),
    quality: random.uniform(),
  };
}

/** A child: each gene of one of its parents, and now and then a new one. */
function crossed(a: Plan, b: Plan, world: World, random: RandomSource, parameters: GeneticParameters): Plan {
  const fresh = drawPlan(world, random, parameters);
  const gene = <T>(x: T, y: T, z: T): T => {
    if (random.uniform() < parameters.mutation) return z;
    return random.uniform() < 0.5 ? x : y;
  };
  return {
    hosts: a.hosts.map((host, at) => gene(host, b.hosts[at]!, fresh.hosts[at]!)),
    servers: a.servers.map((level, at) => gene(level, b.servers[at]!, fresh.servers[at]!)),
    quality: gene(a.quality, b.quality, fresh.quality),
  };
}
