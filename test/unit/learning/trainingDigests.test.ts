import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect } from "chai";
import type { EngineOptions } from "../../../learning/engine/startEngine.ts";
import { TRAINING_CASES } from "./trainingCases.ts";

/** The digests of all cases, in order, from a thread with such an engine; or why there is none. */
async function digestsOf(options: EngineOptions): Promise<string[] | string> {
  const thread = new Worker(new URL("./trainingDigestThread.ts", import.meta.url), { workerData: options });
  const [digests] = await once(thread, "message");
  return digests as string[] | string;
}

describe("training gives the digests of its numeric class", () => {
  for (const [native, what] of [
    ["off", "WebAssembly"],
    ["auto", "native code, where there is some"],
  ] as const) {
    describe(`in ${what}`, () => {
      let digests: string[] | string;
      before(async () => {
        digests = await digestsOf({ numericClass: "strict", native });
      });

      for (const [index, { of, digest }] of TRAINING_CASES.entries()) {
        it(`with ${of}`, () => {
          expect(digests[index]).to.equal(digest);
        });
      }
    });
  }

  it("and others in the fast class, which fuses", async function () {
    const digests = await digestsOf({ numericClass: "fast" });
    // This machine has no fused multiply-add.
    if (digests === "ENGINE_NATIVE") return this.skip();
    expect(digests).to.have.length(TRAINING_CASES.length);
    for (const [index, { of, digest }] of TRAINING_CASES.entries())
      expect(digests[index], of).not.to.equal(digest);
  });
});
