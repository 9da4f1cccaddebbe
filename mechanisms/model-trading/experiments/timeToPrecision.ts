import type { Figure, OtherReading, Series } from "../../../reports/Figure.ts";
import type { FigureLaboratory } from "../../FigureLaboratory.ts";
import { roundsWithin } from "../mathematics/tradedClock.ts";
import { MAIN_READING, secondsToTarget } from "./accuracyOverTime.ts";
import { meanOf, told } from "./distribution.ts";
import { meanAndDeviation } from "./learnedPrices.ts";
import { PRINTED_SIGN_SECONDS, printedTimes, reduction } from "./printedTimes.ts";
import { type KeyedReading, READINGS } from "./schemeAllocations.ts";
import { type SchemeClocks, type SchemeReading, schemeClocks } from "./schemeClocks.ts";
import { CLOSE } from "./schemes.ts";
import { SIGN_INFERRED, SIGN_PARAMETERS } from "./signDetection.ts";
import { SIGN_GAME, SIGNS_SECONDS, signGame } from "./signGame.ts";
import { listedRounds, type SIGN_TARGETS, type SignRunsOptions, signRuns } from "./signRuns.ts";

/** What the text says of signs, %. */
const PRINTED_REDUCTION = 49.8;
const KEYED = READINGS.filter((reading): reading is KeyedReading => reading !== "fixed");

/** One of Table IV's two precisions. */
export type Precision = keyof typeof SIGN_TARGETS;
const SHOWN = {
  map50: { id: "table4-signs", name: "70 % mAP@50" },
  map: { id: "table4-signs-map", name: "50 % mAP" },
} as const;

