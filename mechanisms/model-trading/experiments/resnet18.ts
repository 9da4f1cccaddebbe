import { elementCount } from "../../../learning/models/elementCount.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";
import { parameterShapes } from "../../../learning/models/parameterShapes.ts";
import { greatest, least } from "../../../numerics/extremes.ts";
import type { Claim, Figure } from "../../../reports/Figure.ts";
import type { DerivedGame } from "../mathematics/DerivedGame.ts";
import { feasibilityIndex, indexOfAll, LARGEST_INDEX } from "../mathematics/feasibility.ts";
import { squared } from "../mathematics/squared.ts";
import { CANONICAL_GAME, canonicalGame } from "./canonicalGame.ts";
import { meanOf } from "./distribution.ts";
import { SMALL_CNN, uploadMegabits } from "./mnistTrading.ts";
import type { KeyedReading } from "./schemeAllocations.ts";
import { schemeClocks } from "./schemeClocks.ts";

/** ResNet-18 for images of MNIST: 11,182,410 parameters. */
export const RESNET18: ModelSpec = { kind: "resnet18", input: [28, 28, 1], outputs: 10 };
/** How many times the paper's 1 … 4 MHz. */
const SCALES = [1, 2, 5, 10, 20, 50, 100, 150, 200, 300, 500, 1000];
/** The radio on which ResNet-18 is timed: some 540 to 1,080 MHz an MU, and as dear in all. */
export const FEASIBLE_SCALE = 300;
/** Table IV's shortest time to 90 % on MNIST, s. */
const PRINTED_LEAST = 7.59;
const READINGS_TIMED: readonly KeyedReading[] = ["Q-saturating", "Q-uniform", "P-equal"];
const FIXED_DRAWS = 5;
const HALVINGS = 60;

/** Mbit of an update of a model. */
export function megabitsOf(model: ModelSpec): number {
  return uploadMegabits(parameterShapes(model).reduce((sum, { shape }) => sum + elementCount(shape), 0));
}

/** The canonical game with uploads of ResNet-18 and a radio so many times as wide, whose MHz cost so much less. */
export function resnetGame(scale: number): DerivedGame {
  const megabits = megabitsOf(RESNET18);
  return canonicalGame({
    b: CANONICAL_GAME.b.map(() => megabits),
    B_max: CANONICAL_GAME.B_max.map((most) => most * scale),
    c_B: CANONICAL_GAME.c_B.map((cost) => cost / scale),
  });
}

