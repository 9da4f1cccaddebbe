import { formatTokens } from "../../reports/formatTokens.ts";
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
};

/** Δ̂, s, as it was recorded; null before, and without a sale. */
function ageSeconds({ work }: WorkerHistory, { mechanismTerms }: TaskMoment): number | null {
  if (work === undefined || mechanismTerms === undefined) return null;
  const decoded = decodeWork(work);
  if (decoded.sales === 0) return null;
  const { numerator, denominator } = meanAge(decodeTerms(mechanismTerms).periodMs, decoded);
  return Math.round(Number(numerator) / Number(denominator)) / 1000;
}
