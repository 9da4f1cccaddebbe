import { expect } from "chai";
import { Wallet } from "ethers";

import { SeededRandom } from "../../numerics/SeededRandom.ts";
import type { SimulatedBlock } from "../../simulation/chains/SimulatedBlock.ts";
import { GENESIS_SECONDS, SimulatedChain } from "../../simulation/chains/SimulatedChain.ts";
import { rejected } from "../unit/thrown.ts";

const GWEI = 10n ** 9n;
const TO = `0x${"77".repeat(20)}`;

const senders = Array.from({ length: 6 }, (_, i) => new Wallet(`0x${String(i + 1).repeat(64)}`));

interface RpcBlock {
  number: string;
  hash: string;
  parentHash: string;
  timestamp: string;
  transactions: string[];
}

interface RpcReceipt {
  blockHash: string;
  blockNumber: string;
  status: string;
}

/** A signed transfer of one wei. */
function transfer(sender: number, nonce = 0, maxFeePerGas = 100n * GWEI): Promise<string> {
  const fees = { maxFeePerGas, maxPriorityFeePerGas: maxFeePerGas / 100n };
  const rest = { chainId: 71n, type: 2, gasLimit: 21_000n, to: TO, value: 1n };
  return senders[sender]!.signTransaction({ ...rest, ...fees, nonce });
}

