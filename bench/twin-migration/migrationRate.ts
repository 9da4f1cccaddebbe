/**
 * Migrations a second of the market on one machine: chains, relay, servers and vehicles in one process, each vehicle moving
 * its twin between two edge servers on different subchains as often as it can. `node bench/twin-migration/migrationRate.ts
 * [VEHICLES] [SECONDS]`; the result is a line of JSON.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deployLocalNetwork } from "../../chains/networks/deploy.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { NetworkClients } from "../../chains/networks/NetworkClients.ts";
import { networkConfigSchema } from "../../chains/networks/networkConfig.ts";
import { startChains } from "../../chains/networks/startChains.ts";
import { TUNED_VEHICLE } from "../../mechanisms/twin-migration/decision/chooseHost.ts";
import { twinApplication } from "../../mechanisms/twin-migration/market/twinApplication.ts";
import type { PartyEvent } from "../../mechanisms/twin-migration/parties/PartyEvent.ts";
import type { PartyPlan, Setting } from "../../mechanisms/twin-migration/parties/partyPlan.ts";
import { startParty } from "../../mechanisms/twin-migration/parties/startParty.ts";
import { greatest } from "../../numerics/extremes.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { contracts } from "../../protocol/contracts.ts";
import { RelayService } from "../../relay/RelayService.ts";
import { BlockServer } from "../../storage/BlockServer.ts";
import { EmbeddedStore } from "../../storage/EmbeddedStore.ts";

const BASE_PORT = 9840;
const SERVERS = 3;
/** A vehicle jumps from one server to the other so often, s: the twin follows within two steps. */
const JUMP_STEPS = 4;

const vehicles = Number(process.argv[2] ?? 10);
const seconds = Number(process.argv[3] ?? 40);
const addressOf = (key: number) => localKey("party", key).address;
const urlOf = (m: number) => `http://127.0.0.1:${BASE_PORT + 20 + m}`;
const directory = await mkdtemp(join(tmpdir(), "freshet-bench-"));
const config = networkConfigSchema.parse({
  directory,
  chains: ["main", "relay", "virtual", "physical"].map((role, i) => ({
    ...{ name: role, role, chainId: 41_501 + i, port: BASE_PORT + i },
  })),
  ...{
    storagePort: BASE_PORT + 4,
    relayPort: BASE_PORT + 5,
    aggregatorPort: BASE_PORT + 6,
    servicePort: BASE_PORT + 7,
  },
  ...{ devices: 0, aggregators: 1, applications: ["twins"] },
});
const services = {
  twins: Array.from({ length: SERVERS }, (_, m) => ({ address: addressOf(m), url: urlOf(m) })),
};
const chains = await startChains(config);
const storage = new EmbeddedStore({ directory: join(directory, "content") });
const blocks = new BlockServer({ host: config.host, port: config.storagePort }, { blocks: storage.blocks });
const network = {
  ...(await deployLocalNetwork(config, { mechanisms: [], applications: [twinApplication] })),
  ...{ storage: { url: await blocks.listen() }, services },
};
const relay = await RelayService.start(
  network,
  { directory: join(directory, "relay") },
  { listener: () => undefined, random: new SeededRandom(0, "relayer") },
);
const clients = await NetworkClients.connect(network);
const holder = await clients.account(clients.main.client.name, "publisher");
const token = { contract: contracts.LocalToken, address: network.main.contracts.token };
await Promise.all(
  Array.from({ length: SERVERS + vehicles }, async (_, key) => {
    await Promise.all(
      clients.all.map((client) =>
        client.provider.send("hardhat_setBalance", [addressOf(key), `0x${(10n ** 21n).toString(16)}`]),
      ),
    );
    await holder.send(token, "transfer", [addressOf(key), 10_000n * 10n ** 18n]);
  }),
);
const settingAt = (startAtMs: number): Setting => ({
  site: {
    ...{ widthMetres: 1000, heightMetres: 500, neighbourMetres: 525 },
    ...{ edgeX: [250, 750], edgeY: [250, 250], cloudX: [500], cloudY: [50_000] },
  },
  vehicles,
  servers: [
    { name: "edge 1", address: addressOf(0), kind: "Edge", chain: "virtual", cloud: addressOf(2) },
    { name: "edge 2", address: addressOf(1), kind: "Edge", chain: "physical", cloud: addressOf(2) },
    { name: "cloud 1", address: addressOf(2), kind: "Cloud", chain: "virtual" },
  ],
  ...{ startAtMs, stepMs: 1000, steps: seconds },
});
const ended: { outcome: string; latencyMs: number; at: number; crossed: boolean }[] = [];
const listener = (event: PartyEvent) => {
  if (event.type === "moved") ended.push({ ...event, at: systemClock.now() });
  if (event.type === "trouble")
    console.error(event.error instanceof Error ? event.error.message : event.error);
};
const start = (plan: PartyPlan) =>
  startParty(
    plan,
    { network, directory: join(directory, plan.name.replaceAll(" ", "-")) },
    { storage, clock: systemClock, listener },
  );
const parties = [];
for (const place of [2, 1, 0]) {
  const setting = settingAt(systemClock.now());
  parties.push(
    await start({
      role: "server",
      ...{ name: setting.servers[place]!.name, key: place, seed: 1, setting, place, reliability: 1 },
      ...{ own: 400_000_000, capacity: 400_000_000, mostTwins: 1000 },
    }),
  );
}
const began = systemClock.now() + 2000;
const before = process.cpuUsage();
const moving = await Promise.all(
  Array.from({ length: vehicles }, (_, v) => {
    const setting = settingAt(began);
    const side = (t: number) => (Math.floor((t + v) / JUMP_STEPS) % 2 === 0 ? 250 : 750);
    return start({
      role: "vehicle",
      ...{ name: `vehicle ${v + 1}`, key: SERVERS + v, seed: 7, setting },
      track: {
        x: Array.from({ length: seconds + 1 }, (_, t) => side(t)),
        y: new Array<number>(seconds + 1).fill(250),
      },
      ...{ kilobytes: 2500, priority: 1, stateBytes: 250_000, synchronizeEvery: 0, rule: TUNED_VEHICLE },
    });
  }),
);
await Promise.all(moving.map(({ done }) => done));
const { user, system } = process.cpuUsage(before);
const crossed = ended.filter(({ crossed, outcome }) => crossed && outcome === "Completed");
const wall = (greatest(ended.map(({ at }) => at)) - began) / 1000;
const sorted = crossed.map(({ latencyMs }) => latencyMs).sort((a, b) => a - b);
console.log(
  JSON.stringify({
    ...{ vehicles, seconds: Math.round(wall * 10) / 10, migrations: crossed.length },
    migrationsPerSecond: Math.round((crossed.length / wall) * 100) / 100,
    others: ended.length - crossed.length,
    cpuSecondsAMigration: Math.round((1e-4 * (user + system)) / ended.length) / 100,
    medianLatencyMs: sorted[Math.floor(sorted.length / 2)],
  }),
);
for (const party of [...moving, ...parties]) await party.stop();
clients.close();
await relay.stop();
await blocks.close();
await chains.stop();
await rm(directory, { recursive: true, force: true });
process.exit(0);
