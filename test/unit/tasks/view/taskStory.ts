import { toBeHex } from "ethers";

import type { EventNamed } from "../../../../chains/clients/ChainEvent.ts";
import { encodeChoice, encodeTerms, encodeWork } from "../../../../mechanisms/aoi-contract/encodings.ts";
import { mechanismId } from "../../../../mechanisms/mechanismId.ts";
import type { ContractEvent } from "../../../../protocol/contracts.ts";
import { RECEIPT_BYTES } from "../../../../protocol/receipts.ts";
import { NO_SCORES } from "../../../../protocol/scores.ts";
import type { TaskTerms } from "../../../../protocol/taskTerms.ts";
import type { TaskEvent } from "../../../../tasks/view/TaskEvent.ts";

export const TASK = 3n;
/** The task manager. */
export const MANAGER = `0x${"ee".repeat(20)}`;
export const MAIN = 1n;
export const VIRTUAL = 3n;
export const PHYSICAL = 4n;
export const START = 1000;
export const NETWORK = {
  main: { name: "main", chainId: Number(MAIN) },
  subchains: [
    { name: "virtual", role: "virtual", chainId: Number(VIRTUAL) },
    { name: "physical", role: "physical", chainId: Number(PHYSICAL) },
  ],
} as never;

/** Terms of a task of two rounds, on two subchains. */
export const TERMS: TaskTerms = {
  specDigest: `0x${"01".repeat(32)}`,
  initialModel: `0x${"02".repeat(32)}`,
  mechanism: mechanismId("aoi-contract"),
  rounds: 2,
  targetScorePpb: 0,
  quorumPpb: 1_000_000_000,
  minUpdates: 1,
  attestations: 1,
  maxWorkers: 2,
  maxSamples: 100,
  workersPerRound: 0,
  sampling: "Uniform",
  schedule: {
    startTime: START,
    deadline: START + 200,
    epochSeconds: 100,
    commitSeconds: 20,
    revealSeconds: 10,
    reportSeconds: 10,
    claimSeconds: 50,
  },
  subchains: [VIRTUAL, PHYSICAL],
  aggregators: [`0x${"aa".repeat(20)}`],
};

/** Two items of 40 and 20 s. */
export const MECHANISM_TERMS = encodeTerms({
  bonus: 7n,
  menu: [
    { period: 40, reward: 1000n, cost: 30n },
    { period: 20, reward: 2000n, cost: 20n },
  ],
});

export const worker = (n: number) => `0x${String(n).padStart(2, "0").repeat(20)}`;
export const model = (n: number) => `0x${String(n).padStart(2, "0").repeat(32)}`;

/** What a worker of the AoI contract is recorded with. */
export const aoiWork = (item: number, coveredSeconds: number, ageSquares = 0) =>
  encodeWork({ item, coveredSeconds: BigInt(coveredSeconds), ageSquares: BigInt(ageSquares) });

/** An event of the task, or of its account in the escrow, with those of its arguments that matter. */
export function event<N extends ContractEvent["name"]>(
  chainId: bigint,
  time: number,
  name: N,
  args: Partial<EventNamed<N>["args"]> = {},
): TaskEvent {
  const isMoney = name === "Funded" || name === "Paid" || name === "Refunded";
  const about = isMoney ? { application: MANAGER, id: TASK } : { task: TASK };
  const shown = name === "UpdateRevealed" ? { receipts: receipts(1), update: model(1), samples: 10 } : {};
  const { block, transaction } = place(time);
  return {
    ...{ chainId, time, name, blockNumber: block, transactionHash: transaction },
    args: { ...about, ...shown, ...args },
  } as unknown as TaskEvent;
}

/** Where what happened at a time is: a block a second, with one transaction. */
export const place = (time: number) => ({ time, block: time, transaction: toBeHex(time, 32) });

/** So many storage receipts, of nobody. */
export const receipts = (count: number) => `0x${"00".repeat(RECEIPT_BYTES * count)}`;

/**
 * A whole task, chain by chain: of two workers in the virtual space the second misses round 2; the physical space
 * has one worker and abandons round 2.
 */
