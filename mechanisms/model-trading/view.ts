import { formatTokens } from "../../reports/formatTokens.ts";
import { shortAddress } from "../../reports/shortAddress.ts";
import type { MechanismView, TaskMoment, WorkerHistory } from "../MechanismView.ts";
import { meanAge, payOf } from "./audit/payOf.ts";
import { decodeChoice, decodeScore, decodeTerms, decodeWork } from "./encodings.ts";
import { series } from "./series.ts";

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

  payFormula({ choice, work, acceptedRounds, countedRounds }, { terms, mechanismTerms }, attested) {
    if (work === undefined || mechanismTerms === undefined) return undefined;
    const { price } = decodeChoice(choice);
    const decoded = decodeWork(work);
    const tradingTerms = decodeTerms(mechanismTerms);
    const { periodMs, scale, dataWeight, cap, bond, mostOmega, leastTheta } = tradingTerms;
    const age = meanAge(periodMs, decoded);
    const counted = BigInt(terms.maxSamples) * BigInt(countedRounds);
    const samples = decoded.samples < counted ? decoded.samples : counted;
    const ageMs = age.denominator === 0n ? 0n : age.numerator / age.denominator;
    const score = attested === undefined || attested === "0x" ? undefined : decodeScore(attested);
    const [omega, theta] =
      score === undefined
        ? ["ω", "θ"]
        : [String(Math.min(score.omegaPpb, mostOmega)), String(Math.max(score.thetaPpb, leastTheta))];
    const isKnown = attested !== undefined || decoded.sales === 0 || countedRounds === 0;
    const by = {
      terms: tradingTerms,
      maxSamples: terms.maxSamples,
      work: decoded,
      acceptedRounds,
      countedRounds,
    };
    return {
      symbols: "⌊min(cap, ⌊p·ω·ε·ln(1 + η·x) / θ · max(0, τ − Δ̂)⌋)·a / K⌋",
      numbers: `⌊min(${cap}, ⌊${price}·${omega}·${scale}·ln(1 + ${dataWeight}·10⁻¹⁸·${samples}) / ${theta} · max(0, ${periodMs} − ${ageMs})⌋)·${acceptedRounds} / ${countedRounds}⌋`,
      terms: [
        { symbol: "p", value: String(price), unit: "wei/IoM", meaning: "posted price that it took" },
        {
          symbol: "ω",
          value: score === undefined ? "attested" : omega!,
          unit: score === undefined ? "" : "10⁻⁹",
          meaning: "how much there was to learn, as aggregators attested",
        },
        {
          symbol: "θ",
          value: score === undefined ? "attested" : theta!,
          unit: score === undefined ? "" : "10⁻⁹",
          meaning: "what its models still lacked, as aggregators attested",
        },
        { symbol: "ε", value: String(scale), unit: "10⁻⁹ IoM/s", meaning: "scale of what models contribute" },
        { symbol: "η", value: String(dataWeight), unit: "10⁻¹⁸ a sample", meaning: "weight of a sample" },
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
      result: isKnown ? payOf({ ...by, score }) : undefined,
      note: [
        "ω, θ and ε are billionths, times are milliseconds: all of it divided by 10¹² gives wei.",
        attested === undefined
          ? "Aggregators attest ω and θ in a file, of which chains have the root: it is not read here yet."
          : "Aggregators attest ω and θ in a file, of which chains have the root.",
        ...(bond === 0n ? [] : ["Nothing is paid where no bond was locked."]),
      ].join(" "),
    };
  },

  series,
};

/** Δ̂, s, as it was recorded; null before, and without a sale. */
function ageSeconds({ work }: WorkerHistory, { mechanismTerms }: TaskMoment): number | null {
  if (work === undefined || mechanismTerms === undefined) return null;
  const decoded = decodeWork(work);
  if (decoded.sales === 0) return null;
  const { numerator, denominator } = meanAge(decodeTerms(mechanismTerms).periodMs, decoded);
  return Math.round(Number(numerator) / Number(denominator)) / 1000;
}
