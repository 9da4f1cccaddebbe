import type {
  Decision,
  Epoch,
  MechanismWorker,
  Offer,
  RefreshPace,
  RefreshSchedule,
} from "../MechanismWorker.ts";
import { decodeChoice, decodeTerms, encodeChoice } from "./encodings.ts";
import { chooseItem } from "./mathematics/integerMenu.ts";

/** How a worker acts under the AoI contract: it takes the item that pays its type best, and refreshes on its period. */
export const worker: MechanismWorker = {
  choose(offers, { refresh }) {
    // A refresh for one task costs as much whatever else the worker does, so offers do not compete.
    return offers.map((offer) => decide(offer, refresh));
  },

  schedule(mechanismTerms, choice, epoch, pace = { blockSeconds: 0, spareBlocks: 0 }) {
    const { item } = decodeChoice(choice);
    const { period } = decodeTerms(mechanismTerms).menu[item]!;
    const { apart, spareSeconds } = paced(period, pace);
    return {
      ...everyPeriod(apart, earlier(epoch, { spareSeconds, apart, period })),
      freshSeconds: period,
      freshUntil: epoch.startTime + epoch.epochSeconds,
      spareSeconds,
    };
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

/**
 * How far apart a worker's refreshes can be, and how much later than it is due one may come at no loss, seconds: whole
 * blocks, each of whole seconds as block times are. A refresh is in the last block before it is due, so that more would
 * now and then be longer than the period. At least two blocks are between two refreshes, however much is to be spared.
 */
function paced(
  period: number,
  { blockSeconds, spareBlocks }: RefreshPace,
): { apart: number; spareSeconds: number } {
  const block = Math.ceil(blockSeconds);
  if (block === 0) return { apart: period, spareSeconds: 0 };
  const blocks = Math.max(1, Math.floor(period / block));
  const spare = Math.max(0, Math.min(spareBlocks, blocks - 2));
  return { apart: (blocks - spare) * block, spareSeconds: spare * block };
}

/** An epoch that begins so much earlier, and ends where its last refresh keeps data fresh until the end of the real one. */
function earlier(
  { startTime, epochSeconds }: Epoch,
  { spareSeconds, apart, period }: { spareSeconds: number; apart: number; period: number },
): Epoch {
  return {
    startTime: startTime - spareSeconds,
    epochSeconds: apart + Math.max(0, epochSeconds + spareSeconds - Math.max(period, apart)),
  };
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
