import { counted } from "../../reports/counted.ts";
import { formatTokens } from "../../reports/formatTokens.ts";
import { historyLacks } from "../historyLacks.ts";
import type { MechanismResettlement, PastTask, PastWorker, ResettledPay } from "../MechanismResettlement.ts";
import { ageOf, type TimedSale, tradeClock } from "./audit/ageOf.ts";
import { meanAge, payOf } from "./audit/payOf.ts";
import { decodeScore, decodeTerms, decodeWork, type TradingTerms, type TradingWork } from "./encodings.ts";
import { priceOf } from "./offers.ts";

const NAME = "model-trading";
const BILLION = 1_000_000_000;

/** What is known of a worker's sales. */
type Sold = Omit<TradingWork, "price" | "rounds">;

/**
 * Pays by posted prices for what happened under any mechanism, by the formula of the policy. Sales are as the worker's
 * subchain recorded them where it did so with the same period; otherwise they are dated by blocks, as those are that
 * nobody co-signed: begun when the round opened, there a second after the commit.
 *
 * Under the terms of the task itself it comes to what the policy pays.
 */
export const resettlement: MechanismResettlement = {
  facts: (_, { mechanismTerms }) => ({ freshSeconds: decodeTerms(mechanismTerms).periodMs / 1000 }),

  gainPpb: (score) => (score === "0x" ? 0 : BILLION - decodeScore(score).thetaPpb),

  describeScore(score) {
    const { omegaPpb, thetaPpb, rounds } = decodeScore(score);
    return `ω ${ppb(omegaPpb)}, θ ${ppb(thetaPpb)} over ${counted(rounds, "round")}`;
  },

  settle(task, { mechanismTerms, choose }) {
    if (choose === "best") {
      throw historyLacks(NAME, {
        task: task.task,
        missing:
          "Which offers suit a worker depends on what its CPU and its radio can do and cost it, which no record of a task tells.",
        next: "Take the offers as accepted: --choose recorded.",
      });
    }
    const terms = decodeTerms(mechanismTerms);
    const settled = task.workers.map((worker) => settle(worker, task, terms));
    const isOwn = task.mechanism === NAME && task.mechanismTerms === mechanismTerms;
    const assumptions = [
      ...(isOwn ? [] : ["Every worker that is offered a price accepts it, and sells when it did."]),
      ...(settled.some(({ isByBlocks }) => isByBlocks)
        ? [
            "Sales that were not recorded with this period are dated by blocks: begun when the round opened, there a second after the commit.",
          ]
        : []),
      ...(terms.bond > 0n && !isBondKnown(task)
        ? ["Every worker locks the bond; whether it had lost it is not looked at."]
        : []),
    ];
    return { pays: settled, assumptions };
  },
};

