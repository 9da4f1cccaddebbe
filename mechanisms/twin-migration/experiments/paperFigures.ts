/** Figures 2 to 7 of the paper, by panel. */
import type { Claim, Figure, Series } from "../../../reports/Figure.ts";
import { TUNED_NAME } from "./contenders.ts";
import {
  type CurveFigure,
  compareIn,
  curveFigure,
  curveOf,
  episodesOf,
  REMARKS,
  studyParameters,
  studySetting,
} from "./curves.ts";
import { LEARNERS } from "./learnerSpecs.ts";
import { LAYERS, type Layer, type Measured } from "./measure.ts";
import { deviationOf, METRICS, meanOf } from "./metrics.ts";
import { INFERRED, PRINTED_GAINS } from "./printed.ts";
import type { Study } from "./Study.ts";
import { GRID } from "./scenarios.ts";
import { spanOf } from "./spanOf.ts";
import { DEMAND, RESOURCES, type SweepFigure, sweepFigure, sweepIn, TASK_SIZE } from "./sweeps.ts";
import { gainClaim, type Judged, percent, policyTable } from "./verdicts.ts";

/** Printed gains of a quantity. */
function gainsIn(metric: (typeof PRINTED_GAINS)[number]["metric"]) {
  return (judged: Judged): Claim[] =>
    PRINTED_GAINS.filter((one) => one.metric === metric).map((one) => gainClaim(judged, one));
}

const FIG2A: CurveFigure = {
  id: "fig2a",
  title: "Fig. 2(a): reward over training episodes",
  caption: "Convergence analysis of the considered algorithms: a) Reward vs episodes",
  yAxis: "reward",
  text: "As presented in Fig. 2a, MO-MADDPG demonstrates a significantly faster and higher convergence in terms of reward … GA demonstrates the lowest performance … achieving up to 32% higher rewards and 25% lower loss values.",
  metric: METRICS.reward,
  direction: "rises",
  claims: gainsIn("reward"),
};

const FIG3A: CurveFigure = {
  id: "fig3a",
  title: "Fig. 3(a): energy over training episodes",
  caption: "Analysis of EC across layers for different algorithms: a) EC vs episodes",
  yAxis: "energy consumption (EC)",
  text: "As the number of episodes increases, EC decreases for all algorithms … the proposed MO-MADDPG achieves the lowest EC.",
  metric: METRICS.energy,
  direction: "falls",
};

const FIG4A: CurveFigure = {
  id: "fig4a",
  title: "Fig. 4(a): experience over training episodes",
  caption: "QoE Comparison across different layers: a) QoE vs episode",
  yAxis: "QoE",
  text: "The proposed MO-MADDPG achieves the highest QoE than the MADDPG, MADQN, and GA schemes.",
  metric: METRICS.ux,
  direction: "rises",
  claims: gainsIn("ux"),
};

const FIG4B: SweepFigure = {
  id: "fig4b",
  title: "Fig. 4(b): experience over resources",
  caption: "QoE Comparison across different layers: b) QoE vs available resources",
  yAxis: "QoE",
  text: "All algorithms demonstrate improved QoE. However, MO-MADDPG excels in utilizing resources efficiently.",
  metric: METRICS.ux,
  sweep: RESOURCES,
  direction: "rises",
};

const FIG5A: CurveFigure = {
  id: "fig5a",
  title: "Fig. 5(a): latency of the service over training episodes",
  caption: "Latency comparison across algorithms at different layers: a) Latency vs episode",
  yAxis: "latency",
  text: "Fig. 5a illustrates a reduction in latency with an increase in learning episodes. The results indicate that MO-MADDPG excels in rapidly reducing latency … GA provides the highest latency values throughout the episodes.",
  metric: METRICS.latency,
  direction: "falls",
  claims: gainsIn("latency"),
};

const LATENCY = "Latency comparison across algorithms at different layers:";
const FIG5: readonly SweepFigure[] = [
  {
    id: "fig5b",
    title: "Fig. 5(b): latency of a migration over task size",
    caption: `${LATENCY} b) Latency vs task size`,
    yAxis: "latency of a VT migration",
    text: "As task size increases, all algorithms experience higher latency … MO-MADDPG consistently maintains the lowest latency across different task sizes.",
    metric: METRICS.migrationLatency,
    sweep: TASK_SIZE,
    direction: "rises",
  },
  {
    id: "fig5c",
    title: "Fig. 5(c): latency of a migration over resources",
    caption: `${LATENCY} c) Latency vs resource level`,
    yAxis: "latency of a VT migration",
    text: "MADDPG and MADQN show moderate reductions in latency with increasing resource availability but are still outperformed by MO-MADDPG. In contrast, GA remains the least efficient.",
    metric: METRICS.migrationLatency,
    sweep: RESOURCES,
    direction: "falls",
  },
  {
    id: "fig5d",
    title: "Fig. 5(d): latency of a migration over demand",
    caption: `${LATENCY} d) Latency vs traffic demand`,
    yAxis: "latency of a VT migration",
    text: "the higher VT migration demand results in increased latency across all algorithms. However, MO-MADDPG handles this growth more efficiently.",
    metric: METRICS.migrationLatency,
    sweep: DEMAND,
    direction: "rises",
  },
];

