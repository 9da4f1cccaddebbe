/** The rule that learners must beat: tuned anew, tried on episodes that it was not tuned on. */
import { least } from "../../../numerics/extremes.ts";
import type { Figure } from "../../../reports/Figure.ts";
import { READING_RULE, rulePlayer, seedsTo, TUNED_NAME, type Tuning } from "./contenders.ts";
import { METRICS, runMeans, summarize } from "./metrics.ts";
import type { Study } from "./Study.ts";
import type { Scenario } from "./scenarios.ts";
import { spanOf } from "./spanOf.ts";
import { policyTable } from "./verdicts.ts";

/** What the reading's rule earns on the grid: the bar of `vectors/twin-migration.json`. */
const READING_REWARD = 27.626;

/** Tunings of a scenario, one a seed. */
export async function tuneFigure(study: Study, scenario: Scenario): Promise<Figure> {
  const seeds = seedsTo(study.seeds);
  const tunings: Tuning[] = [];
  for (const seed of seeds) {
    study.progress(`tuning on ${scenario.title}, seed ${seed} of ${seeds.length}`);
    tunings.push(await study.tune(scenario, seed));
  }
  const tuned = { name: TUNED_NAME, runs: tunings.map(({ rule }) => rulePlayer(rule)) };
  const heldOut = await study.measure(tuned, scenario, scenario);
  const reading = await study.measure(READING_RULE, scenario, scenario);
  const bar = summarize(reading, METRICS.reward).mean;
  const rewards = runMeans(heldOut, METRICS.reward);
  const series = [
    { name: "where it was tuned", values: tunings.map(({ reward }) => reward) },
    { name: "held out", values: rewards },
    { name: "the reading's numbers, held out", values: seeds.map(() => bar) },
  ];
  const { mean, deviation } = summarize(heldOut, METRICS.reward);
  const { tuning } = study.budget;
  const fields = ["q", "f", "alpha", "adm", "h", "tau", "cloud_penalty"] as const;
  const onGrid = scenario.id === "grid" && study.episodes.count === 40;
  return {
    paper: "twin-migration",
    id: `tune-${scenario.id}`,
    title: `Tuned rule on ${scenario.title}`,
    printed: {
      caption: "none: the paper compares with no such rule",
      xAxis: "–",
      yAxis: "–",
      text: "none",
    },
    parameters: { scenario: scenario.id, tuning, heldOut: study.episodes, tunings },
    setting: `greedy with hysteresis: ${tuning.draws} draws a seed, each tried on ${tuning.episodes} episodes from seed ${tuning.firstSeed}\nheld out: ${study.episodes.count} episodes from seed ${study.episodes.first}`,
    inferred: ["the rule and its tuner are the reading's, not the paper's"],
    x: { label: "seed of the draws", name: "seed", values: seeds },
    y: { label: METRICS.reward.label, name: "reward", range: spanOf(series) },
    series,
    claims: [
      ...(onGrid
        ? [
            {
              claim: `the reading's rule earns ${READING_REWARD}`,
              about: "text" as const,
              holds: Math.abs(bar - READING_REWARD) < 0.0005,
              measured: bar.toFixed(3),
            },
          ]
        : []),
      {
        claim: "rules that are tuned here earn more than the reading's numbers, with every seed",
        about: "text",
        holds: least(rewards) > bar,
        measured: `${mean.toFixed(2)} ± ${deviation.toFixed(2)}, least ${least(rewards).toFixed(2)}; the reading's ${bar.toFixed(2)}`,
      },
    ],
    otherwise: [],
    remarks: [],
    tables: [
      {
        columns: [
          { header: "seed" },
          ...["tuned on", "held out", ...fields].map((header) => ({ header, align: "right" as const })),
        ],
        rows: tunings.map(({ seed, rule, reward }, at) => [
          String(seed),
          reward.toFixed(2),
          rewards[at]!.toFixed(2),
          ...fields.map((field) => rule[field].toFixed(2)),
        ]),
      },
      policyTable([heldOut, reading]),
    ],
  };
}
