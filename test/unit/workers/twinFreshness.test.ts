import { expect } from "chai";
import { Wallet } from "ethers";
import fc from "fast-check";

import { coverageOf } from "../../../mechanisms/aoi-contract/audit/coverageOf.ts";
import { encodeChoice, encodeTerms } from "../../../mechanisms/aoi-contract/encodings.ts";
import { mechanismId } from "../../../mechanisms/mechanismId.ts";
import { PlayedStream } from "../../../workers/PlayedStream.ts";
import { TwinSync } from "../../../workers/TwinSync.ts";
import type { WorkerEvent } from "../../../workers/WorkerEvent.ts";
import { MemoryStore } from "../audit/MemoryStore.ts";
import { BlockChain, START, WITHIN_MILLISECONDS } from "./BlockChain.ts";

const TWIN = "0x1234";
const token = Wallet.createRandom().address;

/** A twin that its device keeps fresh through an epoch: when, and what was told. */
async function kept(
  chain: BlockChain,
  task: { period: number; epochSeconds: number; spareBlocks: number; samples: number },
  during: (chain: BlockChain) => Promise<void> = async () => undefined,
) {
  const { period, epochSeconds, spareBlocks, samples } = task;
  const { clock, client } = chain;
  const stream = new PlayedStream(async () => ({
    features: Uint8Array.from({ length: samples * 4 }, (_, i) => i >> 2),
    sampleShape: [2, 2],
    scale: 1,
    labels: new Uint8Array(samples),
    classes: 10,
  }));
  const schedule = { startTime: START, epochSeconds };
  const mechanismTerms = encodeTerms({ bonus: 1n, menu: [{ period, reward: 1n, cost: 1n }] });
  const events = {
    TaskArrived: { task: 1n, ...schedule },
    WorkerEnrolled: { task: 1n, worker: TWIN, index: 0, choice: encodeChoice({ item: 0 }) },
    TaskPublished: { task: 1n, token, mechanismTerms },
  };
  const first = async ({ name }: { name: keyof typeof events }) => ({ name, args: events[name] });
  const told: WorkerEvent[] = [];
  const brought: number[] = [];
  const modules = {
    main: {
      termsOf: async () => ({
        ...{ mechanism: mechanismId("aoi-contract"), schedule, rounds: 2, maxSamples: samples },
        ...{ maxWorkers: 65_536, subchains: [3n] },
      }),
    },
    mainFollower: { first },
    follower: { first, past: () => [{ args: events.WorkerEnrolled }] },
    subchain: {
      ...{ client, place: { finality: "finalized" }, anchor: async () => ({}) },
      prepareSynchronization: async (_: unknown, __: unknown, sync: { samples: number }) => async () => {
        brought.push(sync.samples);
        return chain.send();
      },
    },
    ...{ storage: new MemoryStore(), files: { spec: async () => ({ seed: 1 }) }, clock },
    turns: { before: async (work: () => Promise<boolean>) => work() },
    listener: (event: WorkerEvent) => told.push(event),
  };
  const options = {
    ...{ name: "device", twin: TWIN, stream, account: {}, spareBlocks },
    policy: { kind: "fraction", fraction: 1 },
  };
  const sync = new TwinSync(options as never, modules as never);
  const done = Promise.all([sync.run(1n, "0x", new AbortController().signal), during(chain)]);
  await clock.until(done, WITHIN_MILLISECONDS);
  chain.stop();
  const until = START + epochSeconds;
  const refreshes = chain.taken.filter((time) => time < until).toSorted((a, b) => a - b);
  const { coveredSeconds } = coverageOf({ from: START, refreshes, periodSeconds: period, until });
  return { coveredSeconds: Number(coveredSeconds), refreshes, told, brought };
}

const BLOCKS = { blockSeconds: fc.constantFrom(1, 2, 3, 5), phase: fc.nat(4) };

describe("a twin on a chain whose blocks are seconds apart", () => {
  it("is fresh through the whole epoch, through reorganizations of as many blocks as are spared", async () => {
    const cases = fc.record({
      ...BLOCKS,
      spareBlocks: fc.integer({ min: 1, max: 4 }),
      blocksMore: fc.integer({ min: 2, max: 6 }),
      periods: fc.integer({ min: 1, max: 10 }),
      pauses: fc.array(fc.integer({ min: 6, max: 20 }), { maxLength: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ blockSeconds, phase, spareBlocks, blocksMore, periods, pauses }) => {
        const period = blockSeconds * (spareBlocks + blocksMore);
        const task = { period, epochSeconds: period * periods, spareBlocks, samples: 400 };
        const chain = new BlockChain({ blockSeconds, phase: phase % blockSeconds, waits: () => 1 });
        const { coveredSeconds, told } = await kept(chain, task, async ({ clock }) => {
          await clock.sleep((START - 20) * 1000 - clock.now());
          for (const blocks of pauses) {
            await clock.sleep(blocks * blockSeconds * 1000);
            chain.reorganize(spareBlocks);
          }
          await clock.sleep(2 * blockSeconds * 1000);
        });
        expect(coveredSeconds).to.equal(task.epochSeconds);
        expect(told.filter(({ type }) => type === "trouble")).to.deep.equal([]);
      }),
      { numRuns: 40 },
    );
  });

  it("is fresh until the end of the epoch, however early blocks that were slow have its synchronizations sent", async () => {
    const cases = fc.record({
      ...BLOCKS,
      spareBlocks: fc.nat(3),
      blocksAPeriod: fc.integer({ min: 3, max: 9 }),
      periods: fc.integer({ min: 2, max: 12 }),
      waits: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 12 }),
    });
    await fc.assert(
      fc.asyncProperty(cases, async ({ blockSeconds, phase, spareBlocks, blocksAPeriod, periods, waits }) => {
        const period = blockSeconds * blocksAPeriod;
        const task = { period, epochSeconds: period * periods, spareBlocks, samples: 400 };
        let sent = 0;
        const chain = new BlockChain({
          ...{ blockSeconds, phase: phase % blockSeconds },
          waits: () => waits[sent++ % waits.length]!,
        });
        const { refreshes, brought } = await kept(chain, task);
        // One that is on its way at the end may come a wait after it.
        const slack = Math.max(...waits) * blockSeconds;
        expect(refreshes.at(-1)! + period + slack).to.be.at.least(START + task.epochSeconds);
        expect(brought.every((samples) => samples > 0)).to.equal(true);
      }),
      { numRuns: 60 },
    );
  });

  it("gets every sample where blocks come as they should", async () => {
    const chain = new BlockChain({ blockSeconds: 2, phase: 1, waits: () => 1 });
    const { brought } = await kept(chain, { period: 10, epochSeconds: 60, spareBlocks: 0, samples: 400 });
    expect(brought.reduce((sum, samples) => sum + samples, 0)).to.equal(400);
  });
});
