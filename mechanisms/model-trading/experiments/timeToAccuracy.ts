import type { Claim, Figure, OtherReading, Series } from "../../../reports/Figure.ts";
import type { FigureLaboratory } from "../../FigureLaboratory.ts";
import { MAIN_READING, secondsToTarget, TRAINING_INFERRED, TRAINING_SETTING } from "./accuracyOverTime.ts";
import { CANONICAL_GAME, canonicalGame } from "./canonicalGame.ts";
import { HIGH, LOW, meanOf, middle, quantile, told } from "./distribution.ts";
import { meanAndDeviation } from "./learnedPrices.ts";
import { MNIST_PARAMETERS, type MnistRuns, type MnistRunsOptions, mnistRuns, TARGET } from "./mnistRuns.ts";
import { PRINTED_RATE } from "./mnistTrading.ts";
import { PRINTED_SECONDS, printedTimes, reduction } from "./printedTimes.ts";
import { type KeyedReading, READINGS, type Reading } from "./schemeAllocations.ts";
import { type SchemeClocks, type SchemeReading, schemeClocks } from "./schemeClocks.ts";
import { type DrawnGains, schemeGains } from "./schemeGains.ts";
import { CLOSE, DRAWS, KEYED_SCHEMES, LOADS, PRINTED_LOAD } from "./schemes.ts";

/** What the text says of it, %. */
const PRINTED_REDUCTION = 43.5;

const CAPTION = "Time comparison of five schemes for achieving the same performance (Table IV).";
const TEXT =
  "… reducing the training time to reach the target accuracy by 43.5% and 49.8%, on average, for the MNIST and GTSRB datasets, respectively.";

/** Per cent, one a repetition. */
function reductions(all: readonly SchemeClocks[], rounds: MnistRuns["rounds"]): number[] {
  const times = all.map((one) => rounds.map((ofSeeds, n) => secondsToTarget(one, ofSeeds, n)));
  return rounds[0]!.map((_, i) => {
    const [ours, ...others] = times.map((byProvider) => byProvider.map((seconds) => seconds[i]!));
    return 100 * reduction(ours!, others);
  });
}

