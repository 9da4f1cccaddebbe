import type {
  MechanismStatement,
  MissedRound,
  StatedAccount,
  StatedTask,
  StatedWorker,
} from "../MechanismStatement.ts";
import { PayLadder } from "../PayLadder.ts";
import { meanAge, payOf } from "./audit/payOf.ts";
import { decodeScore, decodeTerms, decodeWork, type TradingTerms, type TradingWork } from "./encodings.ts";
import { priceOf } from "./offers.ts";

/**
 * Why a worker of model trading was paid what it was paid. What it could have earned, at its price and with the ω and θ
 * that were attested about it: a sale in every round that counts, each of as many samples as its sales had on average,
 * with models that age half a period on average, as those do that are begun when a round opens and are there at once.
 * Then, in this order:
 *
 * 1. Each round without a sale, for the samples that it would have taught.
 * 2. How old its models were beyond half a period.
 * 3. Each round whose aggregate did not take its update.
 * 4. The whole, where no bond was locked.
 *
 * The cap is in force at every step: what lies above it costs nothing. Of who sold nothing, or about whom nothing was
 * attested, it is not known what sales would have been worth: no more than the cap.
 */
export const statement: MechanismStatement = {
  rules: [
    "What could have been earned is a sale in every round, of as many samples as the worker's sales had on average and with models half a period old, at its price and with what was attested about it; of who sold nothing or was never scored, the cap.",
    "Rounds without a sale are taken off first, for the samples that they would have taught; then the age of models beyond half a period; then the rounds that did not take the update; then all of it where no bond was locked. The cap holds at every step.",
  ],

  account(worker, task) {
    const terms = decodeTerms(task.mechanismTerms);
    const unknown = whatIsUnknown(worker);
    if (unknown !== undefined) {
      const ladder = new PayLadder(terms.cap);
      ladder.step(0n, { ...unknown, evidence: [] });
      return ladder.account;
    }
    const work = decodeWork(worker.work!);
    const score = decodeScore(worker.score!);
    return account(worker, task, { terms, work, score });
  },

  excluded(worker, mechanismTerms) {
    return priceOf(decodeTerms(mechanismTerms), worker) === undefined
      ? "The task offers it no price: only those whom its terms name can enrol."
      : undefined;
  },
};

/** Why nothing can be said of what a worker's sales are worth; undefined where it can. */
function whatIsUnknown({
  work,
  score,
  countedRounds,
}: StatedWorker): { kind: string; isOpen: boolean; text: string } | undefined {
  if (work === undefined) {
    const text = "what its sales are worth is known once its subchain has recorded them, and at most the cap";
    return { kind: "to-come", isOpen: true, text };
  }
  if (decodeWork(work).sales === 0) return { kind: "no-sale", isOpen: false, text: "it sold nothing" };
  if (countedRounds === 0) return { kind: "nothing-counts", isOpen: false, text: "no round counts" };
  if (score === undefined) {
    const text = "what aggregators attested about it could not be read: it is in storage";
    return { kind: "score-unread", isOpen: true, text };
  }
  if (score === "0x") {
    const text = "aggregators attested nothing about it, as they do once a round has taken its update";
    return { kind: "no-score", isOpen: false, text };
  }
  return undefined;
}

function account(
  worker: StatedWorker,
  { terms: { maxSamples }, policyEvents }: StatedTask,
  { terms, work, score }: { terms: TradingTerms; work: TradingWork; score: ReturnType<typeof decodeScore> },
): StatedAccount {
  const { countedRounds } = worker;
  const { sales } = work;
  const { numerator, denominator } = meanAge(terms.periodMs, work);
  const isOlder = 2n * numerator > BigInt(terms.periodMs) * denominator;
  const aged = isOlder ? { spanMs: 0, firstDelayMs: 0 } : {};
  /** Pay after so many sales, wei. */
  const pay = (sold: number, age: Partial<TradingWork>, acceptedRounds: number) =>
    payOf({
      terms,
      maxSamples,
      work: { ...work, samples: (work.samples * BigInt(sold)) / BigInt(sales), ...age },
      score,
      acceptedRounds,
      countedRounds,
    });

  let sold = Math.max(sales, countedRounds);
  const ladder = new PayLadder(pay(sold, aged, countedRounds));
  const unsold = worker.missed.filter(({ round }) => !worker.revealedRounds.includes(round));
  for (const missed of unsold) {
    if (sold === sales) break;
    sold--;
    ladder.step(pay(sold, aged, countedRounds), { kind: "no-sale", ...stated(missed, "no sale") });
  }
  if (sold > sales) {
    const late = sold - sales;
    const text = `${late} of its reveals ${late === 1 ? "was no sale: it" : "were no sales: they"} came after the epoch`;
    ladder.step(pay(sales, aged, countedRounds), { kind: "no-sale", isOpen: false, text, evidence: [] });
  }
  if (isOlder) {
    const age = Number(numerator) / Number(denominator);
    const text = `its models were ${(age / 1000).toFixed(3)} s old on average, beyond half a period of ${terms.periodMs / 2000} s`;
    ladder.step(pay(sales, {}, countedRounds), { kind: "age", isOpen: false, text, evidence: [] });
  }
  let accepted = countedRounds;
  for (const missed of worker.missed) {
    accepted--;
    ladder.step(pay(sales, {}, accepted), { kind: "missed-round", ...stated(missed, "not taken") });
  }
  if (terms.bond > 0n && policyEvents !== undefined && !isBonded(worker, policyEvents)) {
    const text = "no bond was locked for it before the epoch began";
    ladder.step(0n, { kind: "no-bond", isOpen: false, text, evidence: [] });
  }
  return ladder.account;
}

function stated({ round, isOpen, why, evidence }: MissedRound, what: string) {
  return { round, isOpen, text: `${what}: ${why}`, evidence };
}

function isBonded(
  { worker, chainId }: StatedWorker,
  events: NonNullable<StatedTask["policyEvents"]>,
): boolean {
  return events.some(
    ({ name, args }) => name === "BondLocked" && args.worker === worker && args.chainId === chainId,
  );
}
