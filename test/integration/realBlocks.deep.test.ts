import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { auditTask } from "../../audit/auditTask.ts";
import { ChainClient } from "../../chains/clients/ChainClient.ts";
import { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { chainPace } from "../../chains/clients/chainPace.ts";
import { deployLocalNetwork } from "../../chains/networks/deploy.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { networkConfigSchema } from "../../chains/networks/networkConfig.ts";
import { chainsOf, type NetworkFile, writeNetworkFile } from "../../chains/networks/networkFile.ts";
import { startChains } from "../../chains/networks/startChains.ts";
import { decodeWork } from "../../mechanisms/aoi-contract/encodings.ts";
import { deployedMechanisms } from "../../mechanisms/deployedMechanisms.ts";
import { EmbeddedStore } from "../../storage/EmbeddedStore.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { scheduleOnChains } from "../../tasks/scheduleOnChains.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import type { WorkerEvent } from "../../workers/WorkerEvent.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices, WILLING_DEVICE } from "./TestServices.ts";

const FIRST_PORT = 9700;
const BLOCK_SECONDS = 2;
const CONFIRMATIONS = 3;
const ROLES = ["main", "relay", "virtual", "physical"] as const;
/** Rounds of 46 s: four hops of 8 s, finality of 6 s on the main chain, and 8 s. */
const SCHEDULE = {
  enrolSeconds: 30,
  epochSeconds: 100,
  commitSeconds: 30,
  revealSeconds: 20,
  reportSeconds: 30,
  deadlineSeconds: 600,
  claimSeconds: 120,
};
const PERIOD = 10;
const REWARD = 1000n;
const BONUS = 7n;

describe("a task on chains with blocks of 2 s, final under three more", function () {
  this.timeout(420_000);
  let network: TestNetwork;
  let services: TestServices;
  let task: bigint;
  const running: { stop(): Promise<unknown> }[] = [];

  before(async () => {
    const directory = await mkdtemp(join(tmpdir(), "freshet-blocks-"));
    const config = networkConfigSchema.parse({
      directory,
      runner: "anvil",
      chains: ROLES.map((role, i) => ({ name: role, role, chainId: 71_401 + i, port: FIRST_PORT + i })),
      storagePort: FIRST_PORT + 4,
      relayPort: FIRST_PORT + 5,
      aggregatorPort: FIRST_PORT + 6,
      devices: 1,
      aggregators: 1,
    });
    // Deployed with blocks on demand, which takes no time; from then on blocks come of themselves.
    const first = await startChains(config);
    let file: NetworkFile;
    try {
      file = await deployLocalNetwork(config, { mechanisms: deployedMechanisms() });
    } finally {
      await first.stop();
    }
    for (const place of chainsOf(file)) {
      Object.assign(place, { finality: { confirmations: CONFIRMATIONS }, blockSeconds: BLOCK_SECONDS });
    }
    await writeNetworkFile(directory, file);
    const chains = await startChains({ ...config, blockSeconds: BLOCK_SECONDS });
    running.push({
      stop: async () => {
        await chains.stop();
        await rm(directory, { recursive: true, force: true });
      },
    });
    const storage = new EmbeddedStore({ directory: join(directory, "content") });
    network = await TestNetwork.over({ config, file, storage, stop: async () => undefined });
    running.push(network);
    services = new TestServices(network, { threads: 1 });
    running.push(services);
    await services.startRelay();
    await services.startAggregator();
    await services.startWorkers({ devices: [WILLING_DEVICE] });
  });
  after(async () => {
    for (const part of running.reverse()) await part.stop();
  });

  it("measures a clock that no block is ahead of", async () => {
    for (const name of ROLES) {
      const client = ChainClient.open({ ...network.place(name), name });
      try {
        expect(await client.clockLag(), name).to.be.within(-100, 1500);
      } finally {
        client.close();
      }
    }
  });

  it("is paid in full to who was on time, and outlives a reorganization while it refreshes", async () => {
    const spec = parseTaskSpec({
      ...smallSpec(),
      rounds: 2,
      aggregators: { attestations: 1, of: 1 },
      schedule: SCHEDULE,
      reward: {
        policy: "aoi-contract",
        bonus: String(BONUS),
        menu: { items: [{ period: PERIOD, reward: String(REWARD), cost: "5" }] },
      },
    });
    const { file, main, storage } = network;
    const [mainPace, relayPace, ...subchains] = await Promise.all(
      chainsOf(file).map((place) => chainPace(network.client(place.name), place)),
    );
    const held = scheduleOnChains(spec, { main: mainPace!, relay: relayPace!, subchains });
    expect(held).to.deep.include({ roundSeconds: 46, short: [] });

    const publisher = await network.account("main", "publisher");
    const published = await publishTask(spec, { network: file, main, publisher, storage });
    task = published.task;
    const physical = network.subchain("physical");
    const follower = new ChainFollower(
      physical.client,
      physical.contracts,
      { finality: { confirmations: CONFIRMATIONS } },
      { onError: () => undefined },
    );
    await follower.start();
    running.push(follower);
    // Two blocks go just after the device's fourth refresh; nobody sends again what was in them.
    const refreshed = (refresh: number) => (event: WorkerEvent) =>
      event.type === "refreshed" && event.chain === "physical" && event.refresh === refresh;
    await services.workers.until(refreshed(3));
    await physical.client.rpc.request("anvil_reorg", [2, []]);

    const claimed = (chain: string) =>
      services.workers.until((event) => event.type === "claimed" && event.chain === chain);
    const [virtual, ofDevice] = await Promise.all([claimed("virtual"), claimed("physical")]);
    // The twin was never late: the whole epoch, and the bonus.
    expect(virtual).to.include({ amount: REWARD + BONUS });
    const { work } = (await follower.first({ name: "WorkRecorded", task })).args;
    const { coveredSeconds } = decodeWork(work);
    // The device's refresh was sent again: it lost what the reorganization took, and nothing else.
    expect(Number(coveredSeconds)).to.be.at.least(SCHEDULE.epochSeconds - 8);
    expect(ofDevice.type === "claimed" && ofDevice.amount).to.equal(
      (REWARD * BigInt(coveredSeconds)) / BigInt(SCHEDULE.epochSeconds) +
        (Number(coveredSeconds) === SCHEDULE.epochSeconds ? BONUS : 0n),
    );
    expect(services.workers.events.filter(({ type }) => type === "round-missed")).to.deep.equal([]);
    const { address } = localKey("device", 0);
    const own = follower.past({ name: "DataRefreshed", task, where: ({ args }) => args.worker === address });
    expect(own.length).to.be.at.least(SCHEDULE.epochSeconds / PERIOD);
  });

  it("holds in an audit", async () => {
    const report = await auditTask(network.file, task, { storage: network.storage });
    expect(report.failure).to.equal(undefined);
    expect(report.outcome).to.equal("holds");
  });
});
