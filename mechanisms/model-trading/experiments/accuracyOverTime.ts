import { least } from "../../../numerics/extremes.ts";
import type { Claim, Figure, Series } from "../../../reports/Figure.ts";
import type { FigureLaboratory } from "../../FigureLaboratory.ts";
import { roundsWithin, secondsAfter } from "../mathematics/tradedClock.ts";
import { CANONICAL_GAME, canonicalGame } from "./canonicalGame.ts";
import { meanOf, told } from "./distribution.ts";
import { meanAndDeviation } from "./learnedPrices.ts";
import { MNIST_PARAMETERS, type MnistRuns, type MnistRunsOptions, mnistRuns, TARGET } from "./mnistRuns.ts";
import { PRINTED_SECONDS, reduction } from "./printedTimes.ts";
import { type SchemeClocks, schemeClocks } from "./schemeClocks.ts";
import { CLOSE } from "./schemes.ts";

/** The reading of the benchmarks that is closest to the text. */
export const MAIN_READING = { keyed: "Q-saturating" } as const;
/** Where accuracies are read off, s. */
const TIMES = Array.from({ length: 31 }, (_, second) => second);
/** Fig. 9's remark: accuracies at the 10th second. */
const REMARKED = { seconds: 10, accuracy: 88, above: [14, 3] } as const;

/** What the figures of real training leave open. */
export const TRAINING_INFERRED = [
  "all parameters of MUs and MSPs but M, N, T and the budgets' ranges",
  "what the benchmark schemes do (here Q-saturating; fixed: shares from U(0, 1), a draw a seed)",
  "a CNN of 5,994 parameters (0.19 Mbit): ResNet-18 cannot be uploaded on this radio (experiment model-trading resnet18)",
  "learning rate 0.01 and batches of 8 instead of 0.001, with which this CNN does not come to 90 % in T",
  "a round brings ⌊X_mn/784⌋ = ⌊x_m τ_n/784⌋ images of each MU, however long it takes, in one pass",
  "rounds back to back: with a fixed period τ the time would not depend on the scheme",
];

/** Setting of the figures of real training, for people. */
export const TRAINING_SETTING = (seeds: readonly number[]) =>
  `canonical game, M = 5, N = 3 · MNIST, CNN of 5,994 parameters, SGD 0.01 with momentum 0.9, equal weights\n${seeds.length} seeds, ± 1 standard deviation · benchmarks read as Q-saturating, fixed drawn anew a seed`;

/** Fig. 9(a): accuracy of MSP 1's model over time; 9b and 9c are the other MSPs'. */
export const fig9 = (laboratory: FigureLaboratory, options?: MnistRunsOptions) =>
  panel(laboratory, 0, options);
export const fig9b = (laboratory: FigureLaboratory, options?: MnistRunsOptions) =>
  panel(laboratory, 1, options);
export const fig9c = (laboratory: FigureLaboratory, options?: MnistRunsOptions) =>
  panel(laboratory, 2, options);

async function panel(laboratory: FigureLaboratory, n: number, options?: MnistRunsOptions): Promise<Figure> {
  const runs = await mnistRuns(laboratory, options);
  const letter = "abc"[n]!;
  const all = schemeClocks(canonicalGame(), MAIN_READING, runs.seeds.length);
  const series = all.map(({ scheme, clocks }): Series => {
    const found = TIMES.map((seconds) =>
      meanAndDeviation(
        runs.accuracies[n]!.map(
          (accuracies, i) => 100 * accuracyAfter(accuracies, roundsWithin(clocks[i]!, n, seconds)),
        ),
      ),
    );
    return {
      name: scheme,
      values: found.map(({ mean }) => mean),
      spread: found.map(({ deviation }) => deviation),
    };
  });
  return {
    paper: "model-trading",
    id: n === 0 ? "fig9" : `fig9${letter}`,
    title: `Fig. 9(${letter}): accuracy of MSP ${n + 1}'s model over time, MNIST`,
    printed: {
      caption: `Evaluation results for MNIST. (${letter}) MSP ${n + 1}.`,
      xAxis: "time, s, to T = 30 (read off Table IV)",
      yAxis: "accuracy, %",
      text: "Figs. 9(a), 9(b), and 9(c) show the performance improvement in classification accuracy over time, where the immersion-aware outperforms the other schemes. … the fixed scheme performs the worst due to the limitations of synchronous FL, which is bottlenecked by the least capable MU.",
    },
    parameters: {
      game: CANONICAL_GAME,
      reading: MAIN_READING,
      training: MNIST_PARAMETERS,
      seeds: runs.seeds,
      // What the lines follow from: by seed, after 0, 1, 2, … rounds.
      accuracies: runs.accuracies[n]!,
    },
    setting: TRAINING_SETTING(runs.seeds),
    inferred: TRAINING_INFERRED,
    x: { label: "time since training began, s", name: "seconds", values: TIMES },
    y: { label: "accuracy on the test images, %", name: "accuracy_percent", range: [0, 100] },
    series,
    claims: [
      fastest(all, runs, n),
      asMuchFaster(all, runs, n),
      {
        claim: "fixed performs the worst",
        about: "text",
        holds: series.every(({ values }) => meanOf(series.at(-1)!.values) <= meanOf(values)),
        measured: series
          .map(({ name, values }) => `${name} ${meanOf(values).toFixed(1)} % on average over T`)
          .join("; "),
      },
      ...(n === 0 ? [atTheTenthSecond(all, runs)] : []),
    ],
    otherwise: [],
    remarks: [
      `Accuracy by round is the same under every scheme, for everybody is in every round: the lines are one curve of accuracy, drawn with rounds of ${all.map(({ scheme, clocks }) => `${meanOf(clocks.map(({ roundSeconds }) => roundSeconds[n]!)).toFixed(4)} s (${scheme})`).join(", ")}.`,
    ],
  };
}

