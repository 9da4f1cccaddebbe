import type { Decision, Epoch, MechanismWorker, Offer } from "../../../mechanisms/MechanismWorker.ts";
import { decodeLane, decodeTerms, encodeLane } from "./encodings.ts";

/** How a worker acts under flat pay: it takes one task at a time, the best paid, in the highest lane worth its cost. */
export const worker: MechanismWorker = {
  choose(offers, { refresh }) {
    const busy = offers.filter(({ taken }) => taken !== undefined).map(({ epoch }) => epoch);
    const decisions = new Map<Offer, Decision>();
    const byPay = offers.toSorted((a, b) => Number(payOf(b) - payOf(a)));
    for (const offer of byPay) {
      const decision = decide(offer, refresh, busy);
      if ("choice" in decision) busy.push(offer.epoch);
      decisions.set(offer, decision);
    }
    return offers.map((offer) => decisions.get(offer)!);
  },

  schedule(_mechanismTerms, choice, { startTime, epochSeconds }) {
    const count = decodeLane(choice) + 1;
    const freshSeconds = epochSeconds / count;
    return {
      count,
      freshSeconds,
      timeOf: (j) => startTime + Math.ceil(j * freshSeconds),
      lastBy: (time) => Math.max(-1, Math.min(count - 1, Math.floor((time - startTime) / freshSeconds))),
    };
  },

  async evidence({ choice }) {
    return encodeLane(decodeLane(choice));
  },
};

function decide({ epoch, mechanismTerms, taken }: Offer, cost: bigint, busy: readonly Epoch[]): Decision {
  if (taken !== undefined) return { choice: taken };
  if (busy.some((other) => overlap(epoch, other))) return { abstain: "it is busy with another task" };
  const { payPerRound, lanes } = decodeTerms(mechanismTerms);
  for (let lane = lanes - 1; lane >= 0; lane--) {
    if (BigInt(lane + 1) * cost <= payPerRound) return { choice: encodeLane(lane) };
  }
  return { abstain: "a round pays less than a refresh costs it" };
}

function overlap(a: Epoch, b: Epoch): boolean {
  return a.startTime < b.startTime + b.epochSeconds && b.startTime < a.startTime + a.epochSeconds;
}

function payOf({ mechanismTerms }: Offer): bigint {
  return decodeTerms(mechanismTerms).payPerRound;
}
