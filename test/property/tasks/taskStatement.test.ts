import { expect } from "chai";
import fc from "fast-check";

import { audit } from "../../../mechanisms/aoi-contract/audit/audit.ts";
import { coverageOf } from "../../../mechanisms/aoi-contract/audit/coverageOf.ts";
import { encodeChoice, encodeTerms, encodeWork } from "../../../mechanisms/aoi-contract/encodings.ts";
import { NO_SCORES } from "../../../protocol/scores.ts";
import { statementRows } from "../../../tasks/statement/statementRows.ts";
import { taskStatement } from "../../../tasks/statement/taskStatement.ts";
import { foldTask } from "../../../tasks/view/foldTask.ts";
import type { TaskEvent } from "../../../tasks/view/TaskEvent.ts";
import { unheardTask } from "../../../tasks/view/TaskView.ts";
import { runs } from "../../tier.ts";
import {
  event,
  MAIN,
  MANAGER,
  model,
  NETWORK,
  receipts,
  START,
  TASK,
  TERMS,
  VIRTUAL,
  worker,
} from "../../unit/tasks/view/taskStory.ts";

const EPOCH = TERMS.schedule.epochSeconds;
const MENU = [
  { period: 40, reward: 1_000_000_007n, cost: 30n },
  { period: 7, reward: 2_000_000_000_000_000_001n, cost: 20n },
];
const BONUS = 13n;
const MECHANISM_TERMS = encodeTerms({ bonus: BONUS, menu: MENU });

/** What a worker did in a round: nothing, commit, reveal with too few or enough receipts; and whether it was taken. */
const part = fc.constantFrom("none", "committed", "unheld", "left-out", "taken");
const life = fc.record({
  item: fc.nat(MENU.length - 1),
  refreshes: fc.array(fc.integer({ min: START - 20, max: START + EPOCH - 1 }), { maxLength: 20 }),
  parts: fc.array(part, { minLength: 4, maxLength: 4 }),
  isCredited: fc.boolean(),
  claims: fc.boolean(),
});
const history = fc.record({
  lives: fc.array(life, { minLength: 1, maxLength: 4 }),
  planned: fc.integer({ min: 1, max: 4 }),
  final: fc.nat(4),
  isExpired: fc.boolean(),
});
type History = typeof history extends fc.Arbitrary<infer T> ? T : never;

/** The events of a history, in the order of time, and what the policy pays each worker. */
function told({ lives, planned, final: most, isExpired }: History): { events: TaskEvent[]; pays: bigint[] } {
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

describe("taskStatement (property)", () => {
  it("adds up to the policy's pay, and explains all of it, at the end of every history", () => {
    fc.assert(
      fc.property(history, (made) => {
        const { events, pays } = told(made);
        const terms = { ...TERMS, rounds: made.planned, subchains: [VIRTUAL] };
        const view = events.reduce(foldTask, unheardTask(TASK, terms, MANAGER));
        const { workers } = taskStatement(view, { network: NETWORK, now: START + EPOCH + 5 });
        expect(workers.map(({ earned }) => BigInt(earned))).to.deep.equal(pays);
        for (const [i, { possible, entries, paid, standing }] of workers.entries()) {
          expect(BigInt(possible)).to.equal(MENU[made.lives[i]!.item]!.reward + BONUS);
          expect(entries.filter(({ kind }) => /unexplained|otherwise/.test(kind))).to.deep.equal([]);
          expect(standing).to.equal(paid === null ? "claimable" : "paid");
          const missed = entries.filter(({ kind }) => kind === "missed-round");
          expect(missed.every(({ evidence, text }) => evidence.length > 0 && text !== "")).to.equal(true);
        }
      }),
      runs(200),
    );
  });

  it("adds up at every moment, with nothing below zero, in JSON and in rows", () => {
    fc.assert(
      fc.property(history, fc.nat(200), (made, seconds) => {
        const now = 905 + seconds;
        const terms = { ...TERMS, rounds: made.planned, subchains: [VIRTUAL] };
        const view = told(made)
          .events.filter(({ time }) => time <= now)
          .reduce(foldTask, unheardTask(TASK, terms, MANAGER));
        const statement = taskStatement(view, { network: NETWORK, now });
        expect(JSON.parse(JSON.stringify(statement))).to.deep.equal(statement);
        for (const { possible, entries, earned } of statement.workers) {
          const amounts = entries.map(({ amount }) => BigInt(amount));
          expect(amounts.every((amount) => amount >= 0n)).to.equal(true);
          expect(amounts.reduce((left, amount) => left - amount, BigInt(possible))).to.equal(BigInt(earned));
        }
        const [header, ...rows] = statementRows(statement);
        const [kind, wei] = ["kind", "wei"].map((name) => header!.indexOf(name)) as [number, number];
        const sum = (some: typeof rows) => some.reduce((all, row) => all + BigInt(row[wei]!), 0n);
        expect(sum(rows.filter((row) => row[kind] !== "earned"))).to.equal(
          sum(rows.filter((row) => row[kind] === "earned")),
        );
      }),
      runs(200),
    );
  });
});
