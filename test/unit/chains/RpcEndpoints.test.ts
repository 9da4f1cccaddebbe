import { expect } from "chai";
import { keccak256 } from "ethers";

import { RpcRefusal, RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { RpcEndpoints, type RpcEndpointsOptions } from "../../../chains/rpc/RpcEndpoints.ts";
import type { RpcEvent } from "../../../chains/rpc/RpcEvent.ts";
import { toRpcError } from "../../../chains/rpc/rpcErrors.ts";
import { settled, VirtualClock } from "../../../simulation/VirtualClock.ts";
import { rejected } from "../thrown.ts";
import { FakeNode, fakeLog, hex } from "./FakeNode.ts";

describe("RpcEndpoints", () => {
  let clock: VirtualClock;
  let nodes: FakeNode[];
  let events: RpcEvent[];
  let rpc: RpcEndpoints;

  function open(count: number, options: Partial<RpcEndpointsOptions> = {}) {
    clock = new VirtualClock(1_000_000);
    nodes = Array.from({ length: count }, () => new FakeNode(clock));
    events = [];
    const urls = nodes.map((_, i) => `http://node${i}`);
    rpc = new RpcEndpoints(
      { name: "main", chainId: 7, endpoints: urls, ...options },
      { clock, listener: (event) => events.push(event), open: (url) => nodes[urls.indexOf(url)]! },
    );
  }
  const ask = (method: string, ...params: unknown[]) => clock.until(rpc.request(method, params));
  const types = () => events.map(({ type, url }) => `${type} ${url}`);
  const forget = () => {
    for (const node of nodes) node.asked.length = 0;
  };
  afterEach(() => {
    rpc.close();
    expect(clock.waiting, "timers left after close()").to.equal(0);
  });

  describe("chooses", () => {
    it("the first, and stays with it", async () => {
      open(2);
      await ask("eth_call", 1);
      await ask("eth_call", 2);
      expect(nodes[0]!.asked).to.deep.equal(["eth_chainId", "eth_call", "eth_call"]);
      expect(nodes[1]!.asked).to.deep.equal([]);
      expect(events).to.deep.equal([]);
    });

    it("the next one at once when one fails, and stays with that", async () => {
      open(3);
      await ask("eth_call");
      nodes[0]!.fault = "unreachable";
      expect(await ask("eth_call", 5)).to.deep.equal({ method: "eth_call", params: [5] });
      nodes[0]!.fault = "none";
      await clock.advance(600);
      forget();
      await ask("eth_call");
      expect(nodes.map(({ asked }) => asked.length)).to.deep.equal([0, 1, 0]);
      expect(types()).to.deep.equal(["endpoint-down http://node0"]);
    });

    it("another when one never answers, after its time", async () => {
      open(2, { timeoutMilliseconds: 1000 });
      nodes[0]!.fault = "silent";
      const before = clock.now();
      await ask("eth_call");
      expect(clock.now() - before).to.equal(1000 + 2 * nodes[1]!.latencyMilliseconds);
      // The next does not wait for it.
      const next = clock.now();
      await ask("eth_call");
      expect(clock.now() - next).to.equal(nodes[1]!.latencyMilliseconds);
    });

    it("another when one does not offer the method; the refusal when none does", async () => {
      open(2);
      nodes[0]!.answers.set(
        "eth_getProof",
        toRpcError("it", "eth_getProof", { code: -32601, message: "no" }),
      );
      nodes[1]!.answers.set("eth_getProof", { proof: true });
      expect(await ask("eth_getProof")).to.deep.equal({ proof: true });
      nodes[1]!.answers.set(
        "eth_getProof",
        toRpcError("it", "eth_getProof", { code: -32004, message: "no" }),
      );
      expect(await rejected(ask("eth_getProof"))).to.be.instanceOf(RpcRefusal);
      expect(events).to.deep.equal([]);
    });

    it("another when one lacks the state, and does not blame the one that lacks it", async () => {
      open(2);
      const pruned = toRpcError("it", "eth_call", { code: -32000, message: "missing trie node 12ab" });
      nodes[0]!.answers.set("eth_call", pruned);
      nodes[1]!.answers.set("eth_call", "0x01");
      expect(await ask("eth_call")).to.equal("0x01");
      expect(rpc.status[0]!.state).to.equal("up");
      nodes[1]!.answers.set("eth_call", pruned);
      expect(await rejected(ask("eth_call"))).to.include({ code: "RPC_UNAVAILABLE", retryable: true });
      expect(events).to.deep.equal([]);
    });

    it("one that is much faster", async () => {
      open(2, { compareEveryMilliseconds: 1000 });
      nodes[0]!.latencyMilliseconds = 400;
      await ask("eth_blockNumber");
      await clock.advance(1000);
      await ask("eth_blockNumber");
      await clock.advance(2000);
      forget();
      await ask("eth_call");
      expect(nodes.map(({ asked }) => asked.includes("eth_call"))).to.deep.equal([false, true]);
    });
  });

  describe("when an endpoint refuses", () => {
    it("does not ask others: they would refuse as well", async () => {
      open(2);
      const revert = { code: 3, message: "execution reverted", data: "0x1234" };
      nodes[0]!.answers.set("eth_call", toRpcError("it", "eth_call", revert));
      const refusal = await rejected(ask("eth_call"));
      expect(refusal).to.be.instanceOf(RpcRefusal);
      expect((refusal as RpcRefusal).data).to.equal("0x1234");
      expect(nodes[1]!.asked).to.deep.equal([]);
    });
  });

  describe("when all fail", () => {
    it("says what is wrong with each", async () => {
      open(3);
      nodes[0]!.fault = "unreachable";
      nodes[1]!.fault = "internal-error";
      nodes[2]!.fault = "wrong-chain";
      const error = await rejected(ask("eth_call"));
      expect(error).to.be.instanceOf(RpcUnavailable);
      expect(error).to.include({ code: "RPC_UNAVAILABLE", retryable: true });
      expect(error.shortMessage).to.equal("No endpoint of the main chain answers eth_call.");
      expect(error.details).to.equal(
        "http://node0: ECONNREFUSED; http://node1: Internal error (code -32603); " +
          "http://node2: http://node2 is chain 8, not main (7).",
      );
    });

    it("asks them again with the next request: the first that is back is used", async () => {
      open(2);
      for (const node of nodes) node.fault = "unreachable";
      for (let i = 0; i < 5; i++) await rejected(ask("eth_call"));
      nodes[1]!.fault = "none";
      expect(await ask("eth_call", 9)).to.deep.equal({ method: "eth_call", params: [9] });
      expect(types()).to.deep.equal([
        "endpoint-down http://node0",
        "endpoint-down http://node1",
        "endpoint-up http://node1",
      ]);
    });
  });

  describe("backs off", () => {
    it("for a time that doubles up to a limit", async () => {
      const backOff = { firstBackOffMilliseconds: 1000, lastBackOffMilliseconds: 4000 };
      open(2, { ...backOff, compareEveryMilliseconds: 10 });
      nodes[0]!.fault = "unreachable";
      // Comparisons ask it again as soon as they may.
      const asked: number[] = [];
      for (let known = 0; asked.length < 5; known = nodes[0]!.asked.length) {
        await ask("eth_call");
        await clock.advance(10);
        if (nodes[0]!.asked.length > known) asked.push(clock.now());
      }
      const waits = asked.slice(1).map((time, i) => Math.round((time - asked[i]!) / 100) * 100);
      expect(waits).to.deep.equal([1000, 2000, 4000, 4000]);
    });

    it("counts what fails together as one failure", async () => {
      open(2, { firstBackOffMilliseconds: 100, compareEveryMilliseconds: 10 });
      await ask("eth_call");
      nodes[0]!.fault = "unreachable";
      await clock.until(Promise.all(Array.from({ length: 50 }, () => rpc.request("eth_call", []))));
      nodes[0]!.fault = "none";
      forget();
      await clock.advance(50);
      await ask("eth_call");
      await clock.advance(10);
      expect(nodes[0]!.asked).to.deep.equal([]);
      // After the first back-off its time is over, and a comparison asks it again.
      await clock.advance(50);
      await ask("eth_call");
      await clock.advance(10);
      expect(nodes[0]!.asked).to.deep.equal(["eth_chainId", "eth_blockNumber"]);
      expect(types()).to.deep.equal(["endpoint-down http://node0", "endpoint-up http://node0"]);
    });

    it("leaves one that answered 429 alone until it said, even when no other works", async () => {
      open(1);
      await ask("eth_call");
      nodes[0]!.fault = "throttled";
      nodes[0]!.retryAfterMilliseconds = 7000;
      await rejected(ask("eth_call"));
      nodes[0]!.fault = "none";
      forget();
      await clock.advance(6990 - nodes[0]!.latencyMilliseconds);
      expect((await rejected(ask("eth_call"))).details).to.equal("http://node0: HTTP 429");
      expect(nodes[0]!.asked).to.deep.equal([]);
      await clock.advance(20);
      await ask("eth_call");
      expect(nodes[0]!.asked).to.deep.equal(["eth_call"]);
      expect(types()).to.deep.equal(["endpoint-down http://node0", "endpoint-up http://node0"]);
    });
  });

  describe("the chain id", () => {
    it("is asked once for requests of one moment", async () => {
      open(1);
      await clock.until(Promise.all([1, 2, 3].map((i) => rpc.request("eth_call", [i]))));
      expect(nodes[0]!.asked).to.deep.equal(["eth_chainId", "eth_call", "eth_call", "eth_call"]);
    });

    it("of another chain bars an endpoint, is told once, and looked at again later", async () => {
      open(2, { verifyEveryMilliseconds: 60_000 });
      nodes[0]!.fault = "wrong-chain";
      for (let i = 0; i < 3; i++) await ask("eth_call");
      expect(nodes[0]!.asked).to.deep.equal(["eth_chainId"]);
      expect(events).to.deep.equal([
        { type: "wrong-chain", chain: "main", url: "http://node0", expected: 7n, actual: 8n },
      ]);
      // Not even as a last resort.
      nodes[1]!.fault = "unreachable";
      await rejected(ask("eth_call"));
      expect(nodes[0]!.asked).to.deep.equal(["eth_chainId"]);
      await clock.advance(61_000);
      await rejected(ask("eth_call"));
      expect(nodes[0]!.asked).to.deep.equal(["eth_chainId", "eth_chainId"]);
      expect(types().filter((type) => type.startsWith("wrong"))).to.have.length(1);
      nodes[0]!.fault = "none";
      await clock.advance(61_000);
      await ask("eth_call");
      expect(nodes[0]!.asked).to.contain("eth_call");
      expect(types().at(-1)).to.equal("endpoint-up http://node0");
    });

    it("is asked again after an endpoint was unreachable", async () => {
      open(1);
      await ask("eth_call");
      nodes[0]!.fault = "unreachable";
      await rejected(ask("eth_call"));
      nodes[0]!.fault = "none";
      nodes[0]!.chainId = 9;
      forget();
      expect((await rejected(ask("eth_call"))).details).to.contain("is chain 9, not main (7)");
      expect(nodes[0]!.asked).to.deep.equal(["eth_chainId"]);
    });

    it("is asked again after a minute: nodes can be replaced unnoticed", async () => {
      open(1);
      await ask("eth_call");
      nodes[0]!.fault = "wrong-chain";
      await clock.advance(61_000);
      await rejected(ask("eth_call"));
      expect(rpc.status[0]!.state).to.equal("wrong-chain");
    });

    it("that is no number bars an endpoint as well", async () => {
      open(2);
      nodes[0]!.answers.set("eth_chainId", null);
      await ask("eth_call");
      expect(nodes[0]!.asked).to.deep.equal(["eth_chainId"]);
      expect(types()).to.deep.equal(["endpoint-down http://node0"]);
    });
  });

  describe("an endpoint that is behind", () => {
    it("is left for one that is not, told once, and used again when it has caught up", async () => {
      open(2, { compareEveryMilliseconds: 1000, lagBlocks: 3 });
      await ask("eth_blockNumber");
      nodes[1]!.head = 110;
      nodes[0]!.head = 102;
      await clock.advance(1000);
      // This request still goes to the first, and has the others looked at.
      expect(await ask("eth_blockNumber")).to.equal(hex(102));
      await clock.advance(100);
      forget();
      expect(await ask("eth_blockNumber")).to.equal(hex(110));
      expect(nodes[0]!.asked).to.deep.equal([]);
      expect(events).to.deep.equal([
        { type: "lagging", chain: "main", url: "http://node0", head: 102, best: 110 },
      ]);
      nodes[0]!.head = 110;
      await clock.advance(1000);
      await ask("eth_blockNumber");
      await clock.advance(100);
      expect(types()).to.deep.equal(["lagging http://node0", "endpoint-up http://node0"]);
    });

    it("is passed over even when only its own answer shows it", async () => {
      open(2, { compareEveryMilliseconds: 1000 });
      await ask("eth_blockNumber");
      await clock.advance(1000);
      await ask("eth_blockNumber");
      await clock.advance(100);
      nodes[1]!.head = 120;
      await clock.advance(1000);
      await ask("eth_call");
      // The comparison has heard of 120 from the second, not yet from the first.
      nodes[0]!.head = 100;
      await settled();
      expect(await ask("eth_blockNumber")).to.equal(hex(120));
    });

    it("is used when the better ones fail", async () => {
      open(2, { compareEveryMilliseconds: 1000 });
      nodes[1]!.head = 110;
      await ask("eth_blockNumber");
      await clock.advance(1000);
      await ask("eth_blockNumber");
      await clock.advance(100);
      expect(rpc.status[0]!.lagging).to.equal(true);
      nodes[1]!.fault = "unreachable";
      expect(await ask("eth_blockNumber")).to.equal(hex(100));
    });

    it("by as much as allowed is not blamed", async () => {
      open(2, { compareEveryMilliseconds: 1000, lagBlocks: 3 });
      nodes[1]!.head = 103;
      await ask("eth_blockNumber");
      await clock.advance(1000);
      await ask("eth_blockNumber");
      await clock.advance(100);
      expect(rpc.status.map(({ head }) => head)).to.deep.equal([100, 103]);
      expect(events).to.deep.equal([]);
    });
  });

  describe("logs", () => {
    const range = (from: number, to: number) => ({ fromBlock: hex(from), toBlock: hex(to) });

    it("are taken only from an endpoint that has the last block of the range", async () => {
      open(2);
      nodes[0]!.head = 99;
      expect(await ask("eth_getLogs", range(98, 100))).to.deep.equal([98, 99, 100].map(fakeLog));
      expect(nodes[0]!.asked).to.not.contain("eth_getLogs");
    });

    it("are refused when no endpoint has it: fewer logs are no answer", async () => {
      open(2);
      for (const node of nodes) node.head = 99;
      const error = await rejected(ask("eth_getLogs", range(98, 100)));
      expect(error.code).to.equal("RPC_UNAVAILABLE");
      expect(error.details).to.contain("is at block 99, before block 100");
      expect(events).to.deep.equal([]);
    });

    for (const message of ["block is out of range", "cannot query unfinalized data"]) {
      it(`are asked of another endpoint when one says "${message}"; without another it is to be waited for`, async () => {
        const lagging = { code: -32000, message };
        const params = [range(98, 100)];
        open(2);
        nodes[0]!.answers.set("eth_getLogs", toRpcError("it", "eth_getLogs", lagging, params));
        expect(await ask("eth_getLogs", ...params)).to.deep.equal([98, 99, 100].map(fakeLog));
        open(1);
        nodes[0]!.answers.set("eth_getLogs", toRpcError("it", "eth_getLogs", lagging, params));
        expect(await rejected(ask("eth_getLogs", ...params))).to.include({
          code: "RPC_UNAVAILABLE",
          retryable: true,
        });
        // It is well otherwise.
        expect(await ask("eth_blockNumber")).to.equal(hex(100));
        expect(events).to.deep.equal([]);
      });
    }

    it("are refused when another node behind the same URL is behind", async () => {
      open(1);
      await ask("eth_blockNumber");
      nodes[0]!.head = 99;
      expect((await rejected(ask("eth_getLogs", range(98, 100)))).code).to.equal("RPC_UNAVAILABLE");
    });
  });

  it("looks elsewhere for a block that some endpoint has seen", async () => {
    open(2, { compareEveryMilliseconds: 1000 });
    nodes[1]!.head = 102;
    await ask("eth_blockNumber");
    await clock.advance(1000);
    await ask("eth_blockNumber");
    await clock.advance(100);
    expect(await ask("eth_getBlockByNumber", hex(102), false)).to.deep.equal({
      number: hex(102),
      hash: "0xb102",
    });
    expect(await ask("eth_getBlockByNumber", hex(200), false)).to.equal(null);
  });

  describe("a signed transaction", () => {
    const raw = "0x02f8";

    it("that an endpoint has already is sent", async () => {
      open(1);
      nodes[0]!.fault = "none";
      await ask("eth_sendRawTransaction", raw);
      expect(await ask("eth_sendRawTransaction", raw)).to.equal(keccak256(raw));
    });

    it("is sent to the next endpoint when the answer is lost", async () => {
      open(2);
      await ask("eth_call");
      nodes[0]!.fault = "answer-lost";
      expect(await ask("eth_sendRawTransaction", raw)).to.equal("0xhash");
      expect(nodes.map(({ transactions }) => transactions.size)).to.deep.equal([1, 1]);
    });

    it("whose nonce is used is sent only if it is the one that used it", async () => {
      open(1);
      for (const message of ["nonce too low", "transaction is outdated"]) {
        const used = toRpcError("it", "eth_sendRawTransaction", { code: -32000, message });
        nodes[0]!.answers.set("eth_sendRawTransaction", used);
        nodes[0]!.answers.set("eth_getTransactionByHash", null);
        expect(await rejected(ask("eth_sendRawTransaction", raw))).to.equal(used);
        nodes[0]!.answers.set("eth_getTransactionByHash", { hash: keccak256(raw) });
        expect(await ask("eth_sendRawTransaction", raw)).to.equal(keccak256(raw));
      }
    });

    it("that is refused is refused", async () => {
      open(2);
      const refusal = toRpcError("it", "eth_sendRawTransaction", {
        code: -32000,
        message: "insufficient funds",
      });
      nodes[0]!.answers.set("eth_sendRawTransaction", refusal);
      expect(await rejected(ask("eth_sendRawTransaction", raw))).to.equal(refusal);
      expect(nodes[1]!.asked).to.deep.equal([]);
    });
  });

  it("does not repeat elsewhere what must not happen twice", async () => {
    open(2);
    await ask("eth_call");
    nodes[0]!.fault = "answer-lost";
    await rejected(ask("eth_sendTransaction", {}));
    expect(nodes[1]!.asked).to.not.contain("eth_sendTransaction");
  });

  it("rejects what is under way when it is closed, and what is asked later", async () => {
    open(2);
    nodes[0]!.fault = "silent";
    const pending = rejected(rpc.request("eth_call", []));
    await settled();
    rpc.close();
    expect((await pending).shortMessage).to.equal("The connection to the main chain was closed.");
    expect((await rejected(rpc.request("eth_call", []))).code).to.equal("RPC_UNAVAILABLE");
    expect(nodes.map(({ closed }) => closed)).to.deep.equal([true, true]);
    expect(nodes[1]!.asked).to.deep.equal([]);
    expect(events).to.deep.equal([]);
  });

  it("hides the keys that URLs hold", async () => {
    clock = new VirtualClock(1_000_000);
    const node = new FakeNode(clock);
    node.fault = "unreachable";
    rpc = new RpcEndpoints(
      { name: "main", chainId: 7, endpoints: ["https://user:password@node/v3/secret?key=secret"] },
      { clock, open: () => node },
    );
    const error = await rejected(ask("eth_call"));
    expect(error.message)
      .to.contain("https://node/…: ECONNREFUSED")
      .and.not.match(/secret|password/);
  });

  it("needs an endpoint", () => {
    expect(() => open(0)).to.throw("no endpoint");
  });
});
