import { existsSync } from "node:fs";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { figureChart } from "../../../../../experiments/figureChart.ts";
import { rasterize } from "../../../../../experiments/rasterize.ts";
import { figureRows } from "../../../../../experiments/writeFigure.ts";
import type { KeptFiles } from "../../../../../mechanisms/FigureSettings.ts";
import { ablationsFigure } from "../../../../../mechanisms/twin-migration/experiments/ablations.ts";
import { claimsFigure } from "../../../../../mechanisms/twin-migration/experiments/claims.ts";
import {
  geneticPlan,
  READING_RULE,
  rulePlayer,
  tuneIn,
} from "../../../../../mechanisms/twin-migration/experiments/contenders.ts";
import { keptMeasure } from "../../../../../mechanisms/twin-migration/experiments/keptOutcomes.ts";
import { keptTuning } from "../../../../../mechanisms/twin-migration/experiments/keptTunings.ts";
import { LEARNERS } from "../../../../../mechanisms/twin-migration/experiments/learnerSpecs.ts";
import { measure } from "../../../../../mechanisms/twin-migration/experiments/measure.ts";
import { METRICS, summarize } from "../../../../../mechanisms/twin-migration/experiments/metrics.ts";
import {
  optimumFigure,
  optimumShares,
} from "../../../../../mechanisms/twin-migration/experiments/optimum.ts";
import {
  fig2,
  fig3,
  fig4,
  fig5,
  fig6,
  fig7,
} from "../../../../../mechanisms/twin-migration/experiments/paperFigures.ts";
import { policyTrainer } from "../../../../../mechanisms/twin-migration/experiments/policyTrainer.ts";
import { Study } from "../../../../../mechanisms/twin-migration/experiments/Study.ts";
import {
  GRID,
  GRID_HEAVIER,
  TRACES,
} from "../../../../../mechanisms/twin-migration/experiments/scenarios.ts";
import { tracesFigure } from "../../../../../mechanisms/twin-migration/experiments/traces.ts";
import {
  type Trainer,
  trainedLearner,
  trainingName,
} from "../../../../../mechanisms/twin-migration/experiments/trainedLearners.ts";
import { tuneFigure } from "../../../../../mechanisms/twin-migration/experiments/tune.ts";
import { GENETIC } from "../../../../../mechanisms/twin-migration/mathematics/rules/geneticPlan.ts";
import { TUNED_RULE } from "../../../../../mechanisms/twin-migration/mathematics/rules/rules.ts";
import { type Figure, verdictOn } from "../../../../../reports/Figure.ts";
import { deepOnly, tiered } from "../../../../tier.ts";

const DATA = fileURLToPath(new URL("../../../../../../shared/data", import.meta.url));

function filesInMemory(): KeptFiles & { readonly files: Map<string, Uint8Array> } {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    read: async (name) => files.get(name),
    async write(name, content) {
      files.set(name, Buffer.from(content));
    },
  };
}

/** What a learner that sees 2 episodes comes to, on 2 held-out ones. */
const kept = filesInMemory();
const tiny = (trainer = policyTrainer()) =>
  new Study({ progress() {} }, { seeds: 1, episodes: 2, traces: async () => DATA, kept }, trainer, {
    episodes: { first: 9400, count: 2 },
    tuning: { draws: 3, firstSeed: 9000, episodes: 2 },
    genetic: { ...GENETIC, plans: 3, generations: 2, kept: 1 },
  });

