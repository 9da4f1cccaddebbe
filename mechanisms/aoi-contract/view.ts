import { counted } from "../../reports/counted.ts";
import { formatTokens } from "../../reports/formatTokens.ts";
import type { MechanismView, TaskMoment, WorkerHistory } from "../MechanismView.ts";
import { coverageOf, coveredIntervals } from "./audit/coverageOf.ts";
import { payOf } from "./audit/payOf.ts";
import { type AoITerms, decodeChoice, decodeTerms, decodeWork, type MenuItem } from "./encodings.ts";

/** What the AoI contract adds to the view of a task: items, and how fresh data are. */
export const view: MechanismView = {
  offer(mechanismTerms) {
    return `a menu of ${counted(decodeTerms(mechanismTerms).menu.length, "item")}`;
  },

  facts(worker, task) {
    return {
      type: typeOf(worker, task),
      item: itemOf(worker) + 1,
      coveredSeconds: coveredSeconds(worker, task),
    };
  },

  columns: [
    { header: "type", align: "right", text: ({ type }) => (type === null ? "–" : String(type)) },
    { header: "item", align: "right", text: ({ item }) => String(item) },
    {
      header: "fresh",
      align: "right",
      text: ({ coveredSeconds, epochSeconds }) => `${coveredSeconds ?? "–"}/${epochSeconds} s`,
    },
  ],

  standing: {
    word: "fresh",
    // A second for the block that the next refresh is in.
    holds(worker, task) {
      const last = worker.refreshes.at(-1);
      const chosen = chosenItem(worker, task);
      return last !== undefined && chosen !== undefined && task.now - last <= chosen.item.period + 1;
    },
  },

  due(worker, task) {
    const chosen = chosenItem(worker, task);
    if (chosen === undefined) return 0n;
    return payOf({
      reward: chosen.item.reward,
      bonus: chosen.bonus,
      coveredSeconds: BigInt(coveredSeconds(worker, task) ?? 0),
      epochSeconds: BigInt(task.terms.schedule.epochSeconds),
      acceptedRounds: BigInt(worker.acceptedRounds),
      rounds: BigInt(worker.countedRounds),
    });
  },

  offers(mechanismTerms) {
    return {
      columns: [
        { header: "item", align: "right" },
        { header: "period θ", align: "right" },
        { header: "reward R, tokens", align: "right" },
        { header: "cost δ of its type, tokens", align: "right" },
      ],
      rows: decodeTerms(mechanismTerms).menu.map(({ period, reward, cost }, i) => [
        String(i + 1),
        `${period} s`,
        formatTokens(reward),
        formatTokens(cost),
      ]),
    };
  },

  choice(worker) {
    return `item ${itemOf(worker) + 1}`;
  },

  freshTimes(worker, task) {
    const chosen = chosenItem(worker, task);
    if (chosen === undefined) return undefined;
    const { startTime, epochSeconds } = task.terms.schedule;
    const intervals = coveredIntervals({
      from: startTime,
      refreshes: worker.refreshes,
      periodSeconds: chosen.item.period,
      until: Math.max(startTime, Math.min(task.now, startTime + epochSeconds)),
    });
    return {
      freshSeconds: chosen.item.period,
      fresh: intervals.map(({ from, to }) => [from, to] as const),
      recordedSeconds: worker.work === undefined ? undefined : Number(decodeWork(worker.work).coveredSeconds),
    };
  },

  payFormula(worker, task) {
    const chosen = chosenItem(worker, task);
    const covered = coveredSeconds(worker, task);
    if (chosen === undefined || covered === null) return undefined;
    const { epochSeconds } = task.terms.schedule;
    const { acceptedRounds, countedRounds } = worker;
    const isWhole = countedRounds > 0 && covered >= epochSeconds && acceptedRounds >= countedRounds;
    const parts = `${chosen.item.reward} · ${Math.min(covered, epochSeconds)} · ${Math.min(acceptedRounds, countedRounds)} / (${epochSeconds} · ${countedRounds})`;
    return {
      symbols: "⌊R·c·a / (T·K)⌋, and B on top when c = T and a = K",
      numbers: `⌊${parts}⌋${isWhole ? ` + ${chosen.bonus}` : ""}`,
      terms: [
        {
          symbol: "R",
          value: String(chosen.item.reward),
          unit: "wei",
          meaning: `reward of item ${itemOf(worker) + 1} for a whole epoch`,
        },
        { symbol: "c", value: String(covered), unit: "s", meaning: "seconds covered of the epoch" },
        { symbol: "T", value: String(epochSeconds), unit: "s", meaning: "the epoch" },
        {
          symbol: "a",
          value: String(acceptedRounds),
          unit: "rounds",
          meaning: "whose model took its update",
        },
        { symbol: "K", value: String(countedRounds), unit: "rounds", meaning: "that count" },
        {
          symbol: "B",
          value: String(chosen.bonus),
          unit: "wei",
          meaning: isWhole ? "bonus for a whole epoch and all rounds" : "bonus, which was lost",
        },
      ],
      result: payOf({
        reward: chosen.item.reward,
        bonus: chosen.bonus,
        coveredSeconds: BigInt(covered),
        epochSeconds: BigInt(epochSeconds),
        acceptedRounds: BigInt(acceptedRounds),
        rounds: BigInt(countedRounds),
      }),
    };
  },
};

/** Place of the item that a worker enrolled with, from 0. */
function itemOf({ choice }: WorkerHistory): number {
  return decodeChoice(choice).item;
}

function chosenItem(
  worker: WorkerHistory,
  { mechanismTerms }: TaskMoment,
): (Pick<AoITerms, "bonus"> & { item: MenuItem }) | undefined {
  if (mechanismTerms === undefined) return undefined;
  const { menu, bonus } = decodeTerms(mechanismTerms);
  const item = menu[itemOf(worker)];
  return item === undefined ? undefined : { item, bonus };
}

/** Number, from 1, of the menu's item for a worker of that cost; null where the cost is not known. */
function typeOf({ cost }: WorkerHistory, { mechanismTerms }: TaskMoment): number | null {
  if (cost === undefined || mechanismTerms === undefined) return null;
  const n = decodeTerms(mechanismTerms).menu.findIndex((item) => item.cost === cost);
  return n === -1 ? null : n + 1;
}

/** As recorded at the epoch's end; before, as the refreshes so far make it; null while nobody can say. */
function coveredSeconds(worker: WorkerHistory, task: TaskMoment): number | null {
  if (worker.work !== undefined) {
    return Number(decodeWork(worker.work).coveredSeconds);
  }
  const chosen = chosenItem(worker, task);
  if (chosen === undefined) return null;
  const { startTime, epochSeconds } = task.terms.schedule;
  const covered = coverageOf({
    from: startTime,
    refreshes: worker.refreshes,
    periodSeconds: chosen.item.period,
    until: Math.max(startTime, Math.min(task.now, startTime + epochSeconds)),
  });
  return Number(covered.coveredSeconds);
}
