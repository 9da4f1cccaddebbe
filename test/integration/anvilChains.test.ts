import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { expect } from "chai";
import type { TransactionRequest } from "ethers";
import { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import { ChainClient } from "../../chains/clients/ChainClient.ts";
import { AnvilProcess } from "../../chains/networks/AnvilProcess.ts";
import { deployLocalNetwork } from "../../chains/networks/deploy.ts";
import { localSigner } from "../../chains/networks/localKeys.ts";
import { type NetworkConfig, networkConfigSchema } from "../../chains/networks/networkConfig.ts";
import { chainsOf, type NetworkFile, readNetworkFile } from "../../chains/networks/networkFile.ts";
import { requireFreePort } from "../../chains/networks/requireFreePort.ts";
import { chainsDirectory, startChains } from "../../chains/networks/startChains.ts";
import { deployedMechanisms } from "../../mechanisms/deployedMechanisms.ts";
import type { BaseError } from "../../protocol/BaseError.ts";
import { contracts } from "../../protocol/contracts.ts";
import { LocalNetwork } from "../../scripts/LocalNetwork.ts";
import { rejected } from "../unit/thrown.ts";

const FIRST_PORT = 9520;
const ROLES = ["main", "relay", "physical"];

describe("anvil chains", () => {
  let directory: string;
  let options: { host: string; directory: string; blockSeconds: number };
  let config: NetworkConfig;
  let network: NetworkFile;
  /** Running chains by name. */
  const running = new Map<string, AnvilProcess>();
  const deaths: BaseError[] = [];
  const clients: ChainClient[] = [];

  const start = async (name: string) => {
    const chain = config.chains.find((other) => other.name === name)!;
    running.set(name, await AnvilProcess.start(chain, { ...options, onDied: (error) => deaths.push(error) }));
  };
  const connect = async (name: string) => {
    const client = await ChainClient.connect(chainsOf(network).find((place) => place.name === name)!);
    clients.push(client);
    return client;
  };
  /** Sends transfers in a row without waiting for blocks; resolves when the last is in one. */
  const transfer = async (client: ChainClient, count: number) => {
    const signer = await localSigner(client.provider, client.url, "publisher");
    const first = await signer.getNonce();
    const request: TransactionRequest = {
      chainId: client.chainId,
      to: signer.address,
      value: 1,
      gasLimit: 21_000,
      maxFeePerGas: 10n ** 10n,
      maxPriorityFeePerGas: 1n,
    };
    let hash = "";
    for (let nonce = first; nonce < first + count; nonce++) {
      const raw = await signer.signTransaction({ ...request, nonce });
      hash = await client.provider.send("eth_sendRawTransaction", [raw]);
    }
    return client.receipt(hash);
  };
  /** Hashes of all blocks of a chain. */
  const hashes = async ({ provider }: ChainClient) => {
    const count = (await provider.getBlockNumber()) + 1;
    const blocks = await Promise.all(Array.from({ length: count }, (_, number) => provider.getBlock(number)));
    return blocks.map((block) => block?.hash);
  };
  /** Resolves when a chain's state on disk is that of its latest block. */
  const saved = async (client: ChainClient) => {
    const path = AnvilProcess.statePath(options.directory, client.name);
    for (;;) {
      const state = existsSync(path) ? JSON.parse(await readFile(path, "utf8")) : undefined;
      if (Number(state?.best_block_number) === (await client.provider.getBlockNumber())) return;
      await delay(50);
    }
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-anvil-"));
    options = { host: "127.0.0.1", directory: chainsDirectory(directory), blockSeconds: 0 };
    config = networkConfigSchema.parse({
      directory,
      runner: "anvil",
      chains: ROLES.map((role, i) => ({ name: role, role, chainId: 41_371 + i, port: FIRST_PORT + i })),
      storagePort: FIRST_PORT + 3,
      relayPort: FIRST_PORT + 4,
      aggregatorPort: FIRST_PORT + 5,
      devices: 1,
    });
    const chains = await startChains(config);
    network = await deployLocalNetwork(config, { mechanisms: deployedMechanisms() });
    await chains.stop();
    for (const { name } of config.chains) await start(name);
  });
  after(async () => {
    for (const client of clients) client.close();
    for (const chain of running.values()) await chain.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it("are deployed to as any other, and have kept it over a restart", async () => {
    for (const place of chainsOf(network)) {
      const client = await connect(place.name);
      const addresses = Object.values(place.contracts).flatMap((part) =>
        typeof part === "string" ? [part] : Object.values(part),
      );
      for (const address of addresses) {
        expect(await client.provider.getCode(address), `${place.name} ${address}`).to.have.length.above(2);
      }
    }
    const main = await connect("main");
    const publisher = new ChainAccount(main, await localSigner(main.provider, main.url, "publisher"));
    const receipt = await publisher.send(
      { contract: contracts.LocalToken, address: network.main.contracts.token },
      "approve",
      [network.main.contracts.escrow, 7n],
    );
    expect(receipt.succeeded).to.equal(true);
  });

  it("have the same blocks, receipts and logs after kill -9 and a start", async () => {
    const main = await connect("main");
    const receipt = await transfer(main, 20);
    const head = await main.provider.getBlock("latest");
    const blocks = await hashes(main);
    const logs = await main.provider.getLogs({ fromBlock: 0 });
    expect(logs).to.have.length.above(0);
    await saved(main);
    process.kill(running.get("main")!.pid, "SIGKILL");
    await running.get("main")!.ended();
    expect(deaths.map(({ code, shortMessage }) => ({ code, shortMessage }))).to.deep.equal([
      { code: "CHAIN_DIED", shortMessage: "The main chain ended by SIGKILL." },
    ]);
    await start("main");
    expect(await hashes(main)).to.deep.equal(blocks);
    expect(await main.provider.getLogs({ fromBlock: 0 })).to.deep.equal(logs);
    expect((await main.provider.getTransactionReceipt(receipt.hash))?.blockHash).to.equal(head!.hash);
    expect((await transfer(main, 1)).block.number).to.equal(head!.number + 1);
  });

  it("have other blocks after a reorganization, without what was in them", async () => {
    const relay = await connect("relay");
    const kept = await transfer(relay, 1);
    const lost = await transfer(relay, 3);
    const before = await relay.provider.getBlock(lost.block.number);
    await relay.provider.send("anvil_reorg", [3, []]);
    const now = await relay.provider.getBlock(lost.block.number);
    expect(now?.hash).not.to.equal(before?.hash);
    expect(now?.parentHash).not.to.equal(before?.parentHash);
    expect((await relay.provider.getBlock(kept.block.number))?.hash).to.equal(kept.block.hash);
    expect(await relay.provider.getTransactionReceipt(lost.hash)).to.equal(null);
    const blocks = await hashes(relay);
    await running.get("relay")!.stop();
    await start("relay");
    expect(await hashes(relay)).to.deep.equal(blocks);
  });

  it("keep the time of the wall clock, however many blocks a second they make", async () => {
    const physical = await connect("physical");
    const { block } = await transfer(physical, 300);
    expect(block.number).to.be.at.least(300);
    const time = await physical.time();
    expect(Math.abs(Date.now() / 1000 - time)).to.be.below(2);
  });

  it("finalize all but the last two blocks", async () => {
    const physical = await connect("physical");
    const [latest, finalized] = await Promise.all(
      ["latest", "finalized"].map((tag) => physical.provider.getBlock(tag)),
    );
    expect(latest!.number - finalized!.number).to.equal(2);
  });

  it("make blocks at intervals when told so", async () => {
    const chain = { name: "slow", role: "virtual", chainId: 41_379, port: 9528 } as const;
    const slow = await AnvilProcess.start(chain, { ...options, blockSeconds: 0.2 });
    const client = await ChainClient.connect({ ...chain, url: "http://127.0.0.1:9528" });
    clients.push(client);
    try {
      const began = Date.now();
      while ((await client.provider.getBlockNumber()) < 5) await delay(20);
      expect(Date.now() - began).to.be.within(500, 3000);
      expect(Math.abs(Date.now() / 1000 - (await client.time()))).to.be.below(2);
    } finally {
      await slow.stop();
    }
  });

  it("say which port is in use, and why a chain does not start", async () => {
    const chain = { name: "broken", role: "virtual", chainId: 41_380, port: 9529 } as const;
    const taken = await rejected(AnvilProcess.start({ ...chain, port: FIRST_PORT }, options));
    expect(taken.code).to.equal("PORT_IN_USE");
    await writeFile(AnvilProcess.statePath(options.directory, "broken"), '{"block":');
    const error = await rejected(AnvilProcess.start(chain, options));
    expect(error.code).to.equal("CHAIN_DIED");
    expect(error.details).to.contain("It said:");
    await requireFreePort("127.0.0.1", 9529, "the test");
  });

  it("end with the process that started them, even when that is killed", async () => {
    const chain = { name: "orphan", role: "virtual", chainId: 41_378, port: 9527 };
    const script = `
      import { AnvilProcess } from ${JSON.stringify(new URL("../../chains/networks/AnvilProcess.ts", import.meta.url).href)};
      const { pid } = await AnvilProcess.start(${JSON.stringify(chain)}, ${JSON.stringify(options)});
      console.log(pid);`;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", script]);
    const [pid] = await once(parent.stdout, "data");
    expect(() => process.kill(Number(pid), 0)).not.to.throw();
    parent.kill("SIGKILL");
    await once(parent, "close");
    for (const until = Date.now() + 2000; Date.now() < until; await delay(20)) {
      const free = await requireFreePort("127.0.0.1", chain.port, "the test").then(
        () => true,
        () => false,
      );
      if (free) return;
    }
    expect.fail("the chain is still there");
  });

  it("leave nothing but their state", async () => {
    for (const chain of running.values()) await chain.stop();
    const files = await readdir(options.directory);
    for (const { name } of config.chains) {
      expect(files.filter((file) => file.startsWith(`${name}.`))).to.deep.equal([`${name}.state.json`]);
    }
  });

  it("are gone on with by a network that is told to, with everything in it", async () => {
    const first = await LocalNetwork.start({ ...config, directory: join(directory, "kept") });
    const cid = await first.storage.put(new Uint8Array([1, 2, 3]));
    const { main } = first.file;
    const client = await ChainClient.connect(main);
    clients.push(client);
    await transfer(client, 5);
    const blocks = await hashes(client);
    await first.stop();
    expect(existsSync(first.path)).to.equal(false);

    const again = { ...config, directory: join(directory, "kept") };
    for (const [other, code] of [
      [{ ...again, runner: "hardhat" as const }, "NOTHING_TO_RESUME"],
      [{ ...again, directory }, "NOTHING_TO_RESUME"],
      [
        { ...again, chains: again.chains.map((chain) => ({ ...chain, port: chain.port + 1 })) },
        "OTHER_NETWORK",
      ],
      [{ ...again, chains: again.chains.slice(0, 2) }, "OTHER_NETWORK"],
      [
        { ...again, chains: again.chains.map((chain) => ({ ...chain, proofs: "header" as const })) },
        "OTHER_NETWORK",
      ],
    ] as const) {
      expect((await rejected(LocalNetwork.start(other, { resume: true }))).code).to.equal(code);
    }
    const second = await LocalNetwork.start(again, { resume: true });
    try {
      expect(second.file).to.deep.equal(first.file);
      expect(await readNetworkFile(second.path)).to.deep.equal(first.file);
      expect(await hashes(client)).to.deep.equal(blocks);
      expect(await second.storage.get(cid)).to.deep.equal(new Uint8Array([1, 2, 3]));
    } finally {
      await second.stop();
    }

    const third = await LocalNetwork.start(again);
    try {
      expect((await hashes(client))[0]).not.to.equal(blocks[0]);
    } finally {
      await third.stop();
    }
  });
});
