import { readFileSync } from "node:fs";
import { expect } from "chai";
import { figureChart } from "../../../../experiments/figureChart.ts";
import { figureLaboratory } from "../../../../experiments/learning/figureLaboratory.ts";
import type { Dataset } from "../../../../learning/datasets/Dataset.ts";
import type { DatasetSpec } from "../../../../learning/datasets/DatasetSpec.ts";
import { sceneDataset } from "../../../../learning/datasets/sceneDataset.ts";
import type { EvaluateResult } from "../../../../learning/training/summarizeEvaluation.ts";
import type { Federation, FigureLaboratory } from "../../../../mechanisms/FigureLaboratory.ts";
import { equilibriumOf } from "../../../../mechanisms/model-trading/experiments/schemeAllocations.ts";
import { schemeClocks } from "../../../../mechanisms/model-trading/experiments/schemeClocks.ts";
import { signDetection } from "../../../../mechanisms/model-trading/experiments/signDetection.ts";
import { signGame } from "../../../../mechanisms/model-trading/experiments/signGame.ts";
import { signRuns } from "../../../../mechanisms/model-trading/experiments/signRuns.ts";
import { timeToPrecision } from "../../../../mechanisms/model-trading/experiments/timeToPrecision.ts";
import {
  type DetectorScores,
  HALF_TRAIN_SCENES,
  trainDetector,
} from "../../../../mechanisms/model-trading/experiments/trainDetector.ts";
import {
  BY_NAME_ONLY,
  TRAINED_FIGURES,
} from "../../../../mechanisms/model-trading/experiments/trainedFigures.ts";
import { BaseError } from "../../../../protocol/BaseError.ts";
import { verdictOn } from "../../../../reports/Figure.ts";
import { FederationPool } from "../../../../simulation/federated/FederationPool.ts";
import { deepOnly } from "../../../tier.ts";
import { realScenes } from "../../learning/detection/realScenes.ts";
import { documented } from "./recordedTrainings.ts";

const read = (path: string) => readFileSync(new URL(`../../../../docs/${path}`, import.meta.url), "utf8");

const evaluated = (map50: number, map: number): EvaluateResult => ({
  samples: 1,
  score: map50,
  scorePpb: Math.floor(map50 * 1e9),
  metrics: { map50, map, detectionLoss: 1 },
});

/** Ten grey scenes with a sign each. */
const scenes: Dataset = sceneDataset(
  Array.from({ length: 10 }, (_, client) => ({
    pixels: new Uint8Array(400 * 680 * 3).fill(client),
    objects: [
      { box: { left: 10 * client, top: 50, right: 10 * client + 30, bottom: 80 }, category: client % 4 },
    ],
    client,
  })),
  [400, 680, 3],
  4,
);

/** A laboratory that keeps what it is asked for and has scores by seed and round. */
function recording(
  scores: (seed: number, round: number) => EvaluateResult,
  missing = false,
  train: Dataset = scenes,
) {
  const loads: DatasetSpec[] = [];
  const federations: Federation[] = [];
  const laboratory: FigureLaboratory = {
    async load(spec) {
      loads.push(spec);
      if (missing && loads.length === 1) throw new BaseError("DATA_MISSING", "not there");
      return { train, test: scenes };
    },
    async federate(federation) {
      federations.push(federation);
      const { seed } = federation.task;
      return {
        untrained: scores(seed, 0),
        rounds: Array.from({ length: federation.rounds }, (_, round) => scores(seed, round + 1)),
      };
    },
    progress() {},
  };
  return { laboratory, loads, federations };
}

