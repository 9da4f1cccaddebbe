import { readFileSync } from "node:fs";
import { expect } from "chai";
import { figureChart } from "../../../../experiments/figureChart.ts";
import { figureLaboratory } from "../../../../experiments/learning/figureLaboratory.ts";
import type { Dataset } from "../../../../learning/datasets/Dataset.ts";
import type { DatasetSpec } from "../../../../learning/datasets/DatasetSpec.ts";
import { sceneDataset } from "../../../../learning/datasets/sceneDataset.ts";
import { ComputePool } from "../../../../learning/training/ComputePool.ts";
import type { EvaluateResult } from "../../../../learning/training/summarizeEvaluation.ts";
import type { Federation, FigureLaboratory } from "../../../../mechanisms/FigureLaboratory.ts";
import { signDetection } from "../../../../mechanisms/model-trading/experiments/signDetection.ts";
import {
  type DetectorScores,
  trainDetector,
} from "../../../../mechanisms/model-trading/experiments/trainDetector.ts";
import { BaseError } from "../../../../protocol/BaseError.ts";
import { verdictOn } from "../../../../reports/Figure.ts";
import { realScenes } from "../../learning/detection/realScenes.ts";
import { documented } from "./recordedTrainings.ts";

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
function recording(scores: (seed: number, round: number) => EvaluateResult, missing = false) {
  const loads: DatasetSpec[] = [];
  const federations: Federation[] = [];
  const laboratory: FigureLaboratory = {
    async load(spec) {
      loads.push(spec);
      if (missing && loads.length === 1) throw new BaseError("DATA_MISSING", "not there");
      return { train: scenes, test: scenes };
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
    const pool = new ComputePool({ threads: 1 });
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

describe("fig10-signs", () => {
  it("is the documented one, as the recorded training has it", async () => {
    const { command, verdict, why, ...kept } = documented("fig10-signs");
    const { runs, seeds } = kept.parameters as { runs: DetectorScores[]; seeds: number[] };
    const { laboratory } = recording((seed, round) => {
      const { map, map50 } = runs[seeds.indexOf(seed)]!;
      return evaluated(map50[round]!, map[round]!);
    });
    const figure = await signDetection(laboratory);
    expect(JSON.parse(JSON.stringify(figure))).to.deep.equal(kept);
    expect(verdictOn(figure)).to.deep.equal({ verdict, why });
    expect(command).to.equal("./freshet experiment model-trading fig10-signs");
    const path = new URL("../../../../docs/images/model-trading/fig10-signs.svg", import.meta.url);
    expect(figureChart(figure) === readFileSync(path, "utf8")).to.equal(true);
  });

  it("says after which round each seed came to Table IV's precisions", async () => {
    const { laboratory } = recording((seed, round) => evaluated(round / 10, (round + seed) / 20));
    const figure = await signDetection(laboratory, { seeds: [1, 2], rounds: 9 });
    expect(figure.series.map(({ values }) => values.length)).to.deep.equal([10, 10]);
    expect(figure.claims.map(({ holds, measured }) => [holds, measured])).to.deep.equal([
      [true, "mAP@50 90.0 % after 9 rounds; mAP (0.50 to 0.95) 52.5 % after 9 rounds"],
      [true, "after 7, 7 rounds"],
      [true, "after 9, 8 rounds"],
      [true, "after 7, 7 and 9, 8 rounds"],
    ]);
    expect(verdictOn(figure).verdict).to.equal("reproduced with inferred parameters");
    const { laboratory: flat } = recording(() => evaluated(0.3, 0.1));
    const short = await signDetection(flat, { seeds: [1], rounds: 3 });
    expect(short.claims.map(({ holds, measured }) => [holds, measured])).to.deep.equal([
      [false, "mAP@50 30.0 % after 3 rounds; mAP (0.50 to 0.95) 10.0 % after 3 rounds"],
      [false, "after more rounds"],
      [false, "after more rounds"],
      [false, "after more and more rounds"],
    ]);
    expect(verdictOn(short).verdict).to.equal("not reproducible");
  });
});
