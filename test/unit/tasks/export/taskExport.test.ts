import { expect } from "chai";
import { taskExport } from "../../../../tasks/export/taskExport.ts";
import { TASK_TABLES } from "../../../../tasks/export/taskTableDefinitions.ts";
import { model, place, worker } from "../view/taskStory.ts";
import { exportedStory, STORY_NAMES } from "./exportedStory.ts";

const at = (time?: number) => {
  const { tables, runs } = taskExport([exportedStory(time)], STORY_NAMES);
  const rows = (name: string) => tables.find(({ definition }) => definition.name === name)!.rows;
  return { tables, run: runs[0]!, rows };
};

describe("taskExport", () => {
  it("tells rounds, updates and refreshes as the chains did", () => {
    const { rows } = at();
    expect(rows("tasks")).to.deep.include.members([
      {
        ...{ task: 3n, name: "a story", status: "Completed", mechanism: "aoi-contract", measure: "accuracy" },
        ...{
          rounds_final: 2,
          rounds_most: 2,
          workers: 3,
          starts_at: 1000,
          ended_at: 1075,
          epoch_seconds: 100,
        },
        ...{ score: 0.7525, funded_wei: 12_000n, paid_wei: 2907n, refunded_wei: 9093n },
        spec_digest: `0x${"01".repeat(32)}`,
      },
    ]);
    expect(rows("rounds")[0]).to.deep.equal({
      ...{
        task: 3n,
        round: 1,
        opened_at: 1000,
        final_at: 1030,
        score: 0.5,
        committed: 3,
        revealed: 3,
        accepted: 3,
      },
      ...{ attestations: 1, model_digest: model(10), block: 1030, transaction: place(1030).transaction },
    });
    expect(rows("updates")).to.have.length(6);
    const missed = rows("updates").find((row) => row.worker === worker(2) && row.round === 2);
    expect(missed).to.include({ committed_at: null, revealed_at: null, accepted: false, abandoned: false });
    const abandoned = rows("updates").find((row) => row.worker === worker(3) && row.round === 2);
    expect(abandoned).to.include({ abandoned: true, accepted: false });
    expect(
      rows("refreshes").map(({ worker: who, refresh, epoch_second }) => [who, refresh, epoch_second]),
    ).to.deep.equal([
      [worker(1), 1, 0],
      [worker(1), 2, 20],
      [worker(2), 1, 1],
      [worker(3), 1, 2],
    ]);
  });

  it("tells what was paid to the wei: lines of a statement add up to what is left", () => {
    const { rows } = at();
    const paid = rows("workers").reduce((sum, row) => sum + ((row.paid_wei as bigint | null) ?? 0n), 0n);
    expect(paid).to.equal(rows("tasks")[0]!.paid_wei);
    for (const who of [1, 2, 3].map(worker)) {
      const lines = rows("pay").filter((row) => row.worker === who);
      const earned = lines.at(-1)!;
      const sum = lines.slice(0, -1).reduce((all, line) => all + (line.wei as bigint), 0n);
      expect([earned.kind, earned.wei], who).to.deep.equal(["earned", sum]);
      expect(rows("workers").find((row) => row.worker === who)!.earned_wei).to.equal(sum);
    }
  });

  it("gives a curve over final rounds at their block times", () => {
    const { run } = at();
    expect(run.name).to.deep.equal(["task-3"]);
    expect(run.scalars.filter(({ tag }) => tag === "score")).to.deep.equal([
      { tag: "score", step: 1, value: 0.5, wallTime: 1030 },
      { tag: "score", step: 2, value: 0.7525, wallTime: 1075 },
    ]);
    expect(run.scalars.find(({ tag, step }) => tag === "accepted/physical" && step === 2)?.value).to.equal(0);
  });

  it("tells of a task that runs how far it got: what is written first stays as it is", () => {
    for (const time of [899, 905, 950, 1015, 1031, 1080, 1106]) {
      const now = at(time);
      const later = at().run.scalars;
      expect(later.slice(0, now.run.scalars.length)).to.deep.equal(now.run.scalars);
      if (time === 1015) expect(now.rows("rounds")[0]).to.include({ final_at: null, accepted: null });
    }
  });

  it("fills every column of its tables, and no other", () => {
    const { tables } = at();
    expect(tables.map(({ definition }) => definition)).to.deep.equal(TASK_TABLES);
    for (const { definition, rows } of tables) {
      for (const row of rows) expect(Object.keys(row)).to.have.members(Object.keys(definition.columns));
    }
  });
});
