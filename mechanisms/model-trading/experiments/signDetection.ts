import type { Claim, Figure, Series } from "../../../reports/Figure.ts";
import type { FigureLaboratory } from "../../FigureLaboratory.ts";
import { meanOf } from "./distribution.ts";
import { meanAndDeviation } from "./learnedPrices.ts";
import { roundsTo } from "./mnistTrading.ts";
import {
  type DetectorScores,
  SIGN_DETECTOR,
  SIGN_TRAINING,
  SIGN_WINDOWS,
  trainDetector,
} from "./trainDetector.ts";

/** A seed that was not looked at while the settings were chosen: a training takes a quarter of an hour. */
const SEEDS: readonly number[] = [11];
const USERS = 5;
const ROUNDS = 25;
/** Table IV's. */
const TARGETS = { map: 0.5, map50: 0.7 } as const;

/** How much is trained: all that the figure shows unless told otherwise. */
export interface SignDetectionOptions {
  readonly seeds?: readonly number[];
  readonly rounds?: number;
}

/** Beside Fig. 10: mean average precision of a detector of traffic signs by round, before any clock. */
export async function signDetection(
  laboratory: FigureLaboratory,
  { seeds = SEEDS, rounds = ROUNDS }: SignDetectionOptions = {},
): Promise<Figure> {
  const runs: DetectorScores[] = [];
  for (const seed of seeds) {
    laboratory.progress(`traffic signs, seed ${seed}, ${rounds} rounds`);
    runs.push(await trainDetector(laboratory, { users: USERS, rounds, seed }));
  }
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
  const reached = {
    map: runs.map(({ map }) => roundsTo(map, TARGETS.map)),
    map50: runs.map(({ map50 }) => roundsTo(map50, TARGETS.map50)),
  };
  return {
    paper: "model-trading",
    id: "fig10-signs",
    title: "Traffic signs found, by round (beside Fig. 10)",
    printed: {
      caption: "Evaluation results for GTSRB. (a) MSP 1, (b) MSP 2, (c) MSP 3.",
      xAxis: "time, s, to T = 1,200 (read off Table IV)",
      yAxis: "mAP",
      yRange: [0, 100],
      text: "For object detection on GTSRB, Figs. 10(a), 10(b) and 10(c) show the mean average precision (mAP) and Table IV gives the mAP@50. … it takes at least 513.16 seconds to achieve a 50% mAP using the immersion-aware method.",
    },
    parameters: {
      model: SIGN_DETECTOR,
      training: SIGN_TRAINING,
      windows: SIGN_WINDOWS,
      users: USERS,
      seeds,
      // What the lines follow from: by seed, after 0, 1, 2, … rounds.
      runs,
    },
    setting: `GTSDB, half size, scenes dealt evenly to ${USERS} MUs · detector of 227,801 parameters, Adam 0.002, FedAvg\n${seeds.length === 1 ? `seed ${seeds[0]}` : `${seeds.length} seeds, bands ± 1 standard deviation`} · evaluated on whole scenes that nobody learned from`,
    inferred: [
      "GTSDB: GTSRB, which the paper names, has no boxes in scenes to detect",
      "the model, its training and its scenes: the paper names none",
      "categories: prohibitory, mandatory, danger, other, as GTSDB's ReadMe groups its 43 classes",
    ],
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
          .map(({ name, values }) => `${name} ${values.at(-1)!.toFixed(1)} % after ${rounds} rounds`)
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
        measured: `after ${listed(reached.map50)} and ${listed(reached.map)} rounds`,
      },
    ],
    otherwise: [],
    remarks: [
      "Precision by round follows from no scheme; how long a round takes does.",
      `The training was ended after ${rounds} rounds. The same model, trained on all scenes at once, came to both precisions (docs/models.md).`,
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
    measured: `after ${listed(reached)} rounds`,
  };
}

function listed(rounds: readonly number[]): string {
  return rounds.map((count) => (Number.isFinite(count) ? String(count) : "more")).join(", ");
}
