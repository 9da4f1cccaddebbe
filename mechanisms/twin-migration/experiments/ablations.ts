/** What each part of MO-MADDPG brings. */
import type { Claim, Figure, Series } from "../../../reports/Figure.ts";
import { READING_RULE, TUNED_NAME } from "./contenders.ts";
import { REMARKS, studyParameters, studySetting } from "./curves.ts";
import { LEARNERS, type LearnerSpec } from "./learnerSpecs.ts";
import type { Measured } from "./measure.ts";
import { compare, METRICS, summarize } from "./metrics.ts";
import { INFERRED } from "./printed.ts";
import type { Study } from "./Study.ts";
import { GRID, GRID_LARGE, HELD_OUT, type Scenario } from "./scenarios.ts";
import { spanOf } from "./spanOf.ts";
import { policyTable, ruleClaim } from "./verdicts.ts";

/** Held-out episodes at 100/10/3, each of five times the vehicles. */
const LARGE_EPISODES = 10;

/** Whole, and what it is without which part, from each start. */
const STARTS: readonly {
  readonly start: string;
  readonly whole: LearnerSpec;
  readonly without: readonly (readonly [part: string, without: LearnerSpec])[];
}[] = [
  {
    start: "a warm start",
    whole: LEARNERS.warm,
    without: [
      ["the GCN", LEARNERS.noGraph],
      ["that critics have five heads", LEARNERS.oneHead],
      ["the game", LEARNERS.noGame],
    ],
  },
  {
    start: "a cold start",
    whole: LEARNERS.cold,
    without: [
      ["the GCN", LEARNERS.coldNoGraph],
      ["that critics have five heads", LEARNERS.coldOneHead],
      ["the game", LEARNERS.coldNoGame],
    ],
  },
];
const VARIANTS = STARTS.flatMap(({ whole, without }) => [whole, ...without.map(([, spec]) => spec)]);

/** Whole and without its parts, where it was trained and at the paper's size. */
export async function ablationsFigure(study: Study): Promise<Figure> {
  const small = await measureVariants(study, GRID, study.episodes.count);
  const large = await measureVariants(study, GRID_LARGE, Math.min(LARGE_EPISODES, study.episodes.count));
  const names = small.map(({ name }) => name);
  const lineOf = (name: string, measured: readonly Measured[]): Series => {
    const summaries = measured.map((one) => summarize(one, METRICS.reward));
    return {
      name,
      values: summaries.map(({ mean }) => mean),
      spread: summaries.map(({ deviation }) => deviation),
    };
  };
  const series = [lineOf("20/4/2", small), lineOf("100/10/3, not trained again", large)];
  const of = ({ name }: LearnerSpec, all = small) => all.find((one) => one.name === name);
  const [warm, cold] = [of(LEARNERS.warm)!, of(LEARNERS.cold)!];
  const helps = (what: string, whole: Measured, without: Measured): Claim => {
    const { difference, noise, better } = compare(whole, without, METRICS.reward);
    const { difference: utility } = compare(whole, without, METRICS.utility);
    return {
      claim: `${what} brings more reward`,
      about: "figure",
      holds: better,
      measured: `${difference < 0 ? "−" : "+"}${Math.abs(difference).toFixed(2)}, noise ${noise.toFixed(2)}; utility ${utility < 0 ? "−" : "+"}${Math.abs(utility).toFixed(3)}`,
    };
  };
  const rule = [...small, ...large].filter(({ name }) => name === TUNED_NAME);
  return {
    paper: "twin-migration",
    id: "ablations",
    title: "MO-MADDPG without its parts",
    printed: {
      caption: "none: the paper removes nothing",
      xAxis: "–",
      yAxis: "–",
      text: "This performance is attributed to the integration of GCNs and a hierarchical Stackelberg game incentive scheme … In comparison, the other approaches fall short due to the lack of such useful integration of frameworks.",
    },
    parameters: {
      ...studyParameters(study, small),
      large: studyParameters(study, large),
    },
    setting: studySetting(study, "trained on the grid at 20/4/2"),
    inferred: INFERRED,
    x: {
      label: "variant",
      name: "variant",
      values: names.map((_, at) => at + 1),
      names: names.map((name) => name.replace("MO-MADDPG", "MO")),
    },
    y: { label: METRICS.reward.label, name: "reward", range: spanOf(series) },
    series,
    claims: [
      ...STARTS.flatMap(({ start, whole, without }) =>
        without.flatMap(([part, spec]) => {
          const measured = of(spec);
          return measured === undefined ? [] : [helps(`from ${start}, ${part}`, of(whole)!, measured)];
        }),
      ),
      { ...helps("a warm start", warm, cold), about: "text" },
      ruleClaim({ ours: warm, others: [rule[0]!] }, METRICS.reward),
      {
        ...ruleClaim({ ours: of(LEARNERS.warm, large)!, others: [rule[1]!] }, METRICS.reward),
        claim: "beyond the paper: at 100/10/3, not trained again, better than a rule that was tuned there",
      },
    ],
    otherwise: [],
    remarks: [
      ...REMARKS.slice(2),
      ...VARIANTS.filter((spec) => of(spec) === undefined).map(
        ({ name }) => `${name}: not trained, so not here.`,
      ),
    ],
    tables: [policyTable(small, "20/4/2"), policyTable(large, "100/10/3")],
  };
}

async function measureVariants(study: Study, scenario: Scenario, count: number): Promise<Measured[]> {
  const episodes = { ...HELD_OUT, count };
  const measured: Measured[] = [];
  for (const learned of await study.learnedOf(VARIANTS, GRID)) {
    measured.push(await study.measure(learned, scenario, GRID, episodes));
  }
  measured.push(await study.measure(await study.rule(scenario), scenario, scenario, episodes));
  measured.push(await study.measure(READING_RULE, scenario, GRID, episodes));
  return measured;
}
