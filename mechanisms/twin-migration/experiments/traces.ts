/** Policies on recorded traces. */
import { BaseError } from "../../../protocol/BaseError.ts";
import type { Claim, Figure, Series } from "../../../reports/Figure.ts";
import { type Contender, READING_RULE, TUNED_NAME } from "./contenders.ts";
import { judgedOf, REMARKS, studyParameters, studySetting } from "./curves.ts";
import { LEARNERS } from "./learnerSpecs.ts";
import type { Measured } from "./measure.ts";
import { METRICS, summarize } from "./metrics.ts";
import { INFERRED } from "./printed.ts";
import type { Study } from "./Study.ts";
import { GRID, noTrace, type Scenario, TRACES, traceScenario } from "./scenarios.ts";
import { spanOf } from "./spanOf.ts";
import { bestClaim, policyTable, ruleClaim } from "./verdicts.ts";

const CARRIED = "rule tuned on the grid";

/** All policies on every trace that is there. @throws BaseError `DATA_MISSING` when none is. */
export async function tracesFigure(study: Study, traces: string): Promise<Figure> {
  const found: { scenario: Scenario; measured: readonly Measured[] }[] = [];
  const missing: string[] = [];
  for (const source of TRACES) {
    try {
      study.progress(`reading ${source.title}`);
      const scenario = traceScenario(source, traces);
      found.push({ scenario, measured: await measureTrace(study, scenario) });
    } catch (error) {
      if (!(error instanceof BaseError && error.code === "DATA_MISSING")) throw error;
      missing.push(source.title);
    }
  }
  if (found.length === 0) throw noTrace(traces);
  const { warm, maddpg, madqn } = LEARNERS;
  const names = [warm.name, maddpg.name, madqn.name, "GA", CARRIED, TUNED_NAME];
  const measuredNames = new Set(found.flatMap(({ measured }) => measured.map(({ name }) => name)));
  const shown = names.filter((name) => measuredNames.has(name));
  const series: Series[] = shown.map((name) => {
    const summaries = found.map(({ measured }) =>
      summarize(measured.find((one) => one.name === name)!, METRICS.reward),
    );
    return {
      name,
      values: summaries.map(({ mean }) => mean),
      spread: summaries.map(({ deviation }) => deviation),
    };
  });
  return {
    paper: "twin-migration",
    id: "traces",
    title: "Policies on recorded traces",
    printed: {
      caption: "none: the paper names real-world experiments and shows none",
      xAxis: "–",
      yAxis: "–",
      text: "MO-MADDPG outperforms other methods",
    },
    parameters: {
      ...studyParameters(study, []),
      traces: found.map(({ scenario, measured }) => ({
        trace: scenario.id,
        ...studyParameters(study, measured),
      })),
    },
    setting: studySetting(study, "learners trained on the grid, rules tuned on each trace"),
    inferred: [
      ...INFERRED,
      "which vehicles of a trace have a twin, where RSUs stand, and how long they cover whom",
    ],
    x: {
      label: "trace",
      name: "trace",
      values: found.map((_, at) => at + 1),
      names: found.map(({ scenario }) => scenario.title),
    },
    y: { label: METRICS.reward.label, name: "reward", range: spanOf(series) },
    series,
    claims: found.flatMap(({ scenario, measured }): Claim[] => {
      const judged = judgedOf(measured);
      const rule = ruleClaim(judged, METRICS.reward);
      const first = "MO-MADDPG, trained on the grid, earns more than the paper's baselines";
      return [
        bestClaim(judged, METRICS.reward, `${scenario.title}: ${first}`),
        { ...rule, claim: `${scenario.title}: ${rule.claim}` },
      ];
    }),
    otherwise: [],
    remarks: [
      ...missing.map((title) => `${title} is skipped: its data are not in ${traces}.`),
      ...REMARKS.slice(1),
      `"${CARRIED}" meets each trace as the learners do: without having seen it.`,
    ],
    tables: found.map(({ scenario, measured }) => policyTable(measured, scenario.title)),
  };
}

/** Learners from the grid, and rules from there and from here. */
async function measureTrace(study: Study, scenario: Scenario): Promise<Measured[]> {
  const learners = (await study.contenders(GRID)).filter(({ name }) => name !== TUNED_NAME && name !== "GA");
  const carried: Contender = { ...(await study.rule(GRID)), name: CARRIED };
  const measured: Measured[] = [];
  for (const contender of [...learners, carried]) {
    measured.push(await study.measure(contender, scenario, GRID));
  }
  for (const contender of [
    study.genetic(),
    await study.rule(scenario),
    READING_RULE,
    ...(await study.simpleRules(scenario)),
  ]) {
    measured.push(await study.measure(contender, scenario, scenario));
  }
  return measured;
}
