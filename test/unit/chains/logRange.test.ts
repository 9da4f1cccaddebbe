import { expect } from "chai";

import { logsInRange } from "../../../chains/rpc/logRange.ts";
import { type Rpc, RpcRefusal, RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { type RpcErrorBody, toRpcError } from "../../../chains/rpc/rpcErrors.ts";
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

  describe("of a node that allows 100 blocks", () => {
    /** Asked how often, of a node that refuses more blocks in its own words. */
    function limited(refusal: RpcErrorBody, status = 200) {
      const { rpc, asked } = chain((block) => (block % 50 === 0 ? 2 : 0));
      let refused = 0;
      const node: Rpc = {
        request: async (method, params) => {
          const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
          if (Number(toBlock) - Number(fromBlock) < 100) return rpc.request(method, params);
          refused++;
          throw toRpcError("http://node", method, refusal, params, { status });
        },
      };
      return { node, taken: asked, refused: () => refused };
    }
    const REFUSALS: readonly RpcErrorBody[] = [
      { code: 35, message: "ranges over 10000 blocks are not supported on freetier" },
      { code: -32602, message: "invalid params", data: "query exceeds the allowed number of blocks" },
      { code: -32602, message: "Invalid params", data: "not on your plan" },
      { code: -32000, message: "block range too high" },
      { code: -32602, message: "please limit the query to at most 1000 blocks" },
      { code: -32000, message: "response size should not greater than 10000000 bytes" },
      { code: -32005, message: "Maximum allowed number of requested blocks is 3500" },
      { code: -32603, message: "Internal error" },
      { code: -32000, message: "request timed out" },
      { code: 4444, message: "für diesen Zugang nicht vorgesehen" },
    ];
    for (const refusal of REFUSALS) {
      it(`reads all when it says "${refusal.message}" (${refusal.code})`, async () => {
        const { node } = limited(refusal);
        expect(await places(node, 1, 1000)).to.have.length(40);
      });
    }

    for (const status of [429, 500, 503]) {
      it(`reads all when it says so with HTTP status ${status}`, async () => {
        const { node } = limited({ code: -32600, message: "block range too high" }, status);
        expect(await places(node, 1, 1000)).to.have.length(40);
      });
    }

    it("does not find the limit anew for every part of a long history", async () => {
      const { node, taken, refused } = limited(REFUSALS[0]!);
      for (let first = 1; first < 50_000; first += 5000) await places(node, first, first + 4999);
      // 78 blocks at once, from the first halvings on.
      expect(taken.length).to.be.below(700);
      expect(refused()).to.be.below(20);
    });

    it("finds it again, slowly, when it is raised", async () => {
      const { rpc, asked } = chain(() => 0);
      let most = 100;
      const node: Rpc = {
        request: async (method, params) => {
          const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
          if (Number(toBlock) - Number(fromBlock) < most) return rpc.request(method, params);
          throw toRpcError("http://node", method, REFUSALS[0]!, params);
        },
      };
      await places(node, 1, 10_000);
      most = 10_000;
      await places(node, 1, 100_000);
      const before = asked.length;
      await places(node, 1, 100_000);
      expect(asked.length - before).to.be.below(40);
    });
  });

  it("asks a node that refuses all no more often than a range can be halved, and then once", async () => {
    let asked = 0;
    const refusal = { code: -32000, message: "go away" };
    const node: Rpc = {
      request: async (method, params) => {
        asked++;
        throw toRpcError("http://node", method, refusal, params);
      },
    };
    const error = await rejected(places(node, 1, 1_000_000));
    expect(error).to.include({
      code: "RPC_REFUSED",
      shortMessage: "eth_getLogs was refused: go away",
    });
    expect(asked).to.equal(20);
    await rejected(places(node, 1, 1_000_000));
    expect(asked).to.equal(21);
  });

  it("asks a node that does not offer logs once", async () => {
    let asked = 0;
    const node: Rpc = {
      request: async (method, params) => {
        asked++;
        throw toRpcError("http://node", method, { code: -32601, message: "no such method" }, params);
      },
    };
    expect((await rejected(places(node, 1, 1000))).code).to.equal("RPC_REFUSED");
    expect(asked).to.equal(1);
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
