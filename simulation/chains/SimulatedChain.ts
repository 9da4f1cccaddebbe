import type { EthereumProvider } from "hardhat/types/providers";
import type { RandomSource } from "../../numerics/RandomSource.ts";
import { shuffle } from "../../numerics/shuffle.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { NodeError } from "./NodeError.ts";
import { type ReplacedBranch, rememberBranch } from "./ReplacedBranch.ts";
import { readNewestBlock, type SimulatedBlock } from "./SimulatedBlock.ts";
import { simulationHardhat } from "./simulationHardhat.ts";

/** Time of the genesis block of every simulated chain, Unix seconds. */
export const GENESIS_SECONDS = 1_900_000_000;

/** Methods that change nothing. */
const QUESTIONS =
  /^eth_(get|call$|estimateGas$|gasPrice$|feeHistory$|maxPriorityFeePerGas$|chainId$|blockNumber$)/;

/** For how many blocks some nodes may still follow a replaced branch. */
const REMEMBERED_BLOCKS = 3;

/** What a simulated chain is like. */
export interface SimulatedChainParameters {
  name: string;
  chainId: bigint;
  finalityDepth: number;
}

interface Mined extends SimulatedBlock {
  /** Snapshot of the chain right before this block. */
  readonly snapshot: string;
  /** What waited for a block when the snapshot was taken. */
  readonly pool: ReadonlySet<string>;
}

/** What a reorganization does. */
export interface ReorganizationParameters {
  /** Blocks that are replaced. */
  depth: number;
  /** How many blocks more the new branch has; −1 for a shorter one, which proof of stake allows. */
  growth?: number;
  random: RandomSource;
  /** Probability that an orphaned or waiting transaction is forgotten by everybody. */
  forgotten?: number;
}

/** What a reorganization did. */
export interface Reorganization {
  /** Blocks that are no longer of the chain, the oldest first. */
  orphaned: readonly SimulatedBlock[];
  /** Transactions that are in no block and not waiting for one any more. */
  forgotten: readonly string[];
}

/**
 * A chain in this process (Hardhat's EDR) whose blocks come when the simulation says so, and can be replaced. Its
 * contracts and its JSON-RPC are real; only who makes its blocks, and when, is simulated.
 */
export class SimulatedChain {
  readonly name: string;
  readonly chainId: bigint;
  /** How many blocks the `finalized` one is behind the newest. */
  finalityDepth: number;
  readonly #provider: EthereumProvider;
  /** Mined since genesis, or since the baseline. */
  #blocks: Mined[] = [];
  #first: SimulatedBlock;
  #pool = new Set<string>();
  readonly #raw = new Map<string, string>();
  #baseline: string | undefined;
  #branches = 0;
  #replaced: ReplacedBranch | undefined;
  /** What the node answered since the chain changed last, by the question. */
  readonly #answers = new Map<string, Promise<unknown>>();

  private constructor(chain: SimulatedChainParameters, provider: EthereumProvider, first: SimulatedBlock) {
    this.name = chain.name;
    this.chainId = chain.chainId;
    this.finalityDepth = chain.finalityDepth;
    this.#provider = provider;
    this.#first = first;
  }

  /** Starts a chain with its genesis block alone. */
  static async create(chain: SimulatedChainParameters): Promise<SimulatedChain> {
    const { network } = await simulationHardhat();
    const { provider } = await network.create({
      network: "local",
      override: {
        chainId: Number(chain.chainId),
        initialDate: new Date(GENESIS_SECONDS * 1000),
        mining: { auto: false, interval: 0 },
      },
    });
    const made = new SimulatedChain(chain, provider, await readNewestBlock(provider));
    await made.#expectNextBlock();
    return made;
  }

  /** The newest block. */
  get head(): SimulatedBlock {
    return this.#blocks.at(-1) ?? this.#first;
  }

  /** The block that everything began with, which no reorganization replaces. */
  get first(): SimulatedBlock {
    return this.#first;
  }

  /** The chain's block of that number; undefined before `first` and after `head`. */
  block(number: number): SimulatedBlock | undefined {
    return number === this.#first.number ? this.#first : this.#blocks[number - this.#first.number - 1];
  }

  /** The chain's block of that hash; undefined when it was replaced, is unknown or is before `first`. */
  blockByHash(hash: string): SimulatedBlock | undefined {
    return hash === this.#first.hash ? this.#first : this.#blocks.findLast((block) => block.hash === hash);
  }

  /** The branch that was replaced last, until the chain has grown past it by some blocks. */
  get replaced(): ReplacedBranch | undefined {
    const isRecent =
      this.#replaced !== undefined && this.head.number <= this.#replaced.head + REMEMBERED_BLOCKS;
    return isRecent ? this.#replaced : undefined;
  }

  /** Blocks that a reorganization can replace. */
  get depth(): number {
    return this.#blocks.length;
  }

  /**
   * Asks the chain's node, at once and without faults.
   *
   * @throws `NodeError` when the node answers with an error.
   */
  async ask(method: string, ...params: readonly unknown[]): Promise<unknown> {
    if (!QUESTIONS.test(method)) {
      this.#answers.clear();
      return this.#ask(method, params);
    }
    // Programs ask again and again whether anything is new, and between two blocks nothing is.
    const question = `${method} ${JSON.stringify(params)}`;
    const known = this.#answers.get(question) ?? this.#ask(method, params);
    this.#answers.set(question, known);
    return known;
  }