const MSR = "Migration success rate comparison across on different layers:";
const FIG6A: CurveFigure = {
  id: "fig6a",
  title: "Fig. 6(a): success rate over training episodes",
  caption: `${MSR} a) MSR vs episode`,
  yAxis: "MSR",
  text: "As the number of episodes increases, the migration success rate increases for all compared algorithms … enable it to achieve up to 30-35% higher migration success rates compared to other methods.",
  metric: METRICS.msr,
  direction: "rises",
  claims: gainsIn("msr"),
};
const FIG6: readonly SweepFigure[] = [
  {
    id: "fig6b",
    title: "Fig. 6(b): success rate over resources",
    caption: `${MSR} b) MSR vs available resource level`,
    yAxis: "MSR",
    text: "As resource availability increases at each layer of the hierarchy, MO-MADDPG consistently achieves higher migration success rates … In comparison, MADDPG and MADQN show reduced performance as resource availability increases.",
    metric: METRICS.msr,
    sweep: RESOURCES,
    direction: "rises",
  },
  {
    id: "fig6c",
    title: "Fig. 6(c): success rate over demand",
    caption: `${MSR} c) MSR vs VT migration demand`,
    yAxis: "MSR",
    text: "under increasing migration demand, MO-MADDPG maintains high migration success rates … MADDPG and MADQN exhibit moderate declines in success rates as demand increases.",
    metric: METRICS.msr,
    sweep: DEMAND,
    direction: "falls",
  },
];

const COST = "Migration cost comparison on different layers:";
const FIG7A: SweepFigure = {
  id: "fig7a",
  title: "Fig. 7(a): what migrations cost over resources",
  caption: `${COST} a) Cost vs resource level`,
  yAxis: "migration cost",
  text: "As resource levels increase, migration costs generally decrease for all algorithms … MO-MADDPG achieves significantly lower migration costs compared to other algorithms.",
  metric: METRICS.cost,
  sweep: RESOURCES,
  direction: "falls",
};
const FIG7B: CurveFigure = {
  id: "fig7b",
  title: "Fig. 7(b): what migrations cost over training episodes",
  caption: `${COST} b) Cost vs episode`,
  yAxis: "migration cost",
  text: "As learning episodes increase, all algorithms demonstrate a reduction in migration costs, but MO-MADDPG exhibits the fastest convergence and lowest final costs … achieves up to 30% lower migration costs than other algorithms.",
  metric: METRICS.cost,
  direction: "falls",
  claims: gainsIn("cost"),
};

/** Reward and loss while learners learn. */
export async function fig2(study: Study): Promise<Figure[]> {
  return [await curveFigure(study, FIG2A), await lossFigure(study)];
}

/** How far 25 % lower losses are from what can be compared. */
const PRINTED_LOSS = 0.25;

/** Fig. 2(b): losses, each as a share of what it was at first. */
async function lossFigure(study: Study): Promise<Figure> {
  const learned = await study.learners(GRID);
  const x = episodesOf(learned).slice(1);
  const series: Series[] = learned.map((one) =>
    curveOf(one, x, ({ criticLoss }) => criticLoss ?? Number.NaN),
  );
  const measured = await compareIn(study, GRID);
  const last = new Map(
    series.map(({ name, values }) => [name, values.filter(Number.isFinite).at(-1) ?? Number.NaN]),
  );
  const ours = last.get(LEARNERS.warm.name)!;
  const others = [LEARNERS.maddpg.name, LEARNERS.madqn.name].map((name) => ({
    name,
    loss: last.get(name) ?? Number.NaN,
  }));
  return {
    paper: "twin-migration",
    id: "fig2b",
    title: "Fig. 2(b): losses of critics over training episodes",
    printed: {
      caption: "Convergence analysis of the considered algorithms: b) Loss value vs episodes.",
      xAxis: "episodes",
      yAxis: "loss value",
      text: "our proposed MO-MADDPG outperforms other methods by achieving faster and more stable convergence … while GA performs poorly as it relies on static optimization rather than adaptive learning.",
    },
    parameters: studyParameters(study, measured),
    setting: studySetting(study),
    inferred: INFERRED,
    x: { label: "training episodes", name: "episodes", values: x },
    y: { label: "loss of the critic, mean since the last look", name: "critic_loss", range: spanOf(series) },
    series,
    claims: [
      {
        claim: "MO-MADDPG's loss is lower by 25 %",
        about: "figure",
        holds: others.every(({ loss }) => 1 - ours / loss >= PRINTED_LOSS),
        measured: [{ name: LEARNERS.warm.name, loss: ours }, ...others]
          .map(({ name, loss }) => `${name} ${Number.isNaN(loss) ? "none" : loss.toPrecision(3)}`)
          .join("; "),
      },
    ],
    otherwise: [],
    remarks: [
      "Losses of different algorithms are of different quantities: five objectives an agent, a weighted sum, or a sum over all agents. That one is smaller says nothing; a genetic algorithm and a rule have none.",
    ],
    tables: [policyTable(measured)],
  };
}

