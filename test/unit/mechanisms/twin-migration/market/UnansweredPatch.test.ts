import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { UnansweredPatch } from "../../../../../mechanisms/twin-migration/parties/UnansweredPatch.ts";
import { TwinState } from "../../../../../mechanisms/twin-migration/twins/TwinState.ts";

const patch = { sequence: 3, at: 7, bytes: Uint8Array.of(1, 2, 255) };

describe("a synchronization that is not answered", () => {
  let directory: string;
  let path: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-patch-"));
    path = join(directory, "unanswered.json");
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("is the same after a restart, until it is answered", async () => {
    const before = await UnansweredPatch.open(path, 3);
    expect(before.patch).equal(undefined);
    await before.keep(patch);
    expect(before.patch).eql(patch);
    const after = await UnansweredPatch.open(path, 3);
    expect(after.patch).eql(patch);
    // The state was written, and the process ended before the patch was forgotten.
    expect((await UnansweredPatch.open(path, 4)).patch).equal(undefined);
    await after.forget();
    expect(await readdir(directory)).eql([]);
    expect((await UnansweredPatch.open(path, 3)).patch).equal(undefined);
  });

  it("is not guessed from a file that is none", async () => {
    await writeFile(path, '{"sequence": 3}');
    expect(await UnansweredPatch.open(path, 3).catch(() => "refused")).equal("refused");
  });
});

describe("a host that was started anew", () => {
  it("knows a change that it has done already, and no other", () => {
    let state = TwinState.begin(40, (bytes) => bytes.fill(9));
    for (let sequence = 0; sequence < 3; sequence++) state = state.patched({ ...patch, sequence });
    expect(state.hasDone(patch)).equal(false);
    const done = state.patched(patch);
    expect(done.hasDone(patch)).equal(true);
    expect(done.hasDone({ ...patch, bytes: Uint8Array.of(1, 2, 3) })).equal(false);
    expect(done.hasDone({ ...patch, at: 8 })).equal(false);
    expect(done.hasDone({ ...patch, at: 39 })).equal(false);
    expect(done.patched({ ...patch, sequence: 4, at: 0 }).hasDone(patch)).equal(false);
  });
});