describe("trainDetector", () => {
  const options = { shares: [1, 1, 1, 1, 1], rounds: 2, seed: 3 };

  it("deals every scene to one user, who cuts new windows for every round, the same for the same seed", async () => {
    const asked = recording(() => evaluated(0.5, 0.25));
    const scores = await trainDetector(asked.laboratory, options);
    expect(scores).to.deep.equal({ map: [0.25, 0.25, 0.25], map50: [0.5, 0.5, 0.5] });
    const again = recording(() => evaluated(0.5, 0.25));
    await trainDetector(again.laboratory, options);
    const [{ workers }, { workers: same }] = [asked.federations[0]!, again.federations[0]!];
    const held = workers.map(({ dataFor }) => [...new Set(dataFor(0).clients)]);
    expect(held.map(({ length }) => length)).to.deep.equal([2, 2, 2, 2, 2]);
    expect(held.flat().sort()).to.deep.equal([...scenes.clients!]);
    for (const [user, { dataFor }] of workers.entries()) {
      expect(dataFor(1)).to.deep.equal(same[user]!.dataFor(1));
      expect(dataFor(1).boxes).to.not.deep.equal(dataFor(0).boxes);
    }
  });

  it("deals scenes in proportion to the shares", async () => {
    const { laboratory, federations } = recording(() => evaluated(0.5, 0.25));
    await trainDetector(laboratory, { ...options, shares: [1, 2, 2] });
    const held = federations[0]!.workers.map(({ dataFor }) => new Set(dataFor(0).clients).size);
    expect(held).to.deep.equal([2, 4, 4]);
  });

  it("brings no more windows than a user may", async () => {
    const { laboratory, federations } = recording(() => evaluated(0.5, 0.25));
    await trainDetector(laboratory, { ...options, mostWindows: (user) => user + 1 });
    const counts = federations[0]!.workers.map(({ dataFor }) => dataFor(0).labels.length);
    expect(counts).to.deep.equal([1, 2, 3, 4, 5]);
  });

  it("takes the published files where there are none of half size", async () => {
    const { laboratory, loads } = recording(() => evaluated(0.5, 0.25), true);
    await trainDetector(laboratory, options);
    expect(loads).to.deep.equal([
      { kind: "gtsdb", size: 32, samples: "half-scenes", trainScenes: 240 },
      { kind: "gtsdb", size: 32, samples: "scenes", trainScenes: 600 },
    ]);
  });

  it("trains for real: a federation of five over real scenes, twice to the same bits", async function () {
    const few = await realScenes(this, { most: 14, trainScenes: 12 });
    const pool = new FederationPool({ threads: 1 });
    try {
      const laboratory = figureLaboratory({ pool: () => pool, load: async () => few, progress() {} });
      const run = () =>
        trainDetector(laboratory, { shares: [1, 1, 1, 1, 1], rounds: 1, seed: 1, mostWindows: () => 16 });
      const first = await run();
      expect(first.map50).to.have.length(2);
      for (const score of [...first.map, ...first.map50]) expect(score).to.be.within(0, 1);
      expect(await run()).to.deep.equal(first);
    } finally {
      await pool.close();
    }
  });
});

