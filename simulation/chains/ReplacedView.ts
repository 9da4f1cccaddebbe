import { toQuantity } from "ethers";
import { least } from "../../numerics/extremes.ts";

import type { NodeView } from "./NodeView.ts";
import type { ReplacedBranch } from "./ReplacedBranch.ts";

interface LogFilter {
  address?: string;
  fromBlock?: string;
  toBlock?: string;
}

/**
 * A chain as a node sees it that still follows a branch which was replaced: its headers, logs and receipts are those of
 * that branch. What it cannot answer, another node does, as behind an endpoint of several.
 */
export class ReplacedView implements NodeView {
  readonly #branch: ReplacedBranch;
  readonly #others: NodeView;

  constructor(branch: ReplacedBranch, others: NodeView) {
    this.#branch = branch;
    this.#others = others;
  }

  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    const { head, blocks, receipts } = this.#branch;
    switch (method) {
      case "eth_blockNumber":
        return toQuantity(head);
      case "eth_getBlockByNumber": {
        const number = params[0] === "latest" ? head : Number(params[0]);
        if (number > head) return null;
        const block = blocks.get(number);
        if (block !== undefined) return block.answer;
        break;
      }
      case "eth_getBlockByHash": {
        const block = [...blocks.values()].find(({ hash }) => hash === params[0]);
        if (block !== undefined) return block.answer;
        break;
      }
      case "eth_getLogs":
        if ((params[0] as LogFilter).fromBlock !== undefined) return this.#logs(params[0] as LogFilter);
        break;
      case "eth_getTransactionReceipt": {
        const receipt = receipts.get(params[0] as string);
        if (receipt !== undefined) return receipt;
        break;
      }
    }
    return this.#others.request(method, params);
  }

  /** Logs of blocks before the branch are the same for everybody. */
  async #logs(filter: LogFilter): Promise<unknown[]> {
    const first = least(this.#branch.blocks.keys());
    const to =
      filter.toBlock === undefined || filter.toBlock === "latest"
        ? this.#branch.head
        : Number(filter.toBlock);
    const from = Number(filter.fromBlock);
    const before =
      from < first
        ? ((await this.#others.request("eth_getLogs", [
            { ...filter, toBlock: toQuantity(Math.min(to, first - 1)) },
          ])) as unknown[])
        : [];
    const own = this.#branch.logs.filter(({ blockNumber, address }) => {
      const isAsked = filter.address === undefined || filter.address.toLowerCase() === address.toLowerCase();
      return isAsked && Number(blockNumber) >= from && Number(blockNumber) <= to;
    });
    return [...before, ...own];
  }
}
