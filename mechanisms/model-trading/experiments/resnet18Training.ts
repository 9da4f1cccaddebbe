import type { Figure } from "../../../reports/Figure.ts";
import type { FigureLaboratory } from "../../FigureLaboratory.ts";
import { secondsAfter } from "../mathematics/tradedClock.ts";
import { CANONICAL_GAME, canonicalGame } from "./canonicalGame.ts";
import { imagesOf, MNIST_TRAINING, trainProvider } from "./mnistTrading.ts";
import { FEASIBLE_SCALE, megabitsOf, RESNET18, resnetGame } from "./resnet18.ts";
import { schemeClocks } from "./schemeClocks.ts";

/** Few: a round of ResNet-18 takes half a minute of a processor. */
const ROUNDS = 4;
const SEED = 11;
/** Evenly of the 10,000: the standard error is 5 points at 50 %. */
const TEST_IMAGES = 100;
/** MSP 1, whose rounds bring the fewest images. */
const PROVIDER = 0;
/** What guessing would give, and three standard errors above it on so many images. */
const ABOVE_CHANCE = 0.1 + 3 * Math.sqrt((0.1 * 0.9) / TEST_IMAGES);

/** How much of it; the named run's unless told otherwise. */
export interface ResnetTrainingOptions {
  readonly rounds?: number;
  readonly testImages?: number;
}

/**
 * ResNet-18 trained for real under the trade, shortly: some rounds of one MSP, on the clock of the radio on which it
 * can be traded.
 */
export async function resnet18Training(
  laboratory: FigureLaboratory,
  { rounds = ROUNDS, testImages = TEST_IMAGES }: ResnetTrainingOptions = {},
): Promise<Figure> {
  const game = canonicalGame();
  laboratory.progress(`ResNet-18, ${rounds} rounds`);
  const found = await trainProvider(laboratory, game, {
    provider: PROVIDER,
    seed: SEED,
    rounds,
    weights: "equal",
    model: RESNET18,
    testImages,
  });
  const clocks = schemeClocks(resnetGame(FEASIBLE_SCALE), { keyed: "Q-uniform" }, 1);
  const images = Array.from({ length: game.users }, (_, m) => imagesOf(game, m, PROVIDER));
  return {
    paper: "model-trading",
    id: "resnet18-training",
    title: "ResNet-18 trained shortly for MSP 1, MNIST",
    printed: {
      caption: "– (Fig. 9(a) is of ResNet-18 to 90 %)",
      xAxis: "–",
      yAxis: "accuracy, %",
      text: "We conduct experiments on the MNIST dataset with ResNet-18 … SGD optimizer with momentum = 0.9 and learning rate = 0.001.",
    },
    parameters: {
      game: CANONICAL_GAME,
      model: RESNET18,
      training: MNIST_TRAINING,
      seed: SEED,
      rounds,
      testImages,
    },
    setting: `ResNet-18, ${megabitsOf(RESNET18).toFixed(1)} Mbit · ${rounds} rounds of ${images.join(" + ")} images, batches of 8, one pass, equal weights\none seed · accuracy on ${testImages} test images: a short run that shows that it learns, not what it comes to`,
    inferred: [
      "batches of 8, one pass over the images of a round",
      "learning rate 0.01, not the printed 0.001",
      "a 3×3 stem, as for small images",
    ],
    x: { label: "rounds", name: "rounds", values: found.map((_, round) => round) },
    y: { label: `accuracy on ${testImages} test images, %`, name: "accuracy_percent", range: [0, 100] },
    series: [{ name: "ResNet-18", values: found.map((accuracy) => 100 * accuracy) }],
    claims: [
      {
        claim: `it learns: more than chance and three standard errors (${(100 * ABOVE_CHANCE).toFixed(1)} %) after ${rounds} rounds`,
        about: "figure",
        holds: found.at(-1)! > ABOVE_CHANCE,
        measured: `${(100 * found.at(-1)!).toFixed(1)} % on ${testImages} test images`,
      },
    ],
    otherwise: [
      {
        setting: `these ${rounds} rounds on ${FEASIBLE_SCALE} times the paper's bandwidth, benchmarks read as Q-uniform`,
        outcome: clocks
          .map(
            ({ scheme, clocks: [clock] }) =>
              `${scheme} ${secondsAfter(clock!, PROVIDER, rounds).toFixed(2)} s`,
          )
          .join("; "),
      },
    ],
    remarks: [
      "On the paper's own radio not one of these rounds ends in time: experiment model-trading resnet18.",
    ],
  };
}
