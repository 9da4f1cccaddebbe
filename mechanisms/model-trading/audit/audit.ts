import type { EnrolledWorker, MechanismAudit } from "../../MechanismAudit.ts";
import {
  decodeScore,
  decodeTerms,
  decodeTotals,
  decodeWork,
  encodeTotals,
  encodeWork,
} from "../encodings.ts";
import { checkBonds } from "./checkBonds.ts";
import { checkOffers } from "./checkOffers.ts";
import { meanAge, payOf } from "./payOf.ts";
import { workOf } from "./workOf.ts";

/** What an audit re-derives of model trading: its offers, sales and their ages, bonds, and pay. */
export const audit: MechanismAudit = {
  checks: [
    {
      name: "offers",
      title: "The offers are the specification's on every chain, and paid for",
      unit: "offers",
      run: checkOffers,
    },
    {
      name: "bonds",
      title: "Every bond went where its worker's record says",
      unit: "bonds",
      run: checkBonds,
    },
  ],

  work: { name: "sales", title: "Sales and their age follow from blocks and co-signed times" },

  workOf: (task, worker, tally) => encodeWork(workOf(task, worker, tally)),

  totalsOf({ terms }, { settled, running }) {
    const end = terms.schedule.startTime + terms.schedule.epochSeconds;
    const all: readonly EnrolledWorker[] = [...settled, ...running];
    const sold = all.flatMap(({ reveals }) => reveals.filter(({ time }) => time < end));
    return encodeTotals({
      sales: BigInt(sold.length),
      samples: sold.reduce((sum, { samples }) => sum + BigInt(samples), 0n),
    });
  },

  refreshesDue({ mechanismTerms, terms }, _choice, time) {
    const { periodMs } = decodeTerms(mechanismTerms);
    const { startTime, epochSeconds } = terms.schedule;
    const most = Math.ceil((1000 * epochSeconds) / periodMs);
    // Refresh j is due j periods after the start, in whole seconds.
    let due = 0;
    while (due < most && startTime + Math.floor((due * periodMs) / 1000) <= time) due++;
    return due;
  },

  payOf({ terms, mechanismTerms, policy }, earned) {
    const traded = decodeTerms(mechanismTerms);
    const { worker, chainId } = earned;
    const isBonded =
      traded.bond === 0n ||
      policy === undefined ||
      policy.events("BondLocked").some((event) => event.worker === worker && event.chainId === chainId);
    if (!isBonded) return 0n;
    return payOf({
      terms: traded,
      maxSamples: terms.maxSamples,
      work: decodeWork(earned.work),
      score: earned.score === "0x" ? undefined : decodeScore(earned.score),
      acceptedRounds: earned.acceptedRounds,
      countedRounds: earned.countedRounds,
    });
  },

  describeWork(work) {
    const decoded = decodeWork(work);
    const { sales, samples, rounds, spanMs } = decoded;
    return `${sales} sales of ${samples} samples in ${rounds} rounds, aged ${ageInWords(decoded)} over ${spanMs} ms`;
  },

  describeTotals(totals) {
    const { sales, samples } = decodeTotals(totals);
    return `${sales} sales of ${samples} samples`;
  },
};

function ageInWords(work: ReturnType<typeof decodeWork>): string {
  if (work.sales < 2) return `${work.firstDelayMs} ms at once`;
  const { numerator, denominator } = meanAge(0, work);
  return `${(Number(numerator) / Number(denominator)).toFixed(1)} ms`;
}
