import { getAddress, ZeroAddress } from "ethers";
import { roundHalfAway } from "../../numerics/roundHalfAway.ts";
import { BILLION } from "../../numerics/Share.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { TaskFrame } from "../MechanismTask.ts";
import type { SolverAnswer } from "../solving/specSolver.ts";
import type { TradingOffer, TradingTerms } from "./encodings.ts";
import { solveSpec } from "./mathematics/solveSpec.ts";
import { MOST_OFFERS, MOST_PRICE, type TradingReward } from "./rewardSchema.ts";

/** Wei a token: games count in tokens. */
const TOKEN = 1e18;
/** MSPs of a task's game. */
const MOST_PROVIDERS = 32;
/** Longest period that terms can hold, ms: 49 days. */
const MOST_PERIOD = 2 ** 32 - 1;
/** Rounds that a bond can be decided by, in one transaction (TradingPolicy.sol). */
const MOST_ROUNDS = 2048;
/** What is left out of a price that is computed: below it, digits are not the same on all machines anyway. */
const PRICE_DIGITS = 1e6;

/**
 * The terms that a reward asks for.
 *
 * @throws BaseError `NO_EQUILIBRIUM`, `OFFERS_INVALID`, `PERIOD_INVALID`, `ROUNDS_INVALID`.
 */
export function tradingTerms(
  reward: TradingReward,
  { epochSeconds, rounds, publisher }: Pick<TaskFrame, "epochSeconds" | "rounds" | "publisher">,
): TradingTerms {
  const periodMs =
    reward.periodSeconds === undefined
      ? Math.floor((1000 * epochSeconds) / rounds)
      : roundHalfAway(1000 * reward.periodSeconds);
  if (periodMs < 1 || periodMs > Math.min(MOST_PERIOD, 1000 * epochSeconds)) {
    throw new BaseError(
      "PERIOD_INVALID",
      `A period of ${periodMs} ms does not fit into the epoch and 32 bits.`,
      {
        next: `Choose reward.periodSeconds from 0.001 to the epoch, and at most ${Math.floor(MOST_PERIOD / 1000)}.`,
      },
    );
  }
  if (rounds > MOST_ROUNDS) {
    throw new BaseError("ROUNDS_INVALID", `A trade has at most ${MOST_ROUNDS} rounds, and not ${rounds}.`, {
      next: "Choose fewer rounds, or another mechanism.",
    });
  }
  // Nobody, where a task is only weighed: the chains refuse such terms.
  const cosigner = reward.cosigner ?? publisher ?? ZeroAddress;
  return {
    periodMs,
    scale: BigInt(roundHalfAway(reward.scale * BILLION)),
    dataWeight: BigInt(roundHalfAway(reward.dataWeight * BILLION)) * BigInt(BILLION),
    leastTheta: Math.max(1, roundHalfAway(reward.leastTheta * BILLION)),
    mostOmega: Math.max(1, roundHalfAway(reward.mostOmega * BILLION)),
    startSlackMs: Math.min(
      periodMs - 1,
      reward.startSlackSeconds === undefined
        ? Math.floor(periodMs / 4)
        : roundHalfAway(1000 * reward.startSlackSeconds),
    ),
    cap: BigInt(reward.cap),
    bond: BigInt(reward.bond),
    cosigner: getAddress(cosigner),
    offers: inOrder("offers" in reward.prices ? given(reward.prices) : equilibrium(reward.prices)),
  };
}

/**
 * The equilibrium of a publisher's game. A stranger's is looked at too, by workers' owners and auditors: it has no more
 * MUs than a task has offers, and at most {@link MOST_PROVIDERS} MSPs.
 */
export function solvedGame(game: Readonly<Record<string, unknown>>): SolverAnswer {
  const sizeOf = (list: unknown) => (Array.isArray(list) ? list.length : 0);
  if (sizeOf(game.x) > MOST_OFFERS || sizeOf(game.tau) > MOST_PROVIDERS) {
    const message = `a task's game has at most ${MOST_OFFERS} MUs and ${MOST_PROVIDERS} MSPs`;
    return { ok: false, error: "PARAM", message };
  }
  return solveSpec({ kind: "eq_coupled", game });
}

function given({ offers }: { offers: readonly { worker: string; price: string }[] }): TradingOffer[] {
  return offers.map(({ worker, price }) => ({ worker: getAddress(worker), price: BigInt(price) }));
}

/** One publisher's prices of the game's equilibrium, in wei. */
function equilibrium({
  game,
  provider,
  workers,
}: {
  game: Readonly<Record<string, unknown>>;
  provider: number;
  workers: readonly string[];
}): TradingOffer[] {
  const answer = solvedGame(game);
  if (!answer.ok) {
    throw new BaseError(
      "NO_EQUILIBRIUM",
      "The game of reward.prices has no equilibrium to take prices from.",
      {
        details: `${answer.error}: ${answer.message}`,
        next: "Correct the game, or state the prices in reward.prices.offers.",
      },
    );
  }
  const prices = answer.result.p as readonly (readonly number[])[];
  if (workers.length > prices.length || provider >= prices[0]!.length) {
    throw new BaseError("OFFERS_INVALID", "The game has fewer MUs or MSPs than reward.prices names.", {
      details: `It has ${prices.length} MUs and ${prices[0]!.length} MSPs.`,
    });
  }
  return workers.map((worker, m) => ({
    worker: getAddress(worker),
    price: BigInt(roundHalfAway((prices[m]![provider]! * TOKEN) / PRICE_DIGITS)) * BigInt(PRICE_DIGITS),
  }));
}

function inOrder(offers: readonly TradingOffer[]): TradingOffer[] {
  const sorted = offers.toSorted((a, b) => (BigInt(a.worker) < BigInt(b.worker) ? -1 : 1));
  const twice = sorted.find(({ worker }, i) => sorted[i + 1]?.worker === worker);
  const worthless = sorted.find(({ price }) => price < 1n || price > MOST_PRICE);
  if (twice === undefined && worthless === undefined) return sorted;
  throw new BaseError("OFFERS_INVALID", "The offers are not one a worker, each with a price.", {
    details:
      twice === undefined
        ? `${worthless?.worker} is offered ${worthless?.price} wei an IoM.`
        : `${twice.worker} is named twice.`,
    next: "Correct reward.prices.",
  });
}