/** Whether ResNet-18 can be traded on the paper's radio, and from which one on. */
export function resnet18(): Figure {
  const games = SCALES.map(resnetGame);
  const users = Array.from({ length: games[0]!.users }, (_, m) => m);
  const series = users.map((m) => ({
    name: `MU ${m + 1}`,
    values: games.map((game) => Math.log10(indexOfAll(game, m))),
  }));
  const printed = games[SCALES.indexOf(1)]!;
  const indices = users.map((m) => indexOfAll(printed, m));
  const scales = users.map(leastScale);
  return {
    paper: "model-trading",
    id: "resnet18",
    title: "ResNet-18 on the paper's radio: whether an MU can serve the three MSPs",
    printed: {
      caption: "– (not in the paper)",
      xAxis: "–",
      yAxis: "nothing of it",
      text: "We conduct experiments on the MNIST dataset with ResNet-18 … The configurations of the maximum computational and communication resource for each MU are randomly generated from the range [3,5]GHz and [1,4]MHz … while meeting FL deadlines and resource constraints of devices.",
    },
    parameters: {
      game: { ...CANONICAL_GAME, b: CANONICAL_GAME.b.map(() => megabitsOf(RESNET18)) },
      scales: SCALES,
    },
    setting: `canonical game, M = 5, N = 3, uploads of ${megabitsOf(RESNET18).toFixed(1)} Mbit (ResNet-18, float32)\nbandwidth budgets times a factor · an index of 1, which is 0 here, is the limit of C1, C2 and C3 together`,
    inferred: [
      "all parameters of MUs and MSPs but M, N, T and the budgets' ranges",
      "updates in float32, uncompressed, the buffers of batch normalization with them",
      "the same work a float as for the small CNN (κ)",
    ],
    x: { label: "bandwidth, times the paper's 1 … 4 MHz", name: "scale", values: SCALES },
    y: { label: "log10 of the index of feasibility", name: "log10_index", range: [-1, 2.5] },
    series,
    claims: [
      {
        claim: "an MU can serve the three MSPs with ResNet-18 on 1 … 4 MHz",
        about: "figure",
        holds: indices.every((index) => index < LARGEST_INDEX),
        measured: `the least budgets that would do are ${indices.map((index) => index.toFixed(1)).join(", ")} times as large`,
      },
      oneOnly(printed),
      uploadsAlone(printed),
      {
        claim: "a CNN of 5,994 parameters fits",
        about: "text",
        ...cnnFits(users),
      },
    ],
    otherwise: [
      {
        setting: "feasible from which bandwidth on",
        outcome: users
          .map(
            (m) =>
              `MU ${m + 1}: ${scales[m]!.toFixed(1)} × ${CANONICAL_GAME.B_max[m]} MHz = ${(scales[m]! * CANONICAL_GAME.B_max[m]!).toFixed(0)} MHz`,
          )
          .join("; "),
      },
      ...READINGS_TIMED.map((keyed) => ({
        setting: `${FEASIBLE_SCALE} times the bandwidth, a MHz so much cheaper, ${keyed}: rounds of MSPs 1 to 3`,
        outcome: schemeClocks(resnetGame(FEASIBLE_SCALE), { keyed }, FIXED_DRAWS)
          .map(
            ({ scheme, clocks }) =>
              `${scheme} ${CANONICAL_GAME.tau.map((_, n) => meanOf(clocks.map(({ roundSeconds }) => roundSeconds[n]!)).toFixed(3)).join(", ")} s`,
          )
          .join("; ")
          .replaceAll("Infinity", "∞"),
      })),
    ],
    remarks: [
      "∞: an MU stays away at Q-saturating's price, so that a round that waits for everybody does not end.",
      "Computing would not fit either: a training step of ResNet-18 takes some 1,400 million multiplications an image, of the small CNN one; κ is the canonical game's in both cases.",
    ],
  };
}

/** Even of one MSP alone, with the whole radio and CPU for it. */
function oneOnly(game: DerivedGame): Claim {
  const pairs = Array.from({ length: game.users * game.providers }, (_, at) =>
    feasibilityIndex(game, Math.floor(at / game.providers), [at % game.providers]),
  );
  return {
    claim: "an MU can serve one of them alone",
    about: "text",
    holds: pairs.some((index) => index < LARGEST_INDEX),
    measured: `index ${least(pairs).toFixed(1)} … ${greatest(pairs).toFixed(1)}`,
  };
}

/** Without any deadline: what one upload with all of the radio takes. */
function uploadsAlone({ airtimeRoot, providers, radioMegahertz }: DerivedGame): Claim {
  const seconds = Array.from(
    airtimeRoot,
    (root, at) => squared(root) / radioMegahertz[Math.floor(at / providers)]!,
  );
  const slowest = Array.from({ length: providers }, (_, n) =>
    greatest(seconds.filter((_, at) => at % providers === n)),
  );
  return {
    claim: `MSP 3 may have 90 % after ${PRINTED_LEAST} s, as Table IV has it`,
    about: "text",
    holds: slowest[providers - 1]! < PRINTED_LEAST,
    measured: `the slowest MU's first upload alone takes ${slowest.map((time) => time.toFixed(1)).join(", ")} s (MSPs 1 to 3), with its whole bandwidth for one MSP`,
  };
}

function cnnFits(users: readonly number[]): Pick<Claim, "holds" | "measured"> {
  const megabits = megabitsOf(SMALL_CNN);
  const game = canonicalGame({ b: CANONICAL_GAME.b.map(() => megabits) });
  const found = users.map((m) => indexOfAll(game, m));
  return {
    holds: found.every((index) => index < LARGEST_INDEX),
    measured: `${megabits.toFixed(3)} Mbit, index ${found.map((index) => index.toFixed(2)).join(", ")}`,
  };
}

/** From which factor on MU m can serve all MSPs; the index falls as the factor grows. */
function leastScale(m: number): number {
  let low = 1;
  let high = 1e6;
  for (let step = 0; step < HALVINGS; step++) {
    const middle = Math.sqrt(low * high);
    if (indexOfAll(resnetGame(middle), m) < LARGEST_INDEX) high = middle;
    else low = middle;
  }
  return high;
}
