import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { auditMarket } from "../../audit/auditMarket.ts";
import { marketLines } from "../../audit/marketLines.ts";
import { deployLocalNetwork } from "../../chains/networks/deploy.ts";
import { networkConfigSchema } from "../../chains/networks/networkConfig.ts";
import { writeNetworkFile } from "../../chains/networks/networkFile.ts";
import { startChains } from "../../chains/networks/startChains.ts";
import { deployedApplications } from "../../mechanisms/deployedApplications.ts";
import { TwinHostsClient } from "../../mechanisms/twin-migration/market/TwinHostsClient.ts";
import { TwinMarketClient } from "../../mechanisms/twin-migration/market/TwinMarketClient.ts";
import { twinMarket } from "../../mechanisms/twin-migration/twinMarket.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { BlockServer } from "../../storage/BlockServer.ts";
import { EmbeddedStore } from "../../storage/EmbeddedStore.ts";
import { rejected } from "../unit/thrown.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices } from "./TestServices.ts";
import {
  addressOf,
  SERVERS,
  serverPlan,
  settingAt,
  TwinParties,
  twinServices,
  vehiclePlan,
} from "./twinParties.ts";
import { whenOffered } from "./whenOffered.ts";

const BASE_PORT = 9800;
const BLOCK_SECONDS = 2;
const CONFIRMATIONS = 3;
const ROLES = ["main", "relay", "virtual", "physical"] as const;
/** A hop of 8 s of main, 16 s from subchain to subchain and again to main, two calls of two blocks. */
const MESSAGE_SECONDS = 48;
/** Seconds that the vehicle drives, at a step a second. */
const STEPS = 130;
/** How long the vehicle's party may take until it sets off, milliseconds. */
const SET_OFF_MILLISECONDS = 10_000;
const STYLE = { green: String, red: String, yellow: String, dim: String };

describe("the market of twins on chains with blocks of 2 s, final under three more", function () {
  this.timeout(600_000);
  let network: TestNetwork;
  let parties: TwinParties;
  const running: { stop(): Promise<unknown> }[] = [];
  const market = () => new TwinMarketClient(network.main.client, network.main.place);

  before(async () => {
    const directory = await mkdtemp(join(tmpdir(), "freshet-twins-"));
    const config = networkConfigSchema.parse({
      directory,
      runner: "anvil",
      chains: ROLES.map((role, i) => ({
        ...{ name: role, role, chainId: 71_501 + i, port: BASE_PORT + i },
        finality: { confirmations: CONFIRMATIONS },
      })),
      blockSeconds: BLOCK_SECONDS,
      applications: ["twins"],
      storagePort: BASE_PORT + 4,
      relayPort: BASE_PORT + 5,
      aggregatorPort: BASE_PORT + 6,
      servicePort: BASE_PORT + 7,
      devices: 0,
      aggregators: 1,
    });
    const storage = new EmbeddedStore({ directory: join(directory, "content") });
    const { host, storagePort: port } = config;
    const server = new BlockServer({ host, port }, { blocks: storage.blocks });
    const url = await server.listen();
    // Deployed as to such chains, with blocks on demand, which takes no time; from then on blocks come of themselves.
    const first = await startChains({ ...config, blockSeconds: 0 });
    const deployed = await deployLocalNetwork(config, {
      mechanisms: [],
      applications: deployedApplications(config.applications),
    }).finally(() => first.stop());
    const file = { ...deployed, storage: { url }, services: twinServices(BASE_PORT) };
    await writeNetworkFile(directory, file);
    const chains = await startChains(config);
    running.push({
      stop: async () => {
        await chains.stop();
        await server.close();
        await rm(directory, { recursive: true, force: true });
      },
    });
    network = await TestNetwork.over({ config, file, storage, stop: async () => undefined });
    running.push(network);
    const services = new TestServices(network, { threads: 1 });
    running.push(services);
    await services.startRelay();
    parties = new TwinParties(network, systemClock);
    running.push({ stop: () => parties.stopAll() });
    await Promise.all([0, 1, 2, SERVERS, 9].map((key) => parties.fund(key)));
    const setting = settingAt(systemClock.now(), STEPS);
    for (const place of [2, 1, 0]) await parties.start(serverPlan(setting, place));
    await parties.start({ role: "keeper", name: "keeper", key: 9, seed: 1, setting });
  });
  after(async () => {
    for (const part of running.reverse()) await part.stop();
  });

  it("is deployed with what messages take there", async () => {
    expect(Number(await market().read("MESSAGE_SECONDS", []))).to.equal(MESSAGE_SECONDS);
  });

  it("keeps a server from staking where its hand-overs would come too late", async () => {
    const slow = { ...network.file, relay: { ...network.file.relay, finality: { confirmations: 30 } } };
    const setting = settingAt(systemClock.now(), STEPS);
    const [edge] = setting.servers;
    await parties.fund(4);
    setting.servers.push({ ...edge!, name: "edge 9", address: addressOf(4) });
    const plan = { ...serverPlan(setting, 0), name: "edge 9", key: 4, place: 3 };
    const refusal = await rejected(parties.start(plan, { network: slow }));
    expect(refusal).to.have.property("code", "MARKET_TOO_TIGHT");
    expect(refusal.message).to.contain("It gives messages 48 s and has to give them 86");
    expect((await market().read("serverOf", [addressOf(4)])).joined).to.equal(false);
  });

  it("moves a twin from server to server, from subchain to subchain, as its vehicle drives", async () => {
    for (const edge of ["edge 1", "edge 2"]) await parties.until("offered", ({ party }) => party === edge);
    const vehicle = await parties.start(
      vehiclePlan(settingAt(whenOffered(systemClock.now() + SET_OFF_MILLISECONDS), STEPS), 0, [200, 800]),
    );
    const isOwn = ({ party }: { party: string }) => party === "vehicle 1";
    const begun = await parties.until("moved", isOwn, 300_000);
    expect([begun.from, begun.to, begun.outcome]).to.deep.equal([undefined, "edge 1", "Completed"]);
    await vehicle.done;
    const moved = parties.told.filter((event) => event.type === "moved").slice(1);
    console.log(`      ${JSON.stringify(moved)}`);
    expect(moved).to.have.length.above(0);
    for (const { outcome } of moved) expect(outcome).to.equal("Completed");
    const crossing = moved.find(({ from, to }) => from === "edge 1" && to === "edge 2");
    expect(crossing?.crossed).to.equal(true);
    expect(parties.told.filter(({ type }) => type === "rejected")).to.deep.equal([]);
    const own = addressOf(SERVERS);
    const [host] = Object.values(await market().read("hostOf", [own])) as [string];
    expect(host).to.equal(addressOf(1));
    const { client, place } = network.subchain("physical");
    expect((await new TwinHostsClient(client, place).read("hostOf", [own])).server).to.equal(addressOf(1));
    // Longer than a request waits for without messages: on the old terms anybody could have taken it back by then.
    for (const { migration } of moved) {
      const { requestedAt, acceptedAt } = await market().read("migrationOf", [BigInt(migration)]);
      expect(acceptedAt - requestedAt).to.be.within(18, 17 + MESSAGE_SECONDS - 1);
    }
  });

  it("holds in an audit", async () => {
    const report = await auditMarket(network.file, twinMarket, { storage: network.storage });
    expect(report.failure, marketLines(report, STYLE).join("\n")).to.equal(undefined);
    expect(report.checks.filter(({ outcome }) => outcome === "fails")).to.deep.equal([]);
  });
});
