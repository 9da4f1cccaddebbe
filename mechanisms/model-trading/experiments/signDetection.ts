import type { Claim, Figure, Series } from "../../../reports/Figure.ts";
import type { FigureLaboratory } from "../../FigureLaboratory.ts";
import { meanOf } from "./distribution.ts";
import { meanAndDeviation } from "./learnedPrices.ts";
import { megabitsOf } from "./resnet18.ts";
import { SIGN_GAME, signGame, windowsOf } from "./signGame.ts";
import { listedRounds, type SignRunsOptions, signRuns } from "./signRuns.ts";
import { type DetectorScores, SIGN_DETECTOR, SIGN_TRAINING, SIGN_WINDOWS } from "./trainDetector.ts";

/** What the figures of signs leave open. */
export const SIGN_INFERRED = [
  "GTSDB: GTSRB, which the paper names, has no boxes in scenes to detect",
  "the model, its training and its scenes: the paper has Faster R-CNN, whose 41 million parameters no MU can upload in time",
  "Adam at 0.002 with batches of 8, chosen on seed 1, instead of SGD at 0.001 with momentum 0.9",
  "categories: prohibitory, mandatory, danger, other, as GTSDB's ReadMe groups its 43 classes",
  `the game: the canonical one, in which everything takes 40 times as long, as T does; x of a camera, 8 times MNIST's, with an eighth of the work a float; b of the detector, ${megabitsOf(SIGN_DETECTOR).toFixed(2)} Mbit`,
  "one τ, 80 s, for all MSPs: what their rounds bring is the same, and one training is everybody's",
];

/** Of what is trained, as the figures' JSON has it. */
export const SIGN_PARAMETERS = { model: SIGN_DETECTOR, training: SIGN_TRAINING, windows: SIGN_WINDOWS };

/** Beside Fig. 10: mean average precision of a detector of traffic signs by round, before any clock. */
export async function signDetection(
  laboratory: FigureLaboratory,
  options?: SignRunsOptions,
): Promise<Figure> {
  const { seeds, rounds, scores: runs, roundsTo: reached } = await signRuns(laboratory, options);
  const game = signGame();
  const windows = Array.from({ length: game.users }, (_, m) => windowsOf(game, m));
  const line = (name: string, of: (run: DetectorScores) => readonly number[]): Series => {
    const found = Array.from({ length: rounds + 1 }, (_, round) =>
      meanAndDeviation(runs.map((run) => 100 * of(run)[round]!)),
    );
    return {
      name,
      values: found.map(({ mean }) => mean),
      spread: found.map(({ deviation }) => deviation),
    };
  };
  const lines = [line("mAP@50", ({ map50 }) => map50), line("mAP (0.50 to 0.95)", ({ map }) => map)];
  return {
    paper: "model-trading",
    id: "fig10-signs",
    title: "Traffic signs found, by round (beside Fig. 10)",
    printed: {
      caption: "Evaluation results for GTSRB. (a) MSP 1, (b) MSP 2, (c) MSP 3.",
      xAxis: "time, s, to T = 1,200 (read off Table IV)",
      yAxis: "mAP",
      text: "For object detection on GTSRB, Figs. 10(a), 10(b) and 10(c) show the mean average precision (mAP) and Table IV gives the mAP@50. … it takes at least 513.16 seconds to achieve a 50% mAP using the immersion-aware method.",
    },
    parameters: {
      ...SIGN_PARAMETERS,
      game: SIGN_GAME,
      seeds,
      // What the lines follow from: by seed, after 0, 1, 2, … rounds.
      runs,
    },
    setting: `GTSDB, half size, scenes dealt to 5 MUs in proportion to x · rounds of ${windows.join(" + ")} windows\ndetector of 227,801 parameters, Adam 0.002, batches of 8, equal weights · ${seeds.length} seeds, ± 1 standard deviation`,
    inferred: SIGN_INFERRED,
    x: {
      label: "rounds",
      name: "rounds",
      values: Array.from({ length: rounds + 1 }, (_, round) => round),
    },
    y: { label: "mean average precision, %", name: "map_percent", range: [0, 100] },
    series: lines,
    claims: [
      {
        claim:
          "precision grows with training: over the last fifth of the rounds it is above that over the one before",
        about: "text",
        holds: lines.every(({ values }) => risesAtTheEnd(values)),
        measured: lines
          .map(
            ({ name, values, spread }) =>
              `${name} ${values.at(-1)!.toFixed(1)} ± ${spread!.at(-1)!.toFixed(1)} % after ${rounds} rounds`,
          )
          .join("; "),
      },
      comesTo("70 % mAP@50", reached.map50, rounds),
      comesTo("50 % mAP", reached.map, rounds),
      {
        claim: "70 % mAP@50 comes before 50 % mAP, as in all of Table IV",
        about: "text",
        holds: runs.every(
          (_, i) => reached.map50[i]! <= reached.map[i]! && Number.isFinite(reached.map50[i]!),
        ),
        measured: `after ${listedRounds(reached.map50)} and ${listedRounds(reached.map)} rounds`,
      },
    ],
    otherwise: [],
    remarks: [
      "Evaluated on 65 whole scenes with 104 signs that nobody learned from.",
      "Precision by round follows from no scheme; how long a round takes does (table4-signs).",
    ],
  };
}

/** Whether the mean of the last fifth is above that of the fifth before it. */
function risesAtTheEnd(values: readonly number[]): boolean {
  const fifth = Math.max(1, Math.floor(values.length / 5));
  return meanOf(values.slice(-fifth)) > meanOf(values.slice(-2 * fifth, -fifth));
}

function comesTo(what: string, reached: readonly number[], rounds: number): Claim {
  return {
    claim: `the federation comes to ${what} within ${rounds} rounds, with every seed`,
    about: "figure",
    holds: reached.every(Number.isFinite),
    measured: `after ${listedRounds(reached)} rounds`,
  };
}
