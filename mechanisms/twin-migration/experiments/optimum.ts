/** Policies beside the best that could have been done, where all sequences of choices can be tried. */
import { greatest } from "../../../numerics/extremes.ts";
import type { Figure } from "../../../reports/Figure.ts";
import { clairvoyantBest } from "../mathematics/rules/clairvoyant.ts";
import { TUNED_RULE } from "../mathematics/rules/rules.ts";
import { type Contender, READING_RULE, rulePlayer } from "./contenders.ts";
import { REMARKS, studyParameters, studySetting } from "./curves.ts";
import { deviationOf, meanOf } from "./metrics.ts";
import { INFERRED } from "./printed.ts";
import type { Study } from "./Study.ts";
import { GRID, gridScenario, HELD_OUT } from "./scenarios.ts";
import { spanOf } from "./spanOf.ts";

/** A vehicle among two RSUs and a cloud: with two, so few steps can be searched that no migration is paid off. */
const TINY = gridScenario("tiny", "1 vehicle, 2 RSUs, 1 cloud", { vehicles: 1, edges: 2, clouds: 1 });
/** Steps under the reading's rule before all is tried out for so many. */
const BEFORE = 15;
const HORIZON = 11;
const INSTANCES = 20;
/** What all do beside choosing servers: what the optimum is searched with. */
const CONSTANTS = {
  quality: TUNED_RULE.q,
  edge: [TUNED_RULE.f, TUNED_RULE.alpha, TUNED_RULE.adm],
  cloud: [TUNED_RULE.f, TUNED_RULE.adm],
};

/** What a policy gets of what there was to be had, over all instances. */
export interface OptimumShare {
  readonly name: string;
  /** Sum of objectives over that of the optimum, by run. */
  readonly ofBest: readonly number[];
  /** Gain over staying, over that of the optimum, by run. */
  readonly ofGain: readonly number[];
}

/** Each contender's share of the clairvoyant optimum; continuous actions are the same for all. */
export function optimumShares(contenders: readonly Contender[], instances = INSTANCES): OptimumShare[] {
  const sums = contenders.map(({ runs }) => runs.map(() => 0));
  let best = 0;
  let stay = 0;
  for (let e = 0; e < instances; e++) {
    const seed = HELD_OUT.first + e;
    // The clairvoyant plays where there is a game; who learned without one chooses servers there.
    const world = TINY.world(true);
    const plays = contenders.map(({ runs }) => runs.map((player) => player.in(world)));
    const policies = plays.map((runs) => runs.map((play) => play.policy(seed)));
    const before = rulePlayer(TUNED_RULE).in(world).policy(seed);
    world.reset(seed);
    for (let t = 0; t < BEFORE; t++) world.step(before(world));
    const start = world.snapshot();
    const found = clairvoyantBest(world, HORIZON, CONSTANTS);
    best += found.best;
    stay += found.stay;
    for (const [c, runs] of policies.entries()) {
      for (const [r, policy] of runs.entries()) {
        world.restore(start);
        for (let t = 0; t < HORIZON; t++) {
          const { targets } = policy(world);
          world.step({ targets, ...constantActions(world.instance.vehicles, world.instance.edges) });
          sums[c]![r]! += world.objective;
        }
      }
    }
    for (const play of plays.flat()) play.dispose();
  }
  return contenders.map(({ name }, c) => ({
    name,
    ofBest: sums[c]!.map((sum) => sum / best),
    ofGain: sums[c]!.map((sum) => (sum - stay) / (best - stay)),
  }));
}

function constantActions(vehicles: number, edges: number) {
  const [clock, admission] = CONSTANTS.cloud;
  return {
    quality: new Float64Array(vehicles).fill(CONSTANTS.quality),
    servers: Float64Array.from([...Array(edges).fill(CONSTANTS.edge).flat(), clock!, 0, admission!]),
  };
}

/** Shares of the optimum. */
export async function optimumFigure(study: Study): Promise<Figure> {
  const contenders = [
    ...(await study.contenders(GRID)),
    READING_RULE,
    ...(await study.simpleRules(GRID)).filter(({ name }) => name !== "cloud"),
  ];
  study.progress(`all sequences of ${INSTANCES} instances`);
  const shares = optimumShares(contenders);
  const told = (values: readonly number[]) => ({
    mean: 100 * meanOf(values),
    deviation: 100 * deviationOf(values),
  });
  const text = ({ mean, deviation }: { mean: number; deviation: number }) =>
    `${mean.toFixed(1)} ± ${deviation.toFixed(1)}`;
  const ofBest = shares.map((share) => told(share.ofBest));
  const ofGain = shares.map((share) => told(share.ofGain));
  const series = [
    {
      name: "share of the optimum",
      values: ofBest.map(({ mean }) => mean),
      spread: ofBest.map(({ deviation }) => deviation),
    },
  ];
  return {
    paper: "twin-migration",
    id: "optimum",
    title: "Share of the clairvoyant optimum",
    printed: { caption: "none: the paper searches no optimum", xAxis: "–", yAxis: "–", text: "none" },
    parameters: {
      ...studyParameters(study, []),
      before: BEFORE,
      horizon: HORIZON,
      instances: INSTANCES,
      shares,
    },
    setting: studySetting(
      study,
      `${TINY.title}: after ${BEFORE} steps all sequences of ${HORIZON}, ${INSTANCES} instances`,
    ),
    inferred: INFERRED,
    x: {
      label: "policy",
      name: "policy",
      values: shares.map((_, at) => at + 1),
      names: shares.map(({ name }) => name.replace("MO-MADDPG", "MO")),
    },
    y: { label: "sum of objectives, % of the optimum's", name: "share_percent", range: spanOf(series) },
    series,
    claims: [
      {
        claim: "no policy has more than the optimum",
        about: "text",
        holds: shares.every((share) => share.ofBest.every((one) => one <= 1 + 1e-12)),
        measured: `most ${greatest(shares.flatMap(({ ofBest }) => ofBest)).toFixed(4)}`,
      },
    ],
    otherwise: [],
    remarks: [
      "Policies choose servers only; quality, clocks, shares and admission are the reading's rule's for all, and for the optimum.",
      ...REMARKS.slice(2),
    ],
    tables: [
      {
        columns: [
          { header: "policy" },
          { header: "% of the optimum", align: "right" },
          { header: "% of its gain over staying", align: "right" },
        ],
        rows: shares.map(({ name }, at) => [name, text(ofBest[at]!), text(ofGain[at]!)]),
      },
    ],
  };
}
