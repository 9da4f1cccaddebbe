import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { NO_FAULTS, type RpcFaults } from "../chains/FaultyRpc.ts";
import type { PlannedProcess } from "../SimulatedProcess.ts";

/** How long after the start the last fault happens, milliseconds. */
export const FAULTS_MILLISECONDS = 80_000;
/** From one block to the next, milliseconds. */
export const BLOCK_MILLISECONDS = 4000;

/** Most blocks on top of a final one. */
export const MOST_CONFIRMATIONS = 4;

/** How long after the last fault what must be delivered in a stated time is sent, milliseconds. */
const CALM_MILLISECONDS = 60_000;
/** Messages that a stranger sends in one transaction. */
const EACH_FLOOD = 5;
/** Transactions of a flood that is more than a relayer can try while a message of the network may wait. */
const LATE_FLOOD = 64;

/** A time, milliseconds after the start: from, until. */
export type Span = readonly [number, number];

/** A message that an application sends. */
export interface PlannedMessage {
  /** Which chain it is sent on. */
  from: 0 | 1;
  at: number;
  /** When its recipient refuses it; until Infinity for ever. */
  refused: Span | undefined;
  /** Bytes that it carries beside that. */
  bytes: number;
  /** Whether a stranger has it sent, in a transaction whose receipt is too large to be shown to a verifier. */
  isHidden: boolean;
}

/** Messages that a stranger sends at one time, and that nobody takes. */
export interface PlannedFlood {
  /** Which chain they are sent on. */
  from: 0 | 1;
  at: number;
  transactions: number;
  /** Messages of each. */
  each: number;
  /** Whether they are for the application, which refuses them, or for somebody without one. */
  toApplication: boolean;
  /** Whether the receipts of their transactions are too large to be shown to a verifier. */
  isHidden: boolean;
}

/** Blocks that are replaced. */
export interface PlannedReorganization {
  at: number;
  /** Of what the finality rule allows, in (0, 1]; above 1 that many blocks deeper than allowed. */
  reach: number;
  growth: number;
  forgotten: number;
}

/** What happens on a chain. */
export interface PlannedChain {
  halts: readonly Span[];
  reorganizations: readonly PlannedReorganization[];
  /** Times of high base fees, which leave cheap transactions waiting. */
  feeSpikes: readonly Span[];
  /** Probability, each block, that nodes drop a waiting transaction. */
  eviction: number;
}

/** Writes to the services' databases, each one transaction: a process may be killed before and after each. */
export const WRITES = {
  validator: ["advance", "rewind", "vouchers.save"],
  relayer: [
    "advance",
    "rewind",
    "deliveries.note",
    "deliveries.confirm",
    "messages.fail",
    "announcements.hide",
    "messages.knowApplications",
    "facts.keep",
    "submissions.create",
    "submissions.addVariant",
    "submissions.touchVariant",
    "submissions.setMined",
    "submissions.close",
  ],
} as const;

/** Steps at which a process of a kind may be killed. */
export function stepsOf(kind: keyof typeof WRITES): string[] {
  const steps = WRITES[kind].flatMap((write) => [`before ${kind}.${write}`, `after ${kind}.${write}`]);
  const sending = ["before", "during", "after"].map((when) => `${when} eth_sendRawTransaction`);
  return kind === "relayer" ? [...steps, ...sending] : steps;
}

/** One run of the simulation. Everything in it follows from its seed. */
export interface Schedule {
  seed: number;
  /** Blocks on top of a final one. */
  confirmations: number;
  /** Whether services ask for the chain's finalized block, instead of counting. */
  byTag: boolean;
  messages: readonly PlannedMessage[];
  /** Messages that are sent once the faults are over, right after a flood; each must be delivered in a stated time. */
  late: readonly PlannedMessage[];
  floods: readonly PlannedFlood[];
  chains: readonly [PlannedChain, PlannedChain];
  relayers: readonly PlannedProcess[];
  validators: readonly PlannedProcess[];
  /** Validator that signs what is not final, forgets what it signed, and lies. */
  liar: number | undefined;
  rpc: RpcFaults;
  /** Validator that takes so long to answer, milliseconds, also once the faults are over. */
  slow: { validator: number; milliseconds: number } | undefined;
  /** Probability that a validator does not answer a relayer. */
  silence: number;
}

/**
 * Draws a schedule. Each kind of fault is in about half of them, so that kinds meet in ever other company, and some
 * schedules are extreme in one.
 */