/** Table IV, traffic signs: seconds to a precision by scheme and MSP. */
export async function timeToPrecision(
  laboratory: FigureLaboratory,
  precision: Precision,
  options?: SignRunsOptions,
): Promise<Figure> {
  const runs = await signRuns(laboratory, options);
  const reachedAfter = runs.roundsTo[precision];
  // Where training ended before it came to the precision, the rounds that were trained are the least it may take.
  const rounds = reachedAfter.map((count) => Math.min(count, runs.rounds));
  const { id, name } = SHOWN[precision];
  const printed = PRINTED_SIGN_SECONDS[precision];
  const game = signGame();
  const clocksOf = (reading: SchemeReading) => schemeClocks(game, reading, runs.seeds.length);
  const all = clocksOf(MAIN_READING);
  const timesOf = (one: SchemeClocks) =>
    Array.from({ length: game.providers }, (_, n) => secondsToTarget(one, rounds, n).map(cut));
  const meansOf = (one: SchemeClocks) => timesOf(one).map(meanOf);
  const series = all.map((one): Series => {
    const found = timesOf(one).map(meanAndDeviation);
    return {
      name: one.scheme,
      values: found.map(({ mean }) => mean),
      spread: found.map(({ deviation }) => deviation),
    };
  });
  const [ours, ...others] = series.map(({ values }) => values) as [
    readonly number[],
    ...(readonly number[])[],
  ];
  const reductions = KEYED.map((keyed) => ({ keyed, found: savedBySeed(clocksOf({ keyed }).map(timesOf)) }));
  return {
    paper: "model-trading",
    id,
    title: `Table IV: time to ${name}, traffic signs`,
    printed: {
      caption: "Time comparison of five schemes for achieving the same performance (Table IV).",
      xAxis: "MSP 1, MSP 2, MSP 3",
      yAxis: `time to reach ${name}, s`,
      text: `${printedTimes(printed, SIGNS_SECONDS)}. … reducing the training time to reach the target accuracy by 43.5% and 49.8%, on average, for the MNIST and GTSRB datasets, respectively.`,
    },
    parameters: { ...SIGN_PARAMETERS, game: SIGN_GAME, reading: MAIN_READING, seeds: runs.seeds, rounds },
    setting: `canonical game stretched to T = ${SIGNS_SECONDS} s, M = 5, N = 3 · GTSDB, detector of 227,801 parameters, equal weights\n${runs.seeds.length} seeds, ± 1 standard deviation · benchmarks read as Q-saturating, fixed drawn anew a seed`,
    inferred: [
      ...SIGN_INFERRED,
      "what the benchmark schemes do (here Q-saturating; fixed: shares from U(0, 1), a draw a seed)",
      "rounds back to back: with a fixed period τ the time would not depend on the scheme",
    ],
    x: { label: "MSP", name: "msp", values: [1, 2, 3], separate: true },
    y: {
      label: `time to ${name}, s, cut off at T = ${SIGNS_SECONDS}`,
      name: "seconds",
      range: [0, 1400],
    },
    series,
    claims: [
      {
        claim: `training comes to ${name} within ${runs.rounds} rounds, with every seed`,
        about: "figure",
        holds: reachedAfter.every(Number.isFinite),
        measured: `after ${listedRounds(reachedAfter)} rounds`,
      },
      {
        claim: `${PRINTED_REDUCTION} % less time on average, in some reading of the benchmarks`,
        about: "figure",
        holds: reductions.some(({ found }) => Math.abs(meanOf(found) - PRINTED_REDUCTION) <= CLOSE),
        measured: reductions.map(({ keyed, found }) => `${keyed} ${told(found)}`).join("; "),
      },
      {
        claim: "immersion-aware is the fastest with every MSP",
        about: "figure",
        holds: others.every((times) => times.every((time, n) => ours[n]! < time)),
        measured: series.map(({ name: scheme, values }) => `${scheme} ${seconds(values)}`).join("; "),
      },
      {
        claim: "fixed takes more than T with every MSP",
        about: "text",
        holds: timesOf(all.at(-1)!).every((times) => times.every((time) => time === SIGNS_SECONDS)),
        measured: timesOf(all.at(-1)!)
          .map(
            (times, n) =>
              `MSP ${n + 1}: ${times.filter((time) => time === SIGNS_SECONDS).length} of ${times.length} draws`,
          )
          .join("; "),
      },
      {
        claim: "MSP 1 is faster than MSP 2, and MSP 2 than MSP 3",
        about: "text",
        holds: ours[0]! < ours[1]! && ours[1]! < ours[2]!,
        measured: `${seconds(ours)}: a round takes ${roundsOf(all[0]!)} s`,
      },
    ],
    otherwise: [
      ...KEYED.map(
        (keyed): OtherReading => ({
          setting: keyed,
          outcome: clocksOf({ keyed })
            .map((one) => `${one.scheme} ${seconds(meansOf(one))}`)
            .join("; "),
        }),
      ),
      {
        setting: "a fixed period τ",
        outcome: `the same under every scheme whose updates come in time: ${seconds([cut(meanOf(rounds) * SIGN_GAME.tau[0]!)])}`,
      },
    ],
    remarks: [
      "In brackets beside a mean are the least and the greatest of the seeds.",
      `Rounds to ${name}, whatever the scheme and the MSP: ${listedRounds(reachedAfter)}.${reachedAfter.every(Number.isFinite) ? "" : ` Seeds with more count as if they had come to it after ${runs.rounds}: their times are the least that they may be.`}`,
      `${runs.rounds} rounds were trained; at the equilibrium T has room for ${Array.from({ length: game.providers }, (_, n) => roundsWithin(all[0]!.clocks[0]!, n, SIGNS_SECONDS)).join(", ")} (MSPs 1 to 3).`,
      `The printed table's own mean reduction is ${(100 * reduction(printed["immersion-aware"], Object.values(printed).slice(1), SIGNS_SECONDS)).toFixed(1)} %, with "1200+" as 1200.`,
      `Without fixed: ${KEYED.map((keyed) => `${keyed} ${withoutFixed(clocksOf({ keyed }).map(meansOf)).toFixed(1)} %`).join("; ")}.`,
    ],
  };
}

function cut(time: number): number {
  return Math.min(time, SIGNS_SECONDS);
}

/** Per cent, one a seed. [schemes][N][seeds] → [seeds] */
function savedBySeed(times: readonly (readonly (readonly number[])[])[]): number[] {
  return times[0]![0]!.map((_, i) => {
    const [ours, ...others] = times.map((byProvider) => byProvider.map((bySeed) => bySeed[i]!));
    return 100 * reduction(ours!, others, SIGNS_SECONDS);
  });
}

function withoutFixed([ours, ...others]: readonly (readonly number[])[]): number {
  return 100 * reduction(ours!, others.slice(0, -1), SIGNS_SECONDS);
}

/** D_n of MSPs 1 to 3. */
function roundsOf({ clocks }: SchemeClocks): string {
  return Array.from(clocks[0]!.roundSeconds, (length) => length.toFixed(2)).join(", ");
}

function seconds(values: readonly number[]): string {
  return `${values.map((value) => (value >= SIGNS_SECONDS ? `${SIGNS_SECONDS}+` : value.toFixed(1))).join(", ")} s`;
}
