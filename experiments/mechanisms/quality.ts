import { spreadWords } from "../../reports/spreadWords.ts";
import type { LaboratoryResult } from "../../simulation/laboratory/LaboratoryResult.ts";
import type { Laboratory } from "../learning/Laboratory.ts";
import type { LearningResult, Row, TestedClaim } from "../learning/LearningResult.ts";
import { meanAndDeviation } from "../learning/meanAndDeviation.ts";
import { ACCURACY_POINTS, pairedClaim } from "../learning/pairedClaim.ts";
import type { LineChart } from "../lineChart.ts";
import { niceAxis } from "../niceAxis.ts";
import { CONTENDERS, mechanismsSetting, playRuns } from "./mechanismsSetting.ts";
import { valueAt } from "./valueAt.ts";

/** What is spent where contenders are compared, tokens: all of them spend more and less at their levels. */
const SPENT = 20;
/** What the others are compared with. */
const PLAIN = "equal pay";

const METRICS = [
  { name: "spent", label: "spent, tokens", factor: 1, digits: 1 },
  { name: "accuracy", label: "accuracy, %", factor: 100, digits: 2 },
  { name: "utility", label: "utility a client, tokens", factor: 1, digits: 3 },
  { name: "losing", label: "of those who take part at a loss, %", factor: 100, digits: 1 },
  { name: "left", label: "stayed away, %", factor: 100, digits: 1 },
] as const;

/** Model quality by what is spent, clients' utility and who stays away, by mechanism and level of pay. */
export async function quality(laboratory: Laboratory): Promise<LearningResult> {
  const { seeds } = laboratory;
  const runs = CONTENDERS.flatMap((contender) => contender.levels.map((level) => ({ contender, level })));
  const played = await playRuns(laboratory, runs);
  const rows = runs.map(({ contender, level }, i): Row => {
    const of = (value: (result: LaboratoryResult) => number) => played[i]!.map(value);
    return {
      keys: [contender.name, `${level} ${contender.unit}`],
      values: {
        spent: of(({ metrics }) => metrics.spentTokens!),
        accuracy: of(({ metrics }) => metrics.score!),
        utility: of(({ metrics }) => metrics.utilityTokens!),
        losing: of(losing),
        left: of(({ metrics }) => metrics.left!),
      },
    };
  });
  return {
    id: "mechanisms-quality",
    title: "Model quality by what is spent",
    setting: mechanismsSetting(laboratory),
    ...{ seeds, keys: ["mechanism", "level"], metrics: METRICS, rows },
    claims: qualityClaims(rows, seeds.length),
    charts: qualityCharts(rows, seeds.length),
  };
}

/** Whether others give a better model than equal pay where as much is spent. */
export function qualityClaims(rows: readonly Row[], seeds: number): TestedClaim[] {
  const accuraciesAt = (name: string) =>
    Array.from({ length: seeds }, (_, seed) => {
      const own = rows.filter(({ keys }) => keys[0] === name).map(({ values }) => values);
      // What rounding leaves of a budget is no less spent.
      const points = own.map(
        ({ spent, accuracy }) => [Number(spent![seed]!.toFixed(6)), accuracy![seed]!] as const,
      );
      return valueAt(points, SPENT);
    });
  return CONTENDERS.filter(({ name }) => name !== PLAIN).map(({ name }) =>
    pairedClaim(
      `for ${SPENT} tokens, ${name} gives a better model than ${PLAIN}`,
      accuraciesAt(name),
      accuraciesAt(PLAIN),
      ACCURACY_POINTS,
    ),
  );
}

/** What is spent against accuracy, who stays away, and utility. */
export function qualityCharts(rows: readonly Row[], seeds: number): LineChart[] {
  return [
    chart(rows, seeds, {
      ...{ id: "mechanisms-quality", metric: "accuracy", factor: 100 },
      ...{ title: "Accuracy by what is spent", label: "accuracy on held-out images, %" },
    }),
    chart(rows, seeds, {
      ...{ id: "mechanisms-left", metric: "left", factor: 100 },
      ...{ title: "Who stays away, by what is spent", label: "clients that stay away, %" },
    }),
    chart(rows, seeds, {
      ...{ id: "mechanisms-utility", metric: "utility", factor: 1 },
      ...{ title: "Clients' utility by what is spent", label: "mean utility a client, tokens" },
    }),
  ];
}

/** Share of those who took part whose pay did not cover their costs. */
function losing({ clients }: LaboratoryResult): number {
  const enrolled = clients.filter(({ isEnrolled }) => isEnrolled);
  if (enrolled.length === 0) return 0;
  return enrolled.filter(({ utility }) => BigInt(utility) < 0n).length / enrolled.length;
}

function chart(
  rows: readonly Row[],
  seeds: number,
  about: { id: string; title: string; label: string; metric: string; factor: number },
): LineChart {
  const of = (row: Row, name: string, factor: number) =>
    meanAndDeviation(row.values[name]!.map((v) => v * factor));
  const series = CONTENDERS.map(({ name }) => {
    const own = rows.filter(({ keys }) => keys[0] === name);
    const points = own.map((row) => of(row, about.metric, about.factor));
    return {
      name,
      at: own.map((row) => of(row, "spent", 1).mean),
      values: points.map(({ mean }) => mean),
      spread: points.map(({ deviation }) => (Number.isNaN(deviation) ? 0 : deviation)),
    };
  });
  const ends = series.flatMap(({ values, spread }) =>
    values.flatMap((value, i) => [value - spread[i]!, value + spread[i]!]),
  );
  const spent = niceAxis([0, ...series.flatMap(({ at }) => at)]);
  return {
    ...{ id: about.id, title: about.title },
    setting: `40 clients with private costs choose by their own interest; four levels of pay each\n${spreadWords(seeds)}`,
    note: "Points are means over the seeds, on both axes.",
    x: {
      label: "paid to all clients, tokens",
      name: "spent",
      values: spent.range,
      step: spent.step,
    },
    y: {
      ...{ label: about.label, name: about.metric },
      ...niceAxis(ends, about.factor === 1 ? {} : { least: 0, most: 100 }),
    },
    series,
  };
}