export function drawSchedule(seed: number): Schedule {
  const random = new SeededRandom(seed, "schedule");
  const hiding = new SeededRandom(seed, "hiding");
  const chance = (probability: number) => random.uniform() < probability;
  const between = (least: number, most: number) => least + random.uniform() * (most - least);
  const often = <T>(most: number, draw: () => T): T[] =>
    chance(0.5) ? Array.from({ length: 1 + random.integer(most) }, draw) : [];
  const pick = <T>(values: readonly T[]): T => values[random.integer(values.length)]!;
  const moment = () => Math.floor(random.uniform() * FAULTS_MILLISECONDS);
  const span = (shortest: number, longest: number): Span => {
    const from = moment();
    return [from, Math.min(FAULTS_MILLISECONDS, from + Math.floor(between(shortest, longest)))];
  };

  const confirmations = chance(0.1) ? 0 : 1 + random.integer(MOST_CONFIRMATIONS);
  const beyond = chance(0.15) ? random.integer(2) : undefined;
  const chain = (place: number): PlannedChain => {
    const reorganization = (): PlannedReorganization => ({
      at: moment(),
      reach: between(0.1, 1),
      growth: random.integer(3) - 1,
      forgotten: chance(0.5) ? between(0, 0.5) : 0,
    });
    const reorganizations = often(5, reorganization);
    if (beyond === place) reorganizations.push({ ...reorganization(), reach: 2 + random.integer(3) });
    return {
      halts: often(2, () => span(8000, 40_000)),
      reorganizations: reorganizations.sort((a, b) => a.at - b.at),
      feeSpikes: often(2, () => span(8000, 30_000)),
      eviction: chance(0.3) ? between(0.05, 0.5) : 0,
    };
  };
  const process = (kind: keyof typeof WRITES): PlannedProcess => ({
    killedAtFirst: often(4, () => pick(stepsOf(kind))),
    killedAtStep: chance(0.5) ? between(0.01, kind === "relayer" ? 0.25 : 0.1) : 0,
    killedAt: often(2, moment).sort((a, b) => a - b),
    isLost: false,
  });
  const validators = [process("validator"), process("validator"), process("validator")];
  // Two of three must sign: one can be lost or lie, not more.
  const bad = chance(0.4) ? random.integer(3) : undefined;
  const lies = chance(0.5);
  if (bad !== undefined && !lies) {
    validators[bad] = { killedAtFirst: [], killedAtStep: 0, killedAt: [moment()], isLost: true };
  }
  const rpc = { ...NO_FAULTS };
  for (const kind of Object.keys(rpc) as (keyof RpcFaults)[]) {
    // Logs are asked for, and branches replaced, less often than other things happen.
    const isRare = kind === "tooManyLogs" || kind === "missingLog" || kind === "replaced";
    rpc[kind] = chance(0.5) ? between(0.005, isRare ? 0.25 : 0.06) : 0;
  }
  // Two of three must sign: one can be lost, lie or be slow, not more.
  const slow =
    bad === undefined && chance(0.5)
      ? { validator: random.integer(3), milliseconds: Math.floor(between(45_000, 60_000)) }
      : undefined;
  const isFlooded = chance(0.25);
  const late = isFlooded || slow !== undefined ? [lateMessage(random.integer(2) as 0 | 1)] : [];
  const floods = isFlooded ? [earlyFlood(), ...late.map(lateFlood)] : [];
  const hides = hiding.uniform() < 0.4;
  const isHidden = () => hides && hiding.uniform() < 0.4;
  return {
    seed,
    confirmations,
    byTag: chance(0.3),
    messages: Array.from({ length: 3 + random.integer(12) }, () => ({
      from: random.integer(2) as 0 | 1,
      // Early enough that faults meet them on all of their way.
      at: Math.floor(0.7 * moment()),
      refused: chance(0.25) ? refusal() : undefined,
      bytes: random.integer(100),
      isHidden: isHidden(),
    })).sort((a, b) => a.at - b.at),
    late,
    floods: floods.map((flood) => ({ ...flood, isHidden: isHidden() })),
    slow,
    chains: [chain(0), chain(1)],
    relayers: chance(0.4) ? [process("relayer"), process("relayer")] : [process("relayer")],
    validators,
    liar: lies ? bad : undefined,
    rpc,
    silence: chance(0.5) ? between(0.02, 0.3) : 0,
  };

  function lateMessage(from: 0 | 1): PlannedMessage {
    const at = FAULTS_MILLISECONDS + CALM_MILLISECONDS + random.integer(8000);
    return { from, at, refused: undefined, bytes: random.integer(100), isHidden: false };
  }

  function earlyFlood(): Omit<PlannedFlood, "isHidden"> {
    const from = random.integer(2) as 0 | 1;
    const transactions = 1 + random.integer(8);
    return { from, at: moment(), transactions, each: EACH_FLOOD, toApplication: chance(0.5) };
  }

  function lateFlood({ from, at }: PlannedMessage): Omit<PlannedFlood, "isHidden"> {
    const toApplication = chance(0.7);
    const before = 1 + random.integer(5000);
    return { from, at: at - before, transactions: LATE_FLOOD, each: EACH_FLOOD, toApplication };
  }

  function refusal(): Span {
    if (chance(0.2)) return [0, Number.POSITIVE_INFINITY];
    return chance(0.5) ? [0, moment() + 10_000] : span(8000, 40_000);
  }
}
