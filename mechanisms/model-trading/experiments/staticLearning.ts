import { startEngine } from "../../../learning/engine/startEngine.ts";
import { greatest, least } from "../../../numerics/extremes.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import type { Claim, Figure } from "../../../reports/Figure.ts";
import { decoupledPrices } from "../mathematics/decoupledPrices.ts";
import { bestDeviation } from "../mathematics/deviations.ts";
import { constantPrices, randomPrices } from "../pricing/baselines.ts";
import type { PricingLearner } from "../pricing/pricingLearner.ts";
import { CANONICAL_GAME } from "./canonicalGame.ts";
import {
  LEARNER_INFERRED,
  LEARNER_PARAMETERS,
  type LearningRun,
  learnPrices,
  meanAndDeviation,
  sum,
  tryOut,
} from "./learnedPrices.ts";
import { MARKETS } from "./markets.ts";

/** None of them was looked at while the settings were chosen. */
const SEEDS = Array.from({ length: 10 }, (_, index) => index + 11);
/** What the reading of the paper says is enough, in whole updates: 14 of 256. */
const BUDGET = 3600;
/** The share of the optimum that Table III prints for MDDR's total: 7768.00 of 7770.51. */
const PRINTED_SHARE = 0.9997;
const MARKET = MARKETS.static;
const LEARNERS = ["MDDR", "MAPPO"] as const;

/** Table III as printed, by row: MSPs 1 to 3, total. */
const TABLE_III = {
  Optimal: [2169.99, 2564.56, 3035.96, 7770.51],
  MDDR: [2169.11, 2563.95, 3034.94, 7768.0],
  MAPPO: [2169.23, 2563.96, 3035.26, 7768.45],
} as const;

const SETTING = `canonical game, M = 5, N = 3, channels stay as they are · ${SEEDS.length} seeds, ± 1 standard deviation\nPPO: 16 environments, buffer 256, 4 epochs, minibatch 128, γ = 0 · tried out without exploring`;
const INFERRED = [
  ...LEARNER_INFERRED,
  "all parameters of MUs and MSPs but M, N, T and the budgets' ranges",
  "μ, calibrated so that the equilibrium has the utilities of Table III's row Optimal: a fit, not a replication",
];
const PARAMETERS = { game: CANONICAL_GAME, mode: "rational", learner: LEARNER_PARAMETERS, seeds: SEEDS };

/** Runs of all seeds, and what else can be set. */
interface StaticResults {
  /** Ψ_n and p_mn at the equilibrium. */
  readonly optimum: { readonly utility: Float64Array; readonly prices: Float64Array };
  readonly constant: Float64Array;
  readonly constantPrices: Float64Array;
  readonly random: Float64Array;
  readonly runs: Readonly<Record<PricingLearner, readonly LearningRun[]>>;
}

/** Computed once: Fig. 7 and Table III show the same runs. */
let results: Promise<StaticResults> | undefined;
const staticResults = () => (results ??= computeResults());

async function computeResults(): Promise<StaticResults> {
  const engine = await startEngine();
  const fixed = constantPrices(MARKET);
  const random = new SeededRandom(1, "random prices");
  const runsOf = (name: PricingLearner) =>
    SEEDS.map((seed) => learnPrices(engine, name, MARKET, { seed, steps: BUDGET, every: 1, stages: 1 }));
  return {
    optimum: decoupledPrices(MARKET.game, MARKET.participation),
    constant: tryOut(MARKET, 1, (trial) => trial.stageAt(fixed)).utilities,
    constantPrices: fixed,
    random: tryOut(MARKET, 1000, (trial) => trial.stageAt(randomPrices(MARKET, random))).utilities,
    runs: { MDDR: runsOf("MDDR"), MAPPO: runsOf("MAPPO") },
  };
}

