import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { id } from "ethers";

import type { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { migrationContracts } from "../../mechanisms/twin-migration/contracts.ts";
import { type HandOver, migrationEnums } from "../../mechanisms/twin-migration/encodings.ts";
import { NO_STAMP, signCompletion, signOrder } from "../../mechanisms/twin-migration/market/signatures.ts";
import { TwinHostsClient } from "../../mechanisms/twin-migration/market/TwinHostsClient.ts";
import {
  type MigrationState,
  TwinMarketClient,
} from "../../mechanisms/twin-migration/market/TwinMarketClient.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { contracts } from "../../protocol/contracts.ts";
import { LocalNetwork } from "../../scripts/LocalNetwork.ts";
import { rejected } from "../unit/thrown.ts";
import { followed } from "./followed.ts";
import { networkConfig, TestNetwork } from "./TestNetwork.ts";
import { TestServices } from "./TestServices.ts";

const DOLLAR = 10n ** 18n;
const EPOCH_SECONDS = 100;
const THETA = 412_000;
const KILOBYTES = 30_000;
const PRICE = 12_360_000n;
const STATE = id("state");
const [VEHICLE, SOURCE, DESTINATION] = [0, 1, 2];

describe("a hand-over of a twin on a network", () => {
  let network: TestNetwork;
  let services: TestServices;
  let market: TwinMarketClient;
  let hosts: Record<"virtual" | "physical", TwinHostsClient>;
  const key = (party: number) => localKey("device", party);
  const on = (chain: string, party: number): Promise<ChainAccount> =>
    network.clients.account(chain, "device", party);

  before(async () => {
    const directory = await mkdtemp(join(tmpdir(), "freshet-test-"));
    const options = { basePort: 9830, subchains: ["virtual", "physical"], devices: 3 } as const;
    const config = { ...networkConfig(options, directory), applications: ["twins"] };
    const local = await LocalNetwork.start(config);
    network = await TestNetwork.over({
      config,
      file: local.file,
      storage: local.storage,
      stop: () => local.stop(),
    });
    services = new TestServices(network);
    await services.startRelay();
    market = new TwinMarketClient(network.client("main"), network.file.main);
    const [virtual, physical] = network.file.subchains.map(
      (place) => new TwinHostsClient(network.client(place.name), place),
    );
    hosts = { virtual: virtual!, physical: physical! };
    const publisher = await network.account("main", "publisher");
    const token = { contract: contracts.LocalToken, address: network.file.main.contracts.token };
    for (const party of [VEHICLE, SOURCE, DESTINATION]) {
      await publisher.send(token, "transfer", [key(party).address, 1_000n * DOLLAR]);
      await market.approve(await on("main", party));
    }
  });
  after(async () => {
    await services?.stop();
    await network?.stop();
  });

  /** Waits for an event of the market about a migration. */
  async function settled(migration: bigint): Promise<MigrationState> {
    const follower = await followed(market.client, market.contracts);
    try {
      await new Promise<void>((resolve) => {
        const look = (event: { name: string; args: object }) => {
          const { name, args } = event;
          if (name === "MigrationSettled" && (args as { migration: bigint }).migration === migration)
            resolve();
        };
        for (const event of follower.events) look(event);
        follower.subscribe(look);
      });
    } finally {
      await follower.stop();
    }
    return market.read("migrationOf", [migration]);
  }

  async function requestAndAccept(destination: number): Promise<bigint> {
    const epoch = await market.read("epochNow", []);
    const asked = { destination: key(destination).address, epoch, kilobytes: KILOBYTES };
    const { migration } = await market.request(await on("main", VEHICLE), asked);
    await market.accept(await on("main", destination), migration);
    return migration;
  }

  async function sign(order: HandOver, chain: "virtual" | "physical") {
    return signOrder(key(VEHICLE), hosts[chain].domain, order);
  }

  /** Vehicle and destination sign that it took 800 ms. */
  async function complete(migration: bigint): Promise<void> {
    const state = await market.read("migrationOf", [migration]);
    const { vehicle, source, destination } = state;
    const startMs = BigInt(state.acceptedAt) * 1000n;
    const completion = {
      migration,
      vehicle,
      source,
      destination,
      stateHash: STATE,
      startMs,
      endMs: startMs + 800n,
    };
    const who = destination === key(SOURCE).address ? SOURCE : DESTINATION;
    const stamps = [
      await signCompletion(key(VEHICLE), market.domain, completion),
      NO_STAMP,
      await signCompletion(key(who), market.domain, completion),
    ] as const;
    await market.complete(await on("main", VEHICLE), migration, { stateHash: STATE, startMs, stamps });
  }

  it("moves a twin from one subchain to another by the relay, and pays for it", async () => {
    const { virtual, physical } = hosts;
    const epochs = (epoch: number) => [epoch, epoch + 1, epoch + 2];
    for (const [party, hosting] of [
      [SOURCE, virtual],
      [DESTINATION, physical],
    ] as const) {
      const account = await on("main", party);
      await market.join(account, "Cloud", hosting.client.chainId);
      for (const epoch of epochs(await market.read("epochNow", [])))
        await market.postOffer(account, {
          epoch,
          theta: THETA,
          own: 1_000_000n,
          capacity: 1_000_000n,
          wholesale: 0,
        });
    }
    // The twin begins at the first.
    const begun = await requestAndAccept(SOURCE);
    const first = await market.orderOf(begun, Math.floor(Date.now() / 1000) + 300);
    await virtual.takeOn(await on("virtual", SOURCE), first, STATE, await sign(first, "virtual"));
    await complete(begun);
    expect(migrationEnums.MigrationOutcome[(await settled(begun)).outcome]).to.equal("Completed");

    const moved = await requestAndAccept(DESTINATION);
    const order = await market.orderOf(moved, Math.floor(Date.now() / 1000) + 300);
    expect([order.sourceChain, order.destinationChain]).to.deep.equal([
      virtual.client.chainId,
      physical.client.chainId,
    ]);
    await complete(moved);
    // All is signed, and waits for the subchains; the new host is quicker than the message.
    await physical.takeOn(await on("physical", DESTINATION), order, STATE, await sign(order, "physical"));
    await virtual.release(await on("virtual", SOURCE), order, STATE, await sign(order, "virtual"));
    const state = await settled(moved);
    expect(migrationEnums.MigrationOutcome[state.outcome]).to.equal("Completed");
    expect(state.latencyMs).to.equal(800n);
    const { host } = await market.read("hostOf", [key(VEHICLE).address]);
    expect(host).to.equal(key(DESTINATION).address);
    expect((await physical.read("hostOf", [key(VEHICLE).address])).server).to.equal(key(DESTINATION).address);

    const before = await network.main.balanceOf(key(DESTINATION).address);
    await market.collect(await on("main", VEHICLE), [moved], key(DESTINATION).address);
    const after = await network.main.balanceOf(key(DESTINATION).address);
    expect(after - before).to.equal(2n * PRICE * 10n ** 12n);
    expect(await market.read("reputationOf", [key(DESTINATION).address])).to.equal(666_666n);
    const { epoch } = await market.read("migrationOf", [moved]);
    expect((await market.read("tallyOf", [epoch])).attempts).to.equal(1);
    expect(Math.floor(Date.now() / 1000 / EPOCH_SECONDS) - epoch).to.be.lessThan(3);
  }).timeout(120_000);

  it("explains what the market refuses", async () => {
    const account = await on("main", DESTINATION);
    const epoch = await market.read("epochNow", []);
    const error = await rejected(
      market.postOffer(account, { epoch: epoch + 50, theta: THETA, own: 1n, capacity: 1n, wholesale: 0 }),
    );
    expect(error).to.be.instanceOf(BaseError);
    expect(error.code).to.equal("WrongEpoch");
    expect(error.message + error.details).to.include("too far ahead");
  });

  it("is not there where a network does not name it", () => {
    const { twins: _, ...applications } = network.file.main.contracts.applications;
    const contractsWithout = {
      ...network.file.main.contracts,
      applications: applications as { tasks: string },
    };
    const place = { ...network.file.main, contracts: contractsWithout };
    expect(() => new TwinMarketClient(network.client("main"), place))
      .to.throw(BaseError)
      .with.property("code", "NO_TWIN_MARKET");
    expect(migrationContracts.TwinMarket.name).to.equal("TwinMarket");
  });
});
