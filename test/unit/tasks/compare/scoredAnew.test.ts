import { expect } from "chai";

import type { ScoredRound, ScoringTools } from "../../../../mechanisms/MechanismScores.ts";
import { scoredAnew } from "../../../../tasks/compare/scoredAnew.ts";
import { foldTask } from "../../../../tasks/view/foldTask.ts";
import { unheardTask } from "../../../../tasks/view/TaskView.ts";
import { event, MANAGER, model, PHYSICAL, TASK, TERMS, until, VIRTUAL, worker } from "../view/taskStory.ts";

const TOOLS = {} as ScoringTools;

describe("scoredAnew", () => {
  const scoredAt = async (
    time: number,
    scores: (round: ScoredRound) => readonly string[],
    batches?: boolean,
  ) => {
    const asked: ScoredRound[] = [];
    const view = until(time).reduce(foldTask, unheardTask(TASK, TERMS, MANAGER));
    const records = await scoredAnew(
      view,
      {
        mechanismTerms: "0x12",
        ...(batches === undefined ? {} : { batches }),
        scores: async (round, tools) => {
          expect(tools).to.equal(TOOLS);
          asked.push(round);
          return scores(round).map((score, index) => ({ chainId: VIRTUAL, index, score }));
        },
      },
      TOOLS,
    );
    return { asked, records };
  };

  it("asks for every final round, on the model that it started from, with what it took", async () => {
    const { asked, records } = await scoredAt(2000, ({ round }) => [`0x0${round}`]);
    expect(asked.map(({ round, base }) => [round, base])).to.deep.equal([
      [0, TERMS.initialModel],
      [1, model(10)],
    ]);
    const part = (who: number, chainId: bigint, index: number, accepted = true) => ({
      ...{ chainId, index, worker: worker(who), update: model(1), samples: 10, accepted },
      firstBatch: undefined,
    });
    expect(asked[0]!.revealed).to.deep.equal([
      part(1, VIRTUAL, 0),
      part(2, VIRTUAL, 1),
      part(3, PHYSICAL, 0),
    ]);
    // The physical subchain abandoned round 2, and worker 2 stayed away.
    expect(asked[1]!.revealed).to.deep.equal([part(1, VIRTUAL, 0)]);
    expect(asked[1]).to.deep.include({ task: TASK, terms: TERMS, mechanismTerms: "0x12" });
    expect(records).to.deep.equal([{ chainId: VIRTUAL, task: TASK, index: 0, score: "0x01" }]);
  });

  it("hands on what was scored before, which a round that scores nobody leaves", async () => {
    const { asked, records } = await scoredAt(2000, ({ round }) => (round === 0 ? ["0x01", "0x02"] : []));
    expect(asked.map(({ before }) => before.length)).to.deep.equal([0, 2]);
    expect(records.map(({ score }) => score)).to.deep.equal(["0x01", "0x02"]);
  });

  it("leaves out what is not final", async () => {
    expect((await scoredAt(1050, () => [])).asked).to.have.length(1);
    expect(await scoredAt(1020, () => ["0x01"])).to.deep.equal({ asked: [], records: [] });
  });

  it("looks at what was synchronized first, before any commit, where the mechanism's aggregators do", async () => {
    const { asked } = await scoredAt(2000, () => [], true);
    // Worker 1 was synchronized twice; of worker 2 the story has no digest, and worker 3 is a device.
    expect(asked[0]!.revealed.map(({ firstBatch }) => firstBatch)).to.deep.equal([
      model(91),
      undefined,
      undefined,
    ]);
    const late = [
      event(VIRTUAL, 920, "WorkerEnrolled", { worker: worker(1), index: 0, choice: "0x" }),
      event(VIRTUAL, 1000, "RoundStarted", { round: 0, openedAt: 1000 }),
      event(VIRTUAL, 1010, "UpdateCommitted", { round: 0, worker: worker(1) }),
      event(VIRTUAL, 1011, "TwinSynchronized", { twin: worker(1), dataDigest: model(93) }),
    ].reduce(foldTask, unheardTask(TASK, TERMS, MANAGER));
    expect(late.subchains[0]!.workers[0]).to.deep.include({ firstBatch: undefined, refreshes: [1011] });
  });
});
