import { expect } from "chai";

import { logPages } from "../../../chains/rpc/logPages.ts";

const WORD = `0x${"11".repeat(32)}`;

/** A node whose every block has so many logs of so many characters. */
class FullNode {
  readonly spans: number[] = [];
  readonly #logs: number;
  readonly #data: string;

  constructor(logs: number, characters: number) {
    this.#logs = logs;
    this.#data = `0x${"0".repeat(characters - 2)}`;
  }

  async request(_: string, [filter]: readonly unknown[]): Promise<unknown> {
    const { fromBlock, toBlock } = filter as { fromBlock: string; toBlock: string };
    const [first, last] = [Number(fromBlock), Number(toBlock)];
    this.spans.push(last - first + 1);
    return Array.from({ length: (last - first + 1) * this.#logs }, (_, i) => ({
      address: `0x${"ab".repeat(20)}`,
      topics: [WORD],
      data: this.#data,
      blockNumber: `0x${(first + Math.floor(i / this.#logs)).toString(16)}`,
      blockHash: WORD,
      transactionHash: WORD,
      transactionIndex: "0x0",
      logIndex: `0x${(i % this.#logs).toString(16)}`,
    }));
  }
}

async function read(node: FullNode, to: number): Promise<{ blocks: number[]; most: number }> {
  const blocks: number[] = [];
  let most = 0;
  for await (const page of logPages(node, {}, 1, to)) {
    most = Math.max(
      most,
      page.reduce((sum, { data }) => sum + data.length, 0),
    );
    for (const { blockNumber } of page) blocks.push(blockNumber);
  }
  return { blocks, most };
}

describe("logPages", () => {
  it("gives all logs in the order of the chain, in ever larger pages where there are few", async () => {
    const node = new FullNode(1, 2);
    const { blocks } = await read(node, 20_000);
    expect(blocks).to.deep.equal(Array.from({ length: 20_000 }, (_, i) => i + 1));
    expect(node.spans).to.have.length.below(14);
    expect(Math.max(...node.spans)).to.equal(5000);
  });

  it("gives small pages where strangers filled the blocks", async () => {
    const node = new FullNode(10, 20_000);
    const { blocks, most } = await read(node, 1000);
    expect(blocks).to.have.length(10_000);
    expect(node.spans.at(-2)).to.be.below(65);
    // The first page is as large as it is.
    expect(most).to.be.below(14_000_000);
  });

  it("gives nothing of no blocks", async () => {
    const node = new FullNode(1, 2);
    expect((await read(node, 0)).blocks).to.deep.equal([]);
    expect(node.spans).to.deep.equal([]);
  });
});