describe("figures of traffic signs", () => {
  const { runs, seeds } = documented("fig10-signs").parameters as unknown as {
    runs: DetectorScores[];
    seeds: number[];
  };
  const recorded = () =>
    recording((seed, round) => {
      const { map, map50 } = runs[seeds.indexOf(seed)]!;
      return evaluated(map50[round]!, map[round]!);
    });

  it("are the documented ones, as the recorded trainings have it", async () => {
    const { laboratory, federations } = recorded();
    const page = read("mechanisms/model-trading.md");
    for (const name of ["fig10-signs", "table4-signs", "table4-signs-map"]) {
      const { command, verdict, why, ...kept } = documented(name);
      const figure = await TRAINED_FIGURES[name]!(laboratory);
      expect(JSON.parse(JSON.stringify(figure)), name).to.deep.equal(kept);
      expect(verdictOn(figure), name).to.deep.equal({ verdict, why });
      expect(command).to.equal(`./freshet experiment model-trading ${name}`);
      expect(page.split("\n").find((line) => line.startsWith(`| ${name} `))).to.contain(verdict);
      if (name !== "table4-signs-map")
        expect(figureChart(figure) === read(`images/model-trading/${name}.svg`), name).to.equal(true);
      expect(BY_NAME_ONLY).to.contain(name);
    }
    expect(federations.map(({ task }) => task.seed)).to.deep.equal(seeds);
  });

  it("have several seeds, none of which settings were chosen on, and tables with their numbers", async () => {
    expect(seeds.length).to.be.at.least(3);
    expect(seeds).to.not.contain(1);
    const { laboratory } = recorded();
    const page = read("mechanisms/model-trading.md");
    for (const name of ["table4-signs", "table4-signs-map"]) {
      const { series } = await TRAINED_FIGURES[name]!(laboratory);
      for (const { name: scheme, values, spread } of series) {
        const cells = values.map((value, n) => `${value.toFixed(0)} ± ${spread![n]!.toFixed(0)}`);
        expect(page, name).to.contain(`| ${scheme} | ${cells.join(" | ")} |`);
      }
    }
  });

  it("show rounds × D_n, cut off at T", async () => {
    const { laboratory } = recording((seed, round) => evaluated(round / 10, (round + seed) / 20));
    const figure = await timeToPrecision(laboratory, "map50", { seeds: [1, 2], rounds: 9 });
    const [aware, , , , fixed] = schemeClocks(signGame(), { keyed: "Q-saturating" }, 2);
    for (const n of [0, 1, 2]) {
      expect(figure.series[0]!.values[n]).to.be.closeTo(7 * aware!.clocks[0]!.roundSeconds[n]!, 1e-9);
      const times = fixed!.clocks.map(({ roundSeconds }) => Math.min(1200, 7 * roundSeconds[n]!));
      expect(figure.series[4]!.values[n]).to.be.closeTo((times[0]! + times[1]!) / 2, 1e-9);
    }
    expect(figure.claims[0]).to.include({ holds: true, measured: "after 7, 7 rounds" });
    const { laboratory: flat } = recording(() => evaluated(0.3, 0.1));
    const short = await timeToPrecision(flat, "map", { seeds: [1], rounds: 3 });
    expect(short.claims[0]).to.include({ holds: false, measured: "after more rounds" });
    expect(verdictOn(short).verdict).to.equal("not reproducible");
    expect(() => figureChart(short)).to.not.throw();
  });

  deepOnly(
    "trade a game in which everyone can serve everyone, and bring the windows that it says",
    async function () {
      const game = signGame();
      expect(equilibriumOf(game)).to.not.equal(undefined);
      const { train } = await realScenes(this, { most: 900, trainScenes: HALF_TRAIN_SCENES });
      for (const seed of seeds) {
        const { laboratory, federations } = recording(() => evaluated(0, 0), false, train);
        await signRuns(laboratory, { seeds: [seed], rounds: 1 });
        const brought = federations[0]!.workers.map(({ dataFor }) => dataFor(0).labels.length);
        expect(brought, `seed ${seed}`).to.deep.equal([208, 277, 347, 416, 486]);
      }
    },
  );

  it("say after which round each seed came to Table IV's precisions", async () => {
    const { laboratory } = recording((seed, round) => evaluated(round / 10, (round + seed) / 20));
    const figure = await signDetection(laboratory, { seeds: [1, 2], rounds: 9 });
    expect(figure.series.map(({ values }) => values.length)).to.deep.equal([10, 10]);
    expect(figure.claims.map(({ holds, measured }) => [holds, measured])).to.deep.equal([
      [true, "mAP@50 90.0 ± 0.0 % after 9 rounds; mAP (0.50 to 0.95) 52.5 ± 3.5 % after 9 rounds"],
      [true, "after 7, 7 rounds"],
      [true, "after 9, 8 rounds"],
      [true, "after 7, 7 and 9, 8 rounds"],
    ]);
    expect(verdictOn(figure).verdict).to.equal("reproduced with inferred parameters");
    const { laboratory: flat } = recording(() => evaluated(0.3, 0.1));
    const short = await signDetection(flat, { seeds: [1], rounds: 3 });
    expect(short.claims.map(({ holds, measured }) => [holds, measured])).to.deep.equal([
      [false, "mAP@50 30.0 ± 0.0 % after 3 rounds; mAP (0.50 to 0.95) 10.0 ± 0.0 % after 3 rounds"],
      [false, "after more rounds"],
      [false, "after more rounds"],
      [false, "after more and more rounds"],
    ]);
    expect(verdictOn(short).verdict).to.equal("not reproducible");
  });
});
