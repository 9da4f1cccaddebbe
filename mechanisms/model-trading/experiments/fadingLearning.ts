import { startEngine } from "../../../learning/engine/startEngine.ts";
import { greatest } from "../../../numerics/extremes.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import type { Claim, Figure, Series } from "../../../reports/Figure.ts";
import { clairvoyantPrices, constantPrices, randomPrices } from "../pricing/baselines.ts";
import { CANONICAL_GAME } from "./canonicalGame.ts";
import {
  type Checkpoint,
  LEARNER_INFERRED,
  LEARNER_PARAMETERS,
  type LearningRun,
  learnPrices,
  meanAndDeviation,
  sum,
  tryOut,
} from "./learnedPrices.ts";
import { LARGE_UPLOADS, MARKETS } from "./markets.ts";

const SEEDS = [11, 12, 13, 14, 15];
/** Stages of a trial. */
const STAGES = 400;
const FADING =
  "Rayleigh fading, amplitudes correlated by 0.95 from stage to stage: the paper says only that channel conditions change over time";

/** Fig. 8: MDDR in the canonical game while channels fade. Panels (b) to (d) are the MSPs' prices. */
export const fig8 = (): Promise<Figure> =>
  panel({
    id: "fig8",
    title: "Fig. 8(a): utilities of the MUs while channels fade",
    caption: "The convergence processes of MDDR under dynamic networks. (a) The utilities of MUs.",
    printedAxis: "utilities of MUs",
    y: { label: "utility of an MU, currency, mean over a trial", name: "utility", range: [0, 100] },
    of: ({ userUtilities }) => userUtilities,
  });
export const fig8b = (): Promise<Figure> => pricePanel(0);
export const fig8c = (): Promise<Figure> => pricePanel(1);
export const fig8d = (): Promise<Figure> => pricePanel(2);

function pricePanel(n: number): Promise<Figure> {
  const { providers } = MARKETS.fading.game;
  const letter = "bcd"[n]!;
  return panel({
    id: `fig8${letter}`,
    title: `Fig. 8(${letter}): prices of MSP ${n + 1} while channels fade`,
    caption: `The convergence processes of MDDR under dynamic networks. (${letter}) The reward decisions of MSP ${n + 1}.`,
    printedAxis: `reward decisions of MSP ${n + 1}`,
    y: { label: "price, currency/IoM, mean over a trial", name: "price", range: [0, 1.2] },
    of: ({ prices }) => prices.filter((_, at) => at % providers === n),
  });
}

interface Panel {
  readonly id: string;
  readonly title: string;
  readonly caption: string;
  readonly printedAxis: string;
  readonly y: Figure["y"];
  /** A number for each MU. */
  readonly of: (checkpoint: Checkpoint) => Float64Array;
}

/** Computed once: the panels show the same run. */
let run: Promise<LearningRun> | undefined;
const fadingRun = () =>
  (run ??= startEngine().then((engine) =>
    learnPrices(engine, "MDDR", MARKETS.fading, { seed: SEEDS[0]!, steps: 8192, every: 2, stages: STAGES }),
  ));

/** One seed, as the paper shows: a line for each MU. */
async function panel({ id, title, caption, printedAxis, y, of }: Panel): Promise<Figure> {
  const { checkpoints } = await fadingRun();
  const steps = checkpoints.map((checkpoint) => checkpoint.steps);
  const series = Array.from(
    { length: MARKETS.fading.game.users },
    (_, m): Series => ({
      name: `MU ${m + 1}`,
      values: checkpoints.map((checkpoint) => of(checkpoint)[m]!),
    }),
  );
  return {
    paper: "model-trading",
    id,
    title,
    printed: {
      caption,
      xAxis: "– (not in the text)",
      yAxis: printedAxis,
      text: "The trading behaviors … reflect that the MDDR can converge rapidly and show good stability in dynamic network environments.",
    },
    parameters: {
      game: CANONICAL_GAME,
      mode: "rational",
      learner: LEARNER_PARAMETERS,
      seeds: SEEDS.slice(0, 1),
    },
    setting: `canonical game, M = 5, N = 3, Rayleigh fading, correlation 0.95 · seed ${SEEDS[0]}\ntried out without exploring in ${STAGES} stages of other channels`,
    inferred: [...LEARNER_INFERRED, FADING, "the printed axis"],
    x: { label: "steps of environments", name: "steps", values: steps },
    y,
    series,
    claims: [settles(series, steps)],
    otherwise: [],
    remarks: [],
  };
}

