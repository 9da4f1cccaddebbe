import { expect } from "chai";
import { Wallet } from "ethers";
import fc from "fast-check";

import type { ChainAccount } from "../../../chains/clients/ChainAccount.ts";
import type { Refresh, Subchain } from "../../../chains/clients/Subchain.ts";
import { coverageOf } from "../../../mechanisms/aoi-contract/audit/coverageOf.ts";
import { encodeChoice, encodeTerms } from "../../../mechanisms/aoi-contract/encodings.ts";
import { worker } from "../../../mechanisms/aoi-contract/worker.ts";
import { DeviceData } from "../../../workers/DeviceData.ts";
import { PlayedStream } from "../../../workers/PlayedStream.ts";
import type { TaskContext } from "../../../workers/TaskContext.ts";
import { Turns } from "../../../workers/Turns.ts";
import type { WorkerEvent } from "../../../workers/WorkerEvent.ts";
import { BlockChain, START, WITHIN_MILLISECONDS } from "./BlockChain.ts";

const signer = Wallet.createRandom();
const stream = new PlayedStream(async () => ({
  features: new Uint8Array(40 * 4),
  sampleShape: [2, 2],
  scale: 1,
  labels: new Uint8Array(40),
  classes: 10,
}));

/** A device that keeps its data fresh through an epoch; what its chain measured of it, and what was told. */
async function kept(
  chain: BlockChain,
  { period, epochSeconds, spareBlocks = 0 }: { period: number; epochSeconds: number; spareBlocks?: number },
  during: (chain: BlockChain) => Promise<void> = async () => undefined,
) {
  const { clock, client, blockSeconds } = chain;
  const events: WorkerEvent[] = [];
  const digests: string[] = [];
  const subchain = {
    client,
    anchor: async () => ({ number: 1, blockHash: "0x" }),
    prepareRefresh:
      async (_: ChainAccount, __: bigint, { dataDigest }: Refresh) =>
      () => {
        digests.push(dataDigest);
        return chain.send();
      },
  } as unknown as Subchain;
  const data = new DeviceData(
    { name: "device", stream, signer, account: {} as ChainAccount, subchain },
    { turns: new Turns(1, { clock }), listener: (event) => events.push(event), clock },
  );
  const times = { startTime: START, epochSeconds, rounds: 1 };
  const mechanismTerms = encodeTerms({ bonus: 1n, menu: [{ period, reward: 1n, cost: 1n }] });
  const schedule = worker.schedule(mechanismTerms, encodeChoice({ item: 0 }), times, {
    ...{ blockSeconds, spareBlocks },
  });
  const context = { task: 1n, times, schedule } as unknown as TaskContext;
  const done = Promise.all([data.keepFresh(context, new AbortController().signal), during(chain)]);
  await clock.until(done, WITHIN_MILLISECONDS);
  chain.stop();
  const refreshes = chain.taken.filter((time) => time < START + epochSeconds);
  const until = START + epochSeconds;
  const { coveredSeconds } = coverageOf({ from: START, refreshes, periodSeconds: period, until });
  expect(new Set(digests).size, "each with a digest of its own").to.equal(digests.length);
  return { coveredSeconds, refreshes, events };
}

