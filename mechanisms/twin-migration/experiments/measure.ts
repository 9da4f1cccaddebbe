import { MODES } from "../mathematics/paths.ts";
import { type EpisodeReport, runEpisode } from "../mathematics/rules/episodes.ts";
import type { World } from "../mathematics/world/World.ts";
import type { Contender, Player } from "./contenders.ts";
import { HELD_OUT, type Scenario } from "./scenarios.ts";

/** Where energy is spent. */
export const LAYERS = ["vehicle", "edge", "cloud"] as const;
export type Layer = (typeof LAYERS)[number];

/** What an episode gave, with the energy of each layer, J a vehicle and step. */
export interface Outcome extends EpisodeReport {
  readonly layers: Readonly<Record<Layer, number>>;
}

/** What a contender came to. */
export interface Measured {
  readonly name: string;
  /** By run, then by episode; the episodes are the same for all. */
  readonly runs: readonly (readonly Outcome[])[];
}

/** The episodes that are compared. */
export interface Episodes {
  readonly first: number;
  readonly count: number;
}

/** Has a contender play all episodes, each run by itself. */
export function measure(
  { name, runs, withoutGame = false }: Contender,
  scenario: Scenario,
  { first, count }: Episodes = HELD_OUT,
): Measured {
  const world = scenario.world(!withoutGame);
  return {
    name,
    runs: runs.map((player) => playEpisodes(player, world, { first, count })),
  };
}

/** Has a player play all episodes. */
export function playEpisodes(player: Player, world: World, { first, count }: Episodes): Outcome[] {
  const play = player.in(world);
  try {
    return Array.from({ length: count }, (_, e) => playEpisode(world, first + e, play.policy(first + e)));
  } finally {
    play.dispose();
  }
}

/** An episode, with the energy of each layer. */
function playEpisode(world: World, seed: number, policy: Parameters<typeof runEpisode>[2]): Outcome {
  const layers = { vehicle: 0, edge: 0, cloud: 0 };
  const report = runEpisode(world, seed, (shown) => {
    if (shown.steps > 0) addEnergy(shown, layers);
    return policy(shown);
  });
  addEnergy(world, layers);
  const each = world.instance.parameters.episodeSteps * world.instance.vehicles;
  for (const layer of LAYERS) layers[layer] /= each;
  return { ...report, layers };
}

/** Adds the energy of the last step: vehicles transmit, servers transmit to each other and execute. */
function addEnergy(world: World, layers: Record<Layer, number>): void {
  const { instance, scratch } = world;
  const { vehicles, edges, parameters } = instance;
  const layerOf = (m: number): Layer => (m < edges ? "edge" : "cloud");
  for (let v = 0; v < vehicles; v++) {
    const uploading = parameters.vehicleWatts * world.uploadSeconds[v]!;
    const host = layerOf(scratch.hostBefore[v]!);
    layers.vehicle += uploading;
    // Backhaul is what the RSU sends to another server.
    const relaying = parameters.roadsideWatts * scratch.backhaulSeconds[v]!;
    layers.edge += relaying;
    layers[host] += scratch.serviceEnergy[v]! - uploading - relaying;
    const mode = world.mode[v]!;
    if (mode === MODES.none) continue;
    const relayed = mode === MODES.relayed;
    const sending =
      (relayed ? parameters.roadsideWatts : parameters.vehicleWatts) * scratch.transferSeconds[v]!;
    layers[relayed ? host : "vehicle"] += sending;
    layers[layerOf(scratch.target[v]!)] += world.energy[v]! - scratch.serviceEnergy[v]! - sending;
  }
}