/** Whether all lines stay close to their means over the second half of learning. */
function settles(series: readonly Series[], steps: readonly number[]): Claim {
  const half = Math.floor(steps.length / 2);
  const farthest = series.map(({ values }) => {
    const { mean } = meanAndDeviation(values.slice(half));
    return greatest(values.slice(half).map((value) => Math.abs(value / mean - 1)));
  });
  return {
    claim: "converges rapidly and stays: within 15 % of its mean over the second half",
    about: "figure",
    holds: greatest(farthest) <= 0.15,
    measured: `at most ${(100 * greatest(farthest)).toFixed(1)} % from step ${steps[half]} on`,
  };
}

/** Whether learning pays where fading matters: uploads 20 times as large, and budgets that never bind. */
export async function fading(): Promise<Figure> {
  const engine = await startEngine();
  const market = MARKETS.largeUploads;
  const random = new SeededRandom(1, "random prices");
  const earned = (choose: Parameters<typeof tryOut>[2]) => sum(tryOut(market, STAGES, choose).utilities);
  const best = earned((trial) => trial.stageAt(clairvoyantPrices(market, trial.market.game)));
  const share = (total: number) => (100 * total) / best;
  const fixed = constantPrices(market);
  const mean = clairvoyantPrices(market, market.game);
  const constant = share(earned((trial) => trial.stageAt(fixed)));
  const standing = share(earned((trial) => trial.stageAt(mean)));
  const drawn = share(earned((trial) => trial.stageAt(randomPrices(market, random))));
  const options = { steps: 16_384, every: 4, stages: STAGES };
  const curves = (["MDDR", "MAPPO"] as const).map((name) => {
    const runs = SEEDS.map((seed) => learnPrices(engine, name, market, { ...options, seed }).checkpoints);
    const steps = runs[0]!.map((checkpoint) => checkpoint.steps);
    const found = steps.map((_, at) =>
      meanAndDeviation(runs.map((checkpoints) => share(sum(checkpoints[at]!.utilities)))),
    );
    return { name, steps, found };
  });
  const { steps } = curves[0]!;
  const ends = curves.map(({ found }) => found.at(-1)!);
  return {
    paper: "model-trading",
    id: "fading",
    title: "Learning where fading matters (beside Fig. 8)",
    printed: {
      caption: "– (not in the paper)",
      xAxis: "–",
      yAxis: "nothing of it",
      text: "MDDR … adapts to dynamic environments.",
    },
    parameters: {
      game: { ...CANONICAL_GAME, ...LARGE_UPLOADS },
      ...{ mode: "rational", learner: LEARNER_PARAMETERS, seeds: SEEDS },
    },
    setting: `canonical game with b = 4 Mbit, f_max × 2, B_max × 10, Rayleigh fading, correlation 0.95\n${SEEDS.length} seeds, ± 1 standard deviation · tried out without exploring in ${STAGES} stages of other channels`,
    inferred: [...LEARNER_INFERRED, FADING, "b, f_max and B_max, so that fading matters and no budget binds"],
    x: { label: "steps of environments", name: "steps", values: steps },
    y: { label: "share of the clairvoyant's utility, %", name: "share_percent", range: [96.5, 100] },
    series: [
      ...curves.map(({ name, found }) => ({
        name,
        values: found.map((one) => one.mean),
        spread: found.map((one) => one.deviation),
      })),
      { name: "equilibrium at the mean channels", values: steps.map(() => standing) },
      { name: "constant price", values: steps.map(() => constant) },
    ],
    claims: [
      {
        claim: "MDDR earns more than any price that does not follow the channels",
        about: "figure",
        holds: ends[0]!.mean - ends[0]!.deviation > Math.max(constant, standing),
        measured: `MDDR ${ends[0]!.mean.toFixed(2)} ± ${ends[0]!.deviation.toFixed(2)} %, MAPPO ${ends[1]!.mean.toFixed(2)} ± ${ends[1]!.deviation.toFixed(2)} %, equilibrium at the mean channels ${standing.toFixed(2)} %, constant price ${constant.toFixed(2)} %, random prices ${drawn.toFixed(2)} %`,
      },
    ],
    otherwise: [],
    remarks: [
      "The clairvoyant knows the channels before it sets prices; a learner sees what the last stage's brought. It need not reach 100 %.",
      `In the canonical game fading hardly matters: the equilibrium at the mean channels keeps ${staticPriceShare().toFixed(3)} % of the clairvoyant's utility there.`,
    ],
  };
}

/** Per cent of the clairvoyant's utility that the equilibrium at the mean channels keeps in the canonical game. */
function staticPriceShare(): number {
  const market = { ...MARKETS.fading };
  const mean = clairvoyantPrices(market, market.game);
  const still = tryOut(market, STAGES, (trial) => trial.stageAt(mean));
  const best = tryOut(market, STAGES, (trial) => trial.stageAt(clairvoyantPrices(market, trial.market.game)));
  return (100 * sum(still.utilities)) / sum(best.utilities);
}
