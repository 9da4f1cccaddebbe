import { expect } from "chai";
import { toQuantity } from "ethers";
import { AT_ONCE } from "../../../chains/clients/finality.ts";

import { RpcRefusal, RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import { type FollowerStep, GatewayFollower } from "../../../relay/reading/GatewayFollower.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import { ValidatorStore } from "../../../relay/store/ValidatorStore.ts";
import { rejected } from "../thrown.ts";
import { FakeChain, type FakeLog, type Interception } from "./FakeChain.ts";
import { message } from "./samples.ts";

type AnyStore = RelayerStore | ValidatorStore;
const STORES: [name: string, open: () => AnyStore][] = [
  ["RelayerStore", () => new RelayerStore(":memory:")],
  ["ValidatorStore", () => new ValidatorStore(":memory:")],
];

for (const [name, open] of STORES) {
  describe(`GatewayFollower with a ${name}`, () => {
    let chain: FakeChain;
    let store: AnyStore;
    let follower: GatewayFollower;

    const follow = (): GatewayFollower =>
      new GatewayFollower({ fromBlock: 0, finality: AT_ONCE }, { gateway: chain.gateway, store });

    beforeEach(() => {
      chain = new FakeChain();
      store = open();
      follower = follow();
    });
    afterEach(() => store.close());

    /** Steps until there is nothing more to do; what the steps did. */
    async function catchUp(): Promise<FollowerStep["type"][]> {
      const types: FollowerStep["type"][] = [];
      for (let i = 0; i < 30; i++) {
        const { type } = await follower.step();
        if (type === "idle") return types;
        types.push(type);
      }
      throw new Error(`It never comes to rest: ${types.join(", ")}`);
    }

    function expectHas(leaves: readonly string[]): void {
      expect(store.ids(chain.chainId)).to.deep.equal(leaves);
      expect(follower.tree.count).to.equal(leaves.length);
      expect(follower.tree.root()).to.equal(new MerkleTree(leaves).root());
    }

    /** Changes what the node tells of its logs. */
    const logsAre = (change: (logs: FakeLog[]) => FakeLog[]): void => {
      chain.intercept = (method, _, node) =>
        method === "eth_getLogs" ? change([...(node() as FakeLog[])]) : node();
    };

    it("reads what is new, and nothing twice", async () => {
      chain.mine({ send: 3 });
      chain.mine();
      const step = await follower.step();
      expect(step).to.deep.include({ type: "advanced", to: { number: 2, hash: chain.head.hash } });
      expectHas(chain.head.leaves);
      expect((await follower.step()).type).to.equal("idle");
      chain.mine({ send: 2 });
      const { sent } = (await follower.step()) as Extract<FollowerStep, { type: "advanced" }>;
      expect(sent.map(({ nonce }) => nonce)).to.deep.equal([3, 4]);
      expectHas(chain.head.leaves);
    });

    it("takes what is announced again for no second message", async () => {
      chain.mine({ send: 3 });
      const { number } = chain.mine({ announce: [1] });
      // Among others' sends, in the block of its own, and twice.
      chain.mine({ send: 2, announce: [0, 0, 4] });
      const { sent, announced } = (await follower.step()) as Extract<FollowerStep, { type: "advanced" }>;
      expect(sent.map(({ nonce }) => nonce)).to.deep.equal([0, 1, 2, 3, 4]);
      expect(announced.map(({ nonce, blockNumber }) => [nonce, blockNumber - number])).to.deep.equal([
        [1, 0],
        [0, 1],
        [0, 1],
        [4, 1],
      ]);
      expect(announced.map(({ id }) => id)).to.deep.equal(
        [1, 0, 0, 4].map((nonce) => chain.head.leaves[nonce]),
      );
      expectHas(chain.head.leaves);
    });

    it("keeps nothing where what is announced is not what was sent", async () => {
      chain.mine({ send: 3 });
      chain.mine({ announce: [1] });
      logsAre((logs) =>
        logs.map((log, i) =>
          i < logs.length - 1
            ? log
            : { ...log, topics: [log.topics![0]!, (logs[0]!.topics as string[])[1]!] },
        ),
      );
      const error = await rejected(follower.step());
      expect(error.code).to.equal("INCONSISTENT_LOGS");
      expectHas([]);
      chain.intercept = undefined;
      await catchUp();
      expectHas(chain.head.leaves);
    });

    it("starts again from its store", async () => {
      chain.mine({ send: 3 });
      await catchUp();
      chain.mine({ send: 1 });
      follower = follow();
      expect(follower.tree.count).to.equal(3);
      expect(await catchUp()).to.deep.equal(["advanced"]);
      expectHas(chain.head.leaves);
    });

    it("is idle while the chain shows no block", async () => {
      chain.intercept = (method, _, node) => (method === "eth_getBlockByNumber" ? null : node());
      expect((await follower.step()).type).to.equal("idle");
      expect(store.cursor(chain.chainId)).to.equal(undefined);
    });

    for (const [what, change] of [
      ["leaves all of them out", () => []],
      ["leaves out the first message", (logs) => logs.slice(2)],
      ["leaves out one in the midst", (logs) => [...logs.slice(0, 2), ...logs.slice(4)]],
      ["leaves out the last message", (logs) => logs.slice(0, -2)],
      ["leaves out an insertion", (logs) => logs.slice(1)],
      ["tells another id", (logs) => forged(logs, message(0, { payload: "0x99" }).id)],
    ] as [string, (logs: FakeLog[]) => FakeLog[]][]) {
      it(`keeps nothing of a node that ${what}, and reads it again`, async () => {
        chain.mine({ send: 1 });
        await catchUp();
        const before = store.cursor(chain.chainId);
        chain.mine({ send: 3 });
        logsAre(change);
        const error = await rejected(follower.step());
        expect(error.code).to.equal("INCONSISTENT_LOGS");
        expect(error.retryable).to.equal(true);
        expect(store.cursor(chain.chainId)).to.deep.equal(before);
        expectHas(chain.blocks[1]!.leaves);
        chain.intercept = undefined;
        expect(await catchUp()).to.deep.equal(["advanced"]);
        expectHas(chain.head.leaves);
      });
    }

    it("takes a message that is told twice for one", async () => {
      chain.mine({ send: 3 });
      logsAre((logs) => [...logs, ...logs.slice(2)]);
      expect(await catchUp()).to.deep.equal(["advanced"]);
      expectHas(chain.head.leaves);
    });

    it("keeps nothing when the outbox cannot be had", async () => {
      chain.mine({ send: 2 });
      chain.intercept = (method, _, node) => {
        if (method === "eth_call") throw new RpcUnavailable("It is down.");
        return node();
      };
      expect((await rejected(follower.step())).code).to.equal("RPC_UNAVAILABLE");
      expectHas([]);
      chain.intercept = undefined;
      await catchUp();
      expectHas(chain.head.leaves);
    });

    it("goes back to the last block in common when the chain is reorganized", async () => {
      chain.mine({ send: 1 });
      await catchUp();
      chain.mine({ send: 1 });
      await catchUp();
      chain.mine({ send: 2 });
      await catchUp();
      const from = { number: chain.head.number, hash: chain.head.hash };
      chain.unwind(2);
      chain.mine();
      chain.mine({ send: ["0xaa"] });
      chain.mine({ send: ["0xbb"] });
      const to = { number: 1, hash: chain.blocks[1]!.hash };
      expect(await follower.step()).to.deep.equal({ type: "rewound", from, to });
      expectHas(chain.blocks[1]!.leaves);
      expect(await catchUp()).to.deep.equal(["advanced"]);
      expectHas(chain.head.leaves);
    });

    it("notices a reorganization that leaves the chain as long as before", async () => {
      chain.mine({ send: 1 });
      await catchUp();
      chain.unwind(1);
      chain.mine({ send: ["0xaa"] });
      expect(await catchUp()).to.deep.equal(["rewound", "advanced"]);
      expectHas(chain.head.leaves);
    });

    it("begins anew when no block it read is left", async () => {
      for (let i = 0; i < 3; i++) {
        chain.mine({ send: 1 });
        await catchUp();
      }
      // A chain of the same id that was started anew: not even its genesis block is the same.
      const other = new FakeChain({ name: "anew" });
      for (let i = 0; i < 4; i++) other.mine({ send: ["0xaa"] });
      chain = other;
      follower = follow();
      const step = await follower.step();
      expect(step).to.deep.include({ type: "rewound", to: undefined });
      expectHas([]);
      await catchUp();
      expectHas(chain.head.leaves);
    });

    it("waits with a node that lags behind, whether or not its history is the same", async () => {
      chain.mine({ send: 1 });
      chain.mine({ send: 1 });
      await catchUp();
      const cursor = store.cursor(chain.chainId);
      for (const hash of [chain.blocks[1]!.hash, `0x${"12".repeat(32)}`]) {
        chain.intercept = (method, params, node) =>
          method === "eth_getBlockByNumber" && params[0] === "latest"
            ? { number: "0x1", hash, parentHash: chain.blocks[0]!.hash, timestamp: "0x1" }
            : node();
        expect((await follower.step()).type).to.equal("idle");
        expect(store.cursor(chain.chainId)).to.deep.equal(cursor);
      }
      chain.intercept = undefined;
      chain.mine({ send: 1 });
      await catchUp();
      expectHas(chain.head.leaves);
    });

    it("goes back over a history that became shorter as soon as it has another block", async () => {
      for (let i = 0; i < 5; i++) {
        chain.mine({ send: 1 });
        await catchUp();
      }
      // Its node was killed: it goes on from what it had saved.
      chain.unwind(4);
      expect((await follower.step()).type).to.equal("idle");
      chain.mine({ send: ["0xaa"] });
      expect(await catchUp()).to.deep.equal(["rewound", "advanced"]);
      expectHas(chain.head.leaves);
      chain.mine({ send: 1 });
      expect(await catchUp()).to.deep.equal(["advanced"]);
      expectHas(chain.head.leaves);
    });

    it("is not fooled by one node that shows another block where it is: nothing was reorganized", async () => {
      chain.mine({ send: 1 });
      await catchUp();
      chain.mine({ send: 1 });
      let lies = 1;
      chain.intercept = (method, params, node) => {
        const answer = node() as Record<string, string>;
        if (method !== "eth_getBlockByNumber" || params[0] !== "latest" || lies-- <= 0) return answer;
        return { ...answer, parentHash: `0x${"13".repeat(32)}` };
      };
      expect((await follower.step()).type).to.equal("idle");
      expectHas(chain.blocks[1]!.leaves);
      expect(await catchUp()).to.deep.equal(["advanced"]);
    });

    for (const question of ["eth_getBlockByNumber", "eth_getLogs", "eth_call"]) {
      it(`keeps no mixture when the chain is reorganized right before ${question} is answered`, async () => {
        chain.mine({ send: 1 });
        await catchUp();
        chain.mine({ send: 2 });
        chain.mine({ send: 1 });
        let once = true;
        chain.intercept = (method, params, node) => {
          if (method === question && params[0] !== "latest" && once) {
            once = false;
            chain.unwind(3);
            for (const payload of ["0xa1", "0xa2", "0xa3"]) chain.mine({ send: [payload] });
          }
          return node();
        };
        for (let i = 0; i < 6; i++) {
          await follower.step().catch(() => undefined);
          const cursor = store.cursor(chain.chainId);
          expectHas(cursor === undefined ? [] : chain.known(cursor.hash)!.leaves);
        }
        expect(once).to.equal(false);
        expect(store.cursor(chain.chainId)?.hash).to.equal(chain.head.hash);
      });
    }

    it("reads very many blocks in steps, and finds what lies in each", async () => {
      chain.mine({ send: 1 });
      for (let i = 0; i < 4100; i++) chain.mine({ send: i % 1000 === 999 ? 1 : 0 });
      expect(await catchUp()).to.deep.equal(["advanced", "advanced", "advanced"]);
      expectHas(chain.head.leaves);
      const ranges = chain.asked
        .filter(({ method }) => method === "eth_getLogs")
        .map(({ params }) => params[0] as { fromBlock: string; toBlock: string });
      for (const { fromBlock, toBlock } of ranges)
        expect(Number(toBlock) - Number(fromBlock)).to.be.below(2000);
      expect(ranges.at(-1)!.toBlock).to.equal(toQuantity(chain.head.number));
    });

    it("asks for no state that nodes have forgotten, and finds at the head what logs left out far behind it", async () => {
      chain.mine({ send: 2 });
      for (let i = 0; i < 2100; i++) chain.mine();
      chain.mine({ send: 1 });
      // A pruned node, which also leaves out what the first blocks sent.
      const kept = (hash: string) => chain.head.number - chain.known(hash)!.number <= 128;
      chain.intercept = (method, params, node) => {
        const tag = params[1];
        if (
          method === "eth_call" &&
          typeof tag === "object" &&
          !kept((tag as { blockHash: string }).blockHash)
        ) {
          throw new RpcRefusal("eth_call", { code: -32000, message: "missing trie node" });
        }
        if (method !== "eth_getLogs") return node();
        return (node() as FakeLog[]).filter(({ blockNumber }) => blockNumber !== toQuantity(1));
      };
      expect((await follower.step()).type).to.equal("advanced");
      expectHas([]);
      expect(await follower.check()).to.equal(false);
      // What is missing shows itself near the head: nothing is kept of a history with a gap.
      for (let i = 0; i < 4; i++)
        expect((await rejected(follower.step())).code).to.equal("INCONSISTENT_LOGS");
      expect(await follower.step()).to.deep.include({ type: "rewound", to: undefined });
      chain.intercept = undefined;
      expect(await catchUp()).to.deep.equal(["advanced", "advanced"]);
      expectHas(chain.head.leaves);
      expect(await follower.check()).to.equal(true);
    });

    it("reads on from no block of a replaced branch that another node shows, when there is no outbox to compare with", async () => {
      const withoutOutbox: Interception = (method, params, node) => {
        if (method === "eth_getBlockByHash") {
          const { number, hash, parentHash } = chain.known(params[0] as string)!;
          return { number: toQuantity(number), hash, parentHash, timestamp: "0x1" };
        }
        const answer = node();
        // The number of messages, and no root.
        return method === "eth_call" ? `0x${"00".repeat(32)}${String(answer).slice(66)}` : answer;
      };
      chain.intercept = withoutOutbox;
      chain.mine({ send: 1 });
      chain.mine({ send: ["0x01"] });
      await catchUp();
      const lost = chain.mine();
      // The last two blocks are replaced; as many messages are sent in them as before.
      chain.unwind(2);
      chain.mine({ send: ["0x02"] });
      chain.mine();
      chain.mine({ send: 1 });
      chain.intercept = (method, params, node) => {
        if (method !== "eth_getBlockByNumber" || params[0] !== toQuantity(lost.number))
          return withoutOutbox(method, params, node);
        const { number, hash, parentHash } = lost;
        return { number: toQuantity(number), hash, parentHash, timestamp: "0x1" };
      };
      expect((await rejected(follower.step())).code).to.equal("INCONSISTENT_LOGS");
      chain.intercept = withoutOutbox;
      expect(await catchUp()).to.deep.equal(["rewound", "advanced"]);
      expect(store.ids(chain.chainId)).to.deep.equal(chain.head.leaves);
    });

    it("begins at the block it is told", async () => {
      chain.mine();
      chain.mine();
      follower = new GatewayFollower({ fromBlock: 2, finality: AT_ONCE }, { gateway: chain.gateway, store });
      chain.mine({ send: 1 });
      await catchUp();
      expect(chain.asked.find(({ method }) => method === "eth_getLogs")!.params[0]).to.include({
        fromBlock: "0x2",
      });
      expectHas(chain.head.leaves);
    });
  });
}

describe("GatewayFollower and deliveries", () => {
  it("forgets those of blocks that are gone, and finds those of the blocks that came instead", async () => {
    const chain = new FakeChain({ chainId: 72n });
    const store = new RelayerStore(":memory:");
    store.advance(71n, { number: 1, hash: "0x01" }, [message(0), message(1, { block: 1 })], []);
    const { gateway } = chain;
    const follower = new GatewayFollower({ fromBlock: 0, finality: AT_ONCE }, { gateway, store });
    const told = (nonce: number) => ({ origin: 71n, nonce, id: message(nonce).id });
    const open = () => [0, 1].filter((nonce) => store.messages.message(71n, nonce)!.isOpen);
    await follower.step();
    chain.mine({ deliver: [told(0)] });
    await follower.step();
    expect(open()).to.deep.equal([1]);
    chain.unwind(1);
    chain.mine();
    chain.mine({ deliver: [told(1)] });
    expect((await follower.step()).type).to.equal("rewound");
    expect(open()).to.deep.equal([0, 1]);
    const { delivered } = (await follower.step()) as Extract<FollowerStep, { type: "advanced" }>;
    expect(delivered.map(({ nonce, blockHash }) => [nonce, blockHash])).to.deep.equal([[1, chain.head.hash]]);
    expect(open()).to.deep.equal([0]);
    store.close();
  });
});

/** Logs whose first message has another id, in both of its events. */
function forged(logs: FakeLog[], id: string): FakeLog[] {
  return logs.map((log, i) => {
    const [event, , ...rest] = log.topics as string[];
    return i < 2 ? { ...log, topics: [event!, id, ...rest] } : log;
  });
}
