import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { type BuiltKernels, buildKernels } from "../../scripts/tools/buildKernels.ts";

const KERNELS = new URL("../../learning/engine/kernels/", import.meta.url);

describe("buildKernels", function () {
  this.timeout(600_000);

  it("gives the bytes of the committed files", async function () {
    let built: BuiltKernels;
    try {
      built = await buildKernels();
    } catch (error) {
      if ((error as { code?: string }).code !== "KERNEL_COMPILER") throw error;
      console.log(`    skipped: ${(error as Error).message}`);
      return this.skip();
    }
    const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
    expect(digest(built.wasm)).to.equal(digest(await readFile(new URL("pack.wasm", KERNELS))));
    expect(digest(built.addon)).to.equal(digest(await readFile(new URL("linux-x64.node", KERNELS))));
  });
});
