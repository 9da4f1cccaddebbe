import { expect } from "chai";
import fc from "fast-check";

import { encodeChoice } from "../../../mechanisms/aoi-contract/encodings.ts";
import { NO_SCORES } from "../../../protocol/scores.ts";
import { foldTask } from "../../../tasks/view/foldTask.ts";
import type { TaskEvent } from "../../../tasks/view/TaskEvent.ts";
import { type TaskView, unheardTask } from "../../../tasks/view/TaskView.ts";
import { taskPhase } from "../../../tasks/view/taskPhase.ts";
import { taskSummary } from "../../../tasks/view/taskSummary.ts";
import { workerHistories } from "../../../tasks/view/workerHistories.ts";
import { runs } from "../../tier.ts";
import {
  aoiWork,
  event,
  MAIN,
  MANAGER,
  model,
  NETWORK,
  PHYSICAL,
  TASK,
  TERMS,
  VIRTUAL,
  worker,
} from "../../unit/tasks/view/taskStory.ts";

/** What happens to a worker in a task. */
interface Life {
  refreshes: number[];
  /** By round: not at all, committed, committed and revealed, and taken. */
  rounds: ("none" | "committed" | "revealed" | "taken")[];
  claims: boolean;
}

const life: fc.Arbitrary<Life> = fc.record({
  refreshes: fc.array(fc.integer({ min: 1000, max: 1099 }), { maxLength: 5 }),
  rounds: fc.array(fc.constantFrom("none", "committed", "revealed", "taken"), { minLength: 3, maxLength: 3 }),
  claims: fc.boolean(),
});
const task = fc.record({
  spaces: fc.tuple(fc.array(life, { maxLength: 4 }), fc.array(life, { maxLength: 4 })),
  rounds: fc.integer({ min: 0, max: 3 }),
  settles: fc.boolean(),
});
type Task = typeof task extends fc.Arbitrary<infer T> ? T : never;

const CHAINS = [VIRTUAL, PHYSICAL];
const addressOf = (space: number, index: number) => worker(10 * (space + 1) + index);
const PAY = 10n;

/** The events of a made-up task, chain by chain, and what must come of it. */
function eventsOf({ spaces, rounds, settles }: Task): TaskEvent[][] {
  const main = [
    event(MAIN, 900, "TaskPublished", { mechanismTerms: "0x01" }),
    event(MAIN, 900, "Funded", { amount: 1000n }),
  ];
  const subchains = spaces.map((lives, space) => {
    const chainId = CHAINS[space]!;
    const events = [event(chainId, 910, "TaskArrived")];
    events.push(event(chainId, 910, "RoundStarted", { round: 0, openedAt: 1000 }));
    for (const [i] of lives.entries()) {
      const args = { worker: addressOf(space, i), index: i, choice: encodeChoice({ item: i % 2 }) };
      events.push(event(chainId, 920 + i, "WorkerEnrolled", args));
    }
    for (const [i, { refreshes }] of lives.entries()) {
      for (const time of refreshes) {
        const who = addressOf(space, i);
        events.push(
          space === 0
            ? event(chainId, time, "TwinSynchronized", { twin: who, device: worker(1) })
            : event(chainId, time, "DataRefreshed", { worker: who }),
        );
      }
    }
    for (let round = 0; round < rounds; round++) {
      const number = { round };
      if (round > 0) {
        const openedAt = 999 + 20 * round;
        events.push(event(chainId, 1000 + 20 * round, "RoundStarted", { ...number, openedAt }));
      }
      const committed = lives.flatMap((one, i) => (one.rounds[round] === "none" ? [] : [i]));
      const revealed = committed.filter((i) => lives[i]!.rounds[round] !== "committed");
      for (const i of committed) {
        events.push(
          event(chainId, 1005 + 20 * round, "UpdateCommitted", { ...number, worker: addressOf(space, i) }),
        );
      }
      events.push(event(chainId, 1006 + 20 * round, "CommitsClosed", number));
      events.push(event(chainId, 1007 + 20 * round, "RevealsStarted", number));
      for (const i of revealed) {
        events.push(
          event(chainId, 1008 + 20 * round, "UpdateRevealed", { ...number, worker: addressOf(space, i) }),
        );
      }
      events.push(event(chainId, 1010 + 20 * round, "RoundClosed", number));
    }
    if (settles) {
      for (const [i] of lives.entries()) {
        const work = aoiWork(i % 2, 50, 1);
        events.push(event(chainId, 1101, "WorkRecorded", { worker: addressOf(space, i), index: i, work }));
      }
      events.push(event(chainId, 1101, "EpochClosed", {}));
    }
    return events;
  });
  for (let round = 0; round < rounds; round++) {
    for (const chainId of CHAINS) {
      main.push(event(MAIN, 1012 + 20 * round, "RoundReported", { round, chainId, revealed: 1 }));
    }
    const accepted = spaces.map((lives) => [
      lives.reduce((word, one, i) => (one.rounds[round] === "taken" ? word | (1n << BigInt(i)) : word), 0n),
    ]);
    const args = {
      round,
      globalModel: model(round + 1),
      scorePpb: 10_000_000 * round,
      accepted,
      scores: NO_SCORES,
    };
    main.push(event(MAIN, 1014 + 20 * round, "RoundFinalized", args));
  }
  if (settles) {
    main.push(event(MAIN, 1090, "TaskClosed", { status: "Completed", rounds }));
    for (const [space, lives] of spaces.entries()) {
      main.push(event(MAIN, 1102, "EpochSettled", { chainId: CHAINS[space]!, workers: lives.length }));
    }
    for (const [space, lives] of spaces.entries()) {
      for (const [i, { claims }] of lives.entries()) {
        if (!claims) continue;
        const who = addressOf(space, i);
        const claim = { chainId: CHAINS[space]!, worker: who, acceptedRounds: 0, amount: PAY };
        main.push(event(MAIN, 1105, "RewardClaimed", claim));
        main.push(event(MAIN, 1105, "Paid", { payee: who, amount: PAY }));
      }
    }
  }
  return [main, ...subchains];
}