describe("SimulatedChain", function () {
  this.timeout(60_000);
  let chain: SimulatedChain;
  let seconds: number;

  before(async () => {
    chain = await SimulatedChain.create({ name: "origin", chainId: 71n, finalityDepth: 3 });
    for (const { address } of senders)
      await chain.ask("hardhat_setBalance", address, `0x${(10n ** 20n).toString(16)}`);
    await chain.mine(GENESIS_SECONDS + 2);
    await chain.setBaseline();
  });
  beforeEach(async () => {
    await chain.reset();
    seconds = chain.head.timestamp;
  });

  function mine(): Promise<SimulatedBlock> {
    seconds += 2;
    return chain.mine(seconds);
  }
  const receipt = (hash: string) =>
    chain.ask("eth_getTransactionReceipt", hash) as Promise<RpcReceipt | null>;

  /** Every block that the node tells of, by the ordinary questions. */
  async function told(): Promise<RpcBlock[]> {
    const blocks: RpcBlock[] = [];
    for (let number = chain.first.number; number <= chain.head.number; number++) {
      blocks.push((await chain.ask("eth_getBlockByNumber", `0x${number.toString(16)}`, false)) as RpcBlock);
    }
    return blocks;
  }

  it("mines what was sent, at the times that it is told", async () => {
    const hash = await chain.send(await transfer(0));
    expect(await receipt(hash)).to.equal(null);
    const block = await mine();
    expect(block.timestamp).to.equal(seconds);
    expect(block.transactions).to.deep.equal([hash]);
    expect((await receipt(hash))!.blockHash).to.equal(block.hash);
    expect(chain.block(block.number)!.hash).to.equal(block.hash);
    expect(chain.block(block.number + 1)).to.equal(undefined);
    // A clock that is behind the chain's does not stop it.
    expect((await chain.mine(seconds - 60)).timestamp).to.equal(seconds);
  });

  it("answers with an error as a node does", async () => {
    const raw = await transfer(0);
    await chain.send(raw);
    const error = await rejected(chain.send(raw));
    expect(error.code).to.equal("NODE_ERROR");
    expect(error.message).to.contain("Known transaction");
  });

  it("replaces blocks by others with true parent links", async () => {
    for (let i = 0; i < 6; i++) await mine();
    const before = await told();
    const { orphaned } = await chain.reorganize({ depth: 3, random: new SeededRandom(1) });
    expect(orphaned.map(({ hash }) => hash)).to.deep.equal(before.slice(-3).map(({ hash }) => hash));
    const after = await told();
    // One more than before: the longer branch wins.
    expect(after.length).to.equal(before.length + 1);
    for (const [i, block] of after.entries()) {
      if (i > 0) expect(block.parentHash).to.equal(after[i - 1]!.hash);
      if (i < 4) expect(block.hash).to.equal(before[i]!.hash);
      else expect(before.map(({ hash }) => hash)).to.not.include(block.hash);
      expect(chain.block(Number(block.number))!.hash).to.equal(block.hash);
    }
    for (const { hash } of orphaned) {
      expect(await chain.ask("eth_getBlockByHash", hash, false)).to.equal(null);
      const call = chain.ask("eth_call", { to: TO, data: "0x" }, { blockHash: hash });
      expect((await rejected(call)).code).to.equal("NODE_ERROR");
    }
    // The same blocks again, and another branch each time.
    const heads = new Set([before.at(-1)!.hash, chain.head.hash]);
    for (let i = 0; i < 3; i++) {
      await chain.reorganize({ depth: 3, growth: 0, random: new SeededRandom(1) });
      heads.add(chain.head.hash);
    }
    expect(heads.size).to.equal(5);
  });

  it("puts orphaned transactions into other blocks, or lets them wait", async () => {
    const hashes: string[] = [];
    for (let i = 0; i < 6; i++) {
      hashes.push(await chain.send(await transfer(i)));
      await mine();
    }
    const places = async () => Promise.all(hashes.map(async (hash) => (await receipt(hash))?.blockHash));
    const before = await places();
    const { forgotten } = await chain.reorganize({ depth: 6, random: new SeededRandom(3) });
    expect(forgotten).to.deep.equal([]);
    const after = await places();
    expect(after.filter((hash) => before.includes(hash))).to.deep.equal([]);
    const numbers = await Promise.all(hashes.map(async (hash) => Number((await receipt(hash))?.blockNumber)));
    expect(numbers).to.not.deep.equal([...numbers].sort((a, b) => a - b));
    await mine();
    expect(await places()).to.not.include(undefined);
    expect(BigInt((await chain.ask("eth_getBalance", TO, "latest")) as string)).to.equal(6n);
  });

  it("forgets some, if it should, and takes them when they are sent again", async () => {
    const raws = await Promise.all(senders.map((_, i) => transfer(i)));
    const hashes: string[] = [];
    for (const raw of raws) hashes.push(await chain.send(raw));
    await mine();
    const random = new SeededRandom(4);
    const { forgotten } = await chain.reorganize({ depth: 1, random, forgotten: 0.5 });
    expect(forgotten.length).to.be.within(1, 5);
    await mine();
    for (const hash of hashes) expect((await receipt(hash)) === null).to.equal(forgotten.includes(hash));
    expect(await chain.ask("eth_getTransactionByHash", forgotten[0])).to.equal(null);
    await chain.send(raws[hashes.indexOf(forgotten[0]!)]!);
    expect((await mine()).transactions).to.deep.equal([forgotten[0]]);
  });

  it("keeps the order of an account's transactions through any branch", async () => {
    const hashes: string[] = [];
    for (let nonce = 0; nonce < 8; nonce++) {
      hashes.push(await chain.send(await transfer(0, nonce)));
      if (nonce % 2 === 1) await mine();
    }
    for (let round = 0; round < 5; round++) {
      await chain.reorganize({ depth: 4, growth: 0, random: new SeededRandom(round) });
      expect((await told()).flatMap(({ transactions }) => transactions)).to.deep.equal(
        hashes.slice(0, Number(await chain.ask("eth_getTransactionCount", senders[0]!.address, "latest"))),
      );
    }
    await mine();
    expect(Number(await chain.ask("eth_getTransactionCount", senders[0]!.address, "latest"))).to.equal(8);
  });

  it("can give a shorter branch, as proof of stake does", async () => {
    for (let i = 0; i < 5; i++) await mine();
    const { number } = chain.head;
    await chain.reorganize({ depth: 3, growth: -1, random: new SeededRandom(1) });
    expect(chain.head.number).to.equal(number - 1);
    expect(Number(await chain.ask("eth_blockNumber"))).to.equal(number - 1);
  });

  it("reorganizes down to its first block, and no deeper", async () => {
    for (let i = 0; i < 3; i++) await mine();
    expect((await rejected(chain.reorganize({ depth: 4, random: new SeededRandom(1) }))).code).to.equal(
      "TOO_DEEP",
    );
    await chain.reorganize({ depth: 3, growth: 0, random: new SeededRandom(1) });
    expect(chain.block(chain.first.number + 1)!.parentHash).to.equal(chain.first.hash);
  });

  it("lets a transaction be replaced by one that pays more, and wait when it pays too little", async () => {
    const cheap = await chain.send(await transfer(0, 0, 2n * GWEI));
    await chain.setNextBaseFee(5n * GWEI);
    expect((await mine()).transactions).to.deep.equal([]);
    await chain.setNextBaseFee(5n * GWEI);
    const dear = await chain.send(await transfer(0, 0, 20n * GWEI));
    expect((await mine()).transactions).to.deep.equal([dear]);
    expect(await receipt(cheap)).to.equal(null);
    // The replaced one is void in any branch.
    await chain.reorganize({ depth: 2, random: new SeededRandom(1) });
    await mine();
    const mined = await Promise.all([cheap, dear].map(receipt));
    expect(mined.filter((found) => found !== null).length).to.equal(1);
  });

  it("forgets a waiting transaction, not one in a block", async () => {
    const hash = await chain.send(await transfer(0));
    expect(chain.pool()).to.deep.equal([hash]);
    expect(await chain.forget(hash)).to.equal(true);
    expect(await chain.forget(hash)).to.equal(false);
    expect((await mine()).transactions).to.deep.equal([]);
    await chain.send(await transfer(0));
    await mine();
    expect(await chain.forget(hash)).to.equal(false);
    expect((await receipt(hash))!.status).to.equal("0x1");
  });

  it("does the same again after a reset", async () => {
    const history = async () => {
      await chain.reset();
      seconds = chain.head.timestamp;
      const random = new SeededRandom(9);
      for (let i = 0; i < 12; i++) {
        if (i < 6) await chain.send(await transfer(i));
        await mine();
        if (i % 4 === 3) await chain.reorganize({ depth: 3, random, forgotten: 0.2 });
      }
      const state = await chain.ask("eth_getBlockByNumber", "latest", true);
      return JSON.stringify([await told(), state, chain.pool()]);
    };
    const first = await history();
    expect(await history()).to.equal(first);
    await chain.reset();
    expect(await chain.ask("eth_getTransactionCount", senders[0]!.address, "pending")).to.equal("0x0");
  });

  it("shows calls on the pending block the chain's time, not the machine's", async () => {
    const pending = async () =>
      Number(((await chain.ask("eth_getBlockByNumber", "pending", false)) as RpcBlock).timestamp);
    expect(await pending()).to.equal(chain.head.timestamp);
    await mine();
    expect(await pending()).to.equal(chain.head.timestamp);
  });
});