export const STORY: readonly (readonly TaskEvent[])[] = [
  [
    event(MAIN, 900, "TaskPublished", { publisher: worker(99), mechanismTerms: MECHANISM_TERMS }),
    event(MAIN, 900, "Funded", { amount: 12_000n }),
    event(MAIN, 1025, "RoundReported", { round: 0, chainId: VIRTUAL, revealed: 2 }),
    event(MAIN, 1027, "RoundReported", { round: 0, chainId: PHYSICAL, revealed: 1 }),
    event(MAIN, 1030, "AggregateAttested", {
      round: 0,
      aggregator: worker(98),
      aggregateHash: model(7),
      attempt: 0,
    }),
    event(MAIN, 1030, "RoundFinalized", {
      round: 0,
      globalModel: model(10),
      scorePpb: 500_000_000,
      accepted: [[3n], [1n]],
      scores: NO_SCORES,
    }),
    event(MAIN, 1060, "RoundReported", { round: 1, chainId: VIRTUAL, revealed: 1 }),
    event(MAIN, 1075, "AggregateAttested", {
      round: 1,
      aggregator: worker(98),
      aggregateHash: model(8),
      attempt: 0,
    }),
    event(MAIN, 1075, "RoundFinalized", {
      round: 1,
      globalModel: model(11),
      scorePpb: 752_500_000,
      accepted: [[1n], []],
      scores: NO_SCORES,
    }),
    event(MAIN, 1075, "TaskClosed", { status: "Completed", rounds: 2, globalModel: model(11) }),
    event(MAIN, 1105, "EpochSettled", { chainId: VIRTUAL, workers: 2 }),
    event(MAIN, 1107, "EpochSettled", { chainId: PHYSICAL, workers: 1 }),
    event(MAIN, 1110, "RewardClaimed", {
      chainId: PHYSICAL,
      worker: worker(3),
      acceptedRounds: 1,
      amount: 500n,
    }),
    event(MAIN, 1110, "Paid", { payee: worker(3), amount: 500n }),
    event(MAIN, 1111, "RewardClaimed", {
      chainId: VIRTUAL,
      worker: worker(2),
      acceptedRounds: 1,
      amount: 400n,
    }),
    event(MAIN, 1111, "Paid", { payee: worker(2), amount: 400n }),
    event(MAIN, 1112, "RewardClaimed", {
      chainId: VIRTUAL,
      worker: worker(1),
      acceptedRounds: 2,
      amount: 2007n,
    }),
    event(MAIN, 1112, "Paid", { payee: worker(1), amount: 2007n }),
    event(MAIN, 1113, "Refunded", { amount: 9093n }),
  ],
  [
    event(VIRTUAL, 910, "TaskArrived"),
    event(VIRTUAL, 910, "RoundStarted", { round: 0, openedAt: 1000 }),
    event(VIRTUAL, 920, "WorkerEnrolled", { worker: worker(1), index: 0, choice: encodeChoice({ item: 1 }) }),
    event(VIRTUAL, 921, "WorkerEnrolled", { worker: worker(2), index: 1, choice: encodeChoice({ item: 0 }) }),
    event(VIRTUAL, 1000, "TwinSynchronized", {
      ...{ twin: worker(1), device: worker(91), dataDigest: model(91) },
    }),
    event(VIRTUAL, 1001, "TwinSynchronized", { twin: worker(2), device: worker(92) }),
    event(VIRTUAL, 1010, "UpdateCommitted", { round: 0, worker: worker(2) }),
    event(VIRTUAL, 1012, "UpdateCommitted", { round: 0, worker: worker(1) }),
    event(VIRTUAL, 1012, "CommitsClosed", { round: 0, committed: 2 }),
    event(VIRTUAL, 1013, "RevealsStarted", { round: 0 }),
    event(VIRTUAL, 1014, "UpdateRevealed", { round: 0, worker: worker(1) }),
    event(VIRTUAL, 1016, "UpdateRevealed", { round: 0, worker: worker(2) }),
    event(VIRTUAL, 1018, "RoundClosed", { round: 0 }),
    event(VIRTUAL, 1020, "TwinSynchronized", {
      ...{ twin: worker(1), device: worker(91), dataDigest: model(92) },
    }),
    event(VIRTUAL, 1035, "RoundStarted", { round: 1, openedAt: 1030 }),
    event(VIRTUAL, 1040, "UpdateCommitted", { round: 1, worker: worker(1) }),
    event(VIRTUAL, 1056, "UpdateRevealed", { round: 1, worker: worker(1) }),
    event(VIRTUAL, 1057, "RoundClosed", { round: 1 }),
    event(VIRTUAL, 1080, "TaskFinished", { status: "Completed" }),
    event(VIRTUAL, 1101, "WorkRecorded", {
      worker: worker(1),
      index: 0,
      work: aoiWork(1, 100, 5),
    }),
    event(VIRTUAL, 1101, "WorkRecorded", {
      worker: worker(2),
      index: 1,
      work: aoiWork(0, 80, 6),
    }),
    event(VIRTUAL, 1101, "EpochClosed", { workers: 2 }),
  ],
  [
    event(PHYSICAL, 911, "TaskArrived"),
    event(PHYSICAL, 911, "RoundStarted", { round: 0, openedAt: 1000 }),
    event(PHYSICAL, 930, "WorkerEnrolled", {
      worker: worker(3),
      index: 0,
      choice: encodeChoice({ item: 0 }),
    }),
    event(PHYSICAL, 1002, "DataRefreshed", { worker: worker(3) }),
    event(PHYSICAL, 1015, "UpdateCommitted", { round: 0, worker: worker(3) }),
    event(PHYSICAL, 1015, "CommitsClosed", { round: 0, committed: 1 }),
    event(PHYSICAL, 1016, "RevealsStarted", { round: 0 }),
    event(PHYSICAL, 1017, "UpdateRevealed", { round: 0, worker: worker(3) }),
    event(PHYSICAL, 1018, "RoundClosed", { round: 0 }),
    event(PHYSICAL, 1036, "RoundStarted", { round: 1, openedAt: 1030 }),
    event(PHYSICAL, 1079, "RoundAbandoned", { round: 1 }),
    event(PHYSICAL, 1079, "TaskFinished", { status: "Completed" }),
    event(PHYSICAL, 1102, "WorkRecorded", {
      worker: worker(3),
      index: 0,
      work: aoiWork(0, 98, 9),
    }),
    event(PHYSICAL, 1102, "EpochClosed", { workers: 1 }),
  ],
];

/** The story as it happened, up to a time. */
export function until(time: number): TaskEvent[] {
  return STORY.flat()
    .filter((one) => one.time <= time)
    .sort((a, b) => a.time - b.time);
}
