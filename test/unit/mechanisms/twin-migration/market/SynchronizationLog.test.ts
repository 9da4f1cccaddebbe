import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import {
  listBytes,
  rootOf,
  SynchronizationLog,
} from "../../../../../mechanisms/twin-migration/parties/SynchronizationLog.ts";

const VEHICLE = `0x${"11".repeat(20)}`;
const SERVER = `0x${"22".repeat(20)}`;
const leaf = (epoch: number, step: number) => ({
  ...{ vehicle: VEHICLE, server: SERVER, epoch, step },
  atMs: BigInt(epoch * 100_000 + step * 1000),
  stateHash: `0x${(epoch * 100 + step).toString(16).padStart(64, "0")}`,
});

describe("a server's log of synchronizations", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-log-"));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it("has the same root and the same last state after a restart, also when its last line was cut off", async () => {
    const before = await SynchronizationLog.open(directory);
    for (const step of [1, 5, 9]) await before.add(() => leaf(7, step));
    await appendFile(join(directory, "synchronizations-7.jsonl"), '{"vehicle":"0x11');
    const after = await SynchronizationLog.open(directory);
    expect(after.of(7)).eql([leaf(7, 1), leaf(7, 5), leaf(7, 9)]);
    expect(rootOf(after.of(7))).equal(rootOf(before.of(7)));
    expect(after.lastOf(VEHICLE)).eql(leaf(7, 9));
    const told: bigint[] = [];
    const next = (lastMs: bigint) => {
      told.push(lastMs);
      return leaf(7, 9 + told.length);
    };
    await Promise.all([after.add(next), after.add(next)]);
    expect(told, "who adds is told of the one before it, also of one that is being added").eql([
      leaf(7, 9).atMs,
      leaf(7, 10).atMs,
    ]);
    expect(after.lastOf(SERVER)).equal(undefined);
    await Promise.all([12, 13, 14].map((step) => after.add(() => leaf(7, step))));
    const last = await SynchronizationLog.open(directory);
    expect(last.of(7)).eql([1, 5, 9, 10, 11, 12, 13, 14].map((step) => leaf(7, step)));
  });

  it("forgets epochs for which no root can be posted any more", async () => {
    const log = await SynchronizationLog.open(directory);
    for (let epoch = 1; epoch <= 20; epoch++) await log.add(() => leaf(epoch, 0));
    expect(log.epochs[0]).equal(8);
    expect((await SynchronizationLog.open(directory)).epochs[0]).equal(8);
  });

  it("has one of a vehicle in a step, also after a restart", async () => {
    const before = await SynchronizationLog.open(directory);
    expect(await before.add(() => leaf(7, 5))).not.equal(undefined);
    expect(await before.add(() => ({ ...leaf(7, 5), atMs: leaf(7, 5).atMs + 900n }))).equal(undefined);
    expect(await before.add(() => ({ ...leaf(7, 5), vehicle: `0x${"33".repeat(20)}` }))).not.equal(undefined);
    const after = await SynchronizationLog.open(directory);
    expect(await after.add(() => leaf(7, 5))).equal(undefined);
    expect(await after.add(() => leaf(7, 6))).not.equal(undefined);
    expect(await after.add(() => leaf(8, 6))).not.equal(undefined);
    expect(after.of(7)).length(3);
    for (let epoch = 9; epoch <= 22; epoch++) await after.add(() => ({ ...leaf(epoch, 1), vehicle: SERVER }));
    expect(after.lastOf(VEHICLE), "of an epoch that is forgotten").equal(undefined);
  });

  it("has a root that each entry and their order change", () => {
    const leaves = [leaf(7, 1), leaf(7, 5), leaf(7, 9)];
    const roots = new Set([
      rootOf(leaves),
      rootOf([leaves[1]!, leaves[0]!, leaves[2]!]),
      rootOf(leaves.slice(0, 2)),
      rootOf([leaves[0]!, leaves[1]!, { ...leaves[2]!, step: 10 }]),
    ]);
    expect(roots.size).equal(4);
    expect(JSON.parse(new TextDecoder().decode(listBytes(leaves)))).length(3);
  });
});
