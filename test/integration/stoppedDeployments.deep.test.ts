import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import { ChainClient } from "../../chains/clients/ChainClient.ts";
import { register } from "../../chains/membership/admission.ts";
import { AnvilProcess } from "../../chains/networks/AnvilProcess.ts";
import { anvilBinary } from "../../chains/networks/anvilBinary.ts";
import { chainJournal } from "../../chains/networks/deployment/deployModule.ts";
import type { Deployment } from "../../chains/networks/deployment/deploymentFile.ts";
import { deployNetwork } from "../../chains/networks/deployment/deployNetwork.ts";
import { journalPath } from "../../chains/networks/deployment/settleJournal.ts";
import { LocalChains } from "../../chains/networks/LocalChains.ts";
import { chainsOf, type NetworkFile, readNetworkFile } from "../../chains/networks/networkFile.ts";
import { RpcUnavailable } from "../../chains/rpc/Rpc.ts";
import type { ClosableRpc } from "../../chains/rpc/RpcEndpoint.ts";
import { RpcEndpoints } from "../../chains/rpc/RpcEndpoints.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { Cli } from "../e2e/Cli.ts";
import { rejected } from "../unit/thrown.ts";
import { consortium, deploying, fund, ownKey } from "./consortium.ts";

const FIRST_PORT = 9620;
const ROLES = ["main", "relay", "physical"];
const SEED = Number(process.env.FRESHET_SEED ?? 1);

/** Transactions of the deployer that are in a chain's blocks, and how many of them created a contract. */
async function sentOn(client: ChainClient): Promise<{ all: number; creations: number; failed: number }> {
  const head = (await client.header("latest")).number;
  let [all, creations, failed] = [0, 0, 0];
  for (let number = 0; number <= head; number++) {
    const block = await client.provider.getBlock(number, true);
    for (const transaction of block!.prefetchedTransactions) {
      if (transaction.from !== ownKey("deployer").address) continue;
      all++;
      const receipt = await client.provider.getTransactionReceipt(transaction.hash);
      if (receipt!.status === 0) failed++;
      else if (receipt!.contractAddress !== null) creations++;
    }
  }
  return { all, creations, failed };
}

/** How many contracts a chain's journal says are there. The file of addresses beside it may lack one after a kill. */
async function journalled(journal: string, chain: string): Promise<number> {
  const text = await readFile(journalPath(chainJournal(journal, chain)), "utf8");
  const messages = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as { type: string; futureId: string });
  return messages.filter(({ type }) => type === "DEPLOYMENT_EXECUTION_STATE_COMPLETE").length;
}

