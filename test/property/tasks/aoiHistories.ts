import fc from "fast-check";

import { audit } from "../../../mechanisms/aoi-contract/audit/audit.ts";
import { coverageOf } from "../../../mechanisms/aoi-contract/audit/coverageOf.ts";
import { encodeChoice, encodeTerms, encodeWork } from "../../../mechanisms/aoi-contract/encodings.ts";
import { NO_SCORES } from "../../../protocol/scores.ts";
import type { TaskEvent } from "../../../tasks/view/TaskEvent.ts";
import {
  event,
  MAIN,
  model,
  receipts,
  START,
  TERMS,
  VIRTUAL,
  worker,
} from "../../unit/tasks/view/taskStory.ts";

export const EPOCH = TERMS.schedule.epochSeconds;
export const MENU = [
  { period: 40, reward: 1_000_000_007n, cost: 30n },
  { period: 7, reward: 2_000_000_000_000_000_001n, cost: 20n },
];
export const BONUS = 13n;
export const MECHANISM_TERMS = encodeTerms({ bonus: BONUS, menu: MENU });

/** What a worker did in a round: nothing, commit, reveal with too few or enough receipts; and whether it was taken. */
const part = fc.constantFrom("none", "committed", "unheld", "left-out", "taken");
const life = fc.record({
  item: fc.nat(MENU.length - 1),
  refreshes: fc.array(fc.integer({ min: START - 20, max: START + EPOCH - 1 }), { maxLength: 20 }),
  parts: fc.array(part, { minLength: 4, maxLength: 4 }),
  isCredited: fc.boolean(),
  claims: fc.boolean(),
});
/** A task under the AoI contract, and what its workers did in it. */
export const history = fc.record({
  lives: fc.array(life, { minLength: 1, maxLength: 4 }),
  planned: fc.integer({ min: 1, max: 4 }),
  final: fc.nat(4),
  isExpired: fc.boolean(),
});
export type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

/** The events of a history, in the order of time, and what the policy pays each worker. */
export function told({ lives, planned, final: most, isExpired }: History): {
  events: TaskEvent[];
  pays: bigint[];
} {
  const expires = isExpired || most === 0;
  const final = Math.min(most, planned);
  const terms = { ...TERMS, rounds: planned, subchains: [VIRTUAL] };
  const events: TaskEvent[] = [event(MAIN, 900, "TaskPublished", { mechanismTerms: MECHANISM_TERMS })];
  events.push(event(MAIN, 900, "Funded", { amount: 10n ** 24n }), event(VIRTUAL, 901, "TaskArrived"));
  for (const [index, { item }] of lives.entries()) {
    const choice = encodeChoice({ item });
    events.push(event(VIRTUAL, 910, "WorkerEnrolled", { worker: worker(index + 1), index, choice }));
  }
  for (const [index, { refreshes }] of lives.entries()) {
    for (const time of refreshes) {
      events.push(event(VIRTUAL, time, "TwinSynchronized", { twin: worker(index + 1) }));
    }
  }
  const opened = Math.min(planned, final + (expires ? 1 : 0));
  for (let round = 0; round < opened; round++) {
    const at = START + 10 * round;
    events.push(event(VIRTUAL, at, "RoundStarted", { round, openedAt: at }));
    for (const [index, { parts }] of lives.entries()) {
      const did = parts[round]!;
      const who = { round, worker: worker(index + 1) };
      if (did !== "none") events.push(event(VIRTUAL, at + 1, "UpdateCommitted", who));
      if (did === "none" || did === "committed") continue;
      const shown = { ...who, index, receipts: receipts(did === "unheld" ? 0 : 1) };
      events.push(event(VIRTUAL, at + 3, "UpdateRevealed", shown));
    }
    events.push(event(VIRTUAL, at + 5, "RoundClosed", { round }));
    events.push(event(MAIN, at + 6, "RoundReported", { round, chainId: VIRTUAL, revealed: lives.length }));
    if (round === final) continue;
    const word = lives.reduce(
      (all, { parts }, index) => (parts[round] === "taken" ? all | (1n << BigInt(index)) : all),
      0n,
    );
    const result = {
      round,
      globalModel: model(round + 1),
      scorePpb: 1,
      accepted: [[word]],
      scores: NO_SCORES,
    };
    events.push(event(MAIN, at + 7, "RoundFinalized", result));
  }
  const end = START + EPOCH;
  const status = expires ? "Expired" : "Completed";
  events.push(event(MAIN, end, "TaskClosed", { status, rounds: final, globalModel: model(1) }));
  const pays: bigint[] = [];
  for (const [index, { item, refreshes, parts, isCredited, claims }] of lives.entries()) {
    const { coveredSeconds, ageSquares } = coverageOf({
      ...{ from: START, refreshes, periodSeconds: MENU[item]!.period, until: end },
    });
    const work = encodeWork({ item, coveredSeconds, ageSquares });
    const who = worker(index + 1);
    events.push(event(VIRTUAL, end + 1, "WorkRecorded", { worker: who, index, work }));
    const isOpenReveal = opened > final && !["none", "committed"].includes(parts[final]!);
    const credited = isCredited && isOpenReveal;
    const taken = parts.slice(0, final).filter((one) => one === "taken").length;
    const acceptedRounds = taken + (credited ? 1 : 0);
    const countedRounds = expires ? planned : final;
    const pay = audit.payOf(
      { terms, mechanismTerms: MECHANISM_TERMS },
      { work, acceptedRounds, countedRounds, score: "0x" },
    );
    pays.push(pay);
    if (credited) {
      const credit = { chainId: VIRTUAL, worker: who, index };
      events.push(event(MAIN, end + 3, "RevealCredited", credit));
    }
    if (!claims) continue;
    const claim = { chainId: VIRTUAL, worker: who, acceptedRounds, amount: pay };
    events.push(event(MAIN, end + 4, "RewardClaimed", claim), event(MAIN, end + 4, "Paid", { amount: pay }));
  }
  events.push(event(MAIN, end + 2, "EpochSettled", { chainId: VIRTUAL, workers: lives.length }));
  return { events: events.sort((a, b) => a.time - b.time), pays };
}