/** Table IV, MNIST: seconds to 90 % by scheme and MSP. */
export async function table4(laboratory: FigureLaboratory, options?: MnistRunsOptions): Promise<Figure> {
  const runs = await mnistRuns(laboratory, options);
  const game = canonicalGame();
  const clocksOf = (reading: SchemeReading) => schemeClocks(game, reading, runs.seeds.length);
  const all = clocksOf(MAIN_READING);
  const byReading = READINGS.filter((reading): reading is KeyedReading => reading !== "fixed").map(
    (keyed) => ({
      keyed,
      found: reductions(clocksOf({ keyed }), runs.rounds),
    }),
  );
  const cut = (seconds: number) => Math.min(seconds, CANONICAL_GAME.T);
  const series = all.map((one): Series => {
    const found = runs.rounds.map((rounds, n) => meanAndDeviation(secondsToTarget(one, rounds, n).map(cut)));
    return {
      name: one.scheme,
      values: found.map(({ mean }) => mean),
      spread: found.map(({ deviation }) => deviation),
    };
  });
  const [ours, ...others] = series.map(({ values }) => values);
  return {
    paper: "model-trading",
    id: "table4",
    title: "Table IV: time to 90 % accuracy, MNIST",
    printed: {
      caption: CAPTION,
      xAxis: "MSP 1, MSP 2, MSP 3",
      yAxis: "time to reach 90 % accuracy, s",
      text: `${printedTimes(PRINTED_SECONDS, CANONICAL_GAME.T)}. ${TEXT}`,
    },
    parameters: {
      game: CANONICAL_GAME,
      reading: MAIN_READING,
      training: MNIST_PARAMETERS,
      seeds: runs.seeds,
      rounds: runs.rounds,
      roundsByData: runs.roundsByData,
      printedRate: runs.printedRate,
    },
    setting: TRAINING_SETTING(runs.seeds),
    inferred: TRAINING_INFERRED,
    x: { label: "MSP", name: "msp", values: [1, 2, 3], separate: true },
    y: { label: "time to 90 % accuracy, s, cut off at T = 30", name: "seconds", range: [0, 35] },
    series,
    claims: [
      averageClaim(byReading),
      {
        claim: "immersion-aware is the fastest with every MSP",
        about: "figure",
        holds: others.every((times) => times.every((seconds, n) => ours![n]! < seconds)),
        measured: series.map(({ name, values }) => `${name} ${seconds(values)}`).join("; "),
      },
      {
        claim: "fixed takes more than T with every MSP",
        about: "text",
        holds: runs.rounds.every((rounds, n) =>
          secondsToTarget(all.at(-1)!, rounds, n).every((time) => time > CANONICAL_GAME.T),
        ),
        measured: runs.rounds
          .map((rounds, n) => {
            const times = secondsToTarget(all.at(-1)!, rounds, n);
            return `MSP ${n + 1}: ${times.filter((time) => time > CANONICAL_GAME.T).length} of ${times.length} draws`;
          })
          .join("; "),
      },
      {
        claim: "MSP 3 is faster than MSP 2, and MSP 2 than MSP 1",
        about: "text",
        holds: ours![2]! < ours![1]! && ours![1]! < ours![0]!,
        measured: `${seconds(ours!)}: because a round of a longer τ brings more images, not because of ω: rounds are longer, ${Array.from(all[0]!.clocks[0]!.roundSeconds, (length) => length.toFixed(3)).join(", ")} s`,
      },
    ],
    otherwise: [
      ...READINGS.filter((reading): reading is KeyedReading => reading !== "fixed").map(
        (keyed): OtherReading => ({
          setting: keyed,
          outcome: clocksOf({ keyed })
            .map(
              (one) =>
                `${one.scheme} ${seconds(runs.rounds.map((rounds, n) => meanOf(secondsToTarget(one, rounds, n).map(cut))))}`,
            )
            .join("; "),
        }),
      ),
      {
        setting: "fixed with shares from U(0.2, 1)",
        outcome: `${seconds(runs.rounds.map((rounds, n) => meanOf(secondsToTarget(clocksOf({ ...MAIN_READING, lowest: 0.2 }).at(-1)!, rounds, n).map(cut))))}; reduction ${told(reductions(clocksOf({ ...MAIN_READING, lowest: 0.2 }), runs.rounds))}`,
      },
      {
        setting: "updates weighted by data (eq. 1)",
        outcome: `immersion-aware ${seconds(runs.roundsByData.map((rounds, n) => meanOf(secondsToTarget(all[0]!, rounds, n).map(cut))))}`,
      },
      {
        setting: `the printed learning rate, ${PRINTED_RATE}`,
        outcome: `after T at the equilibrium the first seed's models are at ${runs.printedRate.map((accuracy) => `${(100 * accuracy).toFixed(1)} %`).join(", ")}`,
      },
      {
        setting: "a fixed period τ",
        outcome: `the same under every scheme whose updates come in time: ${runs.rounds.map((rounds, n) => `${meanOf(rounds.map((count) => count * CANONICAL_GAME.tau[n]!)).toFixed(0)} s`).join(", ")}, beyond T`,
      },
    ],
    remarks: [
      "In brackets beside a mean are the least and the greatest of the seeds.",
      `Rounds to ${100 * TARGET} %, whatever the scheme: ${runs.rounds.map((rounds, n) => `MSP ${n + 1} ${rounds.join(", ")}`).join("; ")}.`,
      `The printed table's own mean reduction is ${(100 * reduction(PRINTED_SECONDS["immersion-aware"], Object.values(PRINTED_SECONDS).slice(1))).toFixed(1)} %, with "30+" as 30.`,
      `Without fixed: ${byReading.map(({ keyed }) => `${keyed} ${(100 * reduction(meansOf(clocksOf({ keyed }), runs)[0]!, meansOf(clocksOf({ keyed }), runs).slice(1, -1))).toFixed(1)} %`).join("; ")}.`,
    ],
  };
}

/** Mean seconds by scheme and MSP. */
function meansOf(all: readonly SchemeClocks[], runs: MnistRuns): number[][] {
  return all.map((one) => runs.rounds.map((rounds, n) => meanOf(secondsToTarget(one, rounds, n))));
}