describe("Twin migration: what figures measure", function () {
  this.timeout(120_000);

  it("gives the rules the rewards of the benchmark vectors", () => {
    const { mean } = summarize(measure(READING_RULE, GRID), METRICS.reward);
    expect(mean).to.be.closeTo(27.626, 5e-4);
    const random = { name: "random", runs: [rulePlayer({ ...TUNED_RULE, name: "random" })] };
    expect(summarize(measure(random, GRID), METRICS.reward).mean).to.be.closeTo(5.73, 5e-4);
  });

  it("shares all energy out among layers", () => {
    const few = { first: 9400, count: 3 };
    const random = { name: "random", runs: [rulePlayer({ ...TUNED_RULE, name: "random" })] };
    for (const contender of [READING_RULE, random]) {
      for (const { energy, layers } of measure(contender, GRID, few).runs[0]!) {
        expect(layers.vehicle + layers.edge + layers.cloud).to.be.closeTo(energy, 1e-9);
        for (const joules of Object.values(layers)) expect(joules).to.be.above(0);
      }
    }
    // Who stays at the RSU where it began has nothing to do with clouds.
    const stay = { name: "stay", runs: [rulePlayer({ ...TUNED_RULE, name: "stay" })] };
    expect(measure(stay, GRID, few).runs[0]![0]!.layers.cloud).to.equal(0);
  });

  it("tunes by the seed, where it is to act, on other episodes than are compared", () => {
    const tuning = { draws: 3, firstSeed: 9000, episodes: 2 };
    const [one, two] = [1, 2].map((seed) => tuneIn(GRID, seed, "greedy-hysteresis", tuning));
    expect(one!.rule).to.not.deep.equal(two!.rule);
    expect(tuneIn(GRID_HEAVIER, 1, "greedy-hysteresis", tuning).reward).to.be.below(one!.reward);
  });

  it("plans each episode into another future, with a seed of its own", () => {
    const few = { first: 9400, count: 2 };
    const small = { ...GENETIC, plans: 4, generations: 2 };
    const [a, again] = [1, 1].map(() => measure(geneticPlan(1, small), GRID, few).runs);
    expect(a).to.deep.equal(again);
    expect(measure(geneticPlan(2, small), GRID, few).runs[1]).to.not.deep.equal(a![0]);
  });

  it("bounds all policies by the clairvoyant optimum, with staying at the bottom of its gain", () => {
    const stay = { name: "stay", runs: [rulePlayer({ ...TUNED_RULE, name: "stay" })] };
    const shares = optimumShares([stay, READING_RULE], 8);
    expect(shares[0]!.ofGain[0]).to.be.closeTo(0, 1e-12);
    expect(shares[0]!.ofBest[0]).to.be.within(0.5, 0.9999);
    expect(shares[1]!.ofBest[0]).to.be.within(shares[0]!.ofBest[0]! + 1e-6, 1);
  });
});

describe("Twin migration: trainings that are kept", function () {
  this.timeout(120_000);
  const subject = { spec: LEARNERS.warm, scenario: GRID, seed: 1, episodes: 1 };

  /** The real trainer, counting. */
  function counting(): Trainer & { trained: number } {
    const trainer = policyTrainer();
    const counted = {
      ...trainer,
      trained: 0,
      train(task: Parameters<Trainer["train"]>[0]) {
        counted.trained++;
        return trainer.train(task);
      },
    };
    return counted;
  }

  it("are not made twice, and play the same from files", async () => {
    const files = filesInMemory();
    const trainer = counting();
    const first = await trainedLearner(subject, trainer, files, () => {});
    const again = await trainedLearner(subject, trainer, files, () => {});
    expect(trainer.trained).to.equal(1);
    expect(first.curve.map(({ episode }) => episode)).to.deep.equal([0, 1]);
    expect(again.curve).to.deep.equal(first.curve);
    const played = [first, again].map(({ player }) =>
      measure({ name: "", runs: [player] }, GRID, { first: 9400, count: 1 }),
    );
    expect(played[1]).to.deep.equal(played[0]);
  });

  it("are shown alone when nothing may be trained, and missed when there are none", async () => {
    const files = filesInMemory();
    const trainer = counting();
    const settings = { seeds: 3, episodes: 1, traces: async () => DATA, kept: files };
    const only = () => new Study({ progress() {} }, { ...settings, onlyTrained: true }, trainer);
    let code = "";
    await only()
      .learned(LEARNERS.warm, GRID)
      .catch((error) => {
        code = error.code;
      });
    expect(code).to.equal("DATA_MISSING");
    for (const seed of [1, 3]) await trainedLearner({ ...subject, seed }, trainer, files, () => {});
    const study = only();
    expect((await study.learned(LEARNERS.warm, GRID)).runs).to.have.length(2);
    expect(study.trainings(LEARNERS.warm, GRID)).to.equal(2);
    expect(trainer.trained).to.equal(2);
  });

  it("are made anew when they were broken off before the record was written", async () => {
    const files = filesInMemory();
    const trainer = counting();
    const whole = await trainedLearner(subject, trainer, files, () => {});
    for (const name of [...files.files.keys()]) if (name.endsWith(".json")) files.files.delete(name);
    const anew = await trainedLearner(subject, trainer, files, () => {});
    expect(trainer.trained).to.equal(2);
    expect(anew.curve).to.deep.equal(whole.curve);
  });

  it("have names that tell apart whatever weights follow from, and no other", () => {
    const trainer = policyTrainer();
    const name = (changed: object, revision = 1) =>
      trainingName({ ...subject, ...changed }, { revision: () => revision });
    const names = [
      name({}),
      name({ seed: 2 }),
      name({ episodes: 2 }),
      name({}, 2),
      name({ spec: LEARNERS.noGraph }),
      // The same learner but for where it learns: the world's behaviour is in the hash.
      name({ scenario: { ...GRID_HEAVIER, id: "grid" } }),
      name({ spec: { ...LEARNERS.warm, warm: false } }),
    ];
    expect(new Set(names).size).to.equal(names.length);
    expect(name({ spec: { ...LEARNERS.warm, name: "otherwise called" } })).to.equal(names[0]);
    expect(name({})).to.match(/^mo-warm-grid-s1-e1-[0-9a-f]{12}$/);
    expect(trainer.revision(LEARNERS.warm)).to.be.above(0);
  });
});

