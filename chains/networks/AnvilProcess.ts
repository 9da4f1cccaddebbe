import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzip } from "node:zlib";

import { makeDirectory } from "../../files/makeDirectory.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { type Clock, systemClock } from "../../protocol/Clock.ts";
import { withTimeout } from "../../protocol/withTimeout.ts";
import { anvilBinary } from "./anvilBinary.ts";
import { endWithThisProcess } from "./endWithThisProcess.ts";
import type { ChainConfig } from "./networkConfig.ts";
import { requireFreePort } from "./requireFreePort.ts";

const unzip = promisify(gunzip);
/** Pause between two looks at whether there is a new block to save, milliseconds. */
const SAVE_MILLISECONDS = 150;
/** How long a chain may take until it answers, milliseconds. */
const START_MILLISECONDS = 30_000;
/** How long a chain may take to end when asked to, milliseconds. */
const STOP_MILLISECONDS = 5000;
/** Blocks whose state is kept in memory; blocks, receipts and logs are all kept. */
const STATES_KEPT = 256;
/** As many gas units a block as Hardhat's chains have. */
const BLOCK_GAS_LIMIT = 60_000_000;
/** Last lines of its error output that a dead chain's error quotes. */
const LINES_QUOTED = 8;

/** How an anvil chain is run. */
export interface AnvilOptions {
  /** Address to bind. */
  host: string;
  /** Where its state is kept, from which it goes on. */
  directory: string;
  /** Seconds from block to block; 0: a block as soon as there is a transaction. */
  blockSeconds: number;
  /** Called when it ends without having been asked to. */
  onDied?: (error: BaseError) => void;
}

/**
 * A chain in an anvil process of its own. Its state is saved as soon as there is a new block, whole or not at all, and
 * it goes on from there when it is started again, even after a kill. Anvil can only be asked for all of its state, and
 * saving takes at most half of the time: so the blocks of the last two savings may then be gone, as in a
 * reorganization, which is a fraction of a second of a small chain at rest and several seconds of a large one on a
 * busy machine. The states before the saved block are gone as well; blocks, receipts and logs are not.
 *
 * Anvil's own `--state-interval` is not used: it writes over the only copy, and a kill in the midst of that leaves
 * half a file, with which no chain starts again.
 */
export class AnvilProcess {
  readonly #name: string;
  readonly #url: string;
  readonly #statePath: string;
  readonly #cachePath: string;
  readonly #clock: Clock;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  readonly #stopping = new AbortController();
  #errors = "";
  #savedHash: string | undefined;
  #saving: Promise<void> = Promise.resolve();

