import { exactTokens, formatTokens } from "../../reports/formatTokens.ts";
import { historyLacks } from "../historyLacks.ts";
import type {
  ChooseBy,
  MechanismResettlement,
  PastTask,
  PastWorker,
  ResettledPay,
} from "../MechanismResettlement.ts";
import { coverageOf } from "./audit/coverageOf.ts";
import { payOf } from "./audit/payOf.ts";
import { type AoITerms, decodeChoice, decodeTerms } from "./encodings.ts";
import { worker as behaviour } from "./worker.ts";

const NAME = "aoi-contract";

const ASSUMPTIONS: Readonly<Record<ChooseBy, readonly string[]>> = {
  recorded: [
    "Each worker has the item of the number that it chose, whatever that item asks and pays, and refreshed when it did.",
  ],
  best: [
    "Each worker takes the item that pays best for what a refresh costs it: what was said with the command, or the cost of the type that the item which it chose was meant for.",
    "It keeps its promises as it did: its data are fresh for as many seconds of the epoch as they were by what it had promised.",
  ],
};

/**
 * Pays by a menu for what happened under any mechanism, by the formula of the policy: what data were fresh is measured
 * anew from when they were refreshed, by the period of the item.
 *
 * Under the menu of the task itself and with the items that were chosen it comes to what the policy pays.
 */
export const resettlement: MechanismResettlement = {
  facts({ choice }, { mechanismTerms }) {
    const item = decodeTerms(mechanismTerms).menu[decodeChoice(choice).item];
    return { refreshCost: item?.cost, freshSeconds: item?.period };
  },

  settle(task, { mechanismTerms, choose }) {
    const terms = decodeTerms(mechanismTerms);
    const isOwn = task.mechanism === NAME && task.mechanismTerms === mechanismTerms && choose === "recorded";
    return {
      pays: task.workers.map((worker) =>
        choose === "recorded"
          ? payAsRecorded(worker, task, terms)
          : payOfInterest(worker, task, { mechanismTerms, terms }),
      ),
      assumptions: isOwn ? [] : ASSUMPTIONS[choose],
    };
  },
};

function payAsRecorded(worker: PastWorker, task: PastTask, terms: AoITerms): ResettledPay {
  if (task.mechanism !== NAME) {
    throw historyLacks(NAME, {
      task: task.task,
      missing: `It pays by the item that a worker chose of a menu, and under ${task.mechanism} none was chosen.`,
      next: "Let workers choose by their interest: --choose best, with --refresh-cost for what a refresh costs each.",
    });
  }
  const { item } = decodeChoice(worker.choice);
  const chosen = terms.menu[item];
  if (chosen === undefined) {
    return { amount: 0n, why: `it chose item ${item + 1}, and this menu has ${terms.menu.length}` };
  }
  return payFor(worker, task, { terms, item, periodSeconds: chosen.period });
}

function payOfInterest(
  worker: PastWorker,
  task: PastTask,
  { mechanismTerms, terms }: { mechanismTerms: string; terms: AoITerms },
): ResettledPay {
  const { refreshCost, freshSeconds } = worker;
  if (refreshCost === undefined || freshSeconds === undefined) {
    throw historyLacks(NAME, {
      task: task.task,
      missing: `What an item is worth to ${worker.worker} depends on what a refresh costs it and on how long its data were fresh, and under ${task.mechanism} ${refreshCost === undefined ? "the first" : "the second"} is not known.`,
      next: "Say what a refresh costs each worker: --refresh-cost TOKENS.",
    });
  }
  const { startTime, epochSeconds } = task.terms.schedule;
  const offer = { epoch: { startTime, epochSeconds }, mechanismTerms };
  const decision = behaviour.choose([offer], { refresh: refreshCost, worker: worker.worker })[0]!;
  const cost = `at ${exactTokens(refreshCost)} a refresh`;
  if ("abstain" in decision) return { amount: 0n, why: `stays away: ${decision.abstain}, ${cost}` };
  const { item } = decodeChoice(decision.choice);
  const { amount, why } = payFor(worker, task, { terms, item, periodSeconds: Math.floor(freshSeconds) });
  return { amount, why: `${why}, ${cost}` };
}

/** @param of - `periodSeconds`: by what the freshness of its data is measured. */
function payFor(
  { refreshes, acceptedRounds, countedRounds, work }: PastWorker,
  { terms: { schedule }, now }: PastTask,
  of: { terms: AoITerms; item: number; periodSeconds: number },
): ResettledPay {
  const { startTime, epochSeconds } = schedule;
  const { bonus, menu } = of.terms;
  const { period, reward } = menu[of.item]!;
  // A subchain that recorded the work knows that the epoch is over, also where another chain's clock is behind.
  const end = startTime + epochSeconds;
  const until = work === undefined ? Math.max(startTime, Math.min(Math.floor(now), end)) : end;
  const { coveredSeconds } = coverageOf({
    from: startTime,
    refreshes: refreshes.filter((time) => time <= until),
    periodSeconds: of.periodSeconds,
    until,
  });
  const amount = payOf({
    ...{ reward, bonus, coveredSeconds, epochSeconds: BigInt(epochSeconds) },
    ...{ acceptedRounds: BigInt(acceptedRounds), rounds: BigInt(countedRounds) },
  });
  const isWhole = Number(coveredSeconds) >= epochSeconds && acceptedRounds >= countedRounds;
  return {
    amount,
    why: `item ${of.item + 1} of ${period} s for ${formatTokens(reward)}, fresh ${coveredSeconds} of ${epochSeconds} s, ${acceptedRounds} of ${countedRounds} rounds${isWhole && countedRounds > 0 ? ", and the bonus" : ""}`,
  };
}
