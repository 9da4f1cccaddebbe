import { expect } from "chai";
import { encodeUpdate } from "../../../learning/federated/updateCodec.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { encodeEngineId } from "../../../protocol/engineId.ts";
import { acceptUpdates, type ReceiptedUpdate } from "../../../tasks/acceptUpdates.ts";
import { learningTask } from "../learning/learningTask.ts";
import { updateOf } from "../learning/updateOf.ts";
import { RECEIPT_RULE, receipted } from "./receipting.ts";

const task = learningTask();
const engine = encodeEngineId({ numericClass: "strict/1", kind: "wasm", version: "0.1.0" });
const file = updateOf(task, 1, 0.5);

describe("acceptUpdates", () => {
  /** One that a worker of a chain revealed, of which storage has the same file for each digest. */
  const revealed = (chainId: bigint, index: number, update: string) =>
    receipted({
      chainId,
      task: 1n,
      round: 0,
      index,
      worker: `0x${chainId}${String(index).padStart(39, "0")}`,
      update: `0x${update.repeat(64)}`,
      samples: 10,
      engine,
    });
  const codes = async (offered: readonly ReceiptedUpdate[]) =>
    (
      await acceptUpdates({ task, base: file.base, receipts: RECEIPT_RULE }, offered, async () =>
        encodeUpdate(file),
      )
    ).map((verdict) => (verdict instanceof BaseError ? verdict.code : "taken"));

  it("takes of the same updates on whichever subchains the first", async () => {
    const all = await Promise.all([
      revealed(3n, 0, "a"),
      revealed(3n, 1, "b"),
      revealed(4n, 0, "b"),
      revealed(4n, 1, "c"),
      revealed(4n, 2, "a"),
    ]);
    expect(await codes(all)).to.deep.equal(["taken", "taken", "UPDATE_COPIED", "taken", "UPDATE_COPIED"]);
  });

  it("lets nobody shut another's out with a copy that cannot be taken", async () => {
    const copy = { ...(await revealed(3n, 0, "a")), receipts: "0x" };
    const own = await revealed(4n, 0, "a");
    expect(await codes([copy, own])).to.deep.equal(["NO_RECEIPTS", "taken"]);
  });

  it("knows the first among very many", async () => {
    const all = await Promise.all(Array.from({ length: 20 }, (_, i) => revealed(3n, i, "abcdef"[i % 6]!)));
    const verdicts = await codes(all);
    expect(verdicts.slice(0, 6)).to.deep.equal(Array(6).fill("taken"));
    expect(verdicts.slice(6)).to.deep.equal(Array(14).fill("UPDATE_COPIED"));
  });
});