/** Energy over episodes and, by layer, over the size of tasks. */
export async function fig3(study: Study): Promise<Figure[]> {
  return [await curveFigure(study, FIG3A), await layersFigure(study)];
}

/** What each layer's energy grows by, as printed, "for large tasks". */
const PRINTED_GROWTH: Readonly<Record<Layer, number>> = { vehicle: 0.5, edge: 0.26, cloud: 0.17 };

async function layersFigure(study: Study): Promise<Figure> {
  const found = await sweepIn(study, TASK_SIZE);
  /** Joules of each run. */
  const layersOf = (measured: readonly Measured[], name: string, layer: Layer) =>
    measured
      .find((one) => one.name === name)!
      .runs.map((outcomes) => meanOf(outcomes.map(({ layers }) => layers[layer])));
  const names = [LEARNERS.warm.name, TUNED_NAME];
  const usual = TASK_SIZE.values.indexOf(TASK_SIZE.usual);
  const lines = names.flatMap((name) =>
    LAYERS.map((layer) => {
      const joules = found.map((measured) => layersOf(measured, name, layer));
      // Each run beside itself: runs differ in where they have twins.
      const shares = joules.map((runs) => runs.map((value, run) => value / joules[usual]![run]!));
      return { name, layer, joules, shares };
    }),
  );
  const series: Series[] = lines.map(({ name, layer, shares }) => ({
    name: `${layer}, ${name === TUNED_NAME ? "rule" : "MO"}`,
    values: shares.map((runs) => 100 * meanOf(runs)),
    spread: shares.map((runs) => 100 * deviationOf(runs)),
  }));
  const growth = (layer: Layer) => meanOf(lines.find((line) => line.layer === layer)!.shares.at(-1)!) - 1;
  const measured = LAYERS.map((layer) => `${layer} ${percent(growth(layer))}`).join(", ");
  return {
    paper: "twin-migration",
    id: "fig3b",
    title: "Fig. 3(b): energy of each layer over task size",
    printed: {
      caption: "Analysis of EC across layers for different algorithms: b) EC vs task size.",
      xAxis: "task size",
      yAxis: "energy consumption (EC) by layer",
      text: "In the vehicle layer, energy consumption increases significantly, reaching up to 50% for large tasks … In the edge layer, energy consumption grows more moderately, peaking at 26% … resulting in a modest overall increase of 17% for large tasks [in the cloud layer].",
    },
    parameters: {
      ...studyParameters(study, found[usual]!),
      joules: Object.fromEntries(
        lines.map(({ name, layer, joules }) => [`${name}: ${layer}`, joules.map(meanOf)]),
      ),
    },
    setting: studySetting(study, TASK_SIZE.setting),
    inferred: [...INFERRED, TASK_SIZE.inferred],
    x: { label: TASK_SIZE.label, name: TASK_SIZE.name, values: TASK_SIZE.values },
    y: { label: "energy, % of that at 30 MB", name: "energy_percent", range: spanOf(series) },
    series,
    claims: [
      {
        claim: "energy rises in all layers",
        about: "figure",
        holds: LAYERS.every((layer) => growth(layer) > 0),
        measured,
      },
      {
        claim: "most in the vehicles' (by up to 50 %), less at edges (26 %), least in clouds (17 %)",
        about: "figure",
        holds:
          growth("vehicle") > growth("edge") &&
          growth("edge") > growth("cloud") &&
          LAYERS.every((layer) => Math.abs(growth(layer) - PRINTED_GROWTH[layer]) <= 0.1),
        measured: `from 30 to 45 MB: ${measured}`,
      },
    ],
    otherwise: [],
    remarks: [
      "Vehicles transmit with 0.2 W and execute nothing: their layer has some 2 % of all energy.",
      ...REMARKS.slice(2),
    ],
  };
}

export async function fig4(study: Study): Promise<Figure[]> {
  return [await curveFigure(study, FIG4A), await sweepFigure(study, FIG4B)];
}

export async function fig5(study: Study): Promise<Figure[]> {
  const figures = [await curveFigure(study, FIG5A)];
  for (const figure of FIG5) figures.push(await sweepFigure(study, figure));
  return figures;
}

export async function fig6(study: Study): Promise<Figure[]> {
  const figures = [await curveFigure(study, FIG6A)];
  for (const figure of FIG6) figures.push(await sweepFigure(study, figure));
  return figures;
}

export async function fig7(study: Study): Promise<Figure[]> {
  return [await sweepFigure(study, FIG7A), await curveFigure(study, FIG7B)];
}
