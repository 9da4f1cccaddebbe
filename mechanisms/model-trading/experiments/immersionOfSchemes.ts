import type { Claim, Figure, Series } from "../../../reports/Figure.ts";
import { schemeOutcome } from "../mathematics/schemes.ts";
import { MAIN_READING } from "./accuracyOverTime.ts";
import { CANONICAL_GAME, canonicalGame } from "./canonicalGame.ts";
import { meanOf, told } from "./distribution.ts";
import { meanAndDeviation } from "./learnedPrices.ts";
import { READINGS } from "./schemeAllocations.ts";
import { schemeRuns } from "./schemeClocks.ts";
import { type SchemeGain, schemeGains } from "./schemeGains.ts";
import { CLOSE, DRAWS, PRINTED_LOAD, percentages } from "./schemes.ts";

/** Draws of `fixed` in the canonical game. */
const FIXED_DRAWS = 5;
/** T of GTSRB, s. */
const GTSRB_SECONDS = 1200;

const INFERRED = [
  "all parameters of MUs and MSPs but M, N, T and the budgets' ranges",
  "what the benchmark schemes do (here Q-saturating; fixed: shares from U(0, 1))",
];

/** Fig. 9(d), (e), (f): IoM that each MSP gets under the five schemes, T = 30 s. */
export const fig9d = (): Figure =>
  immersionFigure({
    id: "fig9d",
    title: "Fig. 9(d), (e), (f): IoM of each MSP by scheme, MNIST's T",
    guidanceSeconds: CANONICAL_GAME.T,
    caption: "Evaluation results for MNIST. (d), (e), (f): IoM of MSPs 1, 2, 3.",
    text: "It is clear from Figs. 9(d), 9(e) and 9(f) that the effectiveness of the five schemes is influenced by IoM. With the higher IoM, the performance is improved faster.",
    range: [0, 300],
    claims: () => [],
    remarks: [
      "The average gain of 38.3 % over drawn games: experiment model-trading schemes.",
      "Q-uniform and Q-saturating are the same here: at the uniform price no MU of the canonical game uses up a budget.",
    ],
  });

/**
 * Fig. 10 without its detector: IoM by scheme with GTSRB's T = 1,200 s, and what the two averages of the text come to.
 * Its accuracies need a detector of signs; its times are rounds × D_n as MNIST's.
 */
export const fig10 = (draws = DRAWS): Figure =>
  immersionFigure({
    id: "fig10",
    title: "Fig. 10(d), (e), (f): IoM of each MSP by scheme, GTSRB's T",
    guidanceSeconds: GTSRB_SECONDS,
    caption: "Evaluation results for GTSRB. (d), (e), (f): IoM of MSPs 1, 2, 3.",
    text: "… outperforms other schemes by improving IoM by 38.3% and 37.2% and reducing the training time to reach the target accuracy by 43.5% and 49.8%, on average, for the MNIST and GTSRB datasets, respectively.",
    range: [0, 450],
    claims: () => {
      const drawn = schemeGains(PRINTED_LOAD, draws, GTSRB_SECONDS);
      const claim = (text: string, printed: number, of: (gain: SchemeGain) => number): Claim => {
        const found = READINGS.filter((reading) => reading !== "fixed").map((reading) => ({
          reading,
          values: percentages(drawn, reading, of),
        }));
        return {
          claim: text,
          about: "figure",
          holds: found.some(({ values }) => Math.abs(meanOf(values) - printed) <= CLOSE),
          measured: `${found.map(({ reading, values }) => `${reading} ${told(values)}`).join("; ")} (${draws} drawn games)`,
        };
      };
      return [
        claim("37.2 % more IoM on average, in some reading", 37.2, ({ immersion }) => immersion),
        claim("49.8 % less time on average, in some reading", 49.8, ({ time }) => time),
      ];
    },
    remarks: [
      "A longer T changes I = ω ε ln(1 + η⌊T/τ⌋X)/θ by its logarithm only; D_n does not depend on it but through the prices.",
      "Time to any mAP is rounds × D_n, the rounds being the same under every scheme: the reduction does not depend on the detector as long as no time is cut off at T.",
      "Faster R-CNN with ResNet-50 has some 41 million parameters, 1,300 Mbit: on this radio it is further from feasible than ResNet-18.",
    ],
  });

function immersionFigure({
  id,
  title,
  guidanceSeconds,
  caption,
  text,
  range,
  claims,
  remarks,
}: {
  id: string;
  title: string;
  /** T. */
  guidanceSeconds: number;
  caption: string;
  text: string;
  range: Figure["y"]["range"];
  claims: () => readonly Claim[];
  remarks: readonly string[];
}): Figure {
  const game = canonicalGame({ T: guidanceSeconds });
  const series = schemeRuns(game, MAIN_READING, FIXED_DRAWS).map(({ scheme, allocations }): Series => {
    const outcomes = allocations.map((allocation) => schemeOutcome(game, allocation).immersion);
    const found = Array.from({ length: game.providers }, (_, n) =>
      meanAndDeviation(outcomes.map((immersion) => immersion[n]!)),
    );
    return {
      name: scheme,
      values: found.map(({ mean }) => mean),
      spread: found.map(({ deviation }) => deviation),
    };
  });
  const [ours, ...others] = series.map(({ values }) => values);
  return {
    paper: "model-trading",
    id,
    title,
    printed: {
      caption,
      xAxis: "schemes, a panel an MSP",
      yAxis: "IoM",
      text,
    },
    parameters: {
      game: { ...CANONICAL_GAME, T: guidanceSeconds },
      reading: MAIN_READING,
      fixedDraws: FIXED_DRAWS,
    },
    setting: `canonical game with T = ${guidanceSeconds} s, M = 5, N = 3 · benchmarks read as Q-saturating\nfixed: mean of ${FIXED_DRAWS} draws of shares from U(0, 1), ± 1 standard deviation`,
    inferred: INFERRED,
    x: { label: "MSP", name: "msp", values: [1, 2, 3], separate: true },
    y: { label: "IoM that the MSP gets", name: "immersion", range },
    series,
    claims: [
      {
        claim: "immersion-aware brings every MSP the most IoM",
        about: "figure",
        holds: others.every((values) => values.every((value, n) => ours![n]! > value)),
        measured: series
          .map(({ name, values }) => `${name} ${values.map((value) => value.toFixed(1)).join(", ")}`)
          .join("; "),
      },
      ...claims(),
    ],
    otherwise: [],
    remarks,
  };
}