/** Fig. 7: how the MSPs' utilities come to the optimal ones. */
export async function fig7(): Promise<Figure> {
  const { optimum, constant, random, runs } = await staticResults();
  const steps = runs.MDDR[0]!.checkpoints.map((checkpoint) => checkpoint.steps);
  const best = sum(optimum.utility);
  const flat = (value: number) => steps.map(() => value);
  const curves = LEARNERS.map((name) => {
    const found = steps.map((_, at) =>
      meanAndDeviation(runs[name].map(({ checkpoints }) => sum(checkpoints[at]!.utilities))),
    );
    return {
      name,
      values: found.map(({ mean }) => mean),
      spread: found.map(({ deviation }) => deviation),
    };
  });
  const [mddr, mappo] = curves.map(({ values }) => values.at(-1)! / best);
  return {
    paper: "model-trading",
    id: "fig7",
    title: "Fig. 7: utilities of the MSPs while they learn",
    printed: {
      caption: "The utilities of MSPs.",
      xAxis: "– (not in the text)",
      yAxis: "utilities of MSPs; Table III has them at the end, 7770.51 in all",
      text: "We find that both MDDR and MAPPO achieve good results, but MAPPO slightly outperforms MDDR.",
    },
    parameters: PARAMETERS,
    setting: SETTING,
    inferred: INFERRED,
    x: { label: "steps of environments", name: "steps", values: steps },
    y: { label: "total utility of the MSPs, currency", name: "total_utility", range: [7200, 7800] },
    series: [
      ...curves,
      { name: "optimal", values: flat(best) },
      { name: "constant price", values: flat(sum(constant)) },
      { name: "random prices", values: flat(sum(random)) },
    ],
    claims: [
      {
        claim: "MDDR and MAPPO come to the optimum as closely as Table III has it",
        about: "figure",
        holds: Math.min(mddr!, mappo!) >= PRINTED_SHARE,
        measured: `MDDR ${percent(mddr!)}, MAPPO ${percent(mappo!)} after ${steps.at(-1)} steps`,
      },
      {
        claim: "MAPPO slightly outperforms MDDR",
        about: "text",
        ...outperforms(runs, optimum.utility),
      },
    ],
    otherwise: [],
    remarks: [weakMetric(constant, random, best)],
  };
}

/** Table III: utilities under MDDR and MAPPO beside the optimal ones. */
export async function table3(): Promise<Figure> {
  const found = await staticResults();
  const { optimum, constant, random, runs } = found;
  const best = sum(optimum.utility);
  const shares = Object.fromEntries(
    LEARNERS.map((name) => [
      name,
      Array.from(optimum.utility, (utility, n) =>
        meanAndDeviation(
          runs[name].map(({ checkpoints }) => (100 * checkpoints.at(-1)!.utilities[n]!) / utility),
        ),
      ),
    ]),
  ) as Record<PricingLearner, { mean: number; deviation: number }[]>;
  return {
    paper: "model-trading",
    id: "table3",
    title: "Table III: utilities of the MSPs, as a share of the equilibrium's",
    printed: {
      caption: "The utilities of three reward approaches.",
      xAxis: "MSP 1, MSP 2, MSP 3, total",
      yAxis: "utilities, 2169.11 to 3035.96 an MSP",
      text: `Optimal ${TABLE_III.Optimal.join(", ")}; MDDR ${TABLE_III.MDDR.join(", ")}; MAPPO ${TABLE_III.MAPPO.join(", ")}.`,
    },
    parameters: PARAMETERS,
    setting: SETTING,
    inferred: INFERRED,
    x: { label: "MSP", name: "msp", values: [1, 2, 3], separate: true },
    y: { label: "share of the equilibrium's utility, %", name: "share_percent", range: [99.85, 100.01] },
    series: [
      ...LEARNERS.map((name) => ({
        name,
        values: shares[name].map(({ mean }) => mean),
        spread: shares[name].map(({ deviation }) => deviation),
      })),
      ...(["MDDR", "MAPPO"] as const).map((name) => ({
        name: `${name}, printed`,
        values: [0, 1, 2].map((n) => (100 * TABLE_III[name][n]!) / TABLE_III.Optimal[n]!),
      })),
      {
        name: "constant price",
        values: Array.from(constant, (utility, n) => (100 * utility) / optimum.utility[n]!),
      },
    ],
    claims: [
      {
        claim: "the equilibrium has the utilities of the row Optimal",
        about: "text",
        holds: Array.from(optimum.utility).every(
          (utility, n) => Math.abs(utility - TABLE_III.Optimal[n]!) < 0.01,
        ),
        measured: `${Array.from(optimum.utility, (utility) => utility.toFixed(2)).join(", ")}, total ${best.toFixed(2)}; μ was chosen for it`,
      },
      ...LEARNERS.map((name) => sharesClaim(name, found)),
      { claim: "MAPPO slightly outperforms MDDR", about: "text", ...outperforms(runs, optimum.utility) },
    ],
    otherwise: [],
    remarks: [
      ...LEARNERS.map((name) => learnedRemark(name, found)),
      weakMetric(constant, random, best),
      `exploitability of the constant price: ${percent(bestDeviation(MARKET.game, found.constantPrices, MARKET.participation).gain)}`,
    ],
  };
}

