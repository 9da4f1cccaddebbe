import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { z } from "zod";

import { SnapshotFile } from "../../../chains/networks/SnapshotFile.ts";
import { rejected } from "../thrown.ts";

const hash = (digit: string) => `0x${digit.repeat(64)}`;
const SCHEMA = z.strictObject({ sum: z.string().transform(BigInt), names: z.array(z.string()) });
const SNAPSHOT = {
  mark: { number: 120, hash: hash("a") },
  besides: [{ number: 7, hash: hash("b") }],
  state: { sum: 2n ** 80n, names: ["edge 1", "cloud"] },
};

describe("SnapshotFile", () => {
  let directory: string;
  let file: SnapshotFile<z.infer<typeof SCHEMA>>;

  const reader = { program: "market", chainId: 31_402n, needs: ["MigrationSettled", "0x01"] };
  const why = async (one = file) => {
    const error = await rejected(one.load());
    expect(error.code).to.equal("SNAPSHOT_UNUSABLE");
    expect(error.shortMessage).to.contain(one.path);
    return error.details;
  };

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "freshet-snapshots-"));
    file = new SnapshotFile(directory, reader, SCHEMA);
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it("gives back what was kept last, and nothing before", async () => {
    expect(await file.load()).to.equal(undefined);
    await file.save(SNAPSHOT);
    expect(await new SnapshotFile(directory, reader, SCHEMA).load()).to.deep.equal(SNAPSHOT);
    const later = { ...SNAPSHOT, mark: { number: 121, hash: hash("c") }, besides: [] };
    await file.save(later);
    expect(await file.load()).to.deep.equal(later);
    expect(readdirSync(directory)).to.have.length(1);
  });

  it("uses none that is cut off, wherever, nor what another process left half written beside it", async () => {
    await file.save(SNAPSHOT);
    const whole = readFileSync(file.path, "utf8");
    writeFileSync(`${file.path}.5f0e.tmp`, whole.slice(0, 50));
    expect(await file.load()).to.deep.equal(SNAPSHOT);
    for (let length = 0; length < whole.length - 1; length += 13) {
      writeFileSync(file.path, whole.slice(0, length));
      expect(await why()).to.equal("It is cut off, or no JSON.");
    }
  });

  it("uses none in which anything is changed", async () => {
    await file.save(SNAPSHOT);
    const whole = readFileSync(file.path, "utf8");
    for (const [from, to] of [
      ['"number":120', '"number":121'],
      [hash("a"), hash("c")],
      [hash("b"), hash("c")],
      ["edge 1", "edge 2"],
      [String(2n ** 80n), String(2n ** 81n)],
    ] as const) {
      expect(whole).to.contain(from);
      writeFileSync(file.path, whole.replace(from, to));
      expect(await why()).to.equal("It is not as it was written.");
    }
    for (const text of ["{}", "null", "[]", '{"version":1}', whole.replace(/,"names":\[[^\]]*\]/, "")]) {
      writeFileSync(file.path, text);
      expect(await why()).to.contain("missing");
    }
    writeFileSync(file.path, Buffer.from([0xff, 0x00, 0x13]));
    await why();
  });

  it("uses none of another version, and says which", async () => {
    await file.save(SNAPSHOT);
    const whole = readFileSync(file.path, "utf8");
    for (const version of [0, 2]) {
      writeFileSync(file.path, whole.replace('"version":1', `"version":${version}`));
      expect(await why()).to.equal(`It is of version ${version}; this Freshet writes version 1.`);
    }
    await file.save(SNAPSHOT);
    expect(await file.load()).to.deep.equal(SNAPSHOT);
  });

  it("uses none of another party, chain, contract or network, though it is in its place", async () => {
    await file.save(SNAPSHOT);
    for (const other of [
      { ...reader, program: "hosts" },
      { ...reader, chainId: 31_403n },
      { ...reader, needs: ["MigrationSettled", "0x02"] },
    ]) {
      const theirs = new SnapshotFile(directory, other, SCHEMA);
      expect(await theirs.load()).to.equal(undefined);
      writeFileSync(theirs.path, readFileSync(file.path));
      expect(await why(theirs)).to.contain("of a program with other keys, or of another network");
    }
  });
});
