import { expect } from "chai";
import type { UpdateFile } from "../../../learning/federated/UpdateFile.ts";
import { decodeUpdate, encodeUpdate } from "../../../learning/federated/updateCodec.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { encodeEngineId } from "../../../protocol/engineId.ts";
import { acceptUpdate } from "../../../tasks/acceptUpdate.ts";
import { learningTask } from "../learning/learningTask.ts";
import { updateOf } from "../learning/updateOf.ts";

const task = learningTask();
const file: UpdateFile = updateOf(task, 1, 0.5);
const BYTES = encodeUpdate(file);
const engine = encodeEngineId({ numericClass: "strict/1", kind: "wasm", version: "0.1.0" });

describe("acceptUpdate", () => {
  const read = async () => BYTES;

  it("gives the decoded update", async () => {
    expect(await acceptUpdate(task, file.base, { engine, read })).to.deep.equal(
      decodeUpdate(BYTES, task, file.base),
    );
  });

  for (const [what, other, code] of [
    [
      "another numeric class",
      encodeEngineId({ numericClass: "fast/1", kind: "native", version: "0.1.0" }),
      "UPDATE_CLASS",
    ],
    ["no engine at all", `0x${"61".repeat(32)}`, "ENGINE_ID_INVALID"],
  ] as const) {
    it(`refuses ${what} without asking storage`, async () => {
      const verdict = await acceptUpdate(task, file.base, {
        engine: other,
        read: () => expect.fail("storage was asked"),
      });
      expect(verdict).to.be.instanceOf(BaseError).with.property("code", code);
    });
  }

  it("refuses what storage does not have, with storage's reason", async () => {
    const missing = new BaseError("STORAGE_NOT_FOUND", "It is not stored.");
    expect(await acceptUpdate(task, file.base, { engine, read: async () => missing })).to.equal(missing);
  });

  it("refuses bytes that are no update of the task on the round's global model", async () => {
    const codes = [
      await acceptUpdate(task, file.base, { engine, read: async () => BYTES.subarray(0, 40) }),
      await acceptUpdate(task, `0x${"ee".repeat(32)}`, { engine, read }),
    ].map((verdict) => (verdict as BaseError).code);
    expect(codes).to.deep.equal(["SAFETENSORS_TRUNCATED", "UPDATE_BASE"]);
  });

  it("makes no verdict of trouble on the way to storage", async () => {
    const trouble = new BaseError("STORAGE_UNREACHABLE", "It does not answer.");
    const offered = { engine, read: () => Promise.reject(trouble) };
    let thrown: unknown;
    await acceptUpdate(task, file.base, offered).catch((error: unknown) => {
      thrown = error;
    });
    expect(thrown).to.equal(trouble);
  });
});
