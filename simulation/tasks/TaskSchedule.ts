import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { longestSeconds } from "../../protocol/roundTimes.ts";
import { NO_FAULTS, type RpcFaults } from "../chains/FaultyRpc.ts";
import type { PlannedProcess } from "../SimulatedProcess.ts";
import { AGGREGATORS } from "./TaskNetwork.ts";
import { LEAST_CLAIM_SECONDS, LEAST_REPORT_SECONDS, STEP_SECONDS, WAY_SECONDS } from "./times.ts";

/** How long after the start the last fault happens, milliseconds. */
export const FAULTS_MILLISECONDS = 240_000;

/** Length of the epoch, which reward.json is made for, seconds. */
const EPOCH_SECONDS = 60;

/** A time, milliseconds after the start: from, until. */
export type Span = readonly [number, number];

/** Workers that mean harm. */
export const ROGUE_WORKERS = [
  /** Enrols and does nothing. */
  "silent",
  /** Commits to anything at the first moment, and never reveals. */
  "no-reveal",
  /** Commits to whatever somebody else has revealed in the round, on any subchain, and asks for receipts of its own. */
  "copier",
  /** Commits at the first moment, and reveals what it never stored, with receipts that it made up. */
  "no-store",
] as const;
export type RogueWorkerKind = (typeof ROGUE_WORKERS)[number];

/** Aggregators that mean harm: one of a task's, so fewer than it takes to agree, or to keep the others from it. */
export const ROGUE_AGGREGATORS = [
  /** Does nothing. */
  "silent",
  /** Commits to garbage in every attempt, and never opens it. */
  "no-attest",
  /** Commits to an aggregate without anybody in it, and attests that. */
  "wrong",
  /** Commits to what another has committed to, and attests what that one attested. */
  "copier",
  /** Works, but gives nobody a receipt. */
  "no-receipts",
  /** Works, but signs receipts for anything, without holding or serving it. */
  "not-holding",
] as const;
export type RogueAggregatorKind = (typeof ROGUE_AGGREGATORS)[number];

/** Publishers. */
export const PUBLISHERS = [
  /** Takes the rest back when it is due. */
  "fair",
  /** Asks for more updates than there are workers, so that no round changes the model. */
  "greedy",
  /** Gives as little time as the chains take, expires the task and takes the rest back in the first block in which it can. */
  "hasty",
] as const;
export type PublisherKind = (typeof PUBLISHERS)[number];

/** How workers are drawn for rounds, where not all take part in each. */
export const SAMPLINGS = ["uniform", "freshness"] as const;
export type SamplingKind = (typeof SAMPLINGS)[number];

/** A worker of a subchain. */
export interface PlannedWorker {
  /** Which subchain: 0 the virtual, 1 the physical one. */
  subchain: 0 | 1;
  /** Which device, or whose twin. */
  device: number;
  rogue: RogueWorkerKind | undefined;
  process: PlannedProcess;
}

/** A route that is paused for a while; both are places in `ROLES`. */
export interface PausedRoute {
  from: number;
  to: number;
  span: Span;
}

/** One run of the simulation. Everything in it follows from its seed. */
export interface TaskSchedule {
  seed: number;
  rounds: number;
  minUpdates: number;
  /** Who takes part in a round; all if undefined. */
  sampling: { kind: SamplingKind; clients: number } | undefined;
  /** Share of those that take part whose commits close the commits early. */
  quorum: number;
  times: {
    enrolSeconds: number;
    epochSeconds: number;
    commitSeconds: number;
    revealSeconds: number;
    reportSeconds: number;
    deadlineSeconds: number;
    claimSeconds: number;
  };
  publisher: PublisherKind;
  workers: readonly PlannedWorker[];
  aggregators: readonly PlannedProcess[];
  /** One that means harm, if any. */
  rogueAggregator: { index: number; kind: RogueAggregatorKind } | undefined;
  /** Beside a rogue, one that is away from the moment on in which the first round is reported. */
  absentAggregator: { index: number; milliseconds: number } | undefined;
  /** One that sees updates in storage late by so many milliseconds, each by a draw of its own; Infinity for never. */
  lateAggregator: { index: number; most: number } | undefined;
  /** Whether storage loses updates some time after they were put there. */
  losesUpdates: boolean;
  keeper: PlannedProcess;
  hasStranger: boolean;
  paused: readonly PausedRoute[];
  /** A subchain that makes no block for a while: its place in `ROLES`. */
  dead: { chain: number; span: Span } | undefined;
  rpc: RpcFaults;
}

/** Most workers of one subchain, who are all there. */
export const MOST_WORKERS = 3;

