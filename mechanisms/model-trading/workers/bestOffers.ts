import { MOST_REFRESHES, type Offer } from "../../MechanismWorker.ts";
import { decodeTerms, type TradingTerms } from "../encodings.ts";
import { deriveGame } from "../mathematics/DerivedGame.ts";
import { Followers } from "../mathematics/Followers.ts";
import type { TradingOwner } from "./ownerSchema.ts";

/** Wei a token: the game counts in tokens. */
export const TOKEN = 1e18;
/** Open offers that are looked at together, those that are worth most alone first: every set of them is weighed. */
const MOST_OPEN = 10;

/** What bounds the samples of an offer. */
type Bounds = Pick<Offer, "epoch" | "rounds" | "maxSamples">;

/** What a worker gives an offer that it takes. */
export interface Allocation {
  /** f, GHz, and B, MHz. */
  gigahertz: number;
  megahertz: number;
  /** T^c and T^t, s: what an update takes to compute and to upload. */
  computeSeconds: number;
  uploadSeconds: number;
  /** What f and B cost it over all rounds, and what they bring, tokens. */
  cost: number;
  pay: number;
}

/** The best set of offers, and what it is worth. */
export interface BestOffers {
  /** Places among the offers, ascending. */
  taken: readonly number[];
  /** Φ, tokens. */
  utility: number;
}

/**
 * The best response of one MU to all offers that are open to it, jointly: those that it has taken stay taken, and of the
 * others the set that adds most (Problem 1, rational participation, with every constraint). What its CPU and radio give
 * each follows from the whole set, and is split anew when an offer comes in.
 *
 * Ties: the larger set, then the lexicographically first (the reading's rule).
 *
 * @param offers - With the price for this worker, wei an IoM; `undefined` where none is posted.
 */
export function bestOffers(
  offers: readonly (Offer & { price: bigint | undefined })[],
  owner: TradingOwner,
): BestOffers {
  const taken = offers.flatMap(({ taken, price }, i) =>
    taken === undefined || price === undefined ? [] : [i],
  );
  const open = offers
    .flatMap((offer, i) => {
      const utility = offer.taken === undefined ? aloneWorth(offer, owner) : undefined;
      return utility === undefined ? [] : [{ i, utility }];
    })
    .toSorted((a, b) => b.utility - a.utility)
    .slice(0, MOST_OPEN)
    .map(({ i }) => i)
    .toSorted((a, b) => a - b);
  let best: BestOffers | undefined;
  for (let mask = 2 ** open.length - 1; mask >= 0; mask--) {
    const set = [...taken, ...open.filter((_, bit) => (mask >> bit) & 1)].toSorted((a, b) => a - b);
    const utility = utilityOf(
      set.map((i) => offers[i]!),
      owner,
    );
    if (utility === undefined) continue;
    if (best === undefined || isBetter({ taken: set, utility }, best)) best = { taken: set, utility };
  }
  // What was taken may be more than it can carry: it makes the best of it and takes nothing else on.
  return best ?? { taken, utility: Number.NEGATIVE_INFINITY };
}

/**
 * What a worker gives each of the offers that it has taken; undefined when it cannot serve all of them in time.
 *
 * @param offers - With their prices, all taken.
 */
export function allocationsOf(
  offers: readonly (Pick<Offer, "mechanismTerms"> & Bounds & { price: bigint })[],
  owner: TradingOwner,
): readonly Allocation[] | undefined {
  const { followers, game } = answered(offers, owner);
  if (followers.feasible[0] === 0) return undefined;
  return offers.map((offer, n) => {
    const gigahertz = followers.computation[n]!;
    const megahertz = followers.bandwidth[n]!;
    return {
      gigahertz,
      megahertz,
      computeSeconds: game.workRoot[n]! ** 2 / gigahertz,
      uploadSeconds: game.airtimeRoot[n]! ** 2 / megahertz,
      cost: game.gigahertzCost[0]! * gigahertz + game.bandwidthCost[0]! * megahertz,
      pay: payOf(offer, followers.value[n]!),
    };
  });
}

function utilityOf(
  offers: readonly (Offer & { price: bigint | undefined })[],
  owner: TradingOwner,
): number | undefined {
  if (offers.length === 0) return 0;
  return weighed(
    offers.map((offer) => ({ ...offer, price: offer.price! })),
    owner,
  )?.utility;
}

/** What a set of offers brings, tokens; undefined when it cannot be served in time. */
function weighed(
  offers: readonly (Offer & { price: bigint })[],
  owner: TradingOwner,
): { utility: number; pay: number } | undefined {
  const { followers, game } = answered(offers, owner);
  if (followers.feasible[0] === 0) return undefined;
  const total = { utility: 0, pay: 0 };
  for (const [n, { mechanismTerms, price }] of offers.entries()) {
    const pay = payOf({ mechanismTerms, price }, followers.value[n]!);
    const cost =
      game.gigahertzCost[0]! * followers.computation[n]! + game.bandwidthCost[0]! * followers.bandwidth[n]!;
    total.pay += pay;
    total.utility += pay - cost;
  }
  return total;
}

