import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";

import { recordedResults } from "../../../../experiments/export/recordedResults.ts";
import { resultsExport } from "../../../../experiments/export/resultsExport.ts";
import { RESULT_TABLES } from "../../../../experiments/export/resultTableDefinitions.ts";
import { writeExport } from "../../../../scripts/writeExport.ts";
import { rejected } from "../../thrown.ts";

const RECORDED = fileURLToPath(new URL("../../../../docs/experiments", import.meta.url));

describe("resultsExport", () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "freshet-export-"));
  });
  after(() => rm(folder, { recursive: true }));

  it("has every result that docs/ records, with all points, runs and claims", async () => {
    const { results, others } = await recordedResults(RECORDED);
    expect(others).to.deep.equal([]);
    const { tables, runs } = resultsExport(results);
    expect(tables.map(({ definition }) => definition)).to.deep.equal(RESULT_TABLES);
    for (const { definition, rows } of tables) {
      expect(rows, definition.name).not.to.have.length(0);
      for (const row of rows) expect(Object.keys(row)).to.have.members(Object.keys(definition.columns));
    }
    const rowsOf = (name: string) => tables.find(({ definition }) => definition.name === name)!.rows;
    const mnist = rowsOf("points").filter(
      (row) => row.result === "learning/mnist" && row.series === "FedAvg",
    );
    expect(mnist.map(({ chart }) => chart)).to.include.members(["mnist-iid", "mnist-dirichlet"]);
    expect(rowsOf("runs").find((row) => row.result === "learning/mnist")).to.deep.equal({
      ...{
        result: "learning/mnist",
        seed: 1,
        metric: "accuracy",
        value: 0.9443,
        label: "accuracy, %",
        factor: 100,
      },
      setting: '{"data":"IID","strategy":"FedAvg","hyper-parameters":"η 0.3"}',
    });
    const curve = runs.find(({ name }) => name.join("/") === "learning/mnist/mnist-iid/FedAvg")!;
    expect(curve.scalars[0]).to.include({ tag: "accuracy", step: 1 });
    // Names are no steps.
    const named = runs.find(({ name }) => name.join("/") === "twin-migration/traces/MADDPG")!;
    expect(named.scalars.slice(0, 2).map(({ tag, step }) => [tag, step])).to.deep.equal([
      ["reward", 0],
      ["reward_at_trace", 0],
    ]);
  });

  it("passes over other files, and says where there is no result", async () => {
    await writeFile(join(folder, "other.json"), '{"kept": 1}');
    const error = await rejected(recordedResults(folder));
    expect(error.code).to.equal("RESULTS_MISSING");
    expect((await rejected(recordedResults(join(folder, "nowhere")))).code).to.equal("RESULTS_MISSING");
  });

  it("is written again in its place, and not between what is of something else", async () => {
    const scalar = { tag: "score", step: 1, value: 0.5, wallTime: 1000 };
    const export1 = { tables: [], runs: [{ name: ["task-1"], scalars: [scalar] }] };
    const tensorboard = join(folder, "runs");
    await writeExport(export1, { tensorboard });
    const more = { tables: [], runs: [{ name: ["task-1"], scalars: [scalar, { ...scalar, step: 2 }] }] };
    const written = await writeExport(more, { tensorboard });
    expect(written.tensorboard).to.deep.equal([
      { file: join(tensorboard, "task-1", "events.out.tfevents.0000001000.freshet"), scalars: 2 },
    ]);
    const other = { tables: [], runs: [{ name: ["task-1"], scalars: [{ ...scalar, wallTime: 2000 }] }] };
    expect((await rejected(writeExport(other, { tensorboard }))).code).to.equal("EXPORT_MIXED");
  });
});