  private constructor(chain: ChainConfig, options: AnvilOptions, modules: { clock: Clock }) {
    this.#name = chain.name;
    this.#clock = modules.clock;
    this.#url = `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${chain.port}`;
    this.#statePath = AnvilProcess.statePath(options.directory, chain.name);
    this.#cachePath = join(options.directory, `${chain.name}.cache`);
    // Detached: Ctrl-C is for the process that asked for the chain, which stops it last.
    this.#child = spawn(anvilBinary(), this.#words(chain, options), {
      detached: true,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#ended = new Promise((resolve) => {
      this.#child.once("close", resolve);
      this.#child.once("error", resolve);
    });
    this.#child.stderr!.on("data", (data: Buffer) => {
      this.#errors = `${this.#errors}${data.toString()}`.slice(-8192);
    });
    endWithThisProcess(this.#child);
  }

  /**
   * Starts a chain from its saved state, or empty where there is none; resolves when it answers.
   *
   * @throws `PORT_IN_USE`, `ANVIL_MISSING`, `CHAIN_DIED`.
   */
  static async start(
    chain: ChainConfig,
    options: AnvilOptions,
    modules: { clock: Clock } = { clock: systemClock },
  ): Promise<AnvilProcess> {
    await requireFreePort(options.host, chain.port, `the ${chain.name} chain`);
    makeDirectory(options.directory);
    await keepFirstGenesis(AnvilProcess.statePath(options.directory, chain.name));
    const anvil = new AnvilProcess(chain, options, modules);
    try {
      await Promise.race([anvil.#answers(), anvil.#failed()]);
    } catch (cause) {
      await anvil.stop();
      throw cause;
    }
    void anvil.#keepSaving();
    void anvil.#failed().catch((error: BaseError) => {
      if (!anvil.#stopping.signal.aborted) options.onDied?.(error);
    });
    return anvil;
  }

  /** Where a chain's state is kept. */
  static statePath(directory: string, name: string): string {
    return join(directory, `${name}.state.json`);
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves once the process has ended, for whatever reason. */
  async ended(): Promise<void> {
    await this.#ended;
  }

  get #lives(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Saves its state and ends it. */
  async stop(): Promise<void> {
    if (this.#stopping.signal.aborted) return void (await this.#ended);
    this.#stopping.abort();
    await this.#saving;
    await this.#save().catch(() => undefined);
    this.#child.kill("SIGTERM");
    await withTimeout({ clock: this.#clock, milliseconds: STOP_MILLISECONDS }, (late) => {
      late.addEventListener("abort", () => this.#child.kill("SIGKILL"));
      return this.#ended;
    });
    await rm(this.#cachePath, { recursive: true, force: true });
  }

  #words(chain: ChainConfig, { host, blockSeconds }: AnvilOptions): string[] {
    return [
      ...["--host", host, "--port", `${chain.port}`, "--chain-id", `${chain.chainId}`],
      ...["--hardfork", "prague", "--gas-limit", `${BLOCK_GAS_LIMIT}`, "--no-request-size-limit"],
      // One account, as the chains of Hardhat have; transactions come in the order in which they were sent.
      ...["--accounts", "1", "--order", "fifo", "--quiet"],
      // The finalized block is the second before the latest, not the 64th.
      ...["--slots-in-an-epoch", "1"],
      ...["--prune-history", `${STATES_KEPT}`, "--cache-path", this.#cachePath],
      ...(existsSync(this.#statePath) ? ["--load-state", this.#statePath] : []),
      ...(blockSeconds > 0 ? ["--block-time", `${blockSeconds}`] : []),
    ];
  }

  /** Resolves when it answers. */
  async #answers(): Promise<void> {
    const { signal } = this.#stopping;
    const until = this.#clock.now() + START_MILLISECONDS;
    while (this.#clock.now() < until && !signal.aborted) {
      if (await this.#ask("eth_chainId", []).catch(() => undefined)) return;
      await this.#clock.sleep(20);
    }
    throw new BaseError("CHAIN_UNREACHABLE", `The ${this.#name} chain does not answer at ${this.#url}.`, {
      details: this.#lastErrors(),
    });
  }

  /** Rejects when the process ends. */
  async #failed(): Promise<never> {
    const cause = await this.#ended;
    if ((cause as NodeJS.ErrnoException | null)?.code === "ENOENT") {
      throw new BaseError("ANVIL_MISSING", "There is no anvil on this machine.", {
        details: "Chains that outlive a restart are run by anvil, a development chain of Foundry.",
        next: "Install the optional packages (npm ci) or Foundry, so that anvil is on the PATH, or use --chains hardhat.",
        cause,
      });
    }
    const { exitCode, signalCode } = this.#child;
    const how = signalCode === null ? `with exit code ${exitCode}` : `by ${signalCode}`;
    throw new BaseError("CHAIN_DIED", `The ${this.#name} chain ended ${how}.`, {
      details: this.#lastErrors(),
      next: `Start it again; its blocks are in ${this.#statePath}.`,
    });
  }

  #lastErrors(): string {
    const lines = this.#errors.trim().split("\n").slice(-LINES_QUOTED).join("\n");
    return lines === "" ? "It said nothing." : `It said:\n${lines}`;
  }

  async #keepSaving(): Promise<void> {
    const { signal } = this.#stopping;
    for (let wait = SAVE_MILLISECONDS; !signal.aborted; ) {
      await Promise.race([this.#clock.sleep(wait, signal), this.#ended]);
      if (signal.aborted || !this.#lives) return;
      const began = this.#clock.now();
      // A chain too busy to answer is asked again.
      this.#saving = this.#save().catch(() => undefined);
      await this.#saving;
      // Saving writes the whole chain: it takes half of the time at most.
      wait = Math.max(SAVE_MILLISECONDS, this.#clock.now() - began);
    }
  }

  /** Saves blocks and state if there is a new block. */
  async #save(): Promise<void> {
    const { hash } = (await this.#ask("eth_getBlockByNumber", ["latest", false])) as { hash: string };
    if (hash === this.#savedHash) return;
    const zipped = (await this.#ask("anvil_dumpState", [])) as string;
    await writeWhole(this.#statePath, await unzip(Buffer.from(zipped.slice(2), "hex")));
    this.#savedHash = hash;
  }

  async #ask(method: string, params: readonly unknown[]): Promise<unknown> {
    const timeout = { clock: this.#clock, milliseconds: START_MILLISECONDS };
    const answer = await withTimeout(timeout, async (signal) => {
      const response = await fetch(this.#url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
        signal,
      });
      return response.json();
    });
    const { result, error } = answer as { result?: unknown; error?: { message: string } };
    if (error !== undefined) throw new BaseError("RPC_REFUSED", `${method} was refused: ${error.message}`);
    return result;
  }
}

/**
 * Leaves only the first block 0 in a saved state. Anvil makes a new one at every start, saves it beside the old one,
 * and would show either after the next start.
 */
async function keepFirstGenesis(path: string): Promise<void> {
  if (!existsSync(path)) return;
  let state: { blocks: { header: { number: string; timestamp: string } }[] };
  try {
    state = JSON.parse(await readFile(path, "utf8"));
  } catch {
    // Anvil says better what is wrong with it.
    return;
  }
  const geneses = state.blocks.filter(({ header }) => Number(header.number) === 0);
  if (geneses.length < 2) return;
  const first = geneses.reduce((a, b) => (Number(a.header.timestamp) <= Number(b.header.timestamp) ? a : b));
  const blocks = state.blocks.filter((block) => Number(block.header.number) !== 0 || block === first);
  await writeWhole(path, JSON.stringify({ ...state, blocks }));
}
