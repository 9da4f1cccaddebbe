import type { PastTask, PastWorker } from "../MechanismResettlement.ts";
import type { MarketHappened, ViewSeries } from "../MechanismView.ts";
import { payOf } from "./audit/payOf.ts";
import { decodeChoice, decodeScore, decodeTerms } from "./encodings.ts";
import { salesByBlocks } from "./resettlement.ts";

/** Digits of an IoM before its unit that a chart is given: pay is an integer of wei, a quotient of two of them is not. */
const PARTS = 1_000_000_000n;

type Point = readonly [at: number, value: number];

/**
 * What a trade comes to over time, a line a worker. Prices stand from the beginning. A sale counts from its reveal on, with
 * its samples. The IoM is told anew with every final round: what the worker would be paid for had nothing been sold after it,
 * of sales as blocks date them, since what was co-signed is not in events, and with what aggregators attested by then. The
 * last point is what it was paid for.
 */
export function series(task: PastTask, happened: MarketHappened): readonly ViewSeries[] {
  const { startTime, epochSeconds } = task.terms.schedule;
  const end = startTime + epochSeconds;
  const until = Math.max(startTime, Math.min(task.now, end));
  const each = (pointsOf: (worker: PastWorker) => readonly Point[]) =>
    task.workers.map((one) => ({ worker: one.worker, points: pointsOf(one) }));
  const sold = (worth: (samples: number) => number) =>
    each(({ updates }) => {
      let sum = 0;
      const points: Point[] = [];
      for (const { revealedAt, samples } of updates) {
        if (revealedAt >= end) continue;
        sum += worth(samples);
        points.push([revealedAt, sum]);
      }
      return fromNothing(points, startTime);
    });
  return [
    {
      name: "price",
      unit: "tokens/IoM",
      lines: each((worker) => {
        const price = Number(priceOf(worker)) / 1e18;
        return [
          [startTime, price],
          [until, price],
        ];
      }),
    },
    { name: "sales", unit: "sales", lines: sold(() => 1) },
    { name: "samples", unit: "samples sold", lines: sold((samples) => samples) },
    {
      name: "IoM",
      unit: "IoM so far",
      lines: each((worker) => fromNothing(immersionOf(worker, task, happened), startTime)),
    },
  ];
}

/** A worker's IoM after each final round, and what it was paid for at last. */
function immersionOf(worker: PastWorker, task: PastTask, { paid, attested }: MarketHappened): Point[] {
  const price = priceOf(worker);
  if (price === 0n) return [];
  const inIom = (wei: bigint) => Number((wei * PARTS) / price) / Number(PARTS);
  const payment = paid(worker);
  const told = attested.flatMap(({ round, at, scoreOf }): Point[] => {
    if (payment !== undefined && at >= payment.at) return [];
    const score = scoreOf(worker);
    return score === undefined ? [] : [[at, inIom(paySoFar(worker, task, { round, score }))]];
  });
  return payment === undefined ? told : [...told, [payment.at, inIom(payment.amount)]];
}

/** What a worker would be paid had it sold nothing after a round, wei. */
function paySoFar(
  worker: PastWorker,
  task: PastTask,
  { round, score }: { round: number; score: string },
): bigint {
  const terms = decodeTerms(task.mechanismTerms);
  const updates = worker.updates.filter((update) => update.round <= round);
  return payOf({
    terms,
    maxSamples: task.terms.maxSamples,
    work: { ...salesByBlocks({ ...worker, updates }, task, terms.periodMs), price: priceOf(worker) },
    score: decodeScore(score),
    acceptedRounds: updates.filter(({ isTaken }) => isTaken).length,
    countedRounds: worker.countedRounds,
  });
}

function priceOf({ choice }: PastWorker): bigint {
  return decodeChoice(choice).price;
}

/** The same after the nothing that there was before its first point. */
function fromNothing(points: readonly Point[], startTime: number): readonly Point[] {
  const first = points[0];
  return first === undefined || first[0] <= startTime ? points : [[startTime, 0], ...points];
}
