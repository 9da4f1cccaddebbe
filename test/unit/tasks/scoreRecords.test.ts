import { expect } from "chai";

import type { EventNamed } from "../../../chains/clients/ChainEvent.ts";
import type { ScoredRound, ScoringTools, WorkerScore } from "../../../mechanisms/MechanismScores.ts";
import type { RevealedUpdate } from "../../../protocol/leaves.ts";
import { encodeScores, NO_SCORES, type ScoreRecord, scoresTree } from "../../../protocol/scores.ts";
import { scoreRecords } from "../../../tasks/scoreRecords.ts";
import { MemoryStore } from "../audit/MemoryStore.ts";
import { rejected } from "../thrown.ts";
import { MECHANISM_TERMS, PHYSICAL, TASK, TERMS, VIRTUAL, worker } from "./view/taskStory.ts";

const revealedBy = (chainId: bigint, index: number): RevealedUpdate => ({
  chainId,
  task: TASK,
  round: 2,
  index,
  worker: worker(Number(chainId) * 10 + index),
  update: `0x${"ab".repeat(32)}`,
  samples: 10 + index,
  engine: `0x${"ee".repeat(32)}`,
});

/** Two workers on one subchain of which the second's update was taken, and one on the other. */
const round = {
  task: TASK,
  round: 2,
  terms: TERMS,
  mechanismTerms: MECHANISM_TERMS,
  base: `0x${"ba".repeat(32)}`,
  subchains: [
    { chainId: VIRTUAL, revealed: [revealedBy(VIRTUAL, 0), revealedBy(VIRTUAL, 1)] },
    { chainId: PHYSICAL, revealed: [revealedBy(PHYSICAL, 0)] },
  ],
  accepted: [[0b10n], [0b1n]],
};
const scoreOf = (record: Pick<ScoreRecord, "index" | "score">): ScoreRecord => ({
  chainId: VIRTUAL,
  task: TASK,
  ...record,
});
const finalized = (number: number, scores: EventNamed<"RoundFinalized">["args"]["scores"] = NO_SCORES) =>
  ({ args: { task: TASK, round: number, scores } }) as EventNamed<"RoundFinalized">;

/** Models that nobody looks at here. */
const tools = {} as ScoringTools;

/** Takes down what it is asked, and gives everybody whose update was taken its number of samples. */
function scoring() {
  const asked: ScoredRound[] = [];
  const scores = async (given: ScoredRound): Promise<WorkerScore[]> => {
    asked.push(given);
    return given.revealed
      .filter(({ accepted }) => accepted)
      .map(({ chainId, index, samples }) => ({ chainId, index, score: `0x${samples.toString(16)}` }));
  };
  return { asked, scores };
}

describe("scoreRecords", () => {
  let storage: MemoryStore;
  beforeEach(() => {
    storage = new MemoryStore();
  });
  /** Stores scores as aggregators do. */
  const attested = async (records: readonly ScoreRecord[]) => ({
    root: scoresTree(records).root(),
    digest: await storage.put(encodeScores(records)),
  });

  it("asks about everybody who revealed, and whether it was taken, in the order of the terms", async () => {
    const { asked, scores } = scoring();
    const records = await scoreRecords({ ...round, finalized: [] }, { scores, storage, tools });
    const [given] = asked;
    expect(given).to.deep.include({ task: TASK, round: 2, terms: TERMS, mechanismTerms: MECHANISM_TERMS });
    expect(
      given!.revealed.map(({ chainId, index, accepted, worker: who }) => [chainId, index, accepted, who]),
    ).to.deep.equal([
      [VIRTUAL, 0, false, worker(30)],
      [VIRTUAL, 1, true, worker(31)],
      [PHYSICAL, 0, true, worker(40)],
    ]);
    expect(given!.before).to.deep.equal([]);
    expect(records).to.deep.equal([
      { chainId: VIRTUAL, task: TASK, index: 1, score: "0xb" },
      { chainId: PHYSICAL, task: TASK, index: 0, score: "0xa" },
    ]);
  });

  it("tells what was attested last before the round, past rounds that scored nobody", async () => {
    const { asked, scores } = scoring();
    const [first, second, later] = await Promise.all(
      ["0x01", "0x02", "0x03"].map((score) => attested([scoreOf({ index: 0, score })])),
    );
    const before = [finalized(0, first), finalized(1, second)];
    await scoreRecords({ ...round, finalized: [...before, finalized(2, later)] }, { scores, storage, tools });
    expect(asked[0]!.before).to.deep.equal([scoreOf({ index: 0, score: "0x02" })]);
    await scoreRecords(
      { ...round, finalized: [finalized(0, first), finalized(1)] },
      { scores, storage, tools },
    );
    expect(asked[1]!.before).to.deep.equal([scoreOf({ index: 0, score: "0x01" })]);
    await scoreRecords({ ...round, finalized: [finalized(0), finalized(1)] }, { scores, storage, tools });
    expect(asked[2]!.before).to.deep.equal([]);
  });

  it("takes a subchain without acceptance bits for one of which nothing was taken", async () => {
    const { asked, scores } = scoring();
    const records = await scoreRecords(
      { ...round, accepted: [[0b1n]], finalized: [] },
      { scores, storage, tools },
    );
    expect(asked[0]!.revealed.map(({ accepted }) => accepted)).to.deep.equal([true, false, false]);
    expect(records).to.have.length(1);
  });

  it("cannot do without the file of earlier scores", async () => {
    const { scores } = scoring();
    const lost = { root: `0x${"11".repeat(32)}`, digest: `0x${"22".repeat(32)}` };
    const error = await rejected(
      scoreRecords({ ...round, finalized: [finalized(1, lost)] }, { scores, storage, tools }),
    );
    expect(error.code).to.equal("STORAGE_NOT_FOUND");
  });
});
