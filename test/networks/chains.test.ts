import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { parseEther, Transaction, Wallet } from "ethers";

import { HeadSubscription } from "../../chains/rpc/HeadSubscription.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { BUILD_MILLISECONDS, builtTools } from "./builtTools.ts";
import { ask } from "./EngineApi.ts";
import { GethChain } from "./GethChain.ts";
import { waitUntil } from "./waitUntil.ts";

const CHAIN_ID = 424_240;
/** Blocks whose announcements are looked at, and how soon they come, of two seconds between them. */
const ANNOUNCED = 5;
const AT_ONCE_MILLISECONDS = 300;

interface BlockAnswer {
  hash: string;
  number: string;
  miner: string;
  timestamp: string;
}

/** What the other tests of this folder rely on: that the chains are what they say. */
describe("chains of geth nodes", function () {
  this.timeout(120_000);
  let directory: string;
  let chain: GethChain;
  const rich = Wallet.createRandom();

  before(async function () {
    this.timeout(BUILD_MILLISECONDS);
    const { geth } = await builtTools(this, ["geth"]);
    directory = await mkdtemp(join(tmpdir(), "freshet-geth-"));
    chain = await GethChain.start({
      ...{ binary: geth, name: "main", chainId: CHAIN_ID, nodes: 4, directory, rich: [rich.address] },
      ...{ blockSeconds: 2, finalityBlocks: 3 },
    });
  });
  after(async () => {
    await chain?.stop();
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  });

  const block = (tag: string | number, node = 0) =>
    ask<BlockAnswer>(chain.nodes[node]!.url, "eth_getBlockByNumber", [
      typeof tag === "number" ? `0x${tag.toString(16)}` : tag,
      false,
    ]);
  const atBlock = (number: number) =>
    waitUntil(`block ${number}`, () => chain.consensus.head.number >= number, 60_000);

  it("make a block every two seconds, in turn, and finalize the third below the newest", async () => {
    await atBlock(9);
    const blocks = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((number) => block(number)));
    expect(new Set(blocks.map(({ miner }) => miner))).to.have.property("size", 4);
    const times = blocks.map(({ timestamp }) => Number(timestamp));
    expect(times.at(-1)! - times[0]!).to.be.within(14, 16);
    const [latest, finalized] = await Promise.all([block("latest"), block("finalized")]);
    expect(Number(latest.number) - Number(finalized.number)).to.be.within(2, 4);
  });

  it("pass transactions on to the nodes that make blocks", async () => {
    const transaction = Transaction.from({
      ...{ type: 2, chainId: CHAIN_ID, nonce: 0, to: Wallet.createRandom().address, value: parseEther("1") },
      ...{ gasLimit: 21_000, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 10n ** 9n },
    });
    const signed = await rich.signTransaction(transaction);
    const hash = await ask<string>(chain.nodes[3]!.url, "eth_sendRawTransaction", [signed]);
    await waitUntil("a receipt", async () => (await receipt(hash)) !== null, 30_000);
  });

  it("replace their newest blocks on demand", async () => {
    for (const depth of [1, 2]) {
      const gone = await chain.consensus.reorganize(depth);
      expect(gone).to.have.length(depth);
      const replaced = await Promise.all(chain.nodes.map(async (_, node) => block("latest", node)));
      const head = Number(replaced[0]!.number);
      for (let back = 0; back < depth + 2; back++) {
        expect(gone).not.to.include((await block(head - back)).hash);
      }
    }
  });

  it("announce their blocks by WebSocket, each at once", async () => {
    const [node] = chain.nodes;
    const heard: number[] = [];
    const subscription = new HeadSubscription({ url: node!.websocketUrl }, { clock: systemClock });
    subscription.onHead(() => heard.push(systemClock.now()));
    try {
      // It tells once when it has subscribed.
      await waitUntil("the subscription", () => heard.length > 0, 10_000);
      const first = chain.consensus.head.number + 1;
      const seen = new Map<number, number>();
      while (seen.size < ANNOUNCED) {
        const number = Number(await ask<string>(node!.url, "eth_blockNumber", []));
        if (number >= first && !seen.has(number)) seen.set(number, systemClock.now());
        await systemClock.sleep(20);
      }
      const late = [...seen.values()].map((at) =>
        Math.min(...heard.map((one) => Math.abs(one - at)), Number.POSITIVE_INFINITY),
      );
      console.log(`      ${ANNOUNCED} blocks, each announced within ${Math.max(...late)} ms of being there`);
      for (const one of late) expect(one).to.be.below(AT_ONCE_MILLISECONDS);
    } finally {
      subscription.close();
    }
  });

  it("pause, and go on", async () => {
    chain.consensus.pause();
    // One may be under way.
    await new Promise((resolve) => setTimeout(resolve, 3000));
    const { number } = chain.consensus.head;
    await new Promise((resolve) => setTimeout(resolve, 6000));
    expect(chain.consensus.head.number).to.equal(number);
    chain.consensus.resume();
    await atBlock(number + 2);
  });

  it("go on without a node that was killed, which catches up when it is back", async () => {
    await chain.nodes[2]!.kill();
    await atBlock(chain.consensus.head.number + 4);
    await chain.restart(2);
    const began = Date.now();
    await waitUntil(
      "the node that was killed to have the others' newest block",
      async () => Number((await block("latest", 2)).number) >= chain.consensus.head.number - 1,
      60_000,
    );
    await atBlock(chain.consensus.head.number + 3);
    console.log(`      it has after ${Math.round((Date.now() - began) / 1000)} s`);
  });

  const receipt = (hash: string) => ask<unknown>(chain.nodes[0]!.url, "eth_getTransactionReceipt", [hash]);
});