function averageClaim(byReading: readonly { keyed: Reading; found: readonly number[] }[]): Claim {
  return {
    claim: `${PRINTED_REDUCTION} % less time on average, in some reading of the benchmarks`,
    about: "figure",
    holds: byReading.some(({ found }) => Math.abs(meanOf(found) - PRINTED_REDUCTION) <= CLOSE),
    measured: byReading.map(({ keyed, found }) => `${keyed} ${told(found)}`).join("; "),
  };
}

function seconds(values: readonly number[]): string {
  return `${values.map((value) => (value >= CANONICAL_GAME.T ? `${CANONICAL_GAME.T}+` : value.toFixed(2))).join(", ")} s`;
}

/** How Table IV's mean reduction is distributed over drawn games, by reading and load. */
export async function table4Draws(
  laboratory: FigureLaboratory,
  options?: MnistRunsOptions,
  draws = DRAWS,
): Promise<Figure> {
  const runs = await mnistRuns(laboratory, options);
  const rounds = runs.rounds.map((bySeed) => Math.round(meanOf(bySeed)));
  const drawn = LOADS.map((load) => schemeGains(load, draws));
  const lines = READINGS.map((reading) => ({
    reading,
    loads: drawn.map((one) => drawnReductions(one, reading, rounds)),
  }));
  const at = LOADS.indexOf(PRINTED_LOAD);
  return {
    paper: "model-trading",
    id: "table4-draws",
    title: "Table IV's mean reduction over drawn games, by reading of the benchmarks",
    printed: {
      caption: CAPTION,
      xAxis: "–",
      yAxis: `a mean of ${PRINTED_REDUCTION} % in the text, 42.4 % by its own table`,
      text: TEXT,
    },
    parameters: { draws, loads: LOADS, game: CANONICAL_GAME, training: MNIST_PARAMETERS, rounds },
    setting: `${draws} draws a load, M = 5, N = 3 · MUs within the canonical game's ranges, budgets from 3 … 5 GHz and 1 … 4 MHz\nmean over x_based, w_based, w_x_based (in the reading named) and fixed, times cut off at T = 30 s · fixed alone`,
    inferred: [
      ...TRAINING_INFERRED,
      "rounds to 90 % as in the canonical game, whatever data a draw's MUs have",
      "load: budgets and basic services are divided by it",
    ],
    x: { label: "load", name: "load", values: LOADS },
    y: { label: "less time to 90 % than the benchmarks, %", name: "reduction_percent", range: [-40, 100] },
    series: lines.map(({ reading, loads }) => ({
      name: reading,
      values: loads.map(middle),
      between: {
        low: loads.map((values) => quantile(values, LOW)),
        high: loads.map((values) => quantile(values, HIGH)),
      },
    })),
    claims: [
      averageClaim(
        lines
          .map(({ reading, loads }) => ({ keyed: reading, found: loads[at]! }))
          .filter(({ keyed }) => keyed !== "fixed"),
      ),
    ],
    otherwise: lines.map(({ reading, loads }) => ({
      setting: `${reading}, all loads`,
      outcome: LOADS.map((load, i) => `${load}: ${told(loads[i]!)}`).join("; "),
    })),
    remarks: [
      "Lines are medians over the draws, the tables have 5th and 95th percentiles.",
      `Rounds to ${100 * TARGET} %: ${rounds.join(", ")} for MSPs 1 to 3.`,
    ],
  };
}

/** Per cent, one a draw: over a reading's three schemes and fixed, or over fixed alone. */
function drawnReductions(
  { gains, roundSeconds }: DrawnGains,
  reading: Reading,
  rounds: readonly number[],
): number[] {
  const timesOf = (lengths: Float64Array) => rounds.map((count, n) => count * lengths[n]!);
  return gains[reading].map((gain, draw) => {
    const schemes = [...gain.roundSeconds, ...(reading === "fixed" ? [] : gains.fixed[draw]!.roundSeconds)];
    if (reading !== "fixed" && schemes.length !== KEYED_SCHEMES + 1)
      throw new RangeError("five schemes are compared");
    return 100 * reduction(timesOf(roundSeconds[draw]!), schemes.map(timesOf));
  });
}