/** What models are worth to whoever makes them, tokens: a high price below a low cap is no high pay. */
function payOf(
  { mechanismTerms, price }: Pick<Offer, "mechanismTerms"> & { price: bigint },
  value: number,
): number {
  const { cap } = decodeTerms(mechanismTerms);
  return Math.min(Number(cap) / TOKEN, (Number(price) / TOKEN) * value);
}

function isBetter(one: BestOffers, other: BestOffers): boolean {
  if (one.utility !== other.utility) return one.utility > other.utility;
  return one.taken.length > other.taken.length;
}

/**
 * Φ of an offer were it the only one, tokens: whatever it promises, anybody may have published it. Undefined where it is
 * none for this worker: no price, no time, a loss, more refreshes than any worker makes, or a bond above what can be
 * earned, which its publisher may hope for instead.
 */
function aloneWorth(offer: Offer & { price: bigint | undefined }, owner: TradingOwner): number | undefined {
  if (offer.price === undefined) return undefined;
  const { periodMs, bond } = decodeTerms(offer.mechanismTerms);
  if (1000 * offer.epoch.epochSeconds > MOST_REFRESHES * periodMs) return undefined;
  const { utility, pay } = weighed([{ ...offer, price: offer.price }], owner) ?? { utility: -1, pay: 0 };
  return utility >= 0 && Number(bond) / TOKEN <= pay ? utility : undefined;
}

/** I of a task, IoM/s, as the worker expects it: of the samples that it has, and that the task takes. */
function contributionOf(
  { periodMs, scale, dataWeight, mostOmega, leastTheta }: TradingTerms,
  { epoch, rounds: planned = Number.POSITIVE_INFINITY, maxSamples = Number.POSITIVE_INFINITY }: Bounds,
  owner: TradingOwner,
): number {
  const rounds = Math.min(planned, Math.floor((1000 * epoch.epochSeconds) / periodMs));
  const omega = Math.min(owner.potential, mostOmega / 1e9);
  const theta = Math.max(owner.accuracy, leastTheta / 1e9);
  const samples = rounds * Math.min(maxSamples, (owner.samplesPerSecond * periodMs) / 1000);
  return (omega * (Number(scale) / 1e9) * Math.log1p((Number(dataWeight) / 1e18) * samples)) / theta;
}

function answered(
  offers: readonly (Pick<Offer, "mechanismTerms"> & Bounds & { price: bigint })[],
  owner: TradingOwner,
) {
  const terms = offers.map(({ mechanismTerms }) => decodeTerms(mechanismTerms));
  const game = gameOf(terms, offers, owner);
  const followers = new Followers(game, "mandatory");
  followers.respond(Float64Array.from(offers, ({ price }) => Number(price) / TOKEN));
  return { followers, game };
}

/**
 * The game of one MU and the MSPs behind some offers. As the game has one ε and one η, I is put in a task at a time.
 */
function gameOf(terms: readonly TradingTerms[], offers: readonly Bounds[], owner: TradingOwner) {
  const list = <T>(items: readonly T[], of: (item: T) => number) => Float64Array.from(items, of);
  const seconds = list(terms, ({ periodMs }) => periodMs / 1000);
  const one = (value: number) => Float64Array.of(value);
  const contribution = terms.map((one, n) => contributionOf(one, offers[n]!, owner));
  const game = deriveGame({
    users: 1,
    providers: terms.length,
    guidanceSeconds: seconds.reduce((most, tau) => Math.max(most, tau), 0),
    deadlineSeconds: seconds,
    dataRate: one(owner.samplesPerSecond),
    gigacyclesPerFloat: owner.gigacyclesPerSample,
    accuracy: one(owner.accuracy),
    potential: list(terms, () => 1),
    contributionScale: 1,
    dataWeight: 1,
    computationCost: one(Number(owner.computationCost) / TOKEN),
    bandwidthCost: one(Number(owner.bandwidthCost) / TOKEN),
    uploadMegabits: list(terms, () => owner.uploadMegabits),
    signalToNoise: list(terms, () => owner.signalToNoise),
    cpuGigahertz: one(owner.cpuGigahertz),
    radioMegahertz: one(owner.radioMegahertz),
    serviceGigacycles: one(owner.serviceGigacycles),
    serviceSeconds: one(owner.serviceSeconds),
    profit: list(terms, () => 1),
  });
  return { ...game, contribution: Float64Array.from(contribution) };
}