/** Whether all seeds come to the printed share of the total within the budget of steps. */
function sharesClaim(name: PricingLearner, { optimum, runs }: StaticResults): Claim {
  const best = sum(optimum.utility);
  const totals = runs[name].map(({ checkpoints }) => sum(checkpoints.at(-1)!.utilities) / best);
  const perMsp = runs[name].flatMap(({ checkpoints }) =>
    Array.from(checkpoints.at(-1)!.utilities, (utility, n) => utility / optimum.utility[n]!),
  );
  const steps = runs[name][0]!.checkpoints.at(-1)!.steps;
  return {
    claim: `${name} comes to ${percent(PRINTED_SHARE)} of the optimum, with every seed, in at most ${BUDGET} steps of environments`,
    about: "figure",
    holds: least(totals) >= PRINTED_SHARE,
    measured: `total ${percent(meanAndDeviation(totals).mean)}, least ${percent(least(totals))}; least of any MSP ${percent(least(perMsp))}; ${steps} steps`,
  };
}

/** What Table III does not show: when it was good enough, how far prices are off, and what an MSP would gain by others. */
function learnedRemark(name: PricingLearner, { optimum, runs }: StaticResults): string {
  const enough = runs[name].map(
    ({ checkpoints }) =>
      checkpoints.find(({ utilities }) =>
        utilities.every((utility, n) => utility >= PRINTED_SHARE * optimum.utility[n]!),
      )?.steps ?? Number.POSITIVE_INFINITY,
  );
  const last = runs[name].map(({ checkpoints }) => checkpoints.at(-1)!);
  const errors = last.map(
    ({ prices }) =>
      (100 * sum(prices.map((price, at) => Math.abs(price / optimum.prices[at]! - 1)))) / prices.length,
  );
  const gains = last.map(({ prices }) => bestDeviation(MARKET.game, prices, MARKET.participation).gain);
  const seconds = runs[name].map((run) => run.seconds);
  const error = meanAndDeviation(errors);
  return `${name}: every MSP above ${percent(PRINTED_SHARE)} after ${least(enough)} … ${greatest(enough)} steps; prices off by ${error.mean.toFixed(1)} ± ${error.deviation.toFixed(1)} % on average; exploitability ${percent(least(gains))} … ${percent(greatest(gains))} of an MSP's utility; ${least(seconds).toFixed(2)} … ${greatest(seconds).toFixed(2)} s a run on this machine`;
}

function outperforms(runs: StaticResults["runs"], utility: Float64Array): Pick<Claim, "holds" | "measured"> {
  const best = sum(utility);
  const totals = (name: PricingLearner) =>
    runs[name].map(({ checkpoints }) => (100 * sum(checkpoints.at(-1)!.utilities)) / best);
  const [mddr, mappo] = [totals("MDDR"), totals("MAPPO")];
  const apart = meanAndDeviation(mappo.map((share, index) => share - mddr[index]!));
  // Twice the standard error of the mean of paired differences.
  const noise = (2 * apart.deviation) / Math.sqrt(mddr.length);
  return {
    holds: apart.mean > noise,
    measured: `MAPPO − MDDR = ${apart.mean.toFixed(4)} ± ${noise.toFixed(4)} points (twice the standard error over ${mddr.length} seeds)`,
  };
}

function weakMetric(constant: Float64Array, random: Float64Array, best: number): string {
  return `The metric is weak: an MSP's best constant price, the same for all MUs, earns ${percent(sum(constant) / best)} of the optimum, prices drawn anew at each stage ${percent(sum(random) / best)}.`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(3)} %`;
}
