import { hopSeconds } from "../../../chains/clients/chainPace.ts";
import { type TimedChain, wayToMainSeconds } from "../../../chains/networks/wayToMain.ts";
import { BaseError } from "../../../protocol/BaseError.ts";

/** How long states of a migration wait before others may end them, beside what messages take, s (MigrationTypes.sol). */
const WAIT_SECONDS = { Requested: 17, Accepted: 17, Attested: 100, Disputed: 100 };
/** The most that messages may be said to take, s (MOST_MESSAGE_SECONDS). */
export const MOST_MESSAGE_SECONDS = 6 * 3600;
/** How long an order to hand over may hold on a subchain, s (MOST_ORDER_SECONDS). */
export const MOST_ORDER_SECONDS = 24 * 3600;

const EPOCH_SECONDS = 100;
/** So long before an epoch it is read what its prices are of, s: at its cut, 15 s before, and 2 s for reading. */
const PRICED_SECONDS = 13;
/** How long an epoch's offers have to be there for, s: who hears of one has to move by it. */
const LEAST_OPEN_SECONDS = 20;
/** Blocks that a call takes: the one that shows that it is time, and its own. */
const CALL_BLOCKS = 2;

/** How long a state of a migration waits before others may end it, s; `ITwinMarket.expiresAt` says until when. */
export function waitSeconds(status: keyof typeof WAIT_SECONDS, messageSeconds: number): number {
  return WAIT_SECONDS[status] + messageSeconds;
}

/** What chains leave to a market of twins. */
export interface MarketTimes {
  /** Least MESSAGE_SECONDS with which twins move: what each of a request and a migration waits for, s. */
  needed: number;
  /** What a deployment gives them, s: another way of a message more, as a release may come after the acceptance. */
  holding: number;
  /** Why it takes so long. */
  why: string;
  /** How much of an epoch is left once its offers are known to vehicles, s; negative where none is. */
  open: number;
}

/**
 * What the chains' blocks and finality take of a market of twins, with `hop` = (blocks on top of a final one + 1) × block
 * time of a chain, as for tasks (tasks/scheduleOnChains.ts). Parties go by what is final on main.
 *
 * - A request is heard of (a hop of main), its twin is released by a call on a subchain, that comes to the new host's by
 *   the relay chain (a message's way), and is accepted by a call on main.
 * - An acceptance is heard of, the twin is taken on by a call on a subchain, and that comes to main by the relay chain.
 *
 * Both are one sum. Offers of an epoch follow from what main tells 15 s before it: clouds hear that and post, edges hear
 * of their cloud's and post, vehicles hear of theirs.
 */
export function marketTimes(chains: readonly TimedChain[]): MarketTimes {
  const most = (of: readonly TimedChain[], value: (chain: TimedChain) => number) =>
    of.reduce((so, chain) => Math.max(so, value(chain)), 0);
  const main = chains.filter(({ role }) => role === "main");
  const subchains = chains.filter(({ role }) => role === "virtual" || role === "physical");
  const heard = most(main, hopSeconds);
  const [callMain, callSub] = [main, subchains].map(
    (of) => CALL_BLOCKS * most(of, ({ blockSeconds }) => blockSeconds),
  ) as [number, number];
  const way = wayToMainSeconds(chains);
  const needed = Math.ceil(heard + callSub + way + callMain);
  return {
    needed,
    holding: needed + way,
    why: `what is on main is final after ${seconds(heard)}, a message takes ${seconds(way)} from subchain to subchain or to main, and calls take ${seconds(callSub)} and ${seconds(callMain)}`,
    open: EPOCH_SECONDS + PRICED_SECONDS - 3 * (heard + callMain),
  };
}

/**
 * The MESSAGE_SECONDS of a market on such chains.
 *
 * @param given - As who deploys it wants; what holds unless given, s.
 * @throws `MARKET_TOO_SLOW` where no time would hold; `MARKET_TOO_TIGHT` and `MARKET_TOO_LONG` of one that does not.
 */
export function messageSecondsOn(chains: readonly TimedChain[], given?: number): number {
  const { needed, holding, why, open } = marketTimes(chains);
  if (open < LEAST_OPEN_SECONDS || needed > MOST_MESSAGE_SECONDS) {
    const isOpen = open >= LEAST_OPEN_SECONDS;
    throw new BaseError("MARKET_TOO_SLOW", "The chains are too slow for a market of twins.", {
      details: isOpen
        ? `Messages would have to be given ${needed} s, and at most ${MOST_MESSAGE_SECONDS} are: ${why}.`
        : `Of an epoch of ${EPOCH_SECONDS} s, ${seconds(Math.max(0, open))} are left once vehicles know its offers, and ${LEAST_OPEN_SECONDS} are needed: what is on main is heard of three times and called three times before.`,
      next: isOpen
        ? "Take subchains and a relay chain whose blocks are final sooner, or leave the application twins out."
        : "Take a main chain whose blocks come or are final sooner, or leave the application twins out.",
    });
  }
  const messageSeconds = given ?? Math.min(holding, MOST_MESSAGE_SECONDS);
  if (messageSeconds < needed) throw marketTooTight(messageSeconds, chains);
  if (messageSeconds <= MOST_MESSAGE_SECONDS) return messageSeconds;
  throw new BaseError(
    "MARKET_TOO_LONG",
    `The market of twins cannot give messages ${messageSeconds} s: ${MOST_MESSAGE_SECONDS} are the most.`,
    { next: `Give them ${holding} s, or leave leastTimes.messageSeconds out, which does.` },
  );
}

/** The error of a market whose chains cannot keep its times. */
export function marketTooTight(messageSeconds: number, chains: readonly TimedChain[]): BaseError {
  const { needed, holding, why } = marketTimes(chains);
  return new BaseError("MARKET_TOO_TIGHT", "The chains cannot keep the times of the market of twins.", {
    details: `It gives messages ${messageSeconds} s and has to give them ${needed}: ${why}.`,
    next: `Deploy it with leastTimes.messageSeconds ${holding}, or without, which gives as much.`,
  });
}

function seconds(value: number): string {
  return `${Math.ceil(value)} s`;
}
