import { toQuantity } from "ethers";

import { NodeError } from "./NodeError.ts";
import type { NodeView } from "./NodeView.ts";
import type { SimulatedChain } from "./SimulatedChain.ts";

/** Where methods take the block that they are asked about. */
const BLOCK_PLACE: Readonly<Record<string, number>> = {
  eth_getBlockByNumber: 0,
  eth_call: 1,
  eth_estimateGas: 1,
  eth_getCode: 1,
  eth_getBalance: 1,
  eth_getTransactionCount: 1,
  eth_getStorageAt: 2,
  eth_getProof: 2,
};

interface LogFilter {
  fromBlock?: string;
  toBlock?: string;
  blockHash?: string;
}

/**
 * A simulated chain as a node sees it that knows all but its last blocks. With no lag, as a node that is up to date:
 * what Hardhat's answers differently from others, `finalized` and unknown blocks, is put right.
 */
export class LaggingView implements NodeView {
  readonly #chain: SimulatedChain;
  readonly #lag: number;

  /** @param lag - Blocks that the node does not know yet. */
  constructor(chain: SimulatedChain, lag: number) {
    this.#chain = chain;
    this.#lag = lag;
  }

  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    switch (method) {
      case "eth_sendRawTransaction":
        return this.#chain.send(params[0] as string);
      case "eth_blockNumber":
        return toQuantity(this.#head);
      case "eth_getBlockByNumber": {
        const number = this.#number(params[0])!;
        if (number > this.#head) return null;
        const known = params[1] === true ? undefined : this.#chain.block(number);
        // A block does not change: only what happened before the schedule is asked for.
        if (known !== undefined && params[0] !== "pending") return known.answer;
        break;
      }
      case "eth_getLogs":
        return this.#logs(params[0] as LogFilter);
      case "eth_getBlockByHash": {
        const known = params[1] === true ? undefined : this.#chain.blockByHash(params[0] as string);
        return this.#ifKnown(known?.answer ?? (await this.#chain.ask(method, ...params)));
      }
      case "eth_getTransactionReceipt":
      case "eth_getTransactionByHash":
        return this.#ifKnown(await this.#chain.ask(method, ...params));
    }
    const place = BLOCK_PLACE[method];
    if (place === undefined) return this.#chain.ask(method, ...params);
    const asked = [...params];
    if (this.#number(asked[place]) !== undefined || asked.length <= place) {
      const number = this.#number(asked[place]) ?? this.#head;
      if (number > this.#head) throw unknownBlock(method);
      // A node up to date also counts what waits, where it is asked to.
      const waits = this.#lag === 0 && (asked[place] === "pending" || asked.length <= place);
      if (!waits) asked[place] = toQuantity(number);
    } else await this.#requireBlock(method, asked[place] as { blockHash: string });
    return this.#chain.ask(method, ...asked);
  }

  get #head(): number {
    return Math.max(this.#chain.first.number, this.#chain.head.number - this.#lag);
  }

  /** The number that a block tag stands for; undefined for what is no tag. */
  #number(tag: unknown): number | undefined {
    switch (tag) {
      case "latest":
      case "pending":
        return this.#head;
      case "finalized":
      case "safe":
        return Math.max(0, this.#head - this.#chain.finalityDepth);
      case "earliest":
        return 0;
    }
    return typeof tag === "string" ? Number(tag) : undefined;
  }

  async #logs(filter: LogFilter): Promise<unknown> {
    if (filter.blockHash !== undefined) {
      await this.#requireBlock("eth_getLogs", { blockHash: filter.blockHash });
      return this.#chain.ask("eth_getLogs", filter);
    }
    const fromBlock = this.#number(filter.fromBlock ?? "latest")!;
    const toBlock = Math.min(this.#number(filter.toBlock ?? "latest")!, this.#head);
    // What lies ahead of a node has no logs, as far as it knows.
    if (fromBlock > toBlock) return [];
    return this.#chain.ask("eth_getLogs", {
      ...filter,
      fromBlock: toQuantity(fromBlock),
      toBlock: toQuantity(toBlock),
    });
  }

  #ifKnown(found: unknown): unknown {
    const { number, blockNumber } = (found ?? {}) as { number?: string; blockNumber?: string };
    const place = number ?? blockNumber;
    return place != null && Number(place) > this.#head ? null : found;
  }

  async #requireBlock(method: string, { blockHash }: { blockHash: string }): Promise<void> {
    if ((await this.request("eth_getBlockByHash", [blockHash, false])) === null) throw unknownBlock(method);
  }
}

function unknownBlock(method: string): NodeError {
  return new NodeError(method, { code: -32000, message: "header not found" });
}
