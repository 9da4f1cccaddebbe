import { expect } from "chai";

import { QuorumRpc, type QuorumRpcOptions } from "../../../chains/rpc/QuorumRpc.ts";
import { RpcRefusal } from "../../../chains/rpc/Rpc.ts";
import type { RpcEvent } from "../../../chains/rpc/RpcEvent.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { rejected } from "../thrown.ts";
import { block, hex, LedgerNode, log, word } from "./LedgerNode.ts";

describe("QuorumRpc", () => {
  let clock: VirtualClock;
  let nodes: LedgerNode[];
  let events: RpcEvent[];
  let rpc: QuorumRpc;

  function open(count: number, options: Partial<QuorumRpcOptions> = {}) {
    clock = new VirtualClock(1_000_000);
    nodes = Array.from({ length: count }, () => new LedgerNode(clock));
    for (const node of nodes) node.head = 100;
    events = [];
    const urls = nodes.map((_, i) => `https://user:secret@node${i}.example/v1/secret`);
    rpc = new QuorumRpc(
      { name: "main", chainId: 7, endpoints: urls, ...options },
      { clock, listener: (event) => events.push(event), open: (url) => nodes[urls.indexOf(url)]! },
    );
  }
  const ask = (method: string, ...params: unknown[]) => clock.until(rpc.request(method, params));
  const logsUpTo = (to: number) => ask("eth_getLogs", { fromBlock: hex(to - 1), toBlock: hex(to) });
  const differing = () => events.filter(({ type }) => type === "differs");
  afterEach(async () => {
    rpc.close();
    await clock.advance(0);
    expect(clock.waiting, "timers left after close()").to.equal(0);
  });

  it("waits for no more than a quorum, and compares what comes later", async () => {
    open(3);
    Object.assign(nodes[2]!, { latency: 4000, liar: "x" });
    const began = clock.now();
    expect(await ask("eth_getBlockByNumber", hex(90), false)).to.deep.equal(block(90));
    expect(clock.now() - began).to.be.lessThan(100);
    expect(differing()).to.deep.equal([]);
    await clock.advance(10_000);
    expect(differing()).to.deep.equal([
      {
        type: "differs",
        chain: "main",
        url: "https://node2.example/…",
        method: "eth_getBlockByNumber",
        said: `block 90, ${word("xb90")}`,
        agreed: `block 90, ${word("b90")}`,
      },
    ]);
  });

  it("tells once that an endpoint differs, and again after it agreed", async () => {
    open(3);
    nodes[0]!.liar = "x";
    for (const to of [50, 51]) await logsUpTo(to);
    await clock.advance(100);
    expect(differing()).to.have.length(1);
    nodes[0]!.liar = undefined;
    await logsUpTo(52);
    await clock.advance(100);
    nodes[0]!.liar = "x";
    await logsUpTo(53);
    await clock.advance(100);
    expect(differing()).to.have.length(2);
  });

  it("says which endpoint said what when too few agree, without keys", async () => {
    open(3);
    nodes[0]!.liar = "x";
    nodes[1]!.fault = "unreachable";
    const error = await rejected(ask("eth_getBlockByNumber", hex(90), false));
    expect(error.code).to.equal("ENDPOINTS_DISAGREE");
    expect(error.retryable).to.equal(true);
    expect(error.details).to.contain(`https://node0.example/…: block 90, ${word("xb90")}`);
    expect(error.details).to.contain(`https://node2.example/…: block 90, ${word("b90")}`);
    expect(error.details).to.contain("https://node1.example/…: ");
    expect(error.details).to.contain("2 of 3 must answer alike");
    expect(error.message).not.to.contain("secret");
  });

  it("is unavailable, not in disagreement, when too few answer", async () => {
    open(3);
    nodes[0]!.fault = "unreachable";
    nodes[1]!.fault = "garbage";
    expect((await rejected(ask("eth_getBlockByNumber", hex(90), false))).code).to.equal("RPC_UNAVAILABLE");
  });

  it("takes the highest block that a quorum has for the newest, whatever one says", async () => {
    open(3);
    for (const [i, head] of [100, 98, 99].entries()) nodes[i]!.head = head;
    // Two answers are enough to go on with; by the next time it knows what all three said.
    await ask("eth_getBlockByNumber", "latest", false);
    await clock.advance(100);
    expect(await ask("eth_getBlockByNumber", "latest", false)).to.deep.equal(block(99));
    for (const ahead of [1_000_000, -90]) {
      Object.assign(nodes[0]!, { liar: "x", ahead });
      await ask("eth_getBlockByNumber", "latest", false);
      await clock.advance(100);
      expect(await ask("eth_getBlockByNumber", "latest", false)).to.deep.equal(block(98));
      expect(await ask("eth_getBlockByNumber", "finalized", false)).to.deep.equal(block(96));
    }
  });

  it("makes a call at the newest block at that block's hash", async () => {
    open(3);
    nodes[2]!.head = 101;
    expect(await ask("eth_call", {}, "latest")).to.equal(word(`call ${block(100).hash.slice(-8)}`));
    const calls = nodes.flatMap(({ asked }) => asked.filter(({ method }) => method === "eth_call"));
    expect(calls.map(({ params }) => params[1])).to.deep.equal(
      calls.map(() => ({ blockHash: block(100).hash })),
    );
  });

  it("asks whoever failed lately only when the others do not suffice", async () => {
    open(3);
    nodes[2]!.fault = "unreachable";
    await ask("eth_getBlockByNumber", hex(90), false);
    await clock.advance(10);
    for (const node of nodes) node.asked.length = 0;
    await ask("eth_getBlockByNumber", hex(91), false);
    expect(nodes.map(({ asked }) => asked.length)).to.deep.equal([1, 1, 0]);
    nodes[2]!.fault = "none";
    nodes[0]!.fault = "unreachable";
    expect(await ask("eth_getBlockByNumber", hex(92), false)).to.deep.equal(block(92));
  });

  it("passes on nothing that was not compared", async () => {
    open(3);
    let size = 0;
    for (const node of nodes) {
      const plain = node.request.bind(node);
      node.request = async (method, params) => {
        const answer = await plain(method, params);
        return method === "eth_getBlockByNumber" ? { ...(answer as object), size: hex(++size) } : answer;
      };
    }
    expect(await ask("eth_getBlockByNumber", hex(90), false)).to.deep.equal(block(90));
  });

  it("has a refusal of logs decide nothing while others agree, and asks for fewer otherwise", async () => {
    open(3);
    nodes[0]!.fault = "refusing";
    expect(await logsUpTo(50)).to.deep.equal([49, 50].map((n) => ({ ...log(n), removed: false })));
    nodes[1]!.fault = "unreachable";
    // Whoever asks for logs halves what was refused.
    let refusal: unknown;
    await logsUpTo(50).catch((error: unknown) => {
      refusal = error;
    });
    expect(refusal).to.be.instanceOf(RpcRefusal);
  });

  it("answers only what it can compare", async () => {
    open(3);
    for (const [method, ...params] of [
      ["eth_sendRawTransaction", "0x00"],
      ["eth_getBlockByNumber", "pending", false],
      ["eth_call", {}, "pending"],
      ["eth_getLogs", { fromBlock: "0x1", toBlock: "latest" }],
    ] as const) {
      expect((await rejected(ask(method, ...params))).message, method).to.contain("is not compared");
    }
    expect(nodes.flatMap(({ asked }) => asked)).to.deep.equal([]);
  });

  it("tells endpoints apart that are shown alike", async () => {
    open(2);
    rpc.close();
    const urls = ["https://rpc.example/v1/one", "https://rpc.example/v1/two"];
    rpc = new QuorumRpc(
      { name: "main", chainId: 7, endpoints: urls },
      { clock, open: (url) => nodes[urls.indexOf(url)]! },
    );
    nodes[0]!.liar = "x";
    const { details } = await rejected(ask("eth_getBlockByNumber", hex(90), false));
    expect(details).to.contain("https://rpc.example/… (1): ").and.to.contain("https://rpc.example/… (2): ");
  });
});
