import { expect } from "chai";

import { encodeScores, NO_SCORES, scoresTree } from "../../../../protocol/scores.ts";
import { readScores } from "../../../../tasks/statement/readScores.ts";
import type { RoundView } from "../../../../tasks/view/TaskView.ts";
import { MemoryStore } from "../../audit/MemoryStore.ts";
import { rejected } from "../../thrown.ts";

const record = (index: number, score: string) => ({ chainId: 3n, task: 1n, index, score });
const round = (scores: { root: string; digest: string } | undefined) =>
  ({ result: scores && { scores } }) as unknown as RoundView;
/** Scores as they were attested, and their file. */
async function attested(storage: MemoryStore, ...scores: string[]) {
  const records = scores.map((score, index) => record(index, score));
  return { records, root: scoresTree(records).root(), digest: await storage.put(encodeScores(records)) };
}

describe("readScores", () => {
  it("has what was attested last: rounds that scored nobody leave it", async () => {
    const storage = new MemoryStore();
    const first = await attested(storage, "0x01");
    const last = await attested(storage, "0x02", "0x03");
    const rounds = [round(first), round(last), round(NO_SCORES), round(undefined)];
    expect(await readScores({ rounds }, storage)).to.deep.equal(last.records);
  });

  it("is nothing where nothing was attested, and asks storage for nothing", async () => {
    const storage = { get: () => Promise.reject(new Error("asked")) };
    expect(await readScores({ rounds: [] }, storage)).to.deep.equal([]);
    const rounds = [round(NO_SCORES), round(undefined)];
    expect(await readScores({ rounds }, storage)).to.deep.equal([]);
  });

  it("believes no file that does not lead to the root", async () => {
    const storage = new MemoryStore();
    const [true_, false_] = [await attested(storage, "0x01"), await attested(storage, "0x02")];
    const rounds = [round({ root: true_.root, digest: false_.digest })];
    const error = await rejected(readScores({ rounds }, storage));
    expect(error).to.include({ code: "SCORES_WRONG" });
    expect(error.details).to.contain(true_.root).and.contain(false_.root);
  });

  it("says what storage says where it has not the file", async () => {
    const rounds = [round({ root: `0x${"01".repeat(32)}`, digest: `0x${"02".repeat(32)}` })];
    expect(await rejected(readScores({ rounds }, new MemoryStore()))).to.include({
      code: "STORAGE_NOT_FOUND",
    });
  });
});
