import { weiOf } from "../../numerics/weiOf.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import type { Decision, MechanismWorker, Offer, PendingUpdate, WorkerTools } from "../MechanismWorker.ts";
import { decodeChoice, decodeTerms, encodeChoice, encodeEvidence } from "./encodings.ts";
import { choiceOf, priceOf } from "./offers.ts";
import { askForSale, SALE_MILLISECONDS } from "./sales/askForSale.ts";
import { evidenceOf, type SaleRequest, signRequest } from "./sales/sale.ts";
import { allocationsOf, bestOffers } from "./workers/bestOffers.ts";
import { lockBond, takeBondBack } from "./workers/bond.ts";
import { ownerSchema, type TradingOwner } from "./workers/ownerSchema.ts";

/** What is left of a round's time for commits for the commit itself, whoever is waited for, milliseconds. */
const COMMIT_MILLISECONDS = 2000;

/**
 * How an MU acts: it takes the set of offers that is worth most to it, splits its CPU and radio among them, takes as long
 * for an update as that allocation does, and has each sale co-signed by the publisher where that can be had.
 */
export const worker: MechanismWorker = {
  ownerSchema,

  choose(offers, { worker: address, owner }) {
    if (owner === undefined || address === undefined) {
      return offers.map(
        ({ taken }): Decision =>
          taken === undefined ? { abstain: "its owner has not said what it costs" } : { choice: taken },
      );
    }
    const priced = offers.map((offer) => ({
      ...offer,
      price: priceOf(decodeTerms(offer.mechanismTerms), address),
    }));
    const best = new Set(bestOffers(priced, owner as TradingOwner).taken);
    return priced.map(({ taken, price, mechanismTerms }, i): Decision => {
      if (taken !== undefined) return { choice: taken };
      if (price === undefined) return { abstain: "no price is posted for it", isMeant: true };
      if (best.has(i)) return { choice: encodeChoice(choiceOf(decodeTerms(mechanismTerms), address)!) };
      return {
        abstain:
          best.size === 0
            ? "its price does not cover what a model in time and the bond cost it"
            : `it gains more from ${best.size} other ${best.size === 1 ? "task" : "tasks"} alone`,
      };
    });
  },

  schedule(mechanismTerms, _choice, { startTime, epochSeconds }) {
    const { periodMs } = decodeTerms(mechanismTerms);
    const count = Math.ceil((1000 * epochSeconds) / periodMs);
    // As rounds begin: in whole seconds.
    const timeOf = (j: number) => startTime + Math.floor((j * periodMs) / 1000);
    return {
      count,
      freshSeconds: periodMs / 1000,
      timeOf,
      lastBy(time) {
        let j = Math.max(-1, Math.min(count - 1, Math.floor(((time - startTime) * 1000) / periodMs)));
        if (j + 1 < count && timeOf(j + 1) <= time) j++;
        return j;
      },
    };
  },

  effort(taken, { owner }) {
    if (owner === undefined) return undefined;
    const priced = taken.map((one) => ({ ...one, price: decodeChoice(one.taken!).price }));
    return allocationsOf(priced, owner as TradingOwner)?.map(
      ({ computeSeconds, uploadSeconds, cost, pay }) => ({
        updateSeconds: computeSeconds + uploadSeconds,
        ...{ cost: weiOf(cost, "computed"), pay: weiOf(pay, "computed") },
      }),
    );
  },

  async beforeEnrolment(task, { mechanismTerms }, tools) {
    const { bond } = decodeTerms(mechanismTerms);
    return lockBond(task, tools.chainId, bond, tools);
  },

  async beforeCommit(update, tools) {
    const { offer, openedAt, begunAt } = update;
    const { startSlackMs, cosigner } = decodeTerms(offer.mechanismTerms);
    const openedAtMs = openedAt * 1000;
    // Whoever began later than that may not say so, and says it as late as it may: to its own disadvantage.
    const generatedAt = Math.min(openedAtMs + startSlackMs, Math.max(openedAtMs, Math.round(begunAt)));
    await takeItsTime(update, generatedAt, tools);
    const url = tools.services.get(cosigner);
    const milliseconds = patience(update, tools.clock.now());
    if (url === undefined || milliseconds <= 0) return "0x";
    const { chainId, task, round, worker, commitment, samples } = update;
    const request: SaleRequest = {
      ...{ chainId, task, round, worker, commitment, samples },
      generatedAtMs: BigInt(generatedAt),
    };
    try {
      const domain = { chainId, subchain: tools.subchain };
      const signature = await signRequest(tools.signer, domain, request);
      const wanted = { url, cosigner, domain, request, signature, milliseconds };
      const { sale, signature: signed } = await askForSale(wanted, tools, tools.signal);
      return encodeEvidence(evidenceOf(sale, signed));
    } catch (error) {
      if (tools.signal.aborted) throw new BaseError("ABORTED", "The worker was stopped.");
      tools.onTrouble(`having its sale of round ${ordinal(round)} co-signed`, error);
      // The blocks' times count then.
      return "0x";
    }
  },

  afterTask: (task, claim, tools) => takeBondBack(task, tools.chainId, claim, tools),
};

/**
 * How long the publisher is waited for, milliseconds: whoever does not answer must not cost the round, and with it the
 * bond. Where commits are over, a worker that was started again after its own asks for what it had been given.
 */
function patience({ commitsUntil }: PendingUpdate, now: number): number {
  const left = commitsUntil * 1000 - now;
  return left <= 0 ? SALE_MILLISECONDS : Math.min(SALE_MILLISECONDS, left - COMMIT_MILLISECONDS);
}

/**
 * Waits until the allocation would have computed and uploaded the update, if that is within the time that commits are
 * sure to have and a signature has to be waited for in.
 */
async function takeItsTime(
  { offer, taken, commitsSurelyUntil }: PendingUpdate,
  generatedAt: number,
  { owner, clock, signal }: WorkerTools,
): Promise<void> {
  if (owner === undefined) return;
  const priced = taken.map((one) => ({ ...one, price: decodeChoice(one.taken!).price }));
  const own = priced.findIndex(({ mechanismTerms, taken }) => isSame(offer, { mechanismTerms, taken }));
  const allocation = allocationsOf(priced, owner as TradingOwner)?.[own];
  if (allocation === undefined) return;
  const { computeSeconds, uploadSeconds } = allocation;
  const ready = generatedAt + 1000 * (computeSeconds + uploadSeconds);
  const latest = commitsSurelyUntil * 1000 - COMMIT_MILLISECONDS - SALE_MILLISECONDS;
  const until = Math.min(ready, latest);
  while (clock.now() < until && !signal.aborted) await clock.sleep(until - clock.now(), signal);
}

function isSame(
  a: Pick<Offer, "mechanismTerms" | "taken">,
  b: Pick<Offer, "mechanismTerms" | "taken">,
): boolean {
  return a.mechanismTerms === b.mechanismTerms && a.taken === b.taken;
}
