import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import type { AggregatorEvent } from "../../aggregators/AggregatorEvent.ts";
import { AggregatorService } from "../../aggregators/AggregatorService.ts";
import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import { ComputePool } from "../../learning/training/ComputePool.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { systemClock } from "../../protocol/Clock.ts";
import type { RelayEvent } from "../../relay/RelayEvent.ts";
import { RelayService } from "../../relay/RelayService.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import type { WorkerEvent } from "../../workers/WorkerEvent.ts";
import { WorkerService } from "../../workers/WorkerService.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { rejected } from "../unit/thrown.ts";
import { FaultyProxy } from "./FaultyProxy.ts";
import { Heard } from "./Heard.ts";
import { smallHeldOutData, smallTrainingData } from "./smallData.ts";
import { TestNetwork } from "./TestNetwork.ts";

const BASE_PORT = 9480;
/** Chains that nobody reaches before their proxies are there. */
const LATE = ["main", "virtual"] as const;

describe("services that start before their chains", () => {
  let network: TestNetwork;
  let proxies: FaultyProxy[];
  /** The network as the services see it. */
  let file: NetworkFile;
  const relayEvents = new Heard<RelayEvent>();
  const workers = new Heard<WorkerEvent>();
  const aggregators = new Heard<AggregatorEvent>();
  const running: { stop(): Promise<unknown> }[] = [];
  let services: {
    relay: () => Promise<unknown>;
    aggregator: () => Promise<unknown>;
    workers: () => Promise<unknown>;
  };

  before(async () => {
    network = await TestNetwork.start({ basePort: BASE_PORT, subchains: ["virtual", "physical"] });
    running.push(network);
    proxies = LATE.map((name, i) => new FaultyProxy(network.place(name).url, BASE_PORT + 10 + i));
    running.push(...proxies);
    file = structuredClone(network.file);
    file.main.url = proxies[0]!.url;
    file.subchains.find(({ name }) => name === "virtual")!.url = proxies[1]!.url;
    // Read before any time counts.
    await smallHeldOutData();
    const pool = new ComputePool({ threads: 2 });
    running.push({ stop: () => pool.close() });
    const { storage } = network;
    const modules = { storage, pool, clock: systemClock };
    const directory = await mkdtemp(join(tmpdir(), "freshet-late-"));
    const device = {
      name: "device",
      cost: 1n,
      twinCost: 1n,
      privacyPolicy: { kind: "fraction", fraction: 1 },
    } as const;
    services = {
      relay: () =>
        RelayService.start(
          file,
          { directory },
          { listener: relayEvents.listener, random: new SeededRandom(1, "relayer") },
        ),
      aggregator: () =>
        AggregatorService.start(file, 0, {
          held: network.held(0),
          ...modules,
          heldOutData: smallHeldOutData,
          listener: aggregators.listener,
        }),
      workers: () =>
        WorkerService.start(
          file,
          { devices: [device] },
          { ...modules, trainingData: smallTrainingData, listener: workers.listener },
        ),
    };
  });
  after(async () => {
    for (const part of running.reverse()) await part.stop();
  });

  it("say which chain does not answer, and do their work once it does", async () => {
    for (const start of Object.values(services))
      running.push((await start()) as { stop(): Promise<unknown> });
    const isTrouble = ({ type }: { type: string }) => type === "trouble";
    await Promise.all([relayEvents.until(isTrouble), aggregators.until(isTrouble), workers.until(isTrouble)]);
    for (const chain of LATE) {
      await workers.until((event) => event.type === "trouble" && event.chain === chain);
      await relayEvents.until((event) => event.type === "trouble" && event.chain === chain);
      await aggregators.until((event) => event.type === "trouble" && event.doing.includes(chain));
    }
    for (const proxy of proxies) await proxy.start();

    const publisher = await network.account("main", "publisher");
    const { task } = await publishTask(
      parseTaskSpec({
        ...smallSpec(),
        reward: { policy: "aoi-contract", menu: { items: [{ period: 6, reward: "1000", cost: "5" }] } },
        schedule: {
          enrolSeconds: 8,
          epochSeconds: 6,
          commitSeconds: 8,
          revealSeconds: 4,
          reportSeconds: 2,
          claimSeconds: 10,
          deadlineSeconds: 600,
        },
        aggregators: { attestations: 1, of: 1 },
      }),
      { network: network.file, main: network.main, publisher, storage: network.storage },
    );
    for (const chain of ["virtual", "physical"]) {
      await workers.until((event) => event.type === "enrolled" && event.chain === chain);
    }
    await aggregators.until((event) => event.type === "attested" && event.task === task && event.round === 0);
    for (const chain of ["virtual", "physical"]) {
      await workers.until((event) => event.type === "revealed" && event.chain === chain);
    }
  });

  it("do not start at all with another chain than the network file says", async () => {
    const wrong = new FaultyProxy(network.place("physical").url, BASE_PORT + 12);
    await wrong.start();
    running.push(wrong);
    const before = file.main.url;
    file.main.url = wrong.url;
    try {
      for (const start of [services.aggregator, services.workers]) {
        expect((await rejected(start())).code).to.equal("WRONG_CHAIN_ID");
      }
    } finally {
      file.main.url = before;
    }
  });
});
