import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

const ENTRY = fileURLToPath(new URL("../../../scripts/freshet.ts", import.meta.url));

function audit(...words: string[]): Promise<{ error: string; message: string; code: unknown }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [ENTRY, "audit", ...words, "--json"], (error, stdout) =>
      resolve({ ...JSON.parse(stdout), code: error?.code }),
    );
  });
}

describe("freshet audit --bundle", function () {
  this.timeout(60_000);
  let directory: string;
  before(() => {
    directory = mkdtempSync(join(tmpdir(), "freshet-bundle-"));
  });
  after(() => rmSync(directory, { recursive: true }));

  it("refuses what is no bundle, without a network file or any chain", async () => {
    const path = join(directory, "none.car");
    writeFileSync(path, "no bundle");
    const [none, missing, options] = await Promise.all([
      audit("--bundle", path),
      audit("--bundle", join(directory, "missing.car")),
      audit("--digests-only"),
    ]);
    expect([none.error, none.code]).to.deep.equal(["BUNDLE_DAMAGED", 2]);
    expect([missing.error, missing.code]).to.deep.equal(["BUNDLE_MISSING", 2]);
    expect(options.error).to.equal("OPTION_INVALID");
  });
});