/** Beyond what was trained the last accuracy is the least that can be said; figures train as far as they look. */
function accuracyAfter(accuracies: readonly number[], rounds: number): number {
  return accuracies[Math.min(rounds, accuracies.length - 1)]!;
}

/** Seconds to the target, one a repetition; ∞ where it was not reached. */
export function secondsToTarget({ clocks }: SchemeClocks, rounds: readonly number[], n: number): number[] {
  return clocks.map((clock, i) => secondsAfter(clock, n, rounds[i]!));
}

/** Whether the immersion-aware scheme comes to the target first on average. */
export function fastest(all: readonly SchemeClocks[], runs: MnistRuns, n: number): Claim {
  const [ours, ...others] = all.map((one) => meanOf(secondsToTarget(one, runs.rounds[n]!, n)));
  return {
    claim: `MSP ${n + 1}: immersion-aware comes to ${100 * TARGET} % first`,
    about: "figure",
    holds: ours! < least(others),
    measured: all
      .map(({ scheme }, i) => `${scheme} ${([ours, ...others] as number[])[i]!.toFixed(2)} s`)
      .join("; "),
  };
}

/** Whether it is faster by as much as Table IV has it of this MSP. */
function asMuchFaster(all: readonly SchemeClocks[], runs: MnistRuns, n: number): Claim {
  const [ourPrinted, ...otherPrinted] = Object.values(PRINTED_SECONDS).map((byProvider) => [byProvider[n]!]);
  const printed = 100 * reduction(ourPrinted!, otherPrinted);
  const times = all.map((one) => secondsToTarget(one, runs.rounds[n]!, n));
  const found = runs.seeds.map((_, i) => {
    const [ours, ...others] = times.map((bySeed) => [bySeed[i]!]);
    return 100 * reduction(ours!, others);
  });
  return {
    claim: `MSP ${n + 1}: ${printed.toFixed(1)} % less time on average over the benchmarks (Table IV)`,
    about: "figure",
    holds: Math.abs(meanOf(found) - printed) <= CLOSE,
    measured: told(found),
  };
}

function atTheTenthSecond(all: readonly SchemeClocks[], { accuracies }: MnistRuns): Claim {
  const { clocks } = all[0]!;
  const found = accuracies.map((bySeed, n) =>
    meanOf(
      bySeed.map(
        (accuracy, i) => 100 * accuracyAfter(accuracy, roundsWithin(clocks[i]!, n, REMARKED.seconds)),
      ),
    ),
  );
  const [first, second, third] = found as [number, number, number];
  return {
    claim: `after ${REMARKED.seconds} s MSP 3 has about ${REMARKED.accuracy} %, ${REMARKED.above[0]} and ${REMARKED.above[1]} points more than MSPs 1 and 2`,
    about: "text",
    holds:
      Math.abs(third - REMARKED.accuracy) <= 2 &&
      Math.abs(third - first - REMARKED.above[0]) <= 2 &&
      Math.abs(third - second - REMARKED.above[1]) <= 2,
    measured: `${third.toFixed(1)} %, ${(third - first).toFixed(1)} and ${(third - second).toFixed(1)} points more`,
  };
}
