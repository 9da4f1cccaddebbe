/**
 * Gas of a migration's calls on chain: writes snapshots/migration-gas.json and the README's table.
 *
 *     node bench/twin-migration/migrationGas.ts
 *
 * Three vehicles move from an edge server to another, on an in-process chain which plays main, relay chain and both
 * subchains: gateways are its own, and what they would deliver is sent in their name, so that proofs cost nothing of what
 * is measured (README's first table has them).
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import type { HDNodeWallet } from "ethers";

import { hardhat } from "../../chains/networks/hardhat.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { migrationContracts } from "../../mechanisms/twin-migration/contracts.ts";
import { type HandOver, migrationEnums, type Stamp } from "../../mechanisms/twin-migration/encodings.ts";
import {
  type MigrationDomain,
  NO_STAMP,
  signCompletion,
  signOrder,
} from "../../mechanisms/twin-migration/market/signatures.ts";
import { greatest, least } from "../../numerics/extremes.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { markdownTable } from "../../reports/markdownTable.ts";
import { median } from "../median.ts";
import { writeReadmeTable } from "../readmeTable.ts";

/** Calls in the README's table. */
const ROWS: readonly { call: string; what: string }[] = [
  { call: "TwinMarket.join", what: "join as a server, with a stake" },
  { call: "TwinMarket.postOffer", what: "post an offer for an epoch" },
  { call: "TwinMarket.request", what: "request a migration, with escrow" },
  { call: "TwinMarket.accept", what: "accept it, with a bond" },
  { call: "TwinMarket.accept (wholesale)", what: "accept it above one's own capacity" },
  { call: "TwinHosts.release", what: "release the twin on its subchain, and send it" },
  { call: "TwinRelay (Released)", what: "relay the release" },
  { call: "TwinHosts (Released)", what: "have the release come to the other subchain" },
  { call: "TwinHosts.takeOn", what: "take it on there, and send it" },
  { call: "TwinRelay (HandedOver)", what: "relay the hand-over" },
  { call: "TwinMarket (HandedOver)", what: "have the hand-over come to main" },
  { call: "TwinMarket.complete", what: "complete with three signatures: settled" },
  { call: "TwinMarket.expire", what: "expire" },
  { call: "TwinMarket.collect", what: "collect what a party is owed" },
  { call: "TwinHosts.postRoot", what: "anchor an epoch's synchronizations" },
];
/** Of a migration that goes well, between subchains: each once, with the two that collect. */
const ONE_MIGRATION = [
  "TwinMarket.request",
  "TwinMarket.accept",
  "TwinHosts.release",
  "TwinRelay (Released)",
  "TwinHosts (Released)",
  "TwinHosts.takeOn",
  "TwinRelay (HandedOver)",
  "TwinMarket (HandedOver)",
  "TwinMarket.complete",
  "TwinMarket.collect",
];

/** The in-process chain is all of them: its own number is that of the old host's subchain, of the new host's and main. */
const CHAIN = 31_337n;
const RELAY_CHAIN = 31_402n;
const OTHER_CHAIN = 31_404n;
const ANY_ADDRESS = `0x${"22".repeat(20)}`;
const STATE = `0x${"33".repeat(32)}`;
const VEHICLES = 3;
const KILOBYTES = 30_000;
const THETA = 412_000;
const WHOLESALE = 200_000;
const EPOCH_SECONDS = 100;
const MICRO = 10n ** 12n;
const STAKE = 10n ** 8n;

const encodings = migrationContracts.IMigrationEncodings;

/** Gas of each call: of one that is made several times, from the first to the last. */
export type MigrationGas = Record<string, number[]>;

