import { type ChainPace, hopSeconds } from "../chains/clients/chainPace.ts";
import type { ShortRewardTime } from "../mechanisms/MechanismTask.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { longestSeconds } from "../protocol/roundTimes.ts";
import type { TaskSpec } from "./taskSpec.ts";

/** What a round takes besides its messages, seconds: to train, commit, reveal, aggregate and attest, as it was seen. */
const ROUND_SECONDS = 8;
/** What a worker takes to look at a task and its data before it enrols, and at a round, seconds. */
const ENROLLING_SECONDS = 8;
const DECIDING_SECONDS = 4;
/** Blocks that a call takes: the one that shows that it is time, and its own. */
const CALL_BLOCKS = 2;
/** What a network asks of reports and claims beyond the messages' way, seconds; as a local network's deployment does. */
const MARGINS = { report: 2, claim: 10 };

type Schedule = TaskSpec["schedule"];

/** How fast the chains of a task are. */
export interface TaskPaces {
  main: ChainPace;
  relay: ChainPace;
  /** Those of the task. */
  subchains: readonly ChainPace[];
}

/** A time that is too short, and why. */
export interface ShortTime {
  field: keyof Schedule;
  /** Seconds. */
  needed: number;
  why: string;
}

/** How a schedule fares on a task's chains. */
export interface ScheduleOnChains {
  /** What a round takes from its opening to the next, seconds: 0 where blocks are made at once. */
  roundSeconds: number;
  /** What it takes from a round's opening on the main chain until a worker begins with it, seconds; 0 there, too. */
  heardSeconds: number;
  /** Empty when it holds. */
  short: readonly ShortTime[];
  /** One that would hold. */
  holding: Schedule;
}

/**
 * What a task's schedule has to leave for blocks and finality. A message takes a hop, (finality blocks + 1) × block
 * time, on each chain that it leaves: two from the main chain to a subchain, and two back. Aggregators show what they
 * committed to once all commitments are final on the main chain. So a round takes four hops, the main chain's finality
 * and some 8 s, and an enrolment begins after two hops. Where workers are drawn for rounds, the first waits for two calls.
 */
export function scheduleOnChains(
  { schedule, rounds, sampling }: Pick<TaskSpec, "schedule" | "rounds" | "sampling">,
  { main, relay, subchains }: TaskPaces,
): ScheduleOnChains {
  const most = (value: (pace: ChainPace) => number) =>
    subchains.reduce((so, pace) => Math.max(so, value(pace)), 0);
  const down = hopSeconds(main) + hopSeconds(relay);
  const up = most(hopSeconds) + hopSeconds(relay);
  const call = CALL_BLOCKS * most(({ blockSeconds }) => blockSeconds);
  // Round 0 begins without a message, but only once it is drawn who takes part: a block is named, then its hash taken.
  const beginning = sampling === undefined ? down : Math.max(down, 2 * call);
  const unsureOn = ({ blockSeconds, finalityBlocks }: ChainPace) => finalityBlocks * blockSeconds;
  const unsure = most(unsureOn);
  const settling = unsureOn(main) + CALL_BLOCKS * main.blockSeconds;
  // Chains that make blocks at once keep whatever schedule the machine keeps.
  if (down + up === 0) return { roundSeconds: 0, heardSeconds: 0, short: [], holding: schedule };
  const roundSeconds = Math.ceil(down + up + unsureOn(main) + ROUND_SECONDS);
  const arrival = `a message takes ${seconds(down)} to the subchains`;
  const needs: ShortTime[] = [
    {
      field: "enrolSeconds",
      needed: down + call + ENROLLING_SECONDS,
      why: `${arrival}, and an enrolment ${seconds(call + ENROLLING_SECONDS)} there`,
    },
    {
      field: "commitSeconds",
      needed: beginning + call + DECIDING_SECONDS,
      why: `${beginning > down ? `it takes ${seconds(beginning)} to draw who takes part` : arrival}, and a commit ${seconds(call + DECIDING_SECONDS)} there, besides training`,
    },
    {
      field: "revealSeconds",
      needed: unsure + call + DECIDING_SECONDS,
      why: `it takes ${seconds(unsure)} until the end of commits is final, and a reveal ${seconds(call + DECIDING_SECONDS)}`,
    },
    {
      field: "reportSeconds",
      needed: Math.max(up, settling) + MARGINS.report,
      why:
        up >= settling
          ? `a report takes ${seconds(up)} to the main chain`
          : `it takes ${seconds(settling)} until the aggregators' commitments are final there and one opens its own`,
    },
    {
      field: "claimSeconds",
      needed: up + MARGINS.claim,
      why: `a settlement takes ${seconds(up)} to the main chain`,
    },
    {
      field: "epochSeconds",
      needed: rounds * roundSeconds,
      why: `a round takes ${seconds(roundSeconds)}: four hops, the main chain's finality and ${ROUND_SECONDS} s`,
    },
  ];
  const short = needs
    .map((need) => ({ ...need, needed: Math.ceil(need.needed) }))
    .filter(({ field, needed }) => schedule[field] < needed);
  const holding = { ...schedule };
  for (const { field, needed } of short) holding[field] = needed;
  const longest = Math.max(holding.epochSeconds, longestSeconds(rounds, holding));
  const whole = holding.enrolSeconds + longest + rounds * Math.ceil(settling);
  holding.deadlineSeconds = Math.max(schedule.deadlineSeconds, whole);
  return { roundSeconds, heardSeconds: Math.ceil(down + DECIDING_SECONDS), short, holding };
}

/** The error of a task whose schedule its chains cannot keep. */
export function scheduleTooTight(
  { schedule }: Pick<TaskSpec, "schedule">,
  { short, holding }: ScheduleOnChains,
): BaseError {
  const list = short.map(
    ({ field, needed, why }) => `${field} is ${schedule[field]} and has to be ${needed}, as ${why}`,
  );
  return new BaseError("SCHEDULE_TOO_TIGHT", "The task's chains cannot keep its schedule.", {
    details: `${list.join("; ")}.`,
    next: `Give it "schedule": ${JSON.stringify(holding)}; --anyway publishes it as it is.`,
  });
}

/** The error of a task whose reward has times that its chains cannot keep. */
export function rewardTooTight(short: readonly ShortRewardTime[]): BaseError {
  const list = short.map(
    ({ field, is, needed, why }) => `reward.${field} is ${is} and has to be ${needed}, as ${why}`,
  );
  const holding = Object.fromEntries(short.map(({ field, needed }) => [field, needed]));
  return new BaseError("SCHEDULE_TOO_TIGHT", "The task's chains cannot keep times of its reward.", {
    details: `${list.join("; ")}.`,
    next: `Give its reward ${JSON.stringify(holding).slice(1, -1)}; --anyway publishes it as it is.`,
  });
}

function seconds(value: number): string {
  return `${Math.ceil(value)} s`;
}
