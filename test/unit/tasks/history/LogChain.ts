import { id } from "ethers";

import { ChainClient } from "../../../../chains/clients/ChainClient.ts";

interface Block {
  hash: string;
  timestamp: number;
  /** What its logs hold. */
  data: readonly string[];
}

/** A chain of blocks with logs of one contract, that counts what it is asked. */
export class LogChain {
  readonly client: ChainClient;
  readonly address = `0x${"ab".repeat(20)}`;
  /** First blocks of the ranges whose logs were asked for. */
  readonly ranges: number[] = [];
  /** Called before each request is answered. */
  onRequest: (method: string) => void = () => undefined;
  #blocks: Block[] = [];
  #made = 0;

  constructor(chainId: number, name = "main") {
    const rpc = {
      request: async (method: string, values: readonly unknown[]) => this.#answer(method, values),
      close: () => undefined,
    };
    this.client = ChainClient.open({ name, chainId, url: "http://127.0.0.1:1" }, { rpc });
    this.mine();
  }

  /** Adds a block with logs. */
  mine(...data: string[]): void {
    const hash = id(`${this.client.chainId} ${this.#made++}`);
    this.#blocks.push({ hash, timestamp: 1000 + 2 * this.#blocks.length, data });
  }

  /** Takes the last blocks out of the chain. */
  drop(count: number): void {
    this.#blocks = this.#blocks.slice(0, -count);
  }

  #answer(method: string, [first]: readonly unknown[]): unknown {
    this.onRequest(method);
    switch (method) {
      case "eth_getBlockByNumber":
        return this.#header(first === "latest" ? this.#blocks.length - 1 : Number(first));
      case "eth_getBlockByHash":
        return this.#header(this.#blocks.findIndex(({ hash }) => hash === first));
      case "eth_getLogs":
        return this.#logs(first as { fromBlock: string; toBlock: string });
      default:
        throw new Error(`There is no ${method} here.`);
    }
  }

  #header(number: number): object | null {
    const block = this.#blocks[number];
    if (block === undefined) return null;
    const { hash, timestamp } = block;
    const parentHash = this.#blocks[number - 1]?.hash ?? `0x${"00".repeat(32)}`;
    return { number: `0x${number.toString(16)}`, hash, parentHash, timestamp: `0x${timestamp.toString(16)}` };
  }

  #logs({ fromBlock, toBlock }: { fromBlock: string; toBlock: string }): object[] {
    this.ranges.push(Number(fromBlock));
    return this.#blocks.flatMap(({ hash, data }, number) =>
      number < Number(fromBlock) || number > Number(toBlock)
        ? []
        : data.map((content, index) => ({
            address: this.address,
            topics: [id("event")],
            data: content,
            blockNumber: `0x${number.toString(16)}`,
            blockHash: hash,
            transactionHash: id(`transaction of ${hash}`),
            transactionIndex: "0x0",
            logIndex: `0x${index.toString(16)}`,
          })),
    );
  }
}
