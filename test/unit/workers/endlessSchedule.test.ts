import { expect } from "chai";
import { Wallet } from "ethers";

import type { ChainAccount } from "../../../chains/clients/ChainAccount.ts";
import type { ChainFollower } from "../../../chains/clients/ChainFollower.ts";
import type { MainChain } from "../../../chains/clients/MainChain.ts";
import type { Refresh, Subchain } from "../../../chains/clients/Subchain.ts";
import { encodeChoice, encodeTerms } from "../../../mechanisms/aoi-contract/encodings.ts";
import { everyPeriod } from "../../../mechanisms/aoi-contract/worker.ts";
import { mechanismId } from "../../../mechanisms/mechanismId.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { DeviceData } from "../../../workers/DeviceData.ts";
import { PlayedStream } from "../../../workers/PlayedStream.ts";
import type { SharedFiles } from "../../../workers/SharedFiles.ts";
import type { TaskContext } from "../../../workers/TaskContext.ts";
import { Turns } from "../../../workers/Turns.ts";
import { TwinSync } from "../../../workers/TwinSync.ts";
import type { WorkerEvent } from "../../../workers/WorkerEvent.ts";
import { MemoryStore } from "../audit/MemoryStore.ts";
import { smallSpec } from "../tasks/smallSpec.ts";

/** T = 2^32 − 1 s at θ = 1 s: what the contracts refuse now, from a chain that does not. */
const EPOCH = { startTime: 1_000_000, epochSeconds: 2 ** 32 - 1 };
const stream = new PlayedStream(async () => ({
  features: new Uint8Array(40 * 784),
  sampleShape: [28, 28],
  scale: 1 / 255,
  labels: new Uint8Array(40),
  classes: 10,
}));

/** A part of a chain's client that a test needs. */
const part = <T>(methods: object): T => methods as T;

describe("an epoch of four billion refreshes", function () {
  // Whoever made a list of them would be at it for minutes, and then out of memory.
  this.timeout(20_000);
  const events: WorkerEvent[] = [];
  const listener = (event: WorkerEvent) => void events.push(event);
  const account = part<ChainAccount>({});
  beforeEach(() => void events.splice(0));

  it("costs a device no more than the refreshes that are due", async () => {
    // It comes back after three years: only what is due now counts.
    const clock = new VirtualClock((EPOCH.startTime + 1e8) * 1000);
    const sent: Refresh[] = [];
    const stop = new AbortController();
    const subchain = part<Subchain>({
      client: { name: "physical", chainId: 4n },
      anchor: async () => ({ number: 1, blockHash: "0x" }),
      prepareRefresh: async (_account: ChainAccount, _task: bigint, refresh: Refresh) => async () => {
        if (sent.push(refresh) === 3) stop.abort();
      },
    });
    const turns = new Turns(1, { clock });
    const data = new DeviceData(
      { name: "device", stream, signer: Wallet.createRandom(), account, subchain },
      { turns, listener, clock },
    );
    const context = part<TaskContext>({
      task: 1n,
      times: { ...EPOCH, rounds: 1 },
      schedule: everyPeriod(1, EPOCH),
    });
    await clock.until(data.keepFresh(context, stop.signal));
    expect(events.map((event) => event.type === "refreshed" && event.refresh)).to.deep.equal([
      1e8,
      1e8 + 1,
      1e8 + 2,
    ]);
  });

  it("costs a twin's device no more than the samples that it has", async () => {
    const clock = new VirtualClock(EPOCH.startTime * 1000);
    const storage = new MemoryStore();
    const stop = new AbortController();
    const mechanismTerms = encodeTerms({ bonus: 1n, menu: [{ period: 1, reward: 1n, cost: 1n }] });
    const terms = { mechanism: mechanismId("aoi-contract"), schedule: EPOCH };
    const follower = part<ChainFollower>({
      first: async () => ({ args: { choice: encodeChoice({ item: 0 }), mechanismTerms } }),
      past: () => [],
    });
    const sync = new TwinSync(
      { name: "device", twin: "0x01", stream, policy: { kind: "fraction", fraction: 1 }, account },
      {
        main: part<MainChain>({ termsOf: async () => terms }),
        mainFollower: follower,
        subchain: part<Subchain>({
          client: { name: "virtual", chainId: 3n, blockSeconds: 0 },
          place: { finality: { confirmations: 0 } },
          anchor: async () => ({ number: 1, blockHash: "0x" }),
          prepareSynchronization: async () => async () => stop.abort(),
        }),
        follower,
        storage,
        files: part<SharedFiles>({ spec: async () => parseTaskSpec(smallSpec()) }),
        turns: new Turns(1, { clock }),
        listener,
        clock,
      },
    );
    await clock.until(sync.run(1n, "0x02", stop.signal));
    expect(events).to.have.length(1);
    expect(events[0]).to.deep.include({ type: "refreshed", refresh: 0, refreshes: 2 ** 32 - 1 });
    // The policy, and the batches up to the next that is waited for.
    expect(storage.files.size).to.be.at.most(3);
  });
});
