import { expect } from "chai";
import { Wallet } from "ethers";

import type { EventFilter } from "../../../chains/clients/EventHistory.ts";
import { fits } from "../../../chains/clients/EventHistory.ts";
import { RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import { decodeDataset } from "../../../learning/datasets/datasetCodec.ts";
import {
  encodeChoice as aoiChoice,
  encodeTerms as aoiTerms,
} from "../../../mechanisms/aoi-contract/encodings.ts";
import { mechanismId } from "../../../mechanisms/mechanismId.ts";
import { encodeTerms as tradingTerms } from "../../../mechanisms/model-trading/encodings.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import type { Digest } from "../../../storage/ContentStore.ts";
import { mostBatchBytes } from "../../../tasks/firstBatch.ts";
import { PlayedStream } from "../../../workers/PlayedStream.ts";
import { TwinSync } from "../../../workers/TwinSync.ts";
import { MemoryStore } from "../audit/MemoryStore.ts";

const TWIN = "0x1234";
const ARRIVED = { name: "TaskArrived", args: { task: 1n, startTime: 1100, epochSeconds: 50 } };

describe("a device whose twin does not enrol", () => {
  it("is done with the task when its epoch has ended", async () => {
    const clock = new VirtualClock(1_000_000);
    const follower = {
      first: async (filter: EventFilter, signal: AbortSignal) => {
        if (fits(filter, ARRIVED as never)) return ARRIVED;
        await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
        throw new BaseError("ABORTED", "Stopped waiting.");
      },
    };
    const subchain = { client: { name: "virtual" } };
    const sync = new TwinSync(
      { twin: TWIN } as unknown as ConstructorParameters<typeof TwinSync>[0],
      { follower, clock, subchain } as unknown as ConstructorParameters<typeof TwinSync>[1],
    );
    let ended = false;
    const run = sync.run(1n, "0xabcd", new AbortController().signal).then(() => {
      ended = true;
    });
    await clock.advance(149_000);
    expect(ended).to.equal(false);
    await clock.advance(2000);
    await run;
    expect(clock.waiting).to.equal(0);
  });
});

describe("a device that synchronizes to its twin", () => {
  const address = Wallet.createRandom().address;
  /** 400 samples of 784 bytes: 300 are there at first, the rest comes with the other of two synchronizations. */
  const STREAM: Dataset = {
    features: new Uint8Array(400 * 784),
    sampleShape: [784],
    scale: 1,
    labels: Uint8Array.from({ length: 400 }, (_, i) => i % 10),
    classes: 10,
  };
  const CASES = {
    "aoi-contract": {
      mechanismTerms: aoiTerms({ bonus: 0n, menu: [{ period: 20, reward: 1n, cost: 1n }] }),
      choice: aoiChoice({ item: 0 }),
    },
    "model-trading": {
      mechanismTerms: tradingTerms({
        ...{ periodMs: 20_000, scale: 1n, dataWeight: 1n, leastTheta: 1, mostOmega: 1, startSlackMs: 1 },
        ...{ cap: 1n, bond: 0n, cosigner: address, offers: [{ worker: address, price: 1n }] },
      }),
      choice: "0x",
    },
  } as const;

  /** Labels of the batches that it puts into storage and on chain, in their order. */
  async function synchronizes(
    mechanism: keyof typeof CASES,
    /** What fails at a time, Unix milliseconds. */
    fail: (doing: "storing" | "sending", now: number) => void = () => undefined,
  ): Promise<number[][]> {
    const { mechanismTerms, choice } = CASES[mechanism];
    const clock = new VirtualClock(1_090_000);
    const kept = new MemoryStore();
    const storage = {
      get: (digest: Digest) => kept.get(digest),
      put: async (bytes: Uint8Array) => {
        // The policy comes first.
        if (kept.files.size > 0) fail("storing", clock.now());
        return kept.put(bytes);
      },
    };
    const sent: { dataDigest: string; samples: number }[] = [];
    const schedule = { startTime: 1100, epochSeconds: 40 };
    const events = {
      TaskArrived: { task: 1n, ...schedule },
      WorkerEnrolled: { task: 1n, worker: TWIN, index: 0, choice },
      TaskPublished: { task: 1n, token: address, mechanismTerms },
    };
    const first = async ({ name }: { name: keyof typeof events }) => ({ name, args: events[name] });
    const modules = {
      main: {
        termsOf: async () => ({
          ...{ mechanism: mechanismId(mechanism), schedule, rounds: 2, maxSamples: 400 },
          ...{ maxWorkers: 65_536, subchains: [3n] },
        }),
      },
      mainFollower: { first },
      follower: { first, past: () => [{ args: events.WorkerEnrolled }] },
      subchain: {
        place: { finality: { confirmations: 0 } },
        client: { name: "virtual", blockSeconds: 0 },
        anchor: async () => ({}),
        prepareSynchronization:
          async (_: unknown, __: unknown, sync: { dataDigest: string; samples: number }) => async () => {
            fail("sending", clock.now());
            sent.push(sync);
          },
      },
      storage,
      files: { spec: async () => ({ seed: 1 }) },
      turns: { before: async (work: () => Promise<void>) => work() },
      listener: () => undefined,
      clock,
    };
    const options = {
      ...{ name: "device", twin: TWIN, stream: new PlayedStream(async () => STREAM), account: {} },
      policy: { kind: "fraction", fraction: 1 },
    };
    const run = new TwinSync(options as never, modules as never).run(1n, "0x", new AbortController().signal);
    await clock.advance(60_000);
    await run;
    return Promise.all(
      sent.map(async ({ dataDigest, samples }) => {
        const { labels } = decodeDataset(await storage.get(dataDigest as Digest));
        expect(labels).to.have.length(samples);
        return [...labels];
      }),
    );
  }

  it("synchronizes half of its stream at first where nobody is scored by it, however large that is", async () => {
    const batches = await synchronizes("aoi-contract");
    expect(batches.map(({ length }) => length)).to.deep.equal([300, 100]);
    expect(batches.flat()).to.deep.equal([...STREAM.labels]);
  });

  it("stores and sends again what a store and a chain did not answer, while its time is not over", async () => {
    const batches = await synchronizes("aoi-contract", (doing, now) => {
      if (doing === "storing" && now < 1_096_000) {
        throw new BaseError("STORAGE_UNREACHABLE", "The block server does not work.", { retryable: true });
      }
      if (doing === "sending" && now < 1_106_000) throw new RpcUnavailable("It does not answer.");
    });
    expect(batches.map(({ length }) => length)).to.deep.equal([300, 100]);
  });

  it("brings with the next synchronization what one that was never made should have brought", async () => {
    const batches = await synchronizes("aoi-contract", (doing, now) => {
      if (doing === "sending" && now <= 1_120_000) throw new RpcUnavailable("It does not answer.");
    });
    expect(batches.map(({ length }) => length)).to.deep.equal([400]);
    expect(batches.flat()).to.deep.equal([...STREAM.labels]);
  });

  it("keeps to what a twin can be scored by, and goes on from there", async () => {
    // 128 KiB a worker.
    const fitting = Math.floor((mostBatchBytes({ maxWorkers: 65_536, subchains: [3n] }) - 1024) / 785);
    const batches = await synchronizes("model-trading");
    expect(batches.map(({ length }) => length)).to.deep.equal([fitting, fitting]);
    expect(batches.flat()).to.deep.equal([...STREAM.labels.subarray(0, 2 * fitting)]);
  });
});
