import { expect } from "chai";
import type { UpdateFile } from "../../../learning/federated/UpdateFile.ts";
import { decodeUpdate, encodeUpdate } from "../../../learning/federated/updateCodec.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { encodeEngineId } from "../../../protocol/engineId.ts";
import { type RevealedUpdate, updateLeaf } from "../../../protocol/leaves.ts";
import { acceptUpdate, type OfferedUpdate } from "../../../tasks/acceptUpdate.ts";
import { learningTask } from "../learning/learningTask.ts";
import { updateOf } from "../learning/updateOf.ts";
import { RECEIPT_RULE, receiptsFor } from "./receipting.ts";

const task = learningTask();
const file: UpdateFile = updateOf(task, 1, 0.5);
const BYTES = encodeUpdate(file);
const engine = encodeEngineId({ numericClass: "strict/1", kind: "wasm", version: "0.1.0" });
const REVEALED: RevealedUpdate = {
  chainId: 4n,
  task: 1n,
  round: 0,
  index: 0,
  worker: `0x${"22".repeat(20)}`,
  update: `0x${"33".repeat(32)}`,
  samples: 10,
  engine,
};

describe("acceptUpdate", () => {
  const read = async () => BYTES;
  const leaf = updateLeaf(REVEALED);
  let receipts: string;
  before(async () => {
    receipts = await receiptsFor(REVEALED);
  });
  const verdict = (offered: Partial<OfferedUpdate> = {}, base = file.base) =>
    acceptUpdate({ task, base, receipts: RECEIPT_RULE }, { engine, leaf, receipts, read, ...offered });

  it("gives the decoded update", async () => {
    expect(await verdict()).to.deep.equal(decodeUpdate(BYTES, task, file.base));
  });

  const unasked = () => expect.fail("storage was asked");
  for (const [what, other, code] of [
    [
      "another numeric class",
      encodeEngineId({ numericClass: "fast/1", kind: "native", version: "0.1.0" }),
      "UPDATE_CLASS",
    ],
    ["no engine at all", `0x${"61".repeat(32)}`, "ENGINE_ID_INVALID"],
  ] as const) {
    it(`refuses ${what} without asking storage`, async () => {
      const refusal = await verdict({ engine: other, read: unasked });
      expect(refusal).to.be.instanceOf(BaseError).with.property("code", code);
    });
  }

  it("refuses what too few aggregators gave receipts for without asking storage", async () => {
    for (const [what, few] of Object.entries({
      none: "0x",
      one: await receiptsFor(REVEALED, [2]),
      "another's": await receiptsFor({ ...REVEALED, samples: 11 }),
      "for another task manager": await receiptsFor(REVEALED, [0, 1], {
        domain: { ...RECEIPT_RULE.domain, chainId: 2n },
      }),
    })) {
      const refusal = await verdict({ receipts: few, read: unasked });
      expect(refusal, what).to.be.instanceOf(BaseError).with.property("code", "NO_RECEIPTS");
    }
  });

  it("refuses bytes that are no update of the task on the round's global model", async () => {
    const codes = [
      await verdict({ read: async () => BYTES.subarray(0, 40) }),
      await verdict({}, `0x${"ee".repeat(32)}`),
    ].map((refusal) => (refusal as BaseError).code);
    expect(codes).to.deep.equal(["SAFETENSORS_TRUNCATED", "UPDATE_BASE"]);
  });

  for (const code of ["STORAGE_UNREACHABLE", "STORAGE_NOT_FOUND", "STORAGE_CORRUPT"]) {
    it(`makes no verdict when what aggregators hold cannot be read here (${code})`, async () => {
      const trouble = new BaseError(code, "It cannot be read.");
      let thrown: unknown;
      await verdict({ read: () => Promise.reject(trouble) }).catch((error: unknown) => {
        thrown = error;
      });
      expect(thrown).to.equal(trouble);
    });
  }
});
