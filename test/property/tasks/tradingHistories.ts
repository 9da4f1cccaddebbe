import { getAddress, keccak256 } from "ethers";
import fc from "fast-check";

import type { CheckTally, EnrolledWorker } from "../../../mechanisms/MechanismAudit.ts";
import { mechanismId } from "../../../mechanisms/mechanismId.ts";
import { audit } from "../../../mechanisms/model-trading/audit/audit.ts";
import { encodeChoice, encodeScore, encodeTerms } from "../../../mechanisms/model-trading/encodings.ts";
import { choiceOf } from "../../../mechanisms/model-trading/offers.ts";
import { NO_SCORES, type ScoreRecord } from "../../../protocol/scores.ts";
import type { TaskTerms } from "../../../protocol/taskTerms.ts";
import type { TaskEvent } from "../../../tasks/view/TaskEvent.ts";
import { event, MAIN, model, START, TASK, TERMS, VIRTUAL } from "../../unit/tasks/view/taskStory.ts";

export const EPOCH = TERMS.schedule.epochSeconds;
const ROUNDS = 4;
const SELLERS = Array.from({ length: 4 }, (_, i) => getAddress(`0x${keccak256(`0x0${i}`).slice(-40)}`));
export const TRADED: TaskTerms = {
  ...TERMS,
  mechanism: mechanismId("model-trading"),
  rounds: ROUNDS,
  subchains: [VIRTUAL],
};
/** What a round lasts, seconds: less than a period, so that ages differ. */
const APART = 20;

/** What a seller did in a round: nothing, or an update, which the round took or did not. */
const part = fc.record({
  did: fc.constantFrom("none", "sold", "taken"),
  after: fc.integer({ min: 0, max: 14 }),
  samples: fc.integer({ min: 1, max: 100 }),
});
const life = fc.record({
  parts: fc.array(part, { minLength: ROUNDS, maxLength: ROUNDS }),
  price: fc.bigInt({ min: 1n, max: 10n ** 19n }),
  omegaPpb: fc.nat(2_000_000_000),
  thetaPpb: fc.integer({ min: 1, max: 1_000_000_000 }),
  isBonded: fc.boolean(),
});
/** A task that trades models, and what its sellers did in it. */
export const trade = fc.record({
  lives: fc.array(life, { minLength: 1, maxLength: SELLERS.length }),
  periodMs: fc.integer({ min: 10_000, max: 30_000 }),
  bond: fc.constantFrom(0n, 5n),
});
export type Trade = typeof trade extends fc.Arbitrary<infer T> ? T : never;

const tally: CheckTally = {
  count: () => undefined,
  note: () => undefined,
  require(holds, sentence) {
    if (!holds) throw new Error(sentence);
  },
};

