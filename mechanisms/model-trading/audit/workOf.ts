import { ordinal } from "../../../protocol/ordinal.ts";
import { CLOCK_SKEW_SECONDS } from "../../../protocol/roundTimes.ts";
import type {
  AuditedReveal,
  AuditedSubchain,
  AuditedTask,
  CheckTally,
  EnrolledWorker,
} from "../../MechanismAudit.ts";
import { decodeChoice, decodeEvidence, decodeTerms, type TradingWork } from "../encodings.ts";
import { isSaleOf, signatureOf } from "../sales/sale.ts";
import { ageOf, type TimedSale, tradeClock } from "./ageOf.ts";

/**
 * What a worker's work amounts to, from the blocks, the published terms, and the sales that the publisher co-signed: each
 * must be signed by the terms' cosigner for exactly what was committed to, and lie within its round's blocks.
 *
 * @param tally - Throws what does not hold.
 */
export function workOf(task: AuditedTask, worker: EnrolledWorker, tally: CheckTally): TradingWork {
  const terms = decodeTerms(task.mechanismTerms);
  const who = `Worker ${worker.worker}`;
  const choice = decodeChoice(worker.choice);
  const offered = terms.offers[choice.offer];
  tally.require(
    offered !== undefined && isSame(offered.worker, worker.worker) && offered.price === choice.price,
    `${who} enrolled with offer ${choice.offer} and ${choice.price} wei an IoM; that is ${offered === undefined ? "none" : `${offered.price} for ${offered.worker}`}.`,
  );
  const { startTime, epochSeconds } = task.terms.schedule;
  const end = startTime + epochSeconds;
  const { subchain } = worker;
  // A round that began after the epoch counts for nothing; round 0 opens with its start.
  const rounds = [
    { round: 0, openedAt: startTime, time: startTime },
    ...subchain.rounds
      .filter(({ round, time }) => round > 0 && time < end)
      // The clock is never ahead of the epoch's end.
      .map((one) => ({ ...one, openedAt: Math.min(one.openedAt, end) })),
  ];
  const openedAt = new Map(rounds.map((one) => [one.round, one.openedAt]));
  const clock = tradeClock(rounds, terms.periodMs);
  const sold = worker.reveals.filter(({ time }) => time < end);
  const sales = sold.map((reveal): TimedSale => {
    const opened = openedAt.get(reveal.round);
    tally.require(
      opened !== undefined,
      `${who} revealed in round ${ordinal(reveal.round)}, which had not begun.`,
    );
    const times = timesOf(task, worker, reveal, opened, tally);
    const distance = (ms: number) => Math.min(terms.periodMs, Math.max(0, ms - opened * 1000));
    const opens = clock.get(reveal.round)!;
    return { begunMs: opens + distance(times.begunMs), receivedMs: opens + distance(times.receivedMs) };
  });
  return {
    price: choice.price,
    samples: BigInt(sold.reduce((sum, { samples }) => sum + samples, 0)),
    sales: sold.length,
    rounds: rounds.at(-1)!.round + 1,
    ...ageOf(sales),
  };
}

/** A subchain's commits by round and worker, looked up once for all of its workers. */
const commitsOf = new WeakMap<AuditedSubchain, ReadonlyMap<string, AuditedSubchain["commits"][number]>>();

function commitIn(subchain: AuditedSubchain, round: number, worker: string) {
  let commits = commitsOf.get(subchain);
  if (commits === undefined) {
    commits = new Map(subchain.commits.map((one) => [`${one.round}/${one.worker}`, one]));
    commitsOf.set(subchain, commits);
  }
  return commits.get(`${round}/${worker}`);
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}

/** When an update was begun and received, Unix ms: as both sides say, or as the blocks do. */
function timesOf(
  { task, mechanismTerms }: AuditedTask,
  { worker, subchain }: EnrolledWorker,
  { round, samples, evidence }: AuditedReveal,
  openedAt: number,
  tally: CheckTally,
): { begunMs: number; receivedMs: number } {
  const commit = commitIn(subchain, round, worker);
  const who = `Worker ${worker} in round ${ordinal(round)}`;
  tally.require(commit !== undefined, `${who} revealed what it had not committed to.`);
  const openedMs = openedAt * 1000;
  if (evidence === "0x") return { begunMs: openedMs, receivedMs: (commit.time + 1) * 1000 };
  const { cosigner, startSlackMs } = decodeTerms(mechanismTerms);
  const shown = decodeEvidence(evidence);
  const { chainId, address } = subchain;
  const { generatedAtMs, receivedAtMs } = shown;
  const sale = { chainId, task, round, worker, commitment: commit.commitment, samples };
  tally.require(
    isSaleOf(
      cosigner,
      { chainId, subchain: address },
      { ...sale, generatedAtMs, receivedAtMs },
      signatureOf(shown),
    ),
    `${who} showed a sale that ${cosigner} did not sign.`,
  );
  const [begunMs, receivedMs] = [Number(generatedAtMs), Number(receivedAtMs)];
  tally.require(
    begunMs >= openedMs &&
      begunMs <= openedMs + startSlackMs &&
      begunMs <= receivedMs &&
      receivedMs <= (commit.time + CLOCK_SKEW_SECONDS) * 1000,
    `${who} showed a sale from ${begunMs} to ${receivedMs} ms; the round opened at ${openedMs} ms, and its commit is of ${commit.time} s.`,
  );
  return { begunMs, receivedMs };
}
