import { greatest } from "../../../numerics/extremes.ts";
import type { AuditedTask, CheckTally, EnrolledWorker, MechanismAudit } from "../../MechanismAudit.ts";
import {
  decodeChoice,
  decodeTerms,
  decodeTotals,
  decodeWork,
  encodeTotals,
  encodeWork,
  type MenuItem,
} from "../encodings.ts";
import { checkMenu } from "./checkMenu.ts";
import { checkPeriods } from "./checkPeriods.ts";
import { type Coverage, coverageOf } from "./coverageOf.ts";
import { payOf } from "./payOf.ts";

/** What an audit re-derives of the AoI contract: its menu, coverage and age from block times, and pay. */
export const audit: MechanismAudit = {
  checks: [
    {
      name: "menu",
      title: "The menu is individually rational, incentive compatible and paid for",
      unit: "pairs of type and item",
      run: checkMenu,
    },
    {
      name: "periods",
      title: "Every subchain's meter measures by the menu's periods",
      unit: "periods",
      run: checkPeriods,
    },
  ],

  work: { name: "coverage", title: "Coverage and age follow from block times" },

  workOf(task, worker, tally) {
    const { item, chosen } = itemOf(task, worker, tally);
    return encodeWork({ item, ...coverageUntilEnd(task, worker, chosen) });
  },

  totalsOf(task, { settled, running }) {
    const { menu } = decodeTerms(task.mechanismTerms);
    const itemOf = ({ choice }: EnrolledWorker) => menu[decodeChoice(choice).item]!;
    return encodeTotals(
      sum([
        ...settled.map((worker) => coverageUntilEnd(task, worker, itemOf(worker))),
        // The meter adds up at refreshes: who has had none is not in the totals yet.
        ...running
          .filter(({ refreshes }) => refreshes.length > 0)
          .map((worker) => coverageUntil(task, worker, itemOf(worker), greatest(worker.refreshes))),
      ]),
    );
  },

  refreshesDue({ mechanismTerms, terms }, choice, time, blockSeconds = 0) {
    const { period } = decodeTerms(mechanismTerms).menu[decodeChoice(choice).item]!;
    const { startTime, epochSeconds } = terms.schedule;
    // One every period from the epoch's start, or as many whole blocks as fit into one, at least a block.
    const block = Math.max(1, Math.ceil(blockSeconds));
    const every = Math.max(block, period - (period % block));
    return Math.min(Math.ceil(epochSeconds / every), Math.floor((time - startTime) / every) + 1);
  },

  payOf(task, { work, acceptedRounds, countedRounds }) {
    const { bonus, menu } = decodeTerms(task.mechanismTerms);
    const { item, coveredSeconds } = decodeWork(work);
    return payOf({
      reward: menu[item]!.reward,
      bonus,
      coveredSeconds,
      epochSeconds: BigInt(task.terms.schedule.epochSeconds),
      acceptedRounds: BigInt(acceptedRounds),
      rounds: BigInt(countedRounds),
    });
  },

  describeWork(work) {
    const { item, coveredSeconds, ageSquares } = decodeWork(work);
    return `item ${item + 1}, ${coveredSeconds} s covered and ${ageSquares} s² of age`;
  },

  describeTotals(totals) {
    const { coveredSeconds, ageSquares } = decodeTotals(totals);
    return `${coveredSeconds} s covered and ${ageSquares} s² of age`;
  },
};

function itemOf(
  { mechanismTerms }: AuditedTask,
  { worker, choice }: EnrolledWorker,
  tally: CheckTally,
): { item: number; chosen: MenuItem } {
  const { menu } = decodeTerms(mechanismTerms);
  const { item } = decodeChoice(choice);
  const chosen = menu[item];
  tally.require(
    chosen !== undefined,
    `Worker ${worker} enrolled with item ${item + 1}; the menu has ${menu.length}.`,
  );
  return { item, chosen };
}

function coverageUntilEnd(task: AuditedTask, worker: EnrolledWorker, item: MenuItem): Coverage {
  const { startTime, epochSeconds } = task.terms.schedule;
  return coverageUntil(task, worker, item, startTime + epochSeconds);
}

function coverageUntil(task: AuditedTask, worker: EnrolledWorker, item: MenuItem, until: number): Coverage {
  const from = task.terms.schedule.startTime;
  return coverageOf({ from, refreshes: worker.refreshes, periodSeconds: item.period, until });
}

function sum(coverages: readonly Coverage[]): Coverage {
  return coverages.reduce<Coverage>(
    (total, { coveredSeconds, ageSquares }) => ({
      coveredSeconds: total.coveredSeconds + coveredSeconds,
      ageSquares: total.ageSquares + ageSquares,
    }),
    { coveredSeconds: 0n, ageSquares: 0n },
  );
}
