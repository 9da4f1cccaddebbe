import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import Database from "better-sqlite3";
import { expect } from "chai";
import { ChainClient } from "../../chains/clients/ChainClient.ts";
import { GatewayClient } from "../../chains/clients/GatewayClient.ts";
import { AnvilProcess } from "../../chains/networks/AnvilProcess.ts";
import { deployLocalNetwork } from "../../chains/networks/deploy.ts";
import { type LocalRole, localKey } from "../../chains/networks/localKeys.ts";
import { type ChainConfig, networkConfigSchema } from "../../chains/networks/networkConfig.ts";
import {
  chainsOf,
  type NetworkFile,
  networkFilePath,
  writeNetworkFile,
} from "../../chains/networks/networkFile.ts";
import { chainsDirectory, startChains } from "../../chains/networks/startChains.ts";
import { deployedMechanisms } from "../../mechanisms/deployedMechanisms.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { checkpointSigner } from "../../protocol/checkpoint.ts";
import { contracts } from "../../protocol/contracts.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { MerkleTree } from "../../protocol/MerkleTree.ts";
import type { Fact, Voucher } from "../../relay/proofs/Fact.ts";
import { HttpVoucherSource } from "../../relay/proofs/HttpVoucherSource.ts";
import { relayerDatabase } from "../../relay/store/relayerDatabase.ts";
import { willingRecipient } from "../integration/recipients.ts";
import { Cli } from "./Cli.ts";

const HOST = "127.0.0.1";
const FIRST_PORT = 9641;
const ROLES = ["main", "relay", "physical"] as const;
const VALIDATORS = 3;
const RELAYERS = 2;
/** Kills of validators and relayers, and of chains among them. */
const KILLS = 10;
const CHAIN_KILLS = 2;
/** Messages of each chain; the relay chain's go to both others in turn. */
const MESSAGES = { main: 25, relay: 50, physical: 25 } as const;
const ALL_MESSAGES = 100;
const BLOCK_SECONDS = 0.5;
/** A chain that is killed loses what it did not save, some one and a half seconds: three blocks. */
const CONFIRMATIONS = 8;

/** Longest pause between kills when nothing is delivered meanwhile. */
const MOST_PAUSE_MILLISECONDS = 3000;

/** A minute on an idle machine with two cores. */
const TIMEOUT_MILLISECONDS = 600_000;

const seed = Number(process.env.FRESHET_SEED ?? Date.now() % 2 ** 32);

/** Waits until a condition holds. */
async function until(holds: () => Promise<boolean> | boolean): Promise<void> {
  while (!(await holds())) await delay(200);
}

/** Expects the same rows, each once; tells only those that differ. */
function expectSame(actual: readonly string[], expected: readonly string[]): void {
  const unexpected = actual.filter((row) => !expected.includes(row));
  const missing = expected.filter((row) => !actual.includes(row));
  expect({ unexpected, missing }).to.deep.equal({ unexpected: [], missing: [] });
  expect(actual).to.have.length(expected.length);
  expect(new Set(actual).size).to.equal(actual.length);
}

/** A part of the relay in a process that can be killed and started again. */
class Part {
  readonly #words: readonly string[];
  #cli: Cli;

  constructor(...words: readonly string[]) {
    this.#words = words;
    this.#cli = new Cli(...words);
  }

  async kill(): Promise<void> {
    await this.#cli.end("SIGKILL");
  }

  start(): void {
    this.#cli = new Cli(...this.#words);
  }