describe("Twin migration: outcomes that are kept", () => {
  const few = { first: 9400, count: 2 };

  it("are found again by player, world and episodes, and are what is played", async () => {
    const files = filesInMemory();
    const played = await keptMeasure(READING_RULE, GRID, few, files);
    expect(played).to.deep.equal(measure(READING_RULE, GRID, few));
    expect(await keptMeasure(READING_RULE, GRID, few, files)).to.deep.equal(played);
    expect(files.files.size).to.equal(1);
    await keptMeasure(READING_RULE, GRID_HEAVIER, few, files);
    await keptMeasure(READING_RULE, GRID, { ...few, count: 1 }, files);
    await keptMeasure({ ...READING_RULE, withoutGame: true }, GRID, few, files);
    await keptMeasure({ name: "", runs: [rulePlayer({ ...TUNED_RULE, q: 0.5 })] }, GRID, few, files);
    expect(files.files.size).to.equal(5);
  });

  it("are taken from files but for the first, and played anew when that has changed", async () => {
    const files = filesInMemory();
    const played = await keptMeasure(READING_RULE, GRID, few, files);
    const [file] = files.files.keys();
    const change = (at: number) => {
      const kept = JSON.parse(JSON.stringify(played.runs[0]));
      kept[at].reward += 1;
      files.files.set(file!, Buffer.from(JSON.stringify(kept)));
    };
    change(1);
    const second = (await keptMeasure(READING_RULE, GRID, few, files)).runs[0]![1]!;
    expect(second.reward).to.equal(played.runs[0]![1]!.reward + 1);
    change(0);
    expect(await keptMeasure(READING_RULE, GRID, few, files)).to.deep.equal(played);
  });
});

describe("Twin migration: tunings that are kept", () => {
  const tuning = { draws: 2, firstSeed: 9000, episodes: 1 };
  const tune = (files: KeptFiles, scenario = GRID, seed = 1) =>
    keptTuning(scenario, seed, "greedy-hysteresis", tuning, files);

  it("are found again by world and seed, and made anew where the rule comes to another reward", async () => {
    const files = filesInMemory();
    const made = tuneIn(GRID, 1, "greedy-hysteresis", tuning);
    expect(await tune(files)).to.deep.equal(made);
    const [file] = files.files.keys();
    const keep = (changed: object) =>
      files.files.set(file!, Buffer.from(JSON.stringify({ ...made, ...changed })));
    // What is kept is taken: another rule with the reward that it has.
    const other = tuneIn(GRID, 2, "greedy-hysteresis", tuning);
    keep({ rule: other.rule, reward: other.reward });
    expect((await tune(files)).rule).to.deep.equal(other.rule);
    keep({ reward: made.reward + 1e-9 });
    expect(await tune(files)).to.deep.equal(made);
    await tune(files, GRID_HEAVIER);
    await tune(files, GRID, 2);
    expect(files.files.size).to.equal(3);
  });
});

