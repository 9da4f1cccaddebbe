import { expect } from "chai";

import { checkSynchronizations } from "../../../../../mechanisms/twin-migration/audit/checkSynchronizations.ts";
import { listBytes, rootOf } from "../../../../../mechanisms/twin-migration/parties/SynchronizationLog.ts";
import { MemoryStore } from "../../../audit/MemoryStore.ts";
import {
  addressOf,
  findingOf,
  hashOf,
  joined,
  marketEvidence,
  type Told,
  VIRTUAL,
} from "./marketEvidence.ts";

const EPOCH = 10;
const START = EPOCH * 100;
const vehicle = addressOf("vehicle");
const server = addressOf("edge 1");
const other = addressOf("edge 2");

/** Synchronizations of the vehicle's twin with its host at seconds of the epoch. */
const leavesAt = (...seconds: number[]) =>
  seconds.map((second) => ({
    ...{ vehicle, server, epoch: EPOCH, step: second, atMs: BigInt((START + second) * 1000) },
    stateHash: hashOf(`state ${second}`),
  }));
const takenOn: Told = {
  ...{ name: "TwinTakenOn", at: START + 1 },
  args: { order: hashOf("order"), migration: 3n, vehicle, destination: server, stateHash: hashOf("state 0") },
};
const released = (at: number, from: string, state: string): Told => ({
  ...{ name: "TwinReleased", at: START + at, from },
  args: {
    ...{ order: hashOf(`release ${at}`), migration: 2n ** 200n, vehicle, source: server, destination: other },
    ...{ destinationChain: VIRTUAL, stateHash: hashOf(state) },
  },
});
const changed = (at: number): Told => ({
  ...{ name: "HostChanged", at: START + at },
  args: { vehicle, server: other, migration: 2n ** 200n, order: hashOf("x"), stateHash: hashOf("x") },
});

describe("the audit of synchronizations", () => {
  /** What is found where a server anchored these, and its subchain tells that. */
  const found = async (
    leaves: ReturnType<typeof leavesAt>,
    told: readonly Told[],
    { main = [], strangers = [] }: { main?: readonly Told[]; strangers?: readonly string[] } = {},
  ) => {
    const storage = new MemoryStore();
    const list = await storage.put(listBytes(leaves));
    const roots = [server, ...strangers].map((who) => ({
      ...{ name: "RootPosted", at: START + 110, from: who },
      args: { server: who, epoch: EPOCH, root: rootOf(leaves), count: leaves.length },
    }));
    const evidence = marketEvidence({
      main: [joined("edge 1", VIRTUAL), joined("edge 2", VIRTUAL), ...main],
      virtual: [takenOn, ...told, ...roots],
      storage,
      hint: async (url) => {
        if (url.includes("edge1")) return { list };
        throw new Error("nobody is there");
      },
    });
    return findingOf(checkSynchronizations, evidence);
  };

  it("examines what a host had while it had it", async () => {
    const { failure, skipped, examined } = await found(leavesAt(4, 8), []);
    expect([failure, skipped, examined]).to.deep.equal(["", [], 2]);
    expect((await found(leavesAt(0, 8), [])).failure).to.equal("");
    const before = { ...takenOn, at: START + 50 };
    expect((await findingOf(checkSynchronizations, marketEvidence({ virtual: [before] }))).failure).to.equal(
      "",
    );
  });

  it("finds a second one of a vehicle in a step", async () => {
    const [first, second] = leavesAt(4, 4) as [
      ReturnType<typeof leavesAt>[0],
      ReturnType<typeof leavesAt>[0],
    ];
    const twice = [first, { ...second, atMs: first.atMs + 900n }];
    expect((await found(twice, [])).failure).to.match(/is one more of .* in step 4/);
  });

  it("does not blame a host for what its vehicle releases, whatever state and number it says", async () => {
    const { failure, notes } = await found(leavesAt(4, 8, 60), [released(20, vehicle, "some state")]);
    expect(failure).to.equal("");
    expect(notes.join()).to.match(/1 releases were not their hosts' own/);
  });

  it("finds that a host released another state than it had synchronized last", async () => {
    expect((await found(leavesAt(4, 8), [released(20, server, "state 8")])).failure).to.equal("");
    expect((await found(leavesAt(4, 8), [released(20, server, "state 4")])).failure).to.match(
      /what it had synchronized last/,
    );
  });

  it("finds synchronizations of a twin that has gone: by its subchain, or by main", async () => {
    expect((await found(leavesAt(4, 30), [changed(25)])).failure).to.equal("");
    expect((await found(leavesAt(4, 60), [changed(25)])).failure).to.match(/did not host then/);
    const handedOver = (migration: bigint): Told => ({
      ...{ name: "TwinHandedOver", at: START + 25 },
      args: {
        migration,
        vehicle,
        destination: other,
        stateHash: hashOf("x"),
        takenOnAt: 0n,
        receiveId: hashOf("x"),
      },
    });
    expect((await found(leavesAt(4, 60), [], { main: [handedOver(4n)] })).failure).to.match(
      /did not host then/,
    );
    // What main hears late of a migration before the one that brought the twin takes it from nobody.
    expect((await found(leavesAt(4, 60), [], { main: [handedOver(2n)] })).failure).to.equal("");
  });

  it("ignores roots of who never joined, and says so", async () => {
    const strangers = [addressOf("stranger"), addressOf("nobody")];
    const { failure, skipped, notes } = await found(leavesAt(4, 8), [], { strangers });
    expect([failure, skipped]).to.deep.equal(["", []]);
    expect(notes).to.deep.equal(["2 roots are of addresses that never joined the market: they are ignored."]);
  });
});