/** Plays the migrations and measures. */
export async function measureMigrationGas(): Promise<MigrationGas> {
  const connection = await (await hardhat()).network.create();
  const { ethers, networkHelpers } = connection;
  const gas: MigrationGas = {};
  try {
    const [owner] = await ethers.getSigners();
    const gateway = await ethers.deployContract("Gateway", [owner, 60]);
    const gatewayAddress = await gateway.getAddress();
    for (const chain of [RELAY_CHAIN, OTHER_CHAIN, CHAIN + 1n])
      await gateway.getFunction("openRoute")(chain, ANY_ADDRESS, ANY_ADDRESS);
    await networkHelpers.impersonateAccount(gatewayAddress);
    await networkHelpers.setBalance(gatewayAddress, 10n ** 24n);
    const asGateway = await ethers.getSigner(gatewayAddress);

    type Contract = typeof gateway;
    type Sender = { sendTransaction: (typeof asGateway)["sendTransaction"] };
    const send = async (name: string, by: Sender, to: Contract, method: string, ...values: unknown[]) => {
      const data = to.interface.encodeFunctionData(method, values);
      const receipt = await (await by.sendTransaction({ to: await to.getAddress(), data })).wait();
      const used = gas[name] ?? [];
      gas[name] = used;
      used.push(Number(receipt!.gasUsed));
    };
    let messages = 0n;
    const deliver = async (
      name: string,
      to: Contract,
      origin: bigint,
      kind: (typeof migrationEnums.TwinMessageKind)[number],
      body: string,
    ) => {
      const payload = encodings.encodeArguments("message", [
        migrationEnums.TwinMessageKind.indexOf(kind),
        body,
      ]);
      messages += 1n;
      const sender = formatInteroperable({ chainId: origin, address: ANY_ADDRESS });
      await send(name, asGateway, to, "receiveMessage", ethers.toBeHex(messages, 32), sender, payload);
    };

    const escrow = await ethers.deployContract("RewardEscrow");
    const token = await ethers.deployContract("LocalToken", [owner, 10n ** 27n]);
    const market = await ethers.deployContract(
      "TwinMarket",
      [owner, RELAY_CHAIN, token, escrow, MICRO, STAKE, 0],
      { libraries: { Completions: await ethers.deployContract("Completions") } },
    );
    // Main's part of the relay chain is not the chain's own number there.
    const relay = await ethers.deployContract("TwinRelay", [owner, CHAIN + 1n]);
    const west = await ethers.deployContract("TwinHosts", [owner, RELAY_CHAIN]);
    const east = await ethers.deployContract("TwinHosts", [owner, RELAY_CHAIN]);
    const at = (chainId: bigint) => formatInteroperable({ chainId, address: ANY_ADDRESS });
    for (const app of [market, west, east]) await app.getFunction("link")(gatewayAddress, at(RELAY_CHAIN));
    for (const chain of [OTHER_CHAIN, RELAY_CHAIN, CHAIN + 1n])
      await relay.getFunction("link")(gatewayAddress, at(chain));
    const marketAddress = await market.getAddress();

    const party = async (index: number) => {
      const wallet = localKey("device", index).connect(ethers.provider) as HDNodeWallet;
      await networkHelpers.setBalance(wallet.address, 10n ** 24n);
      await token.getFunction("transfer")(wallet.address, 10n ** 24n);
      const data = token.interface.encodeFunctionData("approve", [marketAddress, 2n ** 256n - 1n]);
      await (await wallet.sendTransaction({ to: await token.getAddress(), data })).wait();
      return wallet;
    };
    const [cloud, source, destination] = [await party(100), await party(101), await party(102)];
    const { Cloud, Edge } = { Cloud: 2, Edge: 1 };
    await send("TwinMarket.join", cloud, market, "join", Cloud, CHAIN, `0x${"00".repeat(20)}`);
    await send("TwinMarket.join", source, market, "join", Edge, CHAIN, cloud.address);
    await send("TwinMarket.join", destination, market, "join", Edge, CHAIN, cloud.address);

    // The beginning of an epoch, so that all is in one.
    let epoch = Math.floor((await networkHelpers.time.latest()) / EPOCH_SECONDS) + 2;
    const begin = async () => {
      await networkHelpers.time.increaseTo(epoch * EPOCH_SECONDS);
      await send(
        "TwinMarket.postOffer",
        cloud,
        market,
        "postOffer",
        epoch,
        THETA,
        10_000_000,
        10_000_000,
        WHOLESALE,
      );
      const own = VEHICLES * KILOBYTES;
      await send("TwinMarket.postOffer", source, market, "postOffer", epoch, THETA, own, own, 0);
      // Of the last vehicle's twin it buys a part.
      const part = own - KILOBYTES / 2;
      await send(
        "TwinMarket.postOffer",
        destination,
        market,
        "postOffer",
        epoch,
        THETA,
        part,
        own,
        WHOLESALE,
      );
    };
    await begin();

    const hostsDomain = async (hosts: Contract): Promise<MigrationDomain> => ({
      chainId: CHAIN,
      contract: await hosts.getAddress(),
    });
    const marketDomain: MigrationDomain = { chainId: CHAIN, contract: marketAddress };
    const order = async (migration: bigint): Promise<HandOver> => {
      const {
        vehicle,
        source: from,
        sourceChain,
        destination: to,
        destinationChain,
      } = (await market.getFunction("orderOf")(migration)) as unknown as HandOver;
      const until = (await networkHelpers.time.latest()) + 60;
      return { migration, vehicle, source: from, sourceChain, destination: to, destinationChain, until };
    };
    const bodyOf = async (handed: HandOver) =>
      encodings.encodeArguments("report", [
        { order: handed, stateHash: STATE, reportedAt: await networkHelpers.time.latest() },
      ]);
    const complete = async (
      name: string,
      vehicle: HDNodeWallet,
      handed: HandOver,
      servers: HDNodeWallet[],
    ) => {
      const startMs = BigInt(await networkHelpers.time.latest()) * 1000n;
      const completion = {
        migration: handed.migration,
        vehicle: handed.vehicle,
        source: handed.source,
        destination: handed.destination,
        stateHash: STATE,
        startMs,
        endMs: startMs + 900n,
      };
      const stamps: Stamp[] = [];
      for (const signer of [vehicle, ...(servers.length === 1 ? [undefined, ...servers] : servers)])
        stamps.push(signer === undefined ? NO_STAMP : await signCompletion(signer, marketDomain, completion));
      await send(name, owner!, market, "complete", handed.migration, STATE, startMs, stamps);
    };

    const vehicles: HDNodeWallet[] = [];
    for (let i = 0; i < VEHICLES; i++) vehicles.push(await party(i));
    let migration = 0n;
    // Each twin begins at the old host.
    for (const vehicle of vehicles) {
      migration += 1n;
      await send(
        "TwinMarket.request (first)",
        vehicle,
        market,
        "request",
        source.address,
        epoch,
        KILOBYTES,
        false,
      );
      await send("TwinMarket.accept (first)", source, market, "accept", migration);
      const handed = await order(migration);
      const { r, yParityAndS } = await signOrder(vehicle, await hostsDomain(west), handed);
      await send("TwinHosts.takeOn (first)", source, west, "takeOn", handed, STATE, r, yParityAndS);
      await deliver(
        "TwinMarket (HandedOver, first)",
        market,
        RELAY_CHAIN,
        "HandedOver",
        await bodyOf(handed),
      );
      await complete("TwinMarket.complete (first)", vehicle, handed, [source]);
    }
    for (const [i, vehicle] of vehicles.entries()) {
      migration += 1n;
      await send(
        "TwinMarket.request",
        vehicle,
        market,
        "request",
        destination.address,
        epoch,
        KILOBYTES,
        false,
      );
      const wholesale = i === VEHICLES - 1 ? " (wholesale)" : "";
      await send(`TwinMarket.accept${wholesale}`, destination, market, "accept", migration);
      const handed = await order(migration);
      // On the subchains the order names the relay's other chain: this one is both of them here.
      const away: HandOver = { ...handed, destinationChain: OTHER_CHAIN };
      const released = await signOrder(vehicle, await hostsDomain(west), away);
      await send("TwinHosts.release", source, west, "release", away, STATE, released.r, released.yParityAndS);
      await deliver(
        "TwinRelay (Released)",
        relay,
        RELAY_CHAIN,
        "Released",
        await bodyOf({ ...away, sourceChain: RELAY_CHAIN }),
      );
      await deliver("TwinHosts (Released)", east, RELAY_CHAIN, "Released", await bodyOf(handed));
      const taken = await signOrder(vehicle, await hostsDomain(east), handed);
      await send("TwinHosts.takeOn", destination, east, "takeOn", handed, STATE, taken.r, taken.yParityAndS);
      await deliver("TwinRelay (HandedOver)", relay, OTHER_CHAIN, "HandedOver", await bodyOf(away));
      await deliver("TwinMarket (HandedOver)", market, RELAY_CHAIN, "HandedOver", await bodyOf(handed));
      await complete("TwinMarket.complete", vehicle, handed, [source, destination]);
      await send("TwinMarket.collect", owner!, market, "collect", [migration], destination.address);
    }
    const paid = (await token.getFunction("balanceOf")(destination)) as bigint;
    if (paid <= 10n ** 24n - STAKE * MICRO) throw new Error("the destination was paid nothing");

    // One that expires.
    epoch += 1;
    await begin();
    migration += 1n;
    const [vehicle] = vehicles;
    await send(
      "TwinMarket.request (to expire)",
      vehicle!,
      market,
      "request",
      source.address,
      epoch,
      KILOBYTES,
      false,
    );
    await send("TwinMarket.accept (to expire)", source, market, "accept", migration);
    await networkHelpers.time.increase(17);
    await send("TwinMarket.expire", owner!, market, "expire", migration);
    await send("TwinMarket.collect", owner!, market, "collect", [migration], vehicle!.address);
    for (const server of [source, destination])
      await send("TwinHosts.postRoot", server, west, "postRoot", epoch - 1, STATE, 100);
    return gas;
  } finally {
    await connection.close();
  }
}

function migrationGasTable(measured: MigrationGas): string {
  const number = (value: number) => Math.round(value).toLocaleString("en-US");
  const columns = [
    { header: "call" },
    { header: "gas (median)", align: "right" },
    { header: "least – most", align: "right" },
  ] as const;
  const rows = ROWS.map(({ call, what }) => {
    const used = measured[call]!;
    return [what, number(median(used)), `${number(least(used))} – ${number(greatest(used))}`];
  });
  const sum = ONE_MIGRATION.reduce((all, call) => all + median(measured[call]!), 0);
  return markdownTable({
    columns,
    rows: [...rows, ["**a migration from one subchain to another, in all**", number(sum), ""]],
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const measured = await measureMigrationGas();
  const path = fileURLToPath(new URL("../../snapshots/migration-gas.json", import.meta.url));
  await writeFile(path, `${JSON.stringify(measured, null, 2)}\n`);
  await writeReadmeTable("migration gas table", migrationGasTable(measured));
  for (const [call, used] of Object.entries(measured)) process.stdout.write(`${call}: ${used.join(", ")}\n`);
}