describe("Twin migration: figures on tiny budgets", function () {
  this.timeout(600_000);
  const study = tiny();
  const figures: Figure[] = [];

  const check = (
    name: string,
    make: () => Promise<readonly Figure[]>,
    ids: readonly string[],
    tier: typeof it | typeof deepOnly = it,
  ) =>
    tier(`${name} has its panels, with a value for each x, as pictures with all characters`, async () => {
      const made = await make();
      expect(made.map(({ id }) => id)).to.deep.equal(ids);
      for (const figure of made) {
        for (const { name: line, values, spread = values } of figure.series) {
          expect(values, `${figure.id} ${line}`).to.have.length(figure.x.values.length);
          expect(spread).to.have.length(values.length);
          // Who acts at random at first has no loss in two episodes.
          const blind = figure.id === "fig2b" && line !== LEARNERS.warm.name;
          // Nor has who never migrated a latency of migrations.
          const still = figure.y.name === METRICS.migrationLatency.name && line === LEARNERS.maddpg.name;
          if (!still) expect(values.some(Number.isFinite), `${figure.id} ${line}`).to.equal(!blind);
        }
        const [low, high] = figure.y.range;
        // What untrained networks do may lie beyond the axis.
        const from = figure.x.name === "episodes" && figure.id !== "fig2b" ? 1 : 0;
        for (const value of figure.series.flatMap(({ values }) => values.slice(from))) {
          // Gains beyond ± 100 % are in tables only.
          if (Number.isFinite(value) && Math.abs(value) <= 100)
            expect(value, figure.id).to.be.within(low, high);
        }
        const svg = figureChart(figure);
        expect(svg).to.contain(verdictOn(figure).verdict);
        for (const name of figure.x.names ?? [])
          for (const word of name.split(" ")) expect(svg, figure.id).to.contain(word);
        expect(() => rasterize(svg, 0.1), figure.id).to.not.throw();
        expect(figureRows(figure)).to.have.length(figure.x.values.length + 1);
        expect(() => JSON.stringify(figure)).to.not.throw();
      }
      figures.push(...made);
    });

  check("fig2", () => fig2(study), ["fig2a", "fig2b"]);
  check("fig3", () => fig3(study), ["fig3a", "fig3b"]);
  check("fig4", () => fig4(study), ["fig4a", "fig4b"]);
  check("fig5", () => fig5(study), ["fig5a", "fig5b", "fig5c", "fig5d"], deepOnly);
  check("fig6", () => fig6(study), ["fig6a", "fig6b", "fig6c"]);
  check("fig7", () => fig7(study), ["fig7a", "fig7b"]);
  check("claims", async () => [await claimsFigure(study, GRID, GRID)], ["claims-grid"]);
  check("ablations", async () => [await ablationsFigure(study)], ["ablations"], deepOnly);
  check("optimum", async () => [await optimumFigure(study)], ["optimum"], deepOnly);
  check("tune", async () => [await tuneFigure(study, GRID)], ["tune-grid"]);

  it("never show a learner without the tuned rule", () => {
    expect(figures).to.have.length(tiered(13, 19));
    for (const { id, series, tables = [], x } of figures) {
      const shown = [...series.map(({ name }) => name), ...(x.names ?? [])].join();
      const told = JSON.stringify(tables);
      if (!/MO|MADDPG/.test(shown)) continue;
      expect(`${shown} ${told}`, id).to.contain("rule");
    }
  });

  it("say how few seeds and episodes they come from", () => {
    for (const { id, setting, parameters } of figures.filter(({ id }) => !id.startsWith("tune"))) {
      // The losses' and energies' figures have it as the others.
      expect(setting, id).to.contain("MO cold 2 × 1, MO warm 2 × 1, MADDPG 2 × 1, MADQN 2 × 1");
      expect(parameters, id).to.have.property("seeds", 1);
      for (const { episodes } of parameters.learners as { episodes: number }[]) {
        expect(episodes, id).to.equal(2);
      }
    }
  });

  it("judge two episodes of learning as no reproduction", () => {
    for (const id of ["fig2a", "fig7b", "claims-grid"]) {
      const figure = figures.find((one) => one.id === id)!;
      expect(verdictOn(figure).verdict, id).to.equal("not reproducible");
    }
  });

  it("of traces say what is missing, and are not made of none", async () => {
    const nowhere = await mkdtemp(join(tmpdir(), "freshet-traces-"));
    try {
      let code = "";
      await tracesFigure(study, nowhere).catch((error) => {
        code = error.code;
      });
      expect(code).to.equal("DATA_MISSING");
    } finally {
      await rm(nowhere, { recursive: true });
    }
  });

  const bus = join(DATA, "bus-liverpool");
  if (existsSync(bus)) {
    it("of traces show those that are there", async () => {
      const folder = await mkdtemp(join(tmpdir(), "freshet-traces-"));
      try {
        await symlink(bus, join(folder, "bus-liverpool"));
        const figure = await tracesFigure(study, folder);
        expect(figure.x.names).to.deep.equal(["Liverpool"]);
        expect(figure.remarks.filter((remark) => remark.includes("is skipped"))).to.have.length(
          TRACES.length - 1,
        );
        expect(figure.tables![0]!.rows.map(([name]) => name)).to.include.members([
          "tuned rule",
          "stay",
          "GA",
        ]);
        expect(() => rasterize(figureChart(figure), 0.1)).to.not.throw();
      } finally {
        await rm(folder, { recursive: true });
      }
    });
  } else {
    it("SKIPPED: ../shared/data/bus-liverpool is not beside this repository", function () {
      this.skip();
    });
  }
});