/** Draws a schedule. Each kind of fault and adversary is in a good part of them, in ever other company. */
export function drawTaskSchedule(seed: number): TaskSchedule {
  const random = new SeededRandom(seed, "task schedule");
  const chance = (probability: number) => random.uniform() < probability;
  const between = (least: number, most: number) => least + random.uniform() * (most - least);
  const pick = <T>(values: readonly T[]): T => values[random.integer(values.length)]!;
  const moment = () => Math.floor(random.uniform() * FAULTS_MILLISECONDS);
  const span = (shortest: number, longest: number): Span => {
    const from = moment();
    return [from, from + Math.floor(between(shortest, longest))];
  };
  const hasKills = chance(0.5);
  const process = (): PlannedProcess => {
    const isKilled = hasKills && chance(0.6);
    return {
      killedAtFirst: isKilled && chance(0.5) ? [pick(STEPS)] : [],
      killedAtStep: isKilled && chance(0.3) ? between(0.01, 0.06) : 0,
      killedAt: isKilled && chance(0.6) ? [moment()] : [],
      isLost: false,
    };
  };
  const workers: PlannedWorker[] = [];
  for (const subchain of [0, 1] as const) {
    const rogue = chance(0.6) ? pick(ROGUE_WORKERS) : undefined;
    const honest = rogue === undefined ? 1 + random.integer(2) : MOST_WORKERS - 1 - random.integer(2);
    // A rogue is device 0, or its twin: it can be the first in the order of the task.
    for (let device = rogue === undefined ? 1 : 0; device <= honest; device++) {
      workers.push({ subchain, device, rogue: device === 0 ? rogue : undefined, process: process() });
    }
  }
  const publisher = pick(PUBLISHERS);
  const rogueAggregator = chance(0.6)
    ? { index: random.integer(AGGREGATORS), kind: pick(ROGUE_AGGREGATORS) }
    : undefined;
  const aggregators = Array.from({ length: AGGREGATORS }, process);
  const absentAggregator =
    rogueAggregator !== undefined && chance(0.4)
      ? {
          index: (rogueAggregator.index + 1) % AGGREGATORS,
          milliseconds: Math.floor(between(40_000, 80_000)),
        }
      : undefined;
  const rounds = 1 + random.integer(2);
  const isHasty = publisher === "hasty";
  const commitSeconds = isHasty ? WAY_SECONDS + STEP_SECONDS : 2 * WAY_SECONDS + STEP_SECONDS;
  const revealSeconds = isHasty ? 2 * STEP_SECONDS : 3 * STEP_SECONDS;
  const reportSeconds = LEAST_REPORT_SECONDS;
  const enrolSeconds = WAY_SECONDS + STEP_SECONDS;
  const epochSeconds = EPOCH_SECONDS;
  const needed = longestSeconds(rounds, { commitSeconds, revealSeconds, reportSeconds, epochSeconds });
  const rpc = { ...NO_FAULTS };
  if (chance(0.4)) {
    rpc.busy = between(0, 0.02);
    rpc.reordered = between(0, 0.2);
    rpc.duplicated = between(0, 0.03);
    rpc.lostAnswer = between(0, 0.01);
  }
  const routes = [
    [0, 1],
    [1, 0],
    [1, 2],
    [1, 3],
    [2, 1],
    [3, 1],
  ] as const;
  return {
    seed,
    rounds,
    // Whoever asks for more updates than there are workers has all take part: of those that are drawn none is too many.
    sampling: publisher === "greedy" ? undefined : drawnSampling(new SeededRandom(seed, "task sampling")),
    minUpdates: publisher === "greedy" ? 2 * MOST_WORKERS : 1 + random.integer(2),
    quorum: chance(0.4) ? 0.000_000_001 : 1,
    times: {
      enrolSeconds,
      epochSeconds: EPOCH_SECONDS,
      commitSeconds,
      revealSeconds,
      reportSeconds,
      deadlineSeconds: enrolSeconds + (isHasty ? Math.max(EPOCH_SECONDS, needed) + 1 : 900),
      claimSeconds: isHasty ? LEAST_CLAIM_SECONDS : 2 * LEAST_CLAIM_SECONDS,
    },
    publisher,
    workers,
    aggregators,
    rogueAggregator,
    absentAggregator,
    lateAggregator: chance(0.5)
      ? {
          // Fewer than it takes to keep an update away from the others.
          index: rogueAggregator?.index ?? random.integer(AGGREGATORS),
          most: chance(0.5) ? Number.POSITIVE_INFINITY : 60_000,
        }
      : undefined,
    losesUpdates: chance(0.4),
    keeper: process(),
    hasStranger: chance(0.5),
    paused: chance(0.25)
      ? [pick(routes)].map(([from, to]) => ({ from, to, span: span(10_000, 60_000) }))
      : [],
    dead: chance(0.25) ? { chain: 2 + random.integer(2), span: span(10_000, 90_000) } : undefined,
    rpc,
  };
}

/** From a source of its own, so that everything else in a seed's schedule is as it was. */
function drawnSampling(random: SeededRandom): TaskSchedule["sampling"] {
  if (random.uniform() < 0.5) return undefined;
  // Fewer than there can be, mostly fewer than there are.
  return { kind: SAMPLINGS[random.integer(2)]!, clients: 1 + random.integer(MOST_WORKERS - 1) };
}

/** Steps at which processes are killed once. */
const STEPS = [
  "before eth_sendRawTransaction",
  "during eth_sendRawTransaction",
  "after eth_sendRawTransaction",
  "before storage.put",
  "after storage.put",
] as const;
