import { portableLog } from "../../../numerics/portableLog.ts";
import type { TradingGame } from "./TradingGame.ts";

/**
 * A game with what follows from it and does not depend on prices. Logarithms are natural, but Shannon's; they and
 * everything after them have the same bits on every machine.
 *
 * | symbol  | identifier     | definition                        | unit              |
 * | ------- | -------------- | --------------------------------- | ----------------- |
 * | R_n     | `rounds`       | ⌊T/τ_n⌋ in whole milliseconds      |                   |
 * | X_mn    | `roundData`    | x_m τ_n                           | floats            |
 * | l_mn    | `dataLog`      | ln(1 + η R_n X_mn)                |                   |
 * | I_mn    | `contribution` | ω_mn ε l_mn / θ_m, eq. 3          | IoM/s             |
 * | a_mn    | `workRoot`²    | ln(1/θ_m) κ X_mn, eq. 7           | Gcycle a round    |
 * | b'_mn   | `airtimeRoot`² | b_mn / log2(1 + ς_mn), eq. 8      | MHz s             |
 * | h_n     | `halfDeadline` | τ_n / 2                           | s                 |
 * | cf_m    | `gigahertzCost`| c_m^f ln(1/θ_m), eq. 10           | currency/GHz      |
 * | F^e_m   | `cpuBudget`    | f_m^max − S_m/T^req: C3, within C1 | GHz              |
 * | k_mn    | `costRoot`     | √(a cf) + √(b' c_B)               | √(currency·s)     |
 * | F_mn    | `threshold`    | 2 k_mn / τ_n, of eqs 18 and 19    | √(currency/s)     |
 */
export interface DerivedGame extends TradingGame {
  /** R_n. [N] */
  readonly rounds: Float64Array;
  /** h_n, s. [N] */
  readonly halfDeadline: Float64Array;
  /** X_mn. [M·N] */
  readonly roundData: Float64Array;
  /** l_mn. [M·N] */
  readonly dataLog: Float64Array;
  /** I_mn. [M·N] */
  readonly contribution: Float64Array;
  /** √a_mn. [M·N] */
  readonly workRoot: Float64Array;
  /** √b'_mn. [M·N] */
  readonly airtimeRoot: Float64Array;
  /** cf_m. [M] */
  readonly gigahertzCost: Float64Array;
  /** F^e_m; not above 0 when basic services take the whole CPU. [M] */
  readonly cpuBudget: Float64Array;
  /** k_mn. [M·N] */
  readonly costRoot: Float64Array;
  /** F_mn. [M·N] */
  readonly threshold: Float64Array;
}

/** Computes what follows from a game. */
export function deriveGame(game: TradingGame): DerivedGame {
  const { users, providers, accuracy, dataRate, deadlineSeconds, guidanceSeconds } = game;
  const rounds = deadlineSeconds.map((tau) =>
    Math.floor(Math.round(guidanceSeconds * 1000) / Math.round(tau * 1000)),
  );
  const iterations = accuracy.map((theta) => portableLog(1 / theta));
  const roundData = new Float64Array(users * providers);
  const dataLog = new Float64Array(users * providers);
  const contribution = new Float64Array(users * providers);
  const workRoot = new Float64Array(users * providers);
  for (let m = 0, at = 0; m < users; m++) {
    for (let n = 0; n < providers; n++, at++) {
      roundData[at] = dataRate[m]! * deadlineSeconds[n]!;
      dataLog[at] = portableLog(1 + game.dataWeight * rounds[n]! * roundData[at]!);
      contribution[at] = (game.potential[at]! * game.contributionScale * dataLog[at]!) / accuracy[m]!;
      workRoot[at] = Math.sqrt(iterations[m]! * game.gigacyclesPerFloat * roundData[at]!);
    }
  }
  const gigahertzCost = game.computationCost.map((cost, m) => cost * iterations[m]!);
  return {
    ...game,
    rounds,
    halfDeadline: deadlineSeconds.map((tau) => tau / 2),
    roundData,
    dataLog,
    contribution,
    workRoot,
    gigahertzCost,
    cpuBudget: game.cpuGigahertz.map(
      (most, m) => most - game.serviceGigacycles[m]! / game.serviceSeconds[m]!,
    ),
    ...radioQuantities(game, workRoot, gigahertzCost),
  };
}

/**
 * The same game at another state of the radio: fading changes nothing but what an upload takes.
 *
 * @param signalToNoise - ς_mn > 0, linear. [M·N]
 */
export function withChannels(game: DerivedGame, signalToNoise: Float64Array): DerivedGame {
  const faded = { ...game, signalToNoise };
  return { ...faded, ...radioQuantities(faded, game.workRoot, game.gigahertzCost) };
}

/** What depends on the channels: √b', k and F. */
function radioQuantities(
  game: TradingGame,
  workRoot: Float64Array,
  gigahertzCost: Float64Array,
): Pick<DerivedGame, "airtimeRoot" | "costRoot" | "threshold"> {
  const { providers, bandwidthCost, deadlineSeconds, signalToNoise, uploadMegabits } = game;
  const airtimeRoot = uploadMegabits.map((megabits, at) =>
    Math.sqrt((megabits * LN2) / portableLog(1 + signalToNoise[at]!)),
  );
  const costRoot = airtimeRoot.map((airtime, at) => {
    const m = Math.floor(at / providers);
    return workRoot[at]! * Math.sqrt(gigahertzCost[m]!) + airtime * Math.sqrt(bandwidthCost[m]!);
  });
  const threshold = costRoot.map((root, at) => (2 * root) / deadlineSeconds[at % providers]!);
  return { airtimeRoot, costRoot, threshold };
}

const LN2 = portableLog(2);
