import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { ask, EngineApi } from "./EngineApi.ts";
import { freePorts } from "./freePorts.ts";
import { ManagedProcess } from "./ManagedProcess.ts";

const run = promisify(execFile);
/** How long a node may take until it answers, milliseconds. */
const START_MILLISECONDS = 60_000;

/**
 * Keeps the state of every block on disk, so that a node that is killed on the spot has it: else geth 1.17 loses that of
 * its newest blocks, and where it never wrote one it now and then takes sound blocks for bad ones ("layer stale").
 */
const STATE = ["--state.scheme", "hash"];

/** What every node of a chain has in common. */
export interface GethOptions {
  binary: string;
  name: string;
  chainId: number;
  /** Path of the chain's first block. */
  genesis: string;
  /** Where the node keeps its blocks; made. */
  directory: string;
  /** Path of the secret of the Engine API. */
  secretFile: string;
  secret: Buffer;
  /** Whether transactions may cost nothing. Default: false. */
  freeGas?: boolean;
}

/** A geth node, on 127.0.0.1 only. */
export class Geth {
  readonly url: string;
  readonly websocketUrl: string;
  readonly engine: EngineApi;
  readonly #options: GethOptions;
  readonly #ports: readonly number[];
  #process: ManagedProcess | undefined;

  private constructor(options: GethOptions, ports: readonly number[]) {
    const [http, engine, , websocket] = ports;
    this.#options = options;
    this.#ports = ports;
    this.url = `http://127.0.0.1:${http}`;
    this.websocketUrl = `ws://127.0.0.1:${websocket}`;
    this.engine = new EngineApi(`http://127.0.0.1:${engine}`, options.secret);
  }

  /** Writes block 0 to a node's directory and starts it. */
  static async start(options: GethOptions): Promise<Geth> {
    await mkdir(options.directory, { recursive: true });
    await run(options.binary, ["init", ...STATE, "--datadir", options.directory, options.genesis]);
    const geth = new Geth(options, await freePorts(4));
    await geth.run();
    return geth;
  }

  /** Starts it, again where it was killed; resolves when it answers. */
  async run(): Promise<void> {
    const { binary, directory, chainId, secretFile, name, freeGas = false } = this.#options;
    const [http, engine, p2p, websocket] = this.#ports;
    this.#process = new ManagedProcess(
      binary,
      [
        ...["--datadir", directory, "--networkid", `${chainId}`, "--syncmode", "full", "--gcmode", "archive"],
        ...STATE,
        ...["--cache", "64", "--miner.gaslimit", "60000000", "--ipcdisable", "--verbosity", "2"],
        ...["--http", "--http.addr", "127.0.0.1", "--http.port", `${http}`],
        ...["--http.api", "eth,net,web3,txpool,admin,debug,miner"],
        ...["--ws", "--ws.addr", "127.0.0.1", "--ws.port", `${websocket}`, "--ws.api", "eth,net,web3"],
        ...["--authrpc.addr", "127.0.0.1", "--authrpc.port", `${engine}`, "--authrpc.jwtsecret", secretFile],
        ...["--port", `${p2p}`, "--nat", "none", "--nodiscover", "--netrestrict", "127.0.0.0/8"],
      ],
      { name, log: `${directory}.log` },
    );
    const until = Date.now() + START_MILLISECONDS;
    for (;;) {
      try {
        await ask(this.url, "eth_chainId", []);
        // No option says so: the least that --txpool.pricelimit and --miner.gasprice take is 1 wei.
        if (freeGas) await ask(this.url, "miner_setGasPrice", ["0x0"]);
        return;
      } catch (error) {
        if (!this.#process.lives || Date.now() > until) {
          throw new Error(`${name} does not answer: ${(error as Error).message}\n${this.#process.printed}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }
  }

  /** Joins another node of its chain over devp2p, so that they pass on transactions. */
  async meet(other: Geth): Promise<void> {
    const { enode } = await ask<{ enode: string }>(other.url, "admin_nodeInfo", []);
    await ask(this.url, "admin_addPeer", [enode.replace(/@[^:]+:/, "@127.0.0.1:")]);
  }

  /** How many other nodes it is joined with. */
  async peers(): Promise<number> {
    return Number(await ask<string>(this.url, "net_peerCount", []));
  }

  async stop(): Promise<void> {
    await this.#process?.stop();
  }

  /** Kills it on the spot; `run` starts it again. */
  async kill(): Promise<void> {
    await this.#process?.kill();
  }
}

/** What the first block of geth's own developer chain looks like, as far as it is changed. */
interface Genesis {
  config: Record<string, unknown> & { blobSchedule?: Record<string, unknown> };
  alloc: Record<string, { balance: string }>;
  baseFeePerGas: string | null;
  gasLimit: string;
  timestamp: string;
}

/**
 * Writes the first block of a chain: that of geth's developer chain, which has the contracts that blocks since Prague
 * need, with another id and accounts that have coins.
 *
 * @param inputs - `freeGas`: whether blocks cost nothing, as long as none uses more than half of its gas limit.
 */
export async function writeGenesis(
  path: string,
  inputs: { binary: string; chainId: number; rich: readonly string[]; freeGas?: boolean },
): Promise<void> {
  const { stdout } = await run(inputs.binary, ["--dev", "dumpgenesis"]);
  const genesis = JSON.parse(stdout) as Genesis;
  // A fork that is not decided yet, under which everything costs three times as much.
  delete genesis.config.bogotaTime;
  genesis.config.chainId = inputs.chainId;
  for (const address of inputs.rich) {
    genesis.alloc[address.slice(2).toLowerCase()] = { balance: `0x${(10n ** 24n).toString(16)}` };
  }
  if (inputs.freeGas === true) {
    genesis.baseFeePerGas = "0x0";
    genesis.alloc = Object.fromEntries(
      Object.entries(genesis.alloc).map(([address, account]) => [address, { ...account, balance: "0x0" }]),
    );
  }
  genesis.gasLimit = `0x${(60_000_000).toString(16)}`;
  genesis.timestamp = `0x${Math.floor(Date.now() / 1000 - 5).toString(16)}`;
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, JSON.stringify(genesis));
}