function settle(
  worker: PastWorker,
  task: PastTask,
  terms: TradingTerms,
): ResettledPay & { isByBlocks?: boolean } {
  const price = priceOf(terms, worker.worker);
  if (price === undefined) return { amount: 0n, why: "no price is posted for it" };
  if (terms.bond > 0n && isBondKnown(task) && !isBonded(worker, task)) {
    return { amount: 0n, why: "no bond was locked for it before the epoch began" };
  }
  const { sold, isByBlocks } = salesOf(worker, task, terms);
  if (sold.sales === 0) return { amount: 0n, why: "it sold nothing", isByBlocks };
  const attested = worker.scores[NAME];
  if (attested === undefined) {
    throw historyLacks(NAME, {
      task: task.task,
      missing: `It pays by how much there was to learn from each worker (ω) and how well it taught it (θ), which aggregators attest: about ${worker.worker} ${task.mechanism === NAME ? "what they attested could not be read" : `nothing was attested, as ${task.mechanism} does not score workers`}.`,
      next:
        task.mechanism === NAME
          ? "Try again once storage answers."
          : "Have them scored anew from storage: --score; or compare by a mechanism that needs no scores.",
    });
  }
  if (attested === "0x") {
    return { amount: 0n, why: "nothing was attested about it, as no round took its update", isByBlocks };
  }
  const score = decodeScore(attested);
  const { acceptedRounds, countedRounds } = worker;
  const work = { ...sold, price };
  const by = { terms, maxSamples: task.terms.maxSamples, work, score, countedRounds };
  const amount = payOf({ ...by, acceptedRounds });
  // With all rounds, and a cap above all prices: whether the cap took something.
  const isCapped =
    payOf({ ...by, acceptedRounds: countedRounds }) === terms.cap &&
    payOf({ ...by, acceptedRounds: countedRounds, terms: { ...terms, cap: terms.cap + 1n } }) > terms.cap;
  const { numerator, denominator } = meanAge(terms.periodMs, work);
  const age = (Number(numerator) / Number(denominator) / 1000).toFixed(3);
  return {
    amount,
    isByBlocks,
    why: `${formatTokens(price)} an IoM, ${counted(sold.sales, "sale")} of ${sold.samples} samples, ${age} s old, ω ${ppb(score.omegaPpb)}, θ ${ppb(score.thetaPpb)}, ${acceptedRounds} of ${countedRounds} rounds${isCapped ? ", capped" : ""}`,
  };
}

/** What a worker sold, as it was recorded with the same period or as the blocks date it. */
function salesOf(
  worker: PastWorker,
  task: PastTask,
  { periodMs }: TradingTerms,
): { sold: Sold; isByBlocks: boolean } {
  const isSamePeriod = task.mechanism === NAME && decodeTerms(task.mechanismTerms).periodMs === periodMs;
  if (isSamePeriod && worker.work !== undefined) return { sold: decodeWork(worker.work), isByBlocks: false };
  return { sold: salesByBlocks(worker, task, periodMs), isByBlocks: true };
}

/** Sales as the meter dates those that nobody co-signed. */
export function salesByBlocks(
  { chainId, updates }: Pick<PastWorker, "chainId" | "updates">,
  { rounds: opened, terms: { schedule } }: Pick<PastTask, "rounds" | "terms">,
  periodMs: number,
): Sold {
  const { startTime, epochSeconds } = schedule;
  const end = startTime + epochSeconds;
  // Round 0 opens with the epoch; one that began after it counts for nothing.
  const rounds = [
    { round: 0, openedAt: startTime },
    ...(opened.get(chainId) ?? [])
      .filter(({ round, time }) => round > 0 && time < end)
      .map(({ round, openedAt }) => ({ round, openedAt: Math.min(openedAt, end) })),
  ];
  const openings = new Map(rounds.map(({ round, openedAt }) => [round, openedAt]));
  const clock = tradeClock(rounds, periodMs);
  const sold = updates.filter(({ round, revealedAt }) => revealedAt < end && clock.has(round));
  const sales = sold.map(({ round, committedAt }): TimedSale => {
    const opens = clock.get(round)!;
    const receivedMs = (committedAt + 1 - openings.get(round)!) * 1000;
    return { begunMs: opens, receivedMs: opens + Math.min(periodMs, Math.max(0, receivedMs)) };
  });
  return {
    samples: BigInt(sold.reduce((sum, { samples }) => sum + samples, 0)),
    sales: sold.length,
    ...ageOf(sales),
  };
}

/** Whether it is known who locked a bond: the task asked for one, and somebody looked. */
function isBondKnown({ mechanism, mechanismTerms, policyEvents }: PastTask): boolean {
  return mechanism === NAME && policyEvents !== undefined && decodeTerms(mechanismTerms).bond > 0n;
}

function isBonded({ worker, chainId }: PastWorker, { policyEvents }: PastTask): boolean {
  return policyEvents!.some(
    ({ name, args }) => name === "BondLocked" && args.worker === worker && args.chainId === chainId,
  );
}

function ppb(billionths: number): string {
  return (billionths / BILLION).toFixed(3);
}