/** The events of all chains in one row, each chain's in its order. */
function mixed(chains: readonly (readonly TaskEvent[])[], choices: readonly number[]): TaskEvent[] {
  const left = chains.map((events) => [...events]);
  const row: TaskEvent[] = [];
  for (let step = 0; left.some(({ length }) => length > 0); step++) {
    const open = left.filter(({ length }) => length > 0);
    row.push(open[(choices[step % Math.max(1, choices.length)] ?? 0) % open.length]!.shift()!);
  }
  return row;
}

/** Freezes all that a view is made of, so that a fold that changes it fails. */
function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) frozen(inner);
  }
  return value;
}

const unheard = () => unheardTask(TASK, TERMS, MANAGER);
const fold = (events: readonly TaskEvent[], from: TaskView = unheard()) =>
  events.reduce((view, one) => frozen(foldTask(view, one)), frozen(from));

describe("foldTask (property)", () => {
  it("gives the same in any split and however the chains' events are mixed", () => {
    fc.assert(
      fc.property(task, fc.array(fc.nat(99), { maxLength: 60 }), fc.nat(300), (made, choices, cut) => {
        const chains = eventsOf(made);
        const whole = fold(chains.flat());
        const row = mixed(chains, choices);
        const at = cut % (row.length + 1);
        expect(fold(row.slice(at), fold(row.slice(0, at)))).to.deep.equal(whole);
      }),
      runs(200),
    );
  });

  it("counts what happened to every worker and every wei", () => {
    fc.assert(
      fc.property(task, fc.array(fc.nat(99), { maxLength: 60 }), (made, choices) => {
        const view = fold(mixed(eventsOf(made), choices));
        const lives = made.spaces.flat();
        const workers = workerHistories(view);
        expect(workers.map(({ refreshes }) => refreshes)).to.deep.equal(
          lives.map(({ refreshes }) => refreshes),
        );
        expect(workers.map(({ acceptedRounds }) => acceptedRounds)).to.deep.equal(
          lives.map(({ rounds }) => rounds.slice(0, made.rounds).filter((one) => one === "taken").length),
        );
        for (const [space, chain] of view.subchains.entries()) {
          for (let round = 0; round < made.rounds; round++) {
            const having = (...states: string[]) =>
              made.spaces[space]!.flatMap((one, i) =>
                states.includes(one.rounds[round]!) ? [addressOf(space, i)] : [],
              );
            expect(chain.rounds[round]!.committed).to.deep.equal(having("committed", "revealed", "taken"));
            expect(chain.rounds[round]!.revealed).to.deep.equal(having("revealed", "taken"));
          }
        }
        const claimed = made.settles ? lives.filter(({ claims }) => claims).length : 0;
        expect(view.escrow).to.deep.equal({ funded: 1000n, paid: PAY * BigInt(claimed), refunded: 0n });
        const summary = taskSummary({ ...view, mechanismTerms: undefined }, { network: NETWORK, now: 1120 });
        expect(summary.payments).to.have.length(claimed);
        expect(summary.rounds).to.have.length(made.rounds);
        if (made.settles && made.rounds > 0) {
          expect(taskPhase(view, 1120).name).to.equal(claimed < lives.length ? "claiming" : "refunding");
        }
      }),
      runs(200),
    );
  });
});