describe("a deployment that is stopped", function () {
  this.timeout(1_200_000);
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-stopped-"));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  it("before or after any of its transactions goes on and does nothing twice", async () => {
    const deployment = consortium(FIRST_PORT, ROLES);
    const journal = join(directory, "in-process");
    const chains = await LocalChains.start(
      deployment.chains.map((chain, i) => ({ ...chain, port: FIRST_PORT + i, finality: undefined })),
      "127.0.0.1",
    );
    const clients = deployment.chains.map((chain) => ChainClient.open(chain));
    let sendings = 0;
    /** A process that is stopped before its next transaction but so many on all chains, or right after that. */
    const process = (may: { left: number }, isAfter: boolean) => {
      const opened: ChainClient[] = [];
      const die = (name: string) => {
        for (const client of opened) client.close();
        return new RpcUnavailable(`${name}: the process was stopped`);
      };
      return (chain: Deployment["chains"][number]): ChainClient => {
        const { name, chainId, url } = chain;
        const endpoints = new RpcEndpoints({ name, chainId, endpoints: [url] }, { clock: systemClock });
        const rpc: ClosableRpc = {
          close: () => endpoints.close(),
          async request(method, params) {
            if (may.left < 0) throw die(name);
            if (method !== "eth_sendRawTransaction") return endpoints.request(method, params);
            sendings++;
            if (--may.left < 0) {
              if (isAfter) await endpoints.request(method, params);
              throw die(name);
            }
            return endpoints.request(method, params);
          },
        };
        const client = ChainClient.open(chain, { rpc });
        opened.push(client);
        return client;
      };
    };
    try {
      for (const client of clients) await fund(client, ["deployer"]);
      let network: NetworkFile | undefined;
      let stops = 0;
      for (let turn = 0; network === undefined; turn++) {
        expect(turn).to.be.below(400);
        const may = { left: turn % 7 };
        const [options, modules] = await deploying(deployment, journal, process(may, turn % 2 === 1));
        try {
          ({ network } = await deployNetwork(options, modules));
        } catch (error) {
          // Otherwise something else is wrong.
          if (may.left >= 0) throw error;
          stops++;
        } finally {
          for (const client of modules.clients.values()) client.close();
        }
      }
      expect(stops).to.be.above(15);
      expect(sendings).to.be.above(90);
      for (const [i, place] of chainsOf(network).entries()) {
        const { all, creations, failed } = await sentOn(clients[i]!);
        expect(creations, place.name).to.equal(await journalled(journal, place.name));
        expect(failed, place.name).to.equal(0);
        expect(all, place.name).to.be.above(creations);
      }
    } finally {
      for (const client of clients) client.close();
      await chains.stop();
    }
  });

  it("by a kill of its process goes on and does nothing twice, on chains with blocks of their own", async () => {
    const first = 9590;
    const deployment = consortium(first, ROLES);
    const chainsWithBlocks = deployment.chains.map((chain) => ({
      ...{ ...chain, finality: { confirmations: 1 }, blockSeconds: 1 },
    }));
    const file = join(directory, "deployment.json");
    await writeWhole(file, JSON.stringify({ ...deployment, chains: chainsWithBlocks }));
    const node = join(directory, "node.json");
    const keys = { deployer: [{ environment: "FRESHET_TEST_DEPLOYER" }] };
    await writeWhole(node, JSON.stringify({ version: 1, keys }));
    process.env.FRESHET_TEST_DEPLOYER = ownKey("deployer").privateKey;
    const anvils: AnvilProcess[] = [];
    for (const [i, { name, role, chainId }] of chainsWithBlocks.entries()) {
      const options = { host: "127.0.0.1", directory: join(directory, "chains"), blockSeconds: 1 };
      anvils.push(await AnvilProcess.start({ name, role, chainId, port: first + i }, options));
    }
    const clients = chainsWithBlocks.map((chain) => ChainClient.open(chain));
    const random = new SeededRandom(SEED, "stopped-deployments");
    const nonces = async () => {
      const all = await Promise.all(
        clients.map(({ provider }) => provider.getTransactionCount(ownKey("deployer").address, "pending")),
      );
      return all.reduce((sum, one) => sum + one, 0);
    };
    const out = join(directory, "network.json");
    const words = ["deploy", file, "--node", node, "--out", out, "--profile", "default"];
    try {
      for (const client of clients) await fund(client, ["deployer"]);
      let kills = 0;
      for (let isDone = false; !isDone; ) {
        const until = (await nonces()) + 2 + random.integer(16);
        const cli = new Cli(...words);
        let ended: number | null | undefined;
        void cli.ended().then((code) => {
          ended = code;
        });
        while (ended === undefined && (await nonces()) < until) await systemClock.sleep(25);
        if (ended === undefined) {
          kills++;
          await cli.end("SIGKILL");
        } else {
          expect(ended, cli.output).to.equal(0);
          isDone = true;
        }
        expect(kills).to.be.below(60);
      }
      process.stderr.write(`seed ${SEED}: killed ${kills} times\n`);
      expect(kills, `seed ${SEED}`).to.be.above(3);
      const network = await readNetworkFile(out);
      const journal = join(directory, "deployment");
      for (const [i, place] of chainsOf(network).entries()) {
        const { creations, failed } = await sentOn(clients[i]!);
        expect(creations, `${place.name}, seed ${SEED}`).to.equal(await journalled(journal, place.name));
        expect(failed, `${place.name}, seed ${SEED}`).to.equal(0);
      }
    } finally {
      delete process.env.FRESHET_TEST_DEPLOYER;
      for (const client of clients) client.close();
      for (const anvil of anvils) await anvil.stop();
    }
  });

  describe("on other chains", () => {
    const first = 9594;
    const running: ChildProcess[] = [];
    const start = async (...words: readonly string[]) => {
      for (const [i] of ROLES.entries()) {
        const port = first + i;
        const chain = ["--port", `${port}`, "--chain-id", `${61_001 + i}`, "--accounts", "0"];
        running.push(spawn(anvilBinary(), [...chain, "--quiet", ...words], { stdio: "ignore" }));
        const client = ChainClient.open({
          ...{ name: ROLES[i]!, chainId: 61_001 + i, url: `http://127.0.0.1:${port}` },
        });
        for (let tries = 0; tries < 200; tries++) {
          const error = await client.requireAnswer().catch((reason: unknown) => reason);
          if (error === undefined) break;
          await systemClock.sleep(50);
        }
        client.close();
      }
    };
    afterEach(async () => {
      for (const child of running.splice(0)) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
    });

    it("where gas is free, nobody needs any coin", async () => {
      await start("--hardfork", "prague", "--base-fee", "0", "--gas-price", "0", "--no-priority-fee");
      const deployment = consortium(first, ROLES);
      const [options, modules] = await deploying(deployment, join(directory, "free"));
      const { network } = await deployNetwork(options, modules);
      const client = modules.clients.get("physical")!;
      for (const name of ["deployer", "registrar"])
        expect(await client.provider.getBalance(ownKey(name).address)).to.equal(0n);
      const registrar = new ChainAccount(client, ownKey("registrar"));
      const workers = Array.from({ length: 100 }, (_, i) => ownKey(`worker ${i}`).address);
      const [place] = network.subchains;
      const began = Date.now();
      const { registered } = await register(
        registrar,
        place!,
        workers.map((worker) => ({ chain: place!.name, worker, device: worker })),
      );
      process.stderr.write(`100 workers were registered in ${Date.now() - began} ms\n`);
      expect(registered).to.have.length(100);
      for (const one of modules.clients.values()) one.close();
    });

    it("whose hard fork is too old, it is refused before anything is sent", async () => {
      await start("--hardfork", "shanghai");
      const [options, modules] = await deploying(consortium(first, ROLES), join(directory, "old"));
      for (const client of modules.clients.values()) await fund(client, ["deployer"]);
      const error = await rejected(deployNetwork(options, modules));
      expect(error.code).to.equal("OPCODE_MISSING");
      expect(error.message).to.contain("MCOPY").and.contain("Cancun");
      for (const one of modules.clients.values()) one.close();
    });
  });
});
