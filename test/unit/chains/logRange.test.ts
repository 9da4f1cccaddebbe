import { expect } from "chai";

import { logsInRange } from "../../../chains/rpc/logRange.ts";
import { type Rpc, RpcRefusal, RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { rejected } from "../thrown.ts";
import { fakeLog } from "./FakeNode.ts";

describe("logsInRange", () => {
  /** A chain with some logs a block, whose node allows only so many logs and blocks in one answer. */
  function chain(logsOf: (block: number) => number, most: { logs?: number; blocks?: number } = {}) {
    const asked: [number, number][] = [];
    const rpc: Rpc = {
      request: async (method, [filter]) => {
        expect(method).to.equal("eth_getLogs");
        const { fromBlock, toBlock, address } = filter as {
          fromBlock: string;
          toBlock: string;
          address: string;
        };
        expect(address).to.equal("0xa");
        const [from, to] = [Number(fromBlock), Number(toBlock)];
        asked.push([from, to]);
        const logs = logsBetween(from, to, logsOf);
        const { logs: mostLogs = Infinity, blocks: mostBlocks = Infinity } = most;
        const refuse = (message: string) => new RpcRefusal(method, { code: -32005, message });
        if (to - from + 1 > mostBlocks) throw refuse("block range is too wide");
        if (logs.length > mostLogs) throw refuse(`query returned more than ${mostLogs} results`);
        // Nodes promise no order.
        return logs.reverse();
      },
    };
    return { rpc, asked };
  }
  const places = async (rpc: Rpc, from: number, to: number) =>
    (await logsInRange(rpc, { address: "0xa" }, from, to)).map(({ blockNumber, index }) => [
      blockNumber,
      index,
    ]);

  it("asks once for what a node gives at once", async () => {
    const { rpc, asked } = chain(() => 2);
    expect(await places(rpc, 5, 7)).to.deep.equal([
      [5, 0],
      [5, 1],
      [6, 0],
      [6, 1],
      [7, 0],
      [7, 1],
    ]);
    expect(asked).to.deep.equal([[5, 7]]);
  });

  it("asks nothing for an empty range", async () => {
    const { rpc, asked } = chain(() => 1);
    expect(await places(rpc, 5, 4)).to.deep.equal([]);
    expect(asked).to.deep.equal([]);
  });

  for (const [what, most] of [
    ["blocks", { blocks: 7 }],
    ["logs", { logs: 30 }],
    ["both", { blocks: 13, logs: 20 }],
  ] as const) {
    it(`gives all logs, each once and in order, of a node that limits ${what}`, async () => {
      // One stretch is dense.
      const logsOf = (block: number) => (block >= 40 && block < 60 ? 15 : block % 3);
      const { rpc, asked } = chain(logsOf, most);
      const expected = logsBetween(1, 200, logsOf).map((log) => [
        Number(log.blockNumber),
        Number(log.logIndex),
      ]);
      expect(await places(rpc, 1, 200)).to.deep.equal(expected);
      expect(asked.length).to.be.below(120);
    });
  }

  it("does not ask in ever smaller ranges once the dense part is over", async () => {
    const { rpc, asked } = chain((block) => (block === 10 ? 100 : 0), { logs: 100, blocks: 1000 });
    await places(rpc, 1, 100_000);
    expect(asked.length).to.be.below(200);
  });

  it("says so when a single block is too much", async () => {
    const { rpc } = chain((block) => (block === 4 ? 11 : 1), { logs: 10 });
    const error = await rejected(places(rpc, 1, 8));
    expect(error).to.include({ code: "LOGS_TOO_MANY", retryable: false });
    expect(error.shortMessage).to.equal("The logs of block 4 alone are refused as too many.");
  });

  it("fails as a whole when one part does", async () => {
    const { rpc } = chain(() => 1, { blocks: 5 });
    const down: Rpc = {
      request: (method, params) => {
        if (Number((params[0] as { fromBlock: string }).fromBlock) > 10) throw new RpcUnavailable("down");
        return rpc.request(method, params);
      },
    };
    expect((await rejected(places(down, 1, 20))).code).to.equal("RPC_UNAVAILABLE");
  });

  it("passes on what is refused for other reasons", async () => {
    const refusal = new RpcRefusal("eth_getLogs", { code: -32602, message: "invalid address" });
    const error = await rejected(places({ request: () => Promise.reject(refusal) }, 1, 20));
    expect(error).to.equal(refusal);
  });

  const log = fakeLog(5);
  for (const [what, answer] of [
    ["no list", { logs: [] }],
    ["a log of another block", [fakeLog(9)]],
    ["a log that was removed", [{ ...log, removed: true }]],
    ["a pending log", [{ ...log, blockNumber: null }]],
    ["a log without topics", [{ ...log, topics: undefined }]],
    ["a log with a bad address", [{ ...log, address: "0x12" }]],
    ["something else", [5]],
  ] as const) {
    it(`does not take ${what} for an answer`, async () => {
      const error = await rejected(places({ request: async () => answer }, 5, 6));
      expect(error.code).to.equal("RPC_UNAVAILABLE");
    });
  }
});

function logsBetween(from: number, to: number, logsOf: (block: number) => number) {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i).flatMap((block) =>
    Array.from({ length: logsOf(block) }, (_, index) => ({
      ...fakeLog(block),
      logIndex: `0x${index.toString(16)}`,
    })),
  );
}
