import { expect } from "chai";
import { Wallet } from "ethers";

import { RpcMissing } from "../../chains/rpc/rpcErrors.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { FaultyRpc, NO_FAULTS, type RpcFaults } from "../../simulation/chains/FaultyRpc.ts";
import { GENESIS_SECONDS, SimulatedChain } from "../../simulation/chains/SimulatedChain.ts";
import { FaultTally } from "../../simulation/FaultTally.ts";
import { Trace } from "../../simulation/Trace.ts";
import { VirtualClock } from "../../simulation/VirtualClock.ts";

const wallet = new Wallet(`0x${"42".repeat(32)}`);
const TO = `0x${"77".repeat(20)}`;
/** Code that logs nothing but the fact that it was called: `LOG0(0, 0)`. */
const LOGGER = `0x${"55".repeat(20)}`;
const LOGGER_CODE = "0x60006000a0";

interface Outcome {
  // biome-ignore lint/suspicious/noExplicitAny: whatever the method answers
  value: any;
  // biome-ignore lint/suspicious/noExplicitAny: whatever it is refused with
  error: any;
  milliseconds: number;
}

describe("FaultyRpc", function () {
  this.timeout(60_000);
  let chain: SimulatedChain;
  let clock: VirtualClock;
  let tally: FaultTally;

  before(async () => {
    chain = await SimulatedChain.create({ name: "origin", chainId: 72n, finalityDepth: 3 });
    await chain.ask("hardhat_setBalance", wallet.address, `0x${(10n ** 20n).toString(16)}`);
    await chain.ask("hardhat_setCode", LOGGER, LOGGER_CODE);
    await chain.mine(GENESIS_SECONDS + 2);
    await chain.setBaseline();
  });
  beforeEach(async () => {
    await chain.reset();
    clock = new VirtualClock(GENESIS_SECONDS * 1000);
    tally = new FaultTally();
  });

  function connect(faults: Partial<RpcFaults> = {}, seed = 1, trace?: Trace): FaultyRpc {
    const random = new SeededRandom(seed, "rpc");
    return new FaultyRpc("client", {
      chain,
      clock,
      random,
      tally,
      faults: { ...NO_FAULTS, ...faults },
      trace,
    });
  }

  function transaction(nonce = 0, to = TO): Promise<string> {
    const fees = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 1n };
    return wallet.signTransaction({ chainId: 72n, type: 2, gasLimit: 60_000n, to, nonce, ...fees });
  }

  /** Asks, lets time pass and tells the outcome with the milliseconds that it took. */
  async function ask(rpc: FaultyRpc, method: string, ...params: unknown[]): Promise<Outcome> {
    const began = clock.now();
    let outcome: Outcome | undefined;
    rpc.request(method, params).then(
      (value) => {
        outcome = { value, error: undefined, milliseconds: clock.now() - began };
      },
      (error) => {
        outcome = { value: undefined, error, milliseconds: clock.now() - began };
      },
    );
    await clock.run(began + 60_000, () => outcome !== undefined);
    if (outcome === undefined) throw new Error(`${method} was never answered`);
    return outcome;
  }

  const hex = (number: number) => `0x${number.toString(16)}`;

  it("answers without faults what the chain does, after two ways", async () => {
    const rpc = connect();
    const { value, milliseconds } = await ask(rpc, "eth_getBlockByNumber", "latest", false);
    expect(value).to.deep.equal(await chain.ask("eth_getBlockByNumber", "latest", false));
    expect(milliseconds).to.equal(20);
    expect(tally.counts()).to.deep.equal({});
  });

  it("passes on a node's error as a refusal, with the revert data of a call", async () => {
    const rpc = connect();
    // PUSH1 0x2a PUSH1 0 MSTORE PUSH1 32 PUSH1 0 REVERT
    await chain.ask("hardhat_setCode", TO, "0x602a60005260206000fd");
    const { error } = await ask(rpc, "eth_call", { to: TO }, "latest");
    expect(error.code).to.equal("RPC_REFUSED");
    expect(error.data).to.equal(`0x${"2a".padStart(64, "0")}`);
    await chain.ask("hardhat_setCode", TO, "0x");
  });

  it("loses requests: nothing is carried out, and the caller's time runs out", async () => {
    const { error, milliseconds } = await ask(
      connect({ lostRequest: 1 }),
      "eth_sendRawTransaction",
      await transaction(),
    );
    expect(error.code).to.equal("RPC_UNAVAILABLE");
    expect(milliseconds).to.equal(4000);
    expect(chain.pool()).to.deep.equal([]);
    expect(tally.counts()).to.deep.equal({ "lost request": 1 });
  });

  it("loses answers: what was asked is carried out all the same", async () => {
    const raw = await transaction();
    const { error, milliseconds } = await ask(connect({ lostAnswer: 1 }), "eth_sendRawTransaction", raw);
    expect(error.code).to.equal("RPC_UNAVAILABLE");
    expect(milliseconds).to.be.greaterThan(3999);
    expect((await chain.mine(0)).transactions.length).to.equal(1);
    expect(tally.counts()).to.deep.equal({ "lost answer": 1 });
  });

  it("carries a request out twice, and gives the second answer", async () => {
    const { error } = await ask(connect({ duplicated: 1 }), "eth_sendRawTransaction", await transaction());
    expect(error.code).to.equal("RPC_REFUSED");
    expect(error.message).to.contain("Known transaction");
    expect(chain.pool().length).to.equal(1);
    expect(tally.counts()).to.deep.equal({ "duplicated request": 1 });
  });

  it("is busy without doing anything", async () => {
    const { error, milliseconds } = await ask(
      connect({ busy: 1 }),
      "eth_sendRawTransaction",
      await transaction(),
    );
    expect([error.code, milliseconds]).to.deep.equal(["RPC_UNAVAILABLE", 20]);
    expect(chain.pool()).to.deep.equal([]);
    expect(tally.counts()).to.deep.equal({ "busy node": 1 });
  });

  it("answers late with what was true when it was asked", async () => {
    const rpc = connect({ delayed: 1 });
    const before = chain.head.number;
    clock.in(100, () => chain.mine(0));
    const { value, milliseconds } = await ask(rpc, "eth_blockNumber");
    expect(milliseconds).to.be.within(500, 4000);
    expect(Number(value)).to.equal(before);
    expect(chain.head.number).to.equal(before + 1);
    expect(tally.counts()).to.deep.equal({ "delayed answer": 1 });
  });

  it("lets later answers overtake earlier ones", async () => {
    const rpc = connect({ reordered: 0.5 });
    const order: number[] = [];
    for (let i = 0; i < 20; i++) {
      clock.in(i, () => void rpc.request("eth_chainId", []).then(() => order.push(i)));
    }
    await clock.run(clock.now() + 10_000);
    expect([...order].sort((a, b) => a - b)).to.deep.equal([...Array(20).keys()]);
    const overtaken = order.filter((number, place) => order.slice(0, place).some((other) => other > number));
    expect(overtaken.length).to.be.greaterThan(2);
    expect(tally.counts()).to.deep.equal({ "reordered answer": overtaken.length });
  });

  it("refuses logs as too many, or keeps one back", async () => {
    for (let nonce = 0; nonce < 3; nonce++) await chain.send(await transaction(nonce, LOGGER));
    await chain.mine(0);
    const filter = { address: LOGGER, fromBlock: hex(chain.first.number), toBlock: "latest" };
    const whole = await ask(connect(), "eth_getLogs", filter);
    expect(whole.value.length).to.equal(3);

    const refused = await ask(connect({ tooManyLogs: 1 }), "eth_getLogs", filter);
    expect([refused.error.code, refused.error.rpcCode]).to.deep.equal(["RPC_REFUSED", -32005]);
    expect((await ask(connect({ tooManyLogs: 1 }), "eth_blockNumber")).error).to.equal(undefined);

    const partial = await ask(connect({ missingLog: 1 }), "eth_getLogs", filter);
    expect(partial.value.length).to.equal(2);
    for (const log of partial.value) expect(whole.value).to.deep.include(log);
    const none = await ask(connect({ missingLog: 1 }), "eth_getLogs", { ...filter, address: TO });
    expect(none.value).to.deep.equal([]);
    expect(tally.counts()).to.deep.equal({ "missing log": 1, "truncated logs": 1 });
  });

  it("answers as a node that does not know the last blocks", async () => {
    await chain.send(await transaction(0, LOGGER));
    const mined = await chain.mine(0);
    const hash = mined.transactions[0]!;
    const lagging = connect({ lagging: 1 });
    const value = async (method: string, ...params: unknown[]) =>
      (await ask(lagging, method, ...params)).value;
    const first = hex(chain.first.number);
    const newest = hex(mined.number);
    // One block since the first: every lag leaves the first alone.
    expect(await value("eth_blockNumber")).to.equal(first);
    expect((await value("eth_getBlockByNumber", "latest", false)).number).to.equal(first);
    expect(await value("eth_getBlockByNumber", newest, false)).to.equal(null);
    expect(await value("eth_getBlockByHash", mined.hash, false)).to.equal(null);
    expect(await value("eth_getTransactionReceipt", hash)).to.equal(null);
    expect(await value("eth_getTransactionByHash", hash)).to.equal(null);
    expect(await value("eth_getTransactionCount", wallet.address, "latest")).to.equal("0x0");
    expect(await value("eth_getTransactionCount", wallet.address, "pending")).to.equal("0x0");
    const filter = { address: LOGGER };
    expect(await value("eth_getLogs", { ...filter, fromBlock: first, toBlock: "latest" })).to.deep.equal([]);
    expect(await value("eth_getLogs", { ...filter, fromBlock: newest, toBlock: newest })).to.deep.equal([]);
    for (const { error } of [
      await ask(lagging, "eth_getLogs", { ...filter, blockHash: mined.hash }),
      await ask(lagging, "eth_call", { to: TO }, { blockHash: mined.hash }),
      await ask(lagging, "eth_call", { to: TO }, newest),
    ]) {
      expect(error).to.be.instanceOf(RpcMissing);
    }
    expect(await value("eth_call", { to: TO }, { blockHash: chain.first.hash })).to.equal("0x");

    const upToDate = async (method: string, ...params: unknown[]) =>
      (await ask(connect(), method, ...params)).value;
    expect(await upToDate("eth_getTransactionCount", wallet.address, "latest")).to.equal("0x1");
    expect((await upToDate("eth_getLogs", { ...filter, blockHash: mined.hash })).length).to.equal(1);
    expect((await upToDate("eth_getTransactionReceipt", hash)).blockHash).to.equal(mined.hash);
    expect(await upToDate("eth_getBlockByNumber", hex(mined.number + 1), false)).to.equal(null);
    const ahead = await ask(connect(), "eth_call", { to: TO }, hex(mined.number + 1));
    expect(ahead.error).to.be.instanceOf(RpcMissing);
  });

  it("answers as a node that has not heard of a reorganization", async () => {
    const hash = await chain.send(await transaction(0, LOGGER));
    await chain.mine(0);
    await chain.mine(0);
    const [first, old] = [chain.first, chain.head];
    const [before, receipt] = [
      await chain.ask("eth_getLogs", { address: LOGGER, fromBlock: hex(first.number), toBlock: "latest" }),
      await chain.ask("eth_getTransactionReceipt", hash),
    ];
    const behind = connect({ replaced: 1 });
    const value = async (rpc: FaultyRpc, method: string, ...params: unknown[]) =>
      (await ask(rpc, method, ...params)).value;
    // Nothing was replaced yet: it answers as any other.
    expect(await value(behind, "eth_blockNumber")).to.equal(hex(old.number));
    expect(tally.counts()).to.deep.equal({});

    await chain.reorganize({ depth: 2, growth: 0, random: new SeededRandom(1), forgotten: 1 });
    const filter = { address: LOGGER, fromBlock: hex(first.number), toBlock: "latest" };
    const latest = ["latest", false];
    expect((await value(connect(), "eth_getBlockByNumber", ...latest)).hash).to.equal(chain.head.hash);
    expect(await value(connect(), "eth_getLogs", filter)).to.deep.equal([]);
    expect(await value(connect(), "eth_getTransactionReceipt", hash)).to.equal(null);
    expect(await value(connect(), "eth_getBlockByHash", old.hash, false)).to.equal(null);

    expect((await value(behind, "eth_getBlockByNumber", ...latest)).hash).to.equal(old.hash);
    expect((await value(behind, "eth_getBlockByNumber", hex(old.number), false)).hash).to.equal(old.hash);
    expect(await value(behind, "eth_getBlockByNumber", hex(old.number + 1), false)).to.equal(null);
    expect((await value(behind, "eth_getBlockByHash", old.hash, false)).number).to.equal(hex(old.number));
    expect(await value(behind, "eth_getLogs", filter)).to.deep.equal(before);
    expect(await value(behind, "eth_getLogs", { ...filter, address: TO })).to.deep.equal([]);
    expect(await value(behind, "eth_getTransactionReceipt", hash)).to.deep.equal(receipt);
    // Blocks before the branch, and what it cannot know, are as for everybody.
    expect((await value(behind, "eth_getBlockByNumber", hex(first.number), false)).hash).to.equal(first.hash);
    expect(await value(behind, "eth_getTransactionCount", wallet.address, "latest")).to.equal("0x0");
    expect(tally.of("node on a replaced branch")).to.be.greaterThan(7);

    // In time every node hears of it.
    for (let i = 0; i < 4; i++) await chain.mine(0);
    expect((await value(behind, "eth_getBlockByNumber", ...latest)).hash).to.equal(chain.head.hash);
  });

  it("counts what waits only where it is asked to", async () => {
    await chain.send(await transaction());
    const count = async (tag: string) =>
      (await ask(connect(), "eth_getTransactionCount", wallet.address, tag)).value;
    expect([await count("latest"), await count("pending")]).to.deep.equal(["0x0", "0x1"]);
  });

  it("has a finalized block some blocks behind the newest", async () => {
    for (let i = 0; i < 5; i++) await chain.mine(0);
    const { value } = await ask(connect(), "eth_getBlockByNumber", "finalized", false);
    expect(Number(value.number)).to.equal(chain.head.number - 3);
  });

  it("makes the same history of the same seed, and another of another", async () => {
    const faults = { lostRequest: 0.05, lostAnswer: 0.05, delayed: 0.1, reordered: 0.2, lagging: 0.2 };
    const raws = await Promise.all(Array.from({ length: 10 }, (_, nonce) => transaction(nonce, LOGGER)));
    const history = async (seed: number) => {
      await chain.reset();
      clock = new VirtualClock(GENESIS_SECONDS * 1000);
      tally = new FaultTally();
      const trace = new Trace();
      const rpc = connect({ ...faults, duplicated: 0.1, busy: 0.05, missingLog: 0.3 }, seed, trace);
      const random = new SeededRandom(seed, "chain");
      const again = async (milliseconds: number, method: string, params: (round: number) => unknown[]) => {
        for (let round = 0; round < 40; round++) {
          await clock.sleep(milliseconds);
          await rpc.request(method, params(round)).catch(() => undefined);
        }
      };
      void again(900, "eth_sendRawTransaction", (round) => [raws[round % raws.length]]);
      void again(700, "eth_getLogs", () => [{ fromBlock: hex(chain.first.number), toBlock: "latest" }]);
      void again(500, "eth_estimateGas", () => [{ from: wallet.address, to: LOGGER }]);
      const produce = (): void => {
        clock.in(
          2000,
          async () => {
            await chain.mine(Math.floor(clock.now() / 1000));
            if (random.uniform() < 0.2) await chain.reorganize({ depth: 1, random, forgotten: 0.2 });
          },
          produce,
        );
      };
      produce();
      await clock.run(clock.now() + 60_000);
      return { digest: trace.digest(), lines: trace.lines, head: chain.head.hash, faults: tally.counts() };
    };
    const [first, again, other] = [await history(5), await history(5), await history(6)];
    expect(again).to.deep.equal(first);
    expect(other.digest).to.not.equal(first.digest);
    expect(first.lines).to.be.greaterThan(150);
    expect(Object.keys(first.faults).length).to.be.greaterThan(6);
  });
});
