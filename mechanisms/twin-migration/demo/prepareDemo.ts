import { basename } from "node:path";

import type { AskedDemo, DemoParty, MarketEvent, PreparedDemo } from "../../Market.ts";
import { TUNED_VEHICLE } from "../decision/chooseHost.ts";
import { DEFAULT_PARAMETERS } from "../mathematics/parameters.ts";
import type { PartyEvent } from "../parties/PartyEvent.ts";
import type { PartyPlan, Setting } from "../parties/partyPlan.ts";
import { EPOCH_MILLISECONDS, Journeys } from "./Journeys.ts";
import { journeyMap } from "./journeyMap.ts";
import { type Scenario, scenarioOf } from "./scenario.ts";

/** Least length of the demo, s; it goes on to the end of the epoch, whose synchronizations are then anchored. */
const LEAST_SECONDS = 35;
const STEP_MILLISECONDS = 1000;
/** What every party starts with, wei: 1,000 $. */
const TOKENS = 1000n * 10n ** 18n;
/** kB an epoch that a server takes on: an edge itself and with its cloud, a cloud. */
const EDGE_KILOBYTES = { own: 40_000, capacity: 80_000 };
const CLOUD_KILOBYTES = 400_000;
const MOST_TWINS = { edge: 10, cloud: 100 };
/** One edge server is a poor one, so that there is something to lose and to weigh. */
const POOR_EDGE = { place: 3, reliability: 0.7 };
const SYNCHRONIZE_EVERY = 4;
const BYTES_A_KILOBYTE = 1000;

/** The demo's market: vehicles that drive a trace, edge servers split between the subchains, clouds, and a keeper. */
export function prepareDemo(asked: AskedDemo): PreparedDemo {
  const { seed, startAtMs, subchains, addressOf } = asked;
  const over = Math.ceil((startAtMs + LEAST_SECONDS * 1000) / EPOCH_MILLISECONDS) * EPOCH_MILLISECONDS;
  const steps = Math.ceil((over - startAtMs) / STEP_MILLISECONDS);
  const scenario = scenarioOf(seed, steps, asked.trace);
  const { instance } = scenario.world;
  const { edges, servers } = instance;
  const setting: Setting = {
    site: siteOf(scenario),
    vehicles: instance.vehicles,
    servers: Array.from({ length: servers }, (_, m) => {
      const isCloud = m >= edges;
      const turn = isCloud ? (m - edges) / (servers - edges) : m / edges;
      return {
        name: isCloud ? `cloud ${m - edges + 1}` : `edge ${m + 1}`,
        address: addressOf(m),
        kind: isCloud ? ("Cloud" as const) : ("Edge" as const),
        // The first half of the RSUs on the first subchain, and so on.
        chain: subchains[Math.floor(turn * subchains.length)]!,
        ...(isCloud ? {} : { cloud: addressOf(edges + instance.suppliers[m]!) }),
      };
    }),
    startAtMs,
    stepMs: STEP_MILLISECONDS,
    steps,
  };
  const keeper = servers + instance.vehicles;
  const plans: { plan: PartyPlan; url?: string; ends: boolean }[] = [
    // Edges wait for their clouds.
    ...[...setting.servers.keys()].reverse().map((m) => ({
      plan: serverPlan(setting, m, { seed, edges }),
      url: asked.urlOf(m),
      ends: false,
    })),
    {
      plan: { role: "keeper" as const, name: "keeper", key: keeper, seed, setting },
      ends: false,
    },
    ...scenario.tracks.map((track, v) => ({
      plan: vehiclePlan(setting, scenario, track, { v, seed, servers, policy: asked.policy }),
      ends: true,
    })),
  ];
  const journeys = new Journeys(setting, SYNCHRONIZE_EVERY);
  const parties = plans.map(({ plan, url, ends }): DemoParty & { plan(): PartyPlan } => ({
    ...{ name: plan.name, key: plan.key, tokens: plan.role === "keeper" ? 0n : TOKENS, ends },
    ...(url === undefined ? {} : { url }),
    plan: () => plan,
  }));
  return {
    about: `${instance.vehicles} vehicles, ${edges} edge servers and ${servers - edges} clouds over ${scenario.about} for ${steps} s (seed ${seed})${asked.policy === undefined ? "" : `; vehicles decide by ${basename(asked.policy)}`}`,
    endsAtMs: startAtMs + steps * STEP_MILLISECONDS,
    parties,
    tell: ({ name }: DemoParty, event: MarketEvent) => journeys.hear(name, event as PartyEvent),
    isOver: ({ type }: MarketEvent) => type === "arrived",
    isQuiet: () => journeys.isAnchored(over / EPOCH_MILLISECONDS - 1),
    result: () => ({
      summary: journeys.summary(),
      lines: journeys.lines(),
      map: journeyMap(setting, scenario.tracks, journeys.moves, DEFAULT_PARAMETERS.coverageMetres),
    }),
  };
}

function siteOf({ world: { instance } }: Scenario): Setting["site"] {
  const { site } = instance;
  const { widthMetres, heightMetres, neighbourMetres } = site;
  const numbers = (values: ArrayLike<number>) => Array.from({ length: values.length }, (_, i) => values[i]!);
  return {
    ...{ widthMetres: Math.max(widthMetres, 1), heightMetres: Math.max(heightMetres, 1), neighbourMetres },
    edgeX: numbers(site.edgeX),
    edgeY: numbers(site.edgeY),
    cloudX: numbers(site.cloudX),
    cloudY: numbers(site.cloudY),
  };
}

function serverPlan(
  setting: Setting,
  m: number,
  { seed, edges }: { seed: number; edges: number },
): PartyPlan {
  const isCloud = m >= edges;
  const { edgeReliability, cloudReliability } = DEFAULT_PARAMETERS;
  const usual = isCloud ? cloudReliability : edgeReliability;
  return {
    role: "server",
    ...{ name: setting.servers[m]!.name, key: m, seed, setting, place: m },
    own: isCloud ? CLOUD_KILOBYTES : EDGE_KILOBYTES.own,
    capacity: isCloud ? CLOUD_KILOBYTES : EDGE_KILOBYTES.capacity,
    mostTwins: isCloud ? MOST_TWINS.cloud : MOST_TWINS.edge,
    reliability: m === POOR_EDGE.place && !isCloud ? POOR_EDGE.reliability : usual,
  };
}

function vehiclePlan(
  setting: Setting,
  { world }: Scenario,
  track: { x: number[]; y: number[] },
  { v, seed, servers, policy }: { v: number; seed: number; servers: number; policy: string | undefined },
): PartyPlan {
  const kilobytes = Math.max(1, Math.round(world.megabytes[v]! * 1000));
  return {
    role: "vehicle",
    ...{ name: `vehicle ${v + 1}`, key: servers + v, seed, setting, track, kilobytes },
    priority: world.priority[v] === 0 ? 0 : 1,
    // What moves is the live state; the rest of a twin is the same wherever it runs.
    stateBytes: Math.max(64, Math.round(kilobytes * BYTES_A_KILOBYTE * DEFAULT_PARAMETERS.liveShare)),
    synchronizeEvery: SYNCHRONIZE_EVERY,
    rule: TUNED_VEHICLE,
    ...(policy !== undefined && { policy }),
  };
}
