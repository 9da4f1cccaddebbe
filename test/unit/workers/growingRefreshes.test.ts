import { expect } from "chai";
import { Wallet } from "ethers";

import type { ChainAccount } from "../../../chains/clients/ChainAccount.ts";
import type { Refresh, Subchain } from "../../../chains/clients/Subchain.ts";
import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import { decodeDataset } from "../../../learning/datasets/datasetCodec.ts";
import { encodeChoice, encodeTerms } from "../../../mechanisms/aoi-contract/encodings.ts";
import type { RefreshSchedule } from "../../../mechanisms/MechanismWorker.ts";
import { mechanismId } from "../../../mechanisms/mechanismId.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import type { Digest } from "../../../storage/ContentStore.ts";
import { DeviceData } from "../../../workers/DeviceData.ts";
import type { SampleStream, StreamPart } from "../../../workers/SampleStream.ts";
import type { TaskContext } from "../../../workers/TaskContext.ts";
import { Turns } from "../../../workers/Turns.ts";
import { TwinSync } from "../../../workers/TwinSync.ts";
import type { WorkerEvent } from "../../../workers/WorkerEvent.ts";
import { MemoryStore } from "../audit/MemoryStore.ts";
import { rejected } from "../thrown.ts";

const START = 1100;
const signer = Wallet.createRandom();

/** Samples that come at given times, Unix seconds, each labelled by its place. */
function coming(times: readonly number[], clock: VirtualClock): SampleStream {
  const marks = new Map<number, StreamPart>();
  const samples = (from: number, until: number): Dataset => ({
    features: Float32Array.from({ length: until - from }, (_, i) => from + i),
    sampleShape: [1],
    scale: 1,
    labels: Uint8Array.from({ length: until - from }, (_, i) => from + i),
    classes: 256,
  });
  const stream: SampleStream = {
    isForeseen: false,
    async expected() {
      if (times.some((time) => time * 1000 <= clock.now())) return undefined;
      throw new BaseError("DEVICE_WITHOUT_DATA", "Nothing has come yet.");
    },
    likeness: async () => samples(0, 0),
    refreshes: async (count) => Array.from({ length: count }, (_, refresh) => ({ refresh })),
    async brought(_count, j) {
      const before = [...marks].filter(([other]) => other < j).at(-1)?.[1].until ?? 0;
      const mark = marks.get(j) ?? {
        from: before,
        until: times.filter((time) => time * 1000 <= clock.now()).length,
      };
      marks.set(j, mark);
      return mark;
    },
    read: async ({ from, until }) => samples(from, until),
    newest: async (until, most) => samples(Math.max(0, until - most), until),
    leaving: () => stream,
  };
  return stream;
}

/** Every ten seconds, for forty. */
const schedule: RefreshSchedule = {
  count: 4,
  freshSeconds: 10,
  timeOf: (j) => START + 10 * j,
  lastBy: (time) => Math.min(3, Math.floor((time - START) / 10)),
};
const client = { name: "physical", chainId: 4n, blockSeconds: 0 };

async function refreshed(times: readonly number[], failing: (now: number) => boolean = () => false) {
  const clock = new VirtualClock((START - 20) * 1000);
  const events: WorkerEvent[] = [];
  const sent: { at: number; samples: number; dataDigest: string }[] = [];
  const subchain = {
    client,
    anchor: async () => ({ number: 1, blockHash: "0x" }),
    prepareRefresh:
      async (_: ChainAccount, __: bigint, { samples, dataDigest }: Refresh) =>
      async () => {
        if (failing(clock.now())) throw new Error("no gas");
        sent.push({ at: clock.now() / 1000 - START, samples, dataDigest });
      },
  } as unknown as Subchain;
  const data = new DeviceData(
    { name: "device", stream: coming(times, clock), signer, account: {} as ChainAccount, subchain },
    { turns: new Turns(1, { clock }), listener: (event) => events.push(event), clock },
  );
  const context = {
    task: 1n,
    spec: { training: { samplesPerRound: 3 } },
    times: { startTime: START, epochSeconds: 40, rounds: 4 },
    schedule,
  } as unknown as TaskContext;
  await clock.until(data.keepFresh(context, new AbortController().signal));
  return { events, sent, data, context };
}

