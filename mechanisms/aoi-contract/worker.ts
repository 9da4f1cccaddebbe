import type { Decision, Epoch, MechanismWorker, Offer, RefreshSchedule } from "../MechanismWorker.ts";
import { decodeChoice, decodeTerms, encodeChoice } from "./encodings.ts";
import { chooseItem } from "./mathematics/integerMenu.ts";

/** How a worker acts under the AoI contract: it takes the item that pays its type best, and refreshes on its period. */
export const worker: MechanismWorker = {
  choose(offers, { refresh }) {
    // A refresh for one task costs as much whatever else the worker does, so offers do not compete.
    return offers.map((offer) => decide(offer, refresh));
  },

  schedule(mechanismTerms, choice, epoch) {
    const { item } = decodeChoice(choice);
    return everyPeriod(decodeTerms(mechanismTerms).menu[item]!.period, epoch);
  },

  mostPay(mechanismTerms, choice) {
    const { menu, bonus } = decodeTerms(mechanismTerms);
    return menu[decodeChoice(choice).item]!.reward + bonus;
  },
};

function decide({ epoch, mechanismTerms, taken }: Offer, cost: bigint): Decision {
  if (taken !== undefined) return { choice: taken };
  const menu = decodeTerms(mechanismTerms).menu.map(({ period, reward }) => ({
    periodSeconds: BigInt(period),
    reward,
  }));
  const item = chooseItem(cost, menu, BigInt(epoch.epochSeconds));
  return item === undefined
    ? { abstain: "no item of the menu covers its cost" }
    : { choice: encodeChoice({ item }) };
}

/** At s, s + θ, … before s + T. */
export function everyPeriod(period: number, { startTime, epochSeconds }: Epoch): RefreshSchedule {
  const count = Math.ceil(epochSeconds / period);
  return {
    count,
    freshSeconds: period,
    timeOf: (j) => startTime + j * period,
    lastBy: (time) => Math.max(-1, Math.min(count - 1, Math.floor((time - startTime) / period))),
  };
}