  /** Ends it as Ctrl-C does, once it runs; its exit code and what it said. */
  async stop(): Promise<{ code: number | null; output: string }> {
    await this.#cli.printed("the relay is running");
    return { code: await this.#cli.end("SIGINT"), output: this.#cli.output };
  }
}

describe("relay of several processes on anvil chains, all of them killed at random", () => {
  let directory: string;
  let network: NetworkFile;
  let chainConfigs: readonly ChainConfig[];
  const chains = new Map<string, AnvilProcess>();
  const clients = new Map<string, ChainClient>();
  const gateways = new Map<string, GatewayClient>();
  const recipients = new Map<string, string>();
  const parts = new Map<string, Part>();
  /** Roots that validators were seen to have signed, by validator, chain and index. */
  const seen = new Map<string, Set<string>>();
  const random = new SeededRandom(seed, "relay-kill");
  /** What was killed, for whoever has to find out why a seed fails. */
  const told: string[] = [];

  const validatorUrl = (i: number) => `http://${HOST}:${FIRST_PORT + 5 + i}`;
  const relayerUrl = (i: number) => `http://${HOST}:${FIRST_PORT + 5 + VALIDATORS + i}`;
  const relayDirectory = () => join(directory, "relay");
  const startChain = async (name: string) => {
    const chain = chainConfigs.find((other) => other.name === name)!;
    const options = {
      host: HOST,
      directory: chainsDirectory(directory),
      blockSeconds: BLOCK_SECONDS,
    };
    chains.set(name, await AnvilProcess.start(chain, options));
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-kill-"));
    const config = networkConfigSchema.parse({
      directory,
      runner: "anvil",
      chains: ROLES.map((role, i) => ({ name: role, role, chainId: 61_401 + i, port: FIRST_PORT + i })),
      storagePort: FIRST_PORT + 3,
      relayPort: FIRST_PORT + 4,
      aggregatorPort: FIRST_PORT + 40,
      validators: { count: VALIDATORS, threshold: 2 },
      devices: 0,
    });
    chainConfigs = config.chains;
    // Deployed with blocks on demand, which takes no time; from then on blocks come at intervals.
    const first = await startChains(config);
    network = await deployLocalNetwork(config, { mechanisms: deployedMechanisms() });
    for (const place of chainsOf(network)) {
      place.finality = { confirmations: CONFIRMATIONS };
      const client = await ChainClient.connect(place);
      clients.set(place.name, client);
      gateways.set(place.name, new GatewayClient(client.rpc, place));
      recipients.set(place.name, await willingRecipient(client));
      for (let i = 0; i < RELAYERS; i++) {
        await client.rpc.request("anvil_setBalance", [
          localKey("relayer", i).address,
          `0x${(10n ** 21n).toString(16)}`,
        ]);
      }
      await client.rpc.request("evm_mine", []);
    }
    await first.stop();
    for (const [i, validator] of network.validators.entries()) validator.url = validatorUrl(i);
    await writeNetworkFile(directory, network);
    for (const { name } of chainConfigs) await startChain(name);

    const start = ["relay", "start", "--json", "--network", networkFilePath(directory)];
    for (let i = 0; i < VALIDATORS; i++) {
      const words = ["--parts", "validators", "--validators", `${i}`, "--url", validatorUrl(i)];
      parts.set(`validator ${i}`, new Part(...start, ...words));
    }
    for (let i = 0; i < RELAYERS; i++) {
      const words = ["--parts", "relayer", "--relayer", `${i}`, "--any-recipient", "--url", relayerUrl(i)];
      parts.set(`relayer ${i}`, new Part(...start, ...words));
    }
  });
  afterEach(function () {
    if (this.currentTest?.state === "failed") console.error(`killed, in this order:\n${told.join("\n")}`);
  });
  after(async () => {
    for (const part of parts.values()) await part.kill();
    for (const client of clients.values()) client.close();
    for (const chain of chains.values()) await chain.stop();
    await rm(directory, { recursive: true, force: true });
  });

  /** Sends messages until the outbox has so many, whatever becomes of the chain meanwhile. */
  async function send(from: (typeof ROLES)[number], role: LocalRole): Promise<void> {
    const { rpc, chainId } = clients.get(from)!;
    const gateway = gateways.get(from)!;
    const others = (from === "relay" ? ["main", "physical"] : ["relay"]).map((name) =>
      formatInteroperable({ chainId: clients.get(name)!.chainId, address: recipients.get(name)! }),
    );
    const wallet = localKey(role);
    const pace = new SeededRandom(seed, "send", from);
    let attempts = 0;
    for (;;) {
      try {
        const { count } = await gateway.outbox();
        if (count >= MESSAGES[from]) return;
        const nonce = Number(await rpc.request("eth_getTransactionCount", [wallet.address, "latest"]));
        const some = Math.min(1 + pace.integer(4), MESSAGES[from] - count);
        for (let i = 0; i < some; i++) {
          // Never the same again: a message that its chain lost is not the one that comes in its place.
          const payload = `0x${(++attempts).toString(16).padStart(8, "0")}`;
          const raw = await wallet.signTransaction({
            chainId,
            to: gateway.address,
            data: contracts.Gateway.encodeCall("sendMessage", [
              others[(count + i) % others.length]!,
              payload,
              [],
            ]),
            nonce: nonce + i,
            gasLimit: 300_000,
            type: 2,
            maxFeePerGas: 10n ** 10n,
            maxPriorityFeePerGas: 1n,
          });
          await rpc.request("eth_sendRawTransaction", [raw]);
        }
      } catch {
        // The chain is down, or has forgotten or still knows what was sent: the outbox will tell.
      }
      await delay(1000 * BLOCK_SECONDS * (1 + pace.uniform()));
    }
  }

  /** Kills parts and chains in the midst of their work and starts them again. */
  async function killAround(): Promise<void> {
    const chainTurns = new Set<number>();
    while (chainTurns.size < CHAIN_KILLS) chainTurns.add(2 + random.integer(KILLS - 2));
    for (let turn = 0; turn < KILLS; turn++) {
      const some = 1 + random.integer(8);
      const before = await deliveries();
      const latest = Date.now() + MOST_PAUSE_MILLISECONDS;
      await until(async () => Date.now() > latest || (await deliveries()) >= before + some);
      await delay(random.uniform() * 300);
      if (chainTurns.has(turn)) {
        await killChain(ROLES[random.integer(ROLES.length)]!);
        continue;
      }
      // Sometimes several at once.
      const victims = [...parts.keys()].filter(() => random.uniform() < 0.3);
      if (victims.length === 0) victims.push([...parts.keys()][random.integer(parts.size)]!);
      await Promise.all(victims.map((name) => parts.get(name)!.kill()));
      await delay(random.uniform() * 500);
      for (const name of victims) parts.get(name)!.start();
      told.push(`after ${before} deliveries: ${victims.join(", ")}`);
    }
  }

  async function killChain(name: string): Promise<void> {
    const { rpc } = clients.get(name)!;
    const head = async () => Number(await rpc.request("eth_blockNumber", []));
    const path = AnvilProcess.statePath(chainsDirectory(directory), name);
    // On a machine that is busy otherwise, saving may lag. Losing what was final is another test's.
    await until(async () => {
      const saved = Number(JSON.parse(await readFile(path, "utf8")).best_block_number);
      return (await head()) - saved < CONFIRMATIONS - 3;
    });
    const before = await head();
    process.kill(chains.get(name)!.pid, "SIGKILL");
    await chains.get(name)!.ended();
    await delay(random.uniform() * 1500);
    await startChain(name);
    const back = await head();
    told.push(`chain ${name} at block ${before}, back at ${back}`);
    expect(before - back, `blocks that ${name} lost`).to.be.below(CONFIRMATIONS);
  }

  /** How many messages were delivered, as far as chains answer. */
  async function deliveries(): Promise<number> {
    const counts = await Promise.all(
      ROLES.map(async (name) => {
        try {
          return (await eventsOf(name)).delivered.length;
        } catch {
          return 0;
        }
      }),
    );
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** Remembers every signature that can be had, until told to stop. */
  async function watchSignatures(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      for (const { address, url } of network.validators) {
        const source = new HttpVoucherSource({ validator: address, url });
        for (const { chainId, contracts } of chainsOf(network)) {
          const signed = await source
            .vouchers("checkpoint", BigInt(chainId), contracts.gateway, 0)
            .catch((): Voucher[] => []);
          for (const voucher of signed) see(address, chainId, voucher);
        }
      }
      await delay(150);
    }
  }

  function see(validator: string, chainId: number, { place, hash }: Fact): void {
    const key = `${validator}/${chainId}/${place}`;
    seen.set(key, (seen.get(key) ?? new Set()).add(hash));
  }

  async function eventsOf(name: string) {
    const head = Number(await clients.get(name)!.rpc.request("eth_blockNumber", []));
    return gateways.get(name)!.events(0, head);
  }

  /** What the chains themselves tell, from their first block. */
  async function onChain() {
    const events = await Promise.all(
      chainsOf(network).map(async ({ name, chainId }) => ({
        chainId: BigInt(chainId),
        ...(await eventsOf(name)),
      })),
    );
    return {
      sent: events.flatMap(({ chainId, sent }) => sent.map((message) => ({ ...message, origin: chainId }))),
      delivered: events.flatMap(({ chainId, delivered }) =>
        delivered.map((delivery) => ({ ...delivery, destination: chainId })),
      ),
    };
  }

  const databases = () => ({
    relayers: Array.from({ length: RELAYERS }, (_, i) => relayerDatabase(relayDirectory(), i)),
    validators: network.validators.map(({ address }) => ({
      address,
      path: join(relayDirectory(), `validator-${address}.sqlite`),
    })),
  });

  /** Runs a query on a database that may be in use. */
  function ask<T>(path: string, sql: string): T[] {
    const database = new Database(path, { readonly: true, timeout: 10_000 });
    try {
      return database.prepare(sql).all() as T[];
    } finally {
      database.close();
    }
  }

  /** Chains of which a relayer's database holds a last block that is not in them. */
  async function cursorsOffChain(path: string): Promise<string[]> {
    const cursors = ask<{ chain: string; number: number; hash: string }>(
      path,
      "SELECT chain, max(number) AS number, hash FROM block GROUP BY chain",
    );
    const found = await Promise.all(
      cursors.map(async ({ chain, number, hash }) => {
        const place = chainsOf(network).find(({ chainId }) => String(chainId) === chain)!;
        const header = await gateways.get(place.name)!.header(number);
        return header?.hash === hash ? [] : [place.name];
      }),
    );
    return found.flat();
  }

  it(`delivers every message exactly once (seed ${seed})`, async function () {
    this.timeout(TIMEOUT_MILLISECONDS);
    const watching = new AbortController();
    const watched = watchSignatures(watching.signal);
    await Promise.all([
      send("main", "publisher"),
      send("relay", "publisher"),
      send("physical", "publisher"),
      killAround(),
    ]);
    await until(async () => {
      const { sent, delivered } = await onChain();
      return sent.length >= ALL_MESSAGES && delivered.length >= sent.length;
    });
    // Both relayers know it, for good, and have nothing under way.
    await until(() =>
      databases().relayers.every((path) => {
        const [left] = ask<{ messages: number; deliveries: number; submissions: number; known: number }>(
          path,
          `SELECT (SELECT count(*) FROM message WHERE is_open = 1) AS messages,
             (SELECT count(*) FROM delivery WHERE is_final = 0) AS deliveries,
             (SELECT count(*) FROM submission WHERE state = 'open') AS submissions,
             (SELECT count(*) FROM message) AS known`,
        );
        return left!.known >= ALL_MESSAGES && left!.messages + left!.deliveries + left!.submissions === 0;
      }),
    );
    // A chain that was killed last comes back without its last blocks, which the relayers have to see.
    await until(async () => {
      const stray = await Promise.all(databases().relayers.map(cursorsOffChain));
      return stray.flat().length === 0;
    });
    watching.abort();
    await watched;

    const { sent, delivered } = await onChain();
    expect(sent).to.have.length(ALL_MESSAGES);
    const idOf = ({ origin, nonce, id }: { origin: bigint; nonce: number; id: string }) =>
      `${origin}/${nonce}/${id}`;
    expectSame(delivered.map(idOf), sent.map(idOf));
    for (const message of sent) {
      const delivery = delivered.find((other) => idOf(other) === idOf(message));
      expect(delivery?.destination).to.equal(message.destination);
    }
  });

  it("leaves databases that agree with the chains", async () => {
    for (const [name, part] of parts) {
      const { code, output } = await part.stop();
      expect(code, `${name}: ${output.slice(-2000)}`).to.equal(0);
    }
    const { sent, delivered } = await onChain();
    const { relayers, validators } = databases();
    for (const path of [...relayers, ...validators.map((validator) => validator.path)]) {
      expect(existsSync(path), path).to.equal(true);
      expect(ask(path, "PRAGMA integrity_check")).to.deep.equal([{ integrity_check: "ok" }]);
    }
    const sentRows = sent.map(({ origin, nonce, id }) => `${origin} ${nonce} ${id}`);
    const deliveryRows = delivered.map(
      ({ origin, nonce, id, blockNumber, blockHash }) =>
        `${origin} ${nonce} ${id} ${blockNumber} ${blockHash}`,
    );
    for (const path of relayers) {
      const messages = ask<{ row: string }>(
        path,
        "SELECT origin || ' ' || nonce || ' ' || id AS row FROM message",
      );
      expectSame(
        messages.map(({ row }) => row),
        sentRows,
      );
      const deliveries = ask<{ row: string }>(
        path,
        `SELECT origin || ' ' || nonce || ' ' || id || ' ' || block_number || ' ' || block_hash AS row FROM delivery`,
      );
      expectSame(
        deliveries.map(({ row }) => row),
        deliveryRows,
      );
      expect(await cursorsOffChain(path)).to.deep.equal([]);
    }
  });

  it("has signed one root for every index, the one of the chain", async () => {
    const { sent } = await onChain();
    const trees = new Map(
      chainsOf(network).map(({ chainId }) => [
        chainId,
        new MerkleTree(sent.filter(({ origin }) => origin === BigInt(chainId)).map(({ id }) => id)),
      ]),
    );
    for (const { address, path } of databases().validators) {
      for (const { chainId, contracts } of chainsOf(network)) {
        const vouchers = ask<Voucher>(
          path,
          `SELECT place, hash, signature FROM voucher WHERE chain = '${chainId}' ORDER BY place`,
        );
        expect(vouchers.at(-1)?.place).to.equal(trees.get(chainId)!.count - 1);
        for (const { place, hash, signature } of vouchers) {
          const domain = { chainId: BigInt(chainId), gateway: contracts.gateway };
          expect(checkpointSigner(domain, { index: place, root: hash }, signature)).to.equal(address);
          see(address, chainId, { place, hash });
        }
      }
    }
    // What relayers got hold of, and what was in the validators' answers at any time.
    for (const path of databases().relayers) {
      for (const { origin, place, hash, signatures } of ask<Record<"origin" | "signatures", string> & Fact>(
        path,
        "SELECT origin, place, hash, signatures FROM fact",
      )) {
        for (const validator of Object.keys(JSON.parse(signatures))) {
          see(validator, Number(origin), { place, hash });
        }
      }
    }
    expect(seen.size).to.be.above(VALIDATORS * ROLES.length);
    for (const [key, roots] of seen) {
      const [, chainId, index] = key.split("/");
      expect([...roots], key).to.deep.equal([trees.get(Number(chainId))!.root(Number(index) + 1)]);
    }
  });
});