describe("a device to which samples come", () => {
  it("tells with each refresh what came until it, and leaves out one for which nothing did", async () => {
    const { events, sent, data, context } = await refreshed([
      START - 50,
      START - 5,
      START + 3,
      START + 4,
      START + 9.5,
      START + 25,
    ]);
    // The sample of half a second before a refresh is due comes too late for it: it has been prepared.
    expect(sent.map(({ at, samples }) => [at, samples])).to.deep.equal([
      [0, 2],
      [10, 2],
      [20, 1],
      [30, 1],
    ]);
    expect(new Set(sent.map(({ dataDigest }) => dataDigest)).size).to.equal(4);
    expect(events.map(({ type }) => type)).to.deep.equal(Array(4).fill("refreshed"));
    const labels = async (round: number) => [...(await data.dataFor(context, round)).dataset.labels];
    expect([await labels(0), await labels(1), await labels(3)]).to.deep.equal([
      [0, 1],
      [1, 2, 3],
      [3, 4, 5],
    ]);
  });

  it("gets no fresher where nothing comes, and says for which refresh", async () => {
    const { events, sent, data, context } = await refreshed([START + 12, START + 13]);
    expect(sent.map(({ at, samples }) => [at, samples])).to.deep.equal([[20, 2]]);
    expect(
      events.map((event) =>
        event.type === "nothing-sensed" || event.type === "refreshed" ? [event.type, event.refresh] : event,
      ),
    ).to.deep.equal([
      ["nothing-sensed", 0],
      ["nothing-sensed", 1],
      ["refreshed", 2],
      ["nothing-sensed", 3],
    ]);
    // None of them was skipped by the device.
    expect(events.every((event) => event.type !== "refreshed" || event.skipped === 0)).to.equal(true);
    expect((await rejected(data.dataFor(context, 1))).code).to.equal("DEVICE_WITHOUT_DATA");
    expect((await data.dataFor(context, 2)).dataset.labels).to.have.length(2);
  });
});

describe("a device that synchronizes what comes to it", () => {
  async function synchronized(times: readonly number[], fails: (now: number) => boolean = () => false) {
    const clock = new VirtualClock((START - 20) * 1000);
    const storage = new MemoryStore();
    const sent: { at: number; labels: number[] }[] = [];
    const mechanismTerms = encodeTerms({ bonus: 0n, menu: [{ period: 10, reward: 1n, cost: 1n }] });
    const events = {
      TaskArrived: { task: 1n, startTime: START, epochSeconds: 40 },
      WorkerEnrolled: { task: 1n, worker: "0x01", index: 0, choice: encodeChoice({ item: 0 }) },
      TaskPublished: { task: 1n, token: "0x02", mechanismTerms },
    };
    const first = async ({ name }: { name: keyof typeof events }) => ({ name, args: events[name] });
    const modules = {
      main: {
        termsOf: async () => ({
          mechanism: mechanismId("aoi-contract"),
          schedule: { startTime: START, epochSeconds: 40 },
          ...{ rounds: 2, maxSamples: 400, maxWorkers: 4, subchains: [3n] },
        }),
      },
      mainFollower: { first },
      follower: { first, past: () => [{ args: events.WorkerEnrolled }] },
      subchain: {
        place: { finality: { confirmations: 0 } },
        client: { ...client, name: "virtual" },
        anchor: async () => ({}),
        prepareSynchronization:
          async (_: unknown, __: unknown, { dataDigest }: { dataDigest: string }) =>
          async () => {
            if (fails(clock.now())) throw new Error("no gas");
            const { labels } = decodeDataset(await storage.get(dataDigest as Digest));
            sent.push({ at: clock.now() / 1000 - START, labels: [...labels] });
          },
      },
      storage,
      files: { spec: async () => ({ seed: 1 }) },
      turns: { before: async (work: () => Promise<void>) => work() },
      listener: () => undefined,
      clock,
    };
    const options = {
      ...{ name: "device", twin: "0x01", stream: coming(times, clock), account: {} },
      policy: { kind: "fraction", fraction: 1 },
    };
    const run = new TwinSync(options as never, modules as never).run(1n, "0x", new AbortController().signal);
    await clock.advance(80_000);
    await run;
    return sent;
  }

  it("stores what came until shortly before each is due, and leaves out what would bring nothing", async () => {
    const sent = await synchronized([START - 5, START + 1, START + 2, START + 28]);
    expect(sent).to.deep.equal([
      { at: 0, labels: [0] },
      { at: 10, labels: [1, 2] },
      { at: 30, labels: [3] },
    ]);
  });

  it("waits for what comes only during the task", async () => {
    expect(await synchronized([START + 15])).to.deep.equal([{ at: 20, labels: [0] }]);
  });

  it("brings with the next what one that failed should have brought", async () => {
    const sent = await synchronized([START - 5, START + 1, START + 12], (now) => now === (START + 10) * 1000);
    expect(sent).to.deep.equal([
      { at: 0, labels: [0] },
      { at: 20, labels: [1, 2] },
    ]);
  });
});