describe("a device on a chain whose blocks are seconds apart", () => {
  it("covers the whole epoch, whatever the blocks, the period and where the epoch begins between two", async () => {
    const cases = fc
      .record({
        blockSeconds: fc.constantFrom(1, 2, 3, 5, 12),
        phase: fc.nat(11),
        blocksAPeriod: fc.integer({ min: 1, max: 6 }),
        more: fc.nat(11),
        periods: fc.integer({ min: 1, max: 5 }),
        rest: fc.nat(20),
      })
      .map(({ blockSeconds, phase, blocksAPeriod, more, periods, rest }) => {
        const period = blockSeconds * blocksAPeriod + (more % blockSeconds);
        return { blockSeconds, phase: phase % blockSeconds, period, epochSeconds: period * periods + rest };
      });
    await fc.assert(
      fc.asyncProperty(cases, async ({ blockSeconds, phase, ...task }) => {
        const chain = new BlockChain({ blockSeconds, phase, waits: () => 1 });
        const { coveredSeconds } = await kept(chain, task);
        expect(Number(coveredSeconds)).to.equal(task.epochSeconds);
      }),
      { numRuns: 40 },
    );
  });

  it("refreshes as often as the menu's period asks for where the epoch begins with a block", async () => {
    const chain = new BlockChain({ blockSeconds: 2, phase: 0, waits: () => 1 });
    const { refreshes } = await kept(chain, { period: 20, epochSeconds: 60 });
    expect(refreshes).to.deep.equal([START, START + 20, START + 40]);
  });

  it("refreshes once more where it does not, as the last does not last until the end", async () => {
    const chain = new BlockChain({ blockSeconds: 2, phase: 1, waits: () => 1 });
    const { refreshes, events } = await kept(chain, { period: 20, epochSeconds: 60 });
    expect(refreshes).to.deep.equal([START - 1, START + 19, START + 39, START + 59]);
    const told = events.map((event) => event.type === "refreshed" && [event.refresh, event.late]);
    expect(told).to.deep.equal([0, 1, 2, 3].map((j) => [j, 0]));
  });

  it("sends earlier once its refreshes take more blocks: only the first two come late", async () => {
    const chain = new BlockChain({ blockSeconds: 2, phase: 0, waits: () => 2 });
    const { coveredSeconds } = await kept(chain, { period: 10, epochSeconds: 60 });
    expect(Number(coveredSeconds)).to.be.at.least(58);
  });

  it("covers the whole epoch through reorganizations of as many blocks as it spares, whenever they come", async () => {
    const cases = fc
      .record({
        blockSeconds: fc.constantFrom(1, 2, 3, 5),
        phase: fc.nat(4),
        spareBlocks: fc.integer({ min: 1, max: 4 }),
        blocksMore: fc.integer({ min: 2, max: 6 }),
        periods: fc.integer({ min: 1, max: 5 }),
        rest: fc.nat(20),
        // One has to be over before the next comes: it sets back what it finds.
        pauses: fc.array(fc.integer({ min: 6, max: 20 }), { maxLength: 8 }),
        depths: fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 8 }),
      })
      .map(({ phase, blocksMore, periods, rest, ...one }) => {
        const period = one.blockSeconds * (one.spareBlocks + blocksMore);
        return { ...one, phase: phase % one.blockSeconds, period, epochSeconds: period * periods + rest };
      });
    await fc.assert(
      fc.asyncProperty(cases, async ({ blockSeconds, phase, pauses, depths, ...task }) => {
        const chain = new BlockChain({ blockSeconds, phase, waits: () => 1 });
        const { coveredSeconds, events } = await kept(chain, task, async ({ clock }) => {
          await clock.sleep((START - 20) * 1000 - clock.now());
          for (const [i, blocks] of pauses.entries()) {
            await clock.sleep(blocks * blockSeconds * 1000);
            chain.reorganize(Math.min(task.spareBlocks, depths[i % depths.length]!));
          }
          // What the last one took comes back in time.
          await clock.sleep(2 * blockSeconds * 1000);
        });
        expect(Number(coveredSeconds)).to.equal(task.epochSeconds);
        expect(events.filter(({ type }) => type === "trouble")).to.deep.equal([]);
      }),
      { numRuns: 60 },
    );
  });

  it("refreshes so much more often where it spares blocks, and no more often than every second one", async () => {
    for (const [spareBlocks, refreshes] of [
      [0, [0, 10, 20, 30, 40, 50]],
      [1, [-2, 6, 14, 22, 30, 38, 46, 54]],
      [2, [-4, 2, 8, 14, 20, 26, 32, 38, 44, 50]],
      [16, [-6, -2, 2, 6, 10, 14, 18, 22, 26, 30, 34, 38, 42, 46, 50]],
    ] as const) {
      const chain = new BlockChain({ blockSeconds: 2, phase: 0, waits: () => 1 });
      const told = await kept(chain, { period: 10, epochSeconds: 60, spareBlocks });
      expect(told.refreshes.map((time) => time - START)).to.deep.equal(refreshes);
    }
  });

  it("survives reorganizations of two blocks, and loses no more than they set it back", async () => {
    const chain = new BlockChain({ blockSeconds: 2, phase: 0, waits: () => 1 });
    const { coveredSeconds, events } = await kept(
      chain,
      { period: 6, epochSeconds: 60 },
      async ({ clock }) => {
        for (const after of [3, 15, 31]) {
          await clock.sleep((START + after) * 1000 - clock.now());
          chain.reorganize(2);
        }
      },
    );
    expect(Number(coveredSeconds)).to.be.at.least(60 - 3 * 4);
    expect(events.filter(({ type }) => type === "trouble")).to.deep.equal([]);
  });
});
