/** Every claim of the paper's abstract and Section V beside what policies come to here. */
import type { Figure, Series } from "../../../reports/Figure.ts";
import { TUNED_NAME } from "./contenders.ts";
import { compareIn, judgedOf, REMARKS, studyParameters, studySetting } from "./curves.ts";
import { LEARNERS } from "./learnerSpecs.ts";
import { compare, METRICS } from "./metrics.ts";
import { INFERRED, PRINTED_GAINS } from "./printed.ts";
import type { Study } from "./Study.ts";
import type { Scenario } from "./scenarios.ts";
import { spanOf } from "./spanOf.ts";
import { gainClaim, policyTable, printedBaselines, ruleClaim } from "./verdicts.ts";

/** Points farther from zero are in tables only, %. */
const MOST_SHOWN = 100;

/** @param training - Where learners were trained; the rule is tuned where it plays. */
export async function claimsFigure(study: Study, scenario: Scenario, training: Scenario): Promise<Figure> {
  const measured = await compareIn(study, scenario, training);
  const judged = judgedOf(measured);
  const cold = judgedOf(measured, LEARNERS.cold.name);
  const rule = judged.others.find(({ name }) => name === TUNED_NAME)!;
  const beside = [...printedBaselines(judged), rule];
  const series: Series[] = [
    ...beside.map((other) => {
      const found = PRINTED_GAINS.map(({ metric }) => compare(judged.ours, other, METRICS[metric]));
      return {
        name: `against ${other.name}`,
        values: found.map(({ gain }) => 100 * gain),
        spread: found.map(({ spread }) => 100 * spread),
      };
    }),
    { name: "printed", values: PRINTED_GAINS.map(({ gain }) => 100 * gain) },
  ];
  const shown = series.map(({ values }) => ({
    values: values.filter((value) => Math.abs(value) <= MOST_SHOWN),
  }));
  return {
    paper: "twin-migration",
    id: `claims-${scenario.id}`,
    title: `What MO-MADDPG improves: ${scenario.title}`,
    printed: {
      caption: "Abstract and Section V.",
      xAxis: "claims",
      yAxis: "improvement in %",
      text: "improving latency, resource utilization, migration cost, and overall UX by 12.8%, 9.7%, 14.2%, and 16.1%, respectively … up to 32% higher rewards … up to 30-35% higher migration success rates … up to 30% lower migration costs",
    },
    parameters: studyParameters(study, measured, training),
    setting: studySetting(study, scenario.title, training),
    inferred: INFERRED,
    x: {
      label: "quantity, as the paper claims it",
      name: "claim",
      values: PRINTED_GAINS.map((_, at) => at + 1),
      names: PRINTED_GAINS.map(({ id }) => id),
    },
    y: { label: "better by, %", name: "gain_percent", range: spanOf(shown) },
    series,
    claims: [
      ...PRINTED_GAINS.map((one) => gainClaim(judged, one)),
      ...(["reward", "latency", "cost", "ux", "msr", "utilisation"] as const).map((metric) =>
        ruleClaim(judged, METRICS[metric]),
      ),
      ...PRINTED_GAINS.map((one) => {
        const claim = gainClaim(cold, one);
        return { ...claim, claim: `from a cold start: ${claim.claim}`, about: "text" as const };
      }),
    ],
    otherwise: [],
    remarks: [
      ...REMARKS.slice(1),
      `Points beyond ± ${MOST_SHOWN} % are in the table and in claims only.`,
      "That less of the servers' clocks works is no fault by itself: who synchronizes at lower quality needs less of them.",
    ],
    tables: [policyTable(measured)],
  };
}
