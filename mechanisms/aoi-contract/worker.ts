import type { Decision, Epoch, MechanismWorker, Offer, RefreshSchedule } from "../MechanismWorker.ts";
import { decodeChoice, decodeTerms, encodeChoice } from "./encodings.ts";
import { chooseItem } from "./mathematics/integerMenu.ts";

/** How a worker acts under the AoI contract: it takes the item that pays its type best, and refreshes on its period. */
export const worker: MechanismWorker = {
  choose(offers, { refresh }) {
    // A refresh for one task costs as much whatever else the worker does, so offers do not compete.
    return offers.map((offer) => decide(offer, refresh));
  },

  schedule(mechanismTerms, choice, epoch, blockSeconds = 0) {
    const { item } = decodeChoice(choice);
    const { period } = decodeTerms(mechanismTerms).menu[item]!;
    return {
      ...everyPeriod(wholeBlocks(period, blockSeconds), epoch),
      freshSeconds: period,
      freshUntil: epoch.startTime + epoch.epochSeconds,
    };
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

/**
 * How much of a period a worker can wait from refresh to refresh, seconds: whole blocks, each of whole seconds as block
 * times are. A refresh is in the last block before it is due, so that more would now and then be longer than the period.
 */
function wholeBlocks(period: number, blockSeconds: number): number {
  const block = Math.ceil(blockSeconds);
  if (block === 0) return period;
  return period > block ? Math.floor(period / block) * block : block;
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
