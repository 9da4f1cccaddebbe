import { keccak256 } from "ethers";

import { MerkleTree } from "../../protocol/MerkleTree.ts";
import { encodeOffer, type TradingChoice, type TradingTerms } from "./encodings.ts";

/** The tree whose root a meter keeps of a task's offers (TradingOffers.sol). */
export function offersTree({ offers }: Pick<TradingTerms, "offers">): MerkleTree {
  return new MerkleTree(offers.map((offer) => keccak256(encodeOffer(offer))));
}

/** The price that is posted for a worker, wei an IoM; undefined where it is offered nothing. */
export function priceOf({ offers }: Pick<TradingTerms, "offers">, worker: string): bigint | undefined {
  return offers[placeOf(offers, worker)]?.price;
}

/** What a worker enrols with to take its offer, undefined where it is offered nothing. */
export function choiceOf(terms: Pick<TradingTerms, "offers">, worker: string): TradingChoice | undefined {
  const offer = placeOf(terms.offers, worker);
  if (offer === -1) return undefined;
  return { offer, price: terms.offers[offer]!.price, branch: offersTree(terms).branch(offer) };
}

function placeOf(offers: TradingTerms["offers"], worker: string): number {
  const own = worker.toLowerCase();
  return offers.findIndex((one) => one.worker.toLowerCase() === own);
}