  async #ask(method: string, params: readonly unknown[]): Promise<unknown> {
    try {
      return await this.#provider.request({ method, params: [...params] });
    } catch (error) {
      const { code, message, data } = error as { code?: number; message: string; data?: unknown };
      if (typeof code !== "number") throw error;
      throw new NodeError(method, { code, message, data });
    }
  }

  /**
   * Takes a signed transaction, to be mined with the next block.
   *
   * @returns Its hash.
   * @throws `NodeError` when the node does not take it.
   */
  async send(raw: string): Promise<string> {
    const hash = (await this.ask("eth_sendRawTransaction", raw)) as string;
    this.#raw.set(hash, raw);
    this.#pool.add(hash);
    return hash;
  }

  /** Makes the network forget a transaction that waits for a block; whether it did wait. */
  async forget(hash: string): Promise<boolean> {
    this.#pool.delete(hash);
    try {
      return (await this.ask("hardhat_dropTransaction", hash)) as boolean;
    } catch (error) {
      // It is in a block.
      if (error instanceof NodeError) return false;
      throw error;
    }
  }

  /** Hashes of the transactions that wait for a block or were replaced while they did, the oldest first. */
  pool(): string[] {
    return [...this.#pool];
  }

  /** Sets the next block's base fee, wei: what is offered less waits. */
  async setNextBaseFee(wei: bigint): Promise<void> {
    await this.ask("hardhat_setNextBlockBaseFeePerGas", `0x${wei.toString(16)}`);
  }

  /** Mines a block of what waits. Its time is `seconds`, or that of its parent where that is later. */
  async mine(seconds: number): Promise<SimulatedBlock> {
    const snapshot = (await this.ask("evm_snapshot")) as string;
    const pool = new Set(this.#pool);
    await this.ask("evm_mine", `0x${Math.max(seconds, this.head.timestamp).toString(16)}`);
    const block = await readNewestBlock(this.#provider);
    for (const hash of block.transactions) this.#pool.delete(hash);
    this.#blocks.push({ ...block, snapshot, pool });
    await this.#expectNextBlock();
    return block;
  }

  /**
   * Replaces the newest blocks by others. Their transactions, and what waited, are mined in another order and partly
   * later, or forgotten.
   */
  async reorganize(parameters: ReorganizationParameters): Promise<Reorganization> {
    const { depth, growth = 1, random, forgotten: forgottenShare = 0 } = parameters;
    const orphaned = this.#blocks.slice(-depth);
    if (depth < 1 || orphaned.length < depth) {
      throw new BaseError(
        "TOO_DEEP",
        `${this.name} cannot replace ${depth} of ${this.#blocks.length} blocks.`,
      );
    }
    const times = orphaned.map(({ timestamp }) => timestamp);
    const length = Math.max(1, depth + growth);
    const transactions = [...orphaned.flatMap((block) => block.transactions), ...this.#pool];

    this.#replaced = await rememberBranch(orphaned, this);
    this.#blocks.length -= depth;
    await this.#revert(orphaned[0]!.snapshot);
    // The node has back what waited then; who gets into which block is drawn anew.
    for (const hash of orphaned[0]!.pool) await this.forget(hash);
    this.#pool.clear();
    const forgotten: string[] = [];
    const byBlock = Array.from({ length: length + 1 }, (): string[] => []);
    for (const hash of shuffle(transactions, random)) {
      if (random.uniform() < forgottenShare) forgotten.push(hash);
      else byBlock[random.integer(length + 1)]!.push(hash);
    }
    for (const [place, chosen] of byBlock.entries()) {
      // A transaction that an earlier one of the new branch has made void is dropped, as nodes do.
      for (const hash of chosen) await this.#sendAgain(hash, forgotten);
      if (place === length) break;
      // The parent alone does not make the first block another one: it may hold the same transactions.
      if (place === 0) {
        const randao = (++this.#branches).toString(16).padStart(64, "0");
        await this.ask("hardhat_setPrevRandao", `0x${randao}`);
      }
      await this.mine(times[Math.min(place, depth - 1)]!);
    }
    return { orphaned, forgotten };
  }

  /** Makes this moment the one that `reset` comes back to. */
  async setBaseline(): Promise<void> {
    if (this.#pool.size > 0) throw new BaseError("TRANSACTIONS_WAIT", `Transactions wait on ${this.name}.`);
    this.#first = this.head;
    this.#blocks = [];
    this.#raw.clear();
    this.#branches = 0;
    this.#replaced = undefined;
    this.#baseline = (await this.ask("evm_snapshot")) as string;
  }

  /** Makes everything undone since `setBaseline`. */
  async reset(): Promise<void> {
    await this.#revert(this.#baseline!);
    this.#blocks = [];
    this.#pool.clear();
    this.#raw.clear();
    this.#branches = 0;
    this.#replaced = undefined;
    // Going back uses a snapshot up.
    this.#baseline = (await this.ask("evm_snapshot")) as string;
  }

  async #revert(snapshot: string): Promise<void> {
    if ((await this.ask("evm_revert", snapshot)) !== true) {
      throw new BaseError("NO_SUCH_SNAPSHOT", `${this.name} cannot go back to snapshot ${snapshot}.`);
    }
  }

  async #sendAgain(hash: string, forgotten: string[]): Promise<void> {
    const raw = this.#raw.get(hash);
    if (raw === undefined) {
      throw new BaseError("NOT_SENT_RAW", `${hash} cannot be sent to ${this.name} again.`, {
        details: "Only transactions that were signed outside the node outlive a reorganization.",
      });
    }
    try {
      await this.send(raw);
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      forgotten.push(hash);
    }
  }

  /** Pins the time that calls on the pending block see, which would follow the machine's clock. */
  async #expectNextBlock(): Promise<void> {
    await this.ask("evm_setNextBlockTimestamp", `0x${this.head.timestamp.toString(16)}`);
  }
}
