import { FRACTION, NOT_NEGATIVE, POSITIVE, type SpecReader } from "../../../solving/SpecReader.ts";
import { type DerivedGame, deriveGame } from "../DerivedGame.ts";
import { TradingError } from "../TradingError.ts";

/** Larger games are refused. */
const MOST_USERS = 100_000;
const MOST_PROVIDERS = 64;
const MOST_PAIRS = 1_000_000;

/** Whether μ must be there: only an MSP's utility needs it. */
export interface Needs {
  profit: boolean;
}

/**
 * Reads field `game` of an input; M and N are the numbers of rows and columns of `omega`.
 *
 * @throws TradingError `PARAM`
 */
export function readGame(spec: SpecReader, { profit }: Needs = { profit: false }): DerivedGame {
  const game = spec.inner("game");
  const { rows: users, columns: providers } = game.shape("omega");
  if (users > MOST_USERS || providers > MOST_PROVIDERS || users * providers > MOST_PAIRS) {
    throw new TradingError("PARAM", "the game is too large", {
      details: `At most ${MOST_USERS} MUs, ${MOST_PROVIDERS} MSPs and ${MOST_PAIRS} pairs; it has ${users} and ${providers}.`,
    });
  }
  const perUser = (name: string, allowed = POSITIVE) => game.vector(name, users, allowed);
  const perPair = (name: string, allowed = POSITIVE) => game.matrix(name, users, providers, allowed);
  const tau = { words: "a millisecond or more, rounded", test: (seconds: number) => seconds * 1000 >= 0.5 };
  const lowest = game.number("p_min", NOT_NEGATIVE, 0);
  if (game.has("p_max")) {
    game.number("p_max", { words: "p_min or more", test: (highest) => highest >= lowest });
  }
  return deriveGame({
    users,
    providers,
    guidanceSeconds: game.number("T", POSITIVE),
    deadlineSeconds: game.vector("tau", providers, tau),
    dataRate: perUser("x"),
    gigacyclesPerFloat: game.number("kappa", POSITIVE, 1),
    accuracy: perUser("theta", FRACTION),
    potential: perPair("omega", NOT_NEGATIVE),
    contributionScale: game.number("epsilon", POSITIVE),
    dataWeight: game.number("eta", POSITIVE),
    computationCost: perUser("c_f"),
    bandwidthCost: perUser("c_B"),
    uploadMegabits: game.rowOrMatrix("b", users, providers, POSITIVE),
    signalToNoise: perPair("snr"),
    cpuGigahertz: perUser("f_max"),
    radioMegahertz: perUser("B_max"),
    serviceGigacycles: perUser("S", NOT_NEGATIVE),
    serviceSeconds: game.numberOrVector("T_req", users, POSITIVE),
    profit: profit || game.has("mu") ? game.vector("mu", providers, POSITIVE) : new Float64Array(providers),
  });
}
