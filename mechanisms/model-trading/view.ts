import { formatTokens } from "../../reports/formatTokens.ts";
import { shortAddress } from "../../reports/shortAddress.ts";
import type { MechanismView, TaskMoment, WorkerHistory } from "../MechanismView.ts";
import { meanAge } from "./audit/payOf.ts";
import { decodeChoice, decodeTerms, decodeWork } from "./encodings.ts";

/** What model trading adds to the view of a task: prices, sales, and how old models were. */
export const view: MechanismView = {
  offer(mechanismTerms) {
    const { offers, bond } = decodeTerms(mechanismTerms);
    const asked = bond === 0n ? "" : ` for a bond of ${formatTokens(bond)}`;
    return `${offers.length} posted prices${asked}`;
  },

  facts(worker, task) {
    return {
      price: decodeChoice(worker.choice).price.toString(),
      sales: worker.work === undefined ? worker.revealedRounds.length : decodeWork(worker.work).sales,
      ageSeconds: ageSeconds(worker, task),
    };
  },

  columns: [
    { header: "price/IoM", align: "right", text: ({ price }) => formatTokens(BigInt(price!)) },
    { header: "sales", align: "right", text: ({ sales }) => String(sales) },
    {
      header: "mean age",
      align: "right",
      text: ({ ageSeconds }) => (ageSeconds === null ? "–" : `${Number(ageSeconds).toFixed(3)} s`),
    },
  ],

  standing: {
    word: "selling",
    // A round that was just opened has nobody's update yet.
    holds({ revealedRounds }, { terms, mechanismTerms, now }) {
      const last = revealedRounds.at(-1);
      if (last === undefined || mechanismTerms === undefined) return false;
      const { periodMs } = decodeTerms(mechanismTerms);
      return (now - terms.schedule.startTime) * 1000 <= (last + 3) * periodMs;
    },
  },

  /** What is owed depends on scores, which storage has and the chains do not. */
  due: () => 0n,

  offers(mechanismTerms) {
    return {
      columns: [
        { header: "offer", align: "right" },
        { header: "worker" },
        { header: "price/IoM", align: "right" },
      ],
      rows: decodeTerms(mechanismTerms).offers.map(({ worker, price }, i) => [
        String(i + 1),
        shortAddress(worker),
        formatTokens(price),
      ]),
    };
  },

  prices: (mechanismTerms) => decodeTerms(mechanismTerms).offers,

  choice(worker) {
    return `offer ${decodeChoice(worker.choice).offer + 1}`;
  },

  payFormula({ choice, work, acceptedRounds, countedRounds }, { terms, mechanismTerms }) {
    if (work === undefined || mechanismTerms === undefined) return undefined;
    const { price } = decodeChoice(choice);
    const decoded = decodeWork(work);
    const { periodMs, scale, dataWeight, cap } = decodeTerms(mechanismTerms);
    const age = meanAge(periodMs, decoded);
    const counted = BigInt(terms.maxSamples) * BigInt(countedRounds);
    const samples = decoded.samples < counted ? decoded.samples : counted;
    const ageMs = age.denominator === 0n ? 0n : age.numerator / age.denominator;
    return {
      symbols: "⌊min(cap, ⌊p·ω·ε·ln(1 + η·x) / θ · max(0, τ − Δ̂)⌋)·a / K⌋",
      numbers: `⌊min(${cap}, ⌊${price}·ω·${scale}·ln(1 + ${dataWeight}·10⁻⁹·${samples}) / θ · max(0, ${periodMs} − ${ageMs})⌋)·${acceptedRounds} / ${countedRounds}⌋`,
      terms: [
        { symbol: "p", value: String(price), unit: "wei/IoM", meaning: "posted price that it took" },
        {
          symbol: "ω, θ",
          value: "attested",
          unit: "",
          meaning: "value of its data, and what its model lacks",
        },
        { symbol: "ε", value: String(scale), unit: "10⁻⁹", meaning: "scale of what models contribute" },
        { symbol: "η", value: String(dataWeight), unit: "10⁻⁹", meaning: "weight of a sample" },
        { symbol: "x", value: String(samples), unit: "samples", meaning: "sold, of those that count" },
        { symbol: "τ", value: String(periodMs), unit: "ms", meaning: "from sale to sale" },
        { symbol: "Δ̂", value: String(ageMs), unit: "ms", meaning: "mean age of its models" },
        {
          symbol: "a",
          value: String(acceptedRounds),
          unit: "rounds",
          meaning: "whose model took its update",
        },
        { symbol: "K", value: String(countedRounds), unit: "rounds", meaning: "that count" },
        { symbol: "cap", value: String(cap), unit: "wei", meaning: "the most that a worker is paid" },
      ],
      result: decoded.sales === 0 || countedRounds === 0 ? 0n : undefined,
      note: "Aggregators attest ω and θ in a file, of which chains have the root: the audit computes the pay with them.",
    };
  },

  series(workers, task, { openedAt, paid }) {
    const { startTime, epochSeconds } = task.terms.schedule;
    const until = Math.max(startTime, Math.min(task.now, startTime + epochSeconds));
    const priceOf = ({ choice }: WorkerHistory) => Number(decodeChoice(choice).price) / 1e18;
    const sales = workers.map((worker) => {
      const points = worker.revealedRounds.flatMap((round, i): [number, number][] => {
        const at = openedAt(worker, round);
        return at === undefined ? [] : [[at, i + 1]];
      });
      return { worker: worker.worker, points: fromNothing(points, startTime) };
    });
    const immersion = workers.map((worker) => {
      const payment = paid(worker);
      const price = priceOf(worker);
      const value = payment === undefined || price === 0 ? undefined : Number(payment.amount) / 1e18 / price;
      const points: [number, number][] = value === undefined ? [] : [[payment!.at, value]];
      return { worker: worker.worker, points: fromNothing(points, startTime) };
    });
    return [
      {
        name: "price",
        unit: "tokens/IoM",
        lines: workers.map((worker): { worker: string; points: [number, number][] } => ({
          worker: worker.worker,
          points: [
            [startTime, priceOf(worker)],
            [until, priceOf(worker)],
          ],
        })),
      },
      { name: "sales", unit: "sales", lines: sales },
      { name: "IoM", unit: "IoM paid for", lines: immersion },
    ];
  },
};

/** The same after the nothing that there was before its first point. */
function fromNothing(points: [number, number][], startTime: number): [number, number][] {
  const first = points[0];
  return first === undefined || first[0] <= startTime ? points : [[startTime, 0], ...points];
}

/** Δ̂, s, as it was recorded; null before, and without a sale. */
function ageSeconds({ work }: WorkerHistory, { mechanismTerms }: TaskMoment): number | null {
  if (work === undefined || mechanismTerms === undefined) return null;
  const decoded = decodeWork(work);
  if (decoded.sales === 0) return null;
  const { numerator, denominator } = meanAge(decodeTerms(mechanismTerms).periodMs, decoded);
  return Math.round(Number(numerator) / Number(denominator)) / 1000;
}