/** A trade as the chains tell it, and what the policy pays each seller. */
export function traded({ lives, periodMs, bond }: Trade): {
  events: TaskEvent[];
  pays: bigint[];
  scores: ScoreRecord[];
  policyEvents: { name: string; args: Record<string, unknown> }[];
} {
  const sellers = SELLERS.slice(0, lives.length);
  const terms = {
    ...{ periodMs, scale: 1_000_000_000n, dataWeight: 10n ** 15n, leastTheta: 100_000_000 },
    ...{ mostOmega: 1_000_000_000, startSlackMs: 0, cap: 3n * 10n ** 18n, bond, cosigner: SELLERS[0]! },
    offers: sellers
      .map((worker, i) => ({ worker, price: lives[i]!.price }))
      .sort((a, b) => (BigInt(a.worker) < BigInt(b.worker) ? -1 : 1)),
  };
  const mechanismTerms = encodeTerms(terms);
  const end = START + EPOCH;
  const openings = Array.from({ length: ROUNDS }, (_, round) => START + APART * round);
  const rounds = openings.map((openedAt, round) => ({ round, openedAt, time: openedAt }));
  const sold = lives.map(({ parts }) =>
    parts.flatMap(({ did, after, samples }, round) =>
      did === "none"
        ? []
        : [{ round, samples, committed: openings[round]! + after, isTaken: did === "taken" }],
    ),
  );
  const events: TaskEvent[] = [
    event(MAIN, 900, "TaskPublished", { mechanismTerms }),
    event(MAIN, 900, "Funded", { amount: 10n ** 24n }),
    event(VIRTUAL, 901, "TaskArrived"),
    ...sellers.map((worker, index) =>
      event(VIRTUAL, 910, "WorkerEnrolled", {
        ...{ worker, index, choice: encodeChoice(choiceOf(terms, worker)!) },
      }),
    ),
  ];
  for (const { round, openedAt } of rounds) {
    events.push(event(VIRTUAL, openedAt, "RoundStarted", { round, openedAt }));
    let word = 0n;
    for (const [index, worker] of sellers.entries()) {
      const sale = sold[index]!.find((one) => one.round === round);
      if (sale === undefined) continue;
      if (sale.isTaken) word |= 1n << BigInt(index);
      const { samples } = sale;
      events.push(event(VIRTUAL, sale.committed, "UpdateCommitted", { round, worker }));
      events.push(event(VIRTUAL, openedAt + 15, "UpdateRevealed", { round, worker, index, samples }));
    }
    const result = {
      round,
      globalModel: model(round + 1),
      scorePpb: 1,
      accepted: [[word]],
      scores: NO_SCORES,
    };
    events.push(event(MAIN, openedAt + APART - 1, "RoundFinalized", result));
  }
  events.push(event(MAIN, end, "TaskClosed", { status: "Completed", rounds: ROUNDS, globalModel: model(1) }));
  const bonded = sellers.filter((_, i) => lives[i]!.isBonded);
  const policyEvents = bonded.map((worker) => ({ name: "BondLocked", args: { worker, chainId: VIRTUAL } }));
  const subchain = {
    ...{ chainId: VIRTUAL, address: "0x", rounds },
    commits: sellers.flatMap((worker, index) =>
      sold[index]!.map(({ round, committed: time }) => ({ round, worker, commitment: "0x", time })),
    ),
  };
  const about = {
    task: TASK,
    terms: TRADED,
    mechanismTerms,
    policy: { events: () => policyEvents.map(({ args }) => args) },
  } as never;
  const scores: ScoreRecord[] = [];
  const pays = sellers.map((worker, index) => {
    const choice = encodeChoice(choiceOf(terms, worker)!);
    const reveals = sold[index]!.map(({ round, samples }) => ({
      ...{ round, samples, update: "0x", time: openings[round]! + 15, evidence: "0x" },
    }));
    const enrolled: EnrolledWorker = { worker, index, choice, refreshes: [], reveals, subchain };
    const work = audit.workOf(about, enrolled, tally);
    const acceptedRounds = sold[index]!.filter(({ isTaken }) => isTaken).length;
    const { omegaPpb, thetaPpb } = lives[index]!;
    const score = acceptedRounds === 0 ? "0x" : encodeScore({ omegaPpb, thetaPpb, rounds: acceptedRounds });
    if (score !== "0x") scores.push({ chainId: VIRTUAL, task: TASK, index, score });
    const pay = audit.payOf(about, {
      ...{ worker, chainId: VIRTUAL, work, acceptedRounds, countedRounds: ROUNDS, score },
    });
    events.push(event(VIRTUAL, end + 1, "WorkRecorded", { worker, index, work }));
    events.push(
      event(MAIN, end + 4, "RewardClaimed", { chainId: VIRTUAL, worker, acceptedRounds, amount: pay }),
      event(MAIN, end + 4, "Paid", { amount: pay }),
    );
    return pay;
  });
  events.push(event(MAIN, end + 2, "EpochSettled", { chainId: VIRTUAL, workers: lives.length }));
  return { events: events.sort((a, b) => a.time - b.time), pays, scores, policyEvents };
}
