import { expect } from "chai";
import fc from "fast-check";
import { AT_ONCE } from "../../../chains/clients/finality.ts";

import { RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import { GatewayFollower } from "../../../relay/reading/GatewayFollower.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import { runs } from "../../tier.ts";
import { FakeChain, type FakeLog } from "../../unit/relay/FakeChain.ts";

/** What a node may do to one answer. */
const FAULTS = [
  "none",
  "none",
  "error",
  "lagging",
  "orphaned-head",
  "missing-block",
  "orphaned-block",
  "no-logs",
  "fewer-logs",
  "double-logs",
  "foreign-logs",
  "other-outbox",
  "reorganized",
] as const;
type Fault = (typeof FAULTS)[number];
/** Those after which logs may be as another block's outbox has them. */
const AGREEING: readonly Fault[] = [
  "orphaned-head",
  "orphaned-block",
  "no-logs",
  "fewer-logs",
  "foreign-logs",
  "reorganized",
];

const block = fc.array(fc.constantFrom("0xa0", "0xa1", "0xa2"), { maxLength: 3 });
const action = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("mine" as const),
      blocks: fc.array(block, { minLength: 1, maxLength: 4 }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("reorganize" as const),
      depth: fc.integer({ min: 1, max: 8 }),
      blocks: fc.array(block, { minLength: 1, maxLength: 8 }),
    }),
  },
  // A fault for each of the questions that a step asks.
  {
    weight: 5,
    arbitrary: fc.record({
      type: fc.constant("step" as const),
      faults: fc.array(fc.constantFrom(...FAULTS), { maxLength: 6 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("restart" as const) }) },
);

function unreliable(chain: FakeChain, faults: readonly Fault[], orphaned: readonly string[]) {
  let asked = 0;
  // An outbox and logs that agree on another history than the block's are a lie, not a mix-up: nobody could tell.
  const agrees = faults.some((fault) => AGREEING.includes(fault));
  const header = (hash: string, number?: string) => {
    const { number: own, parentHash } = chain.known(hash)!;
    return { number: number ?? `0x${own.toString(16)}`, hash, parentHash, timestamp: "0x1" };
  };
  chain.intercept = (method, params, node) => {
    const fault = faults[asked++] ?? "none";
    const orphan = orphaned[asked % Math.max(1, orphaned.length)];
    const isHead = method === "eth_getBlockByNumber" && params[0] === "latest";
    const isBlock = method === "eth_getBlockByNumber" && !isHead;
    const isLogs = method === "eth_getLogs";
    if (fault === "error") throw new RpcUnavailable("It is down.");
    if (fault === "lagging" && isHead) return header(chain.blocks[chain.blocks.length >> 1]!.hash);
    if (fault === "orphaned-head" && isHead && orphan !== undefined) return header(orphan);
    if (fault === "missing-block" && isBlock) return null;
    if (fault === "orphaned-block" && isBlock) {
      const other = orphaned.find((hash) => chain.known(hash)!.number === Number(params[0]));
      if (other !== undefined) return header(other);
    }
    if (fault === "no-logs" && isLogs) return [];
    if (fault === "fewer-logs" && isLogs) return (node() as FakeLog[]).slice(2);
    if (fault === "double-logs" && isLogs) return (node() as FakeLog[]).flatMap((log) => [log, log]);
    if (fault === "foreign-logs" && isLogs) {
      const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
      return orphaned
        .map((hash) => chain.known(hash)!)
        .filter(({ number }) => number >= Number(fromBlock) && number <= Number(toBlock))
        .flatMap(({ logs }) => logs);
    }
    if (fault === "other-outbox" && !agrees && method === "eth_call" && orphan !== undefined)
      return outboxOf(chain, orphan);
    if (fault === "reorganized") {
      chain.unwind(1 + (asked % 4));
      for (let i = 0; i < 1 + (asked % 5); i++) chain.mine({ send: [`0x${(160 + i).toString(16)}`] });
    }
    return node();
  };
}

/** The outbox of another block, as an answer. */
function outboxOf(chain: FakeChain, hash: string): string {
  const { leaves } = chain.known(hash)!;
  return `${new MerkleTree(leaves).root()}${leaves.length.toString(16).padStart(64, "0")}`;
}

describe("GatewayFollower, whatever its node does", () => {
  it("holds a history that there was, and the present one once the node is honest", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(action, { maxLength: 30 }), async (actions) => {
        const chain = new FakeChain();
        const store = new RelayerStore(":memory:");
        const follow = () =>
          new GatewayFollower({ fromBlock: 0, finality: AT_ONCE }, { gateway: chain.gateway, store });
        let follower = follow();
        const orphaned: string[] = [];
        const judge = () => {
          const cursor = store.cursor(chain.chainId);
          const ids = store.ids(chain.chainId);
          expect(ids).to.deep.equal(cursor === undefined ? [] : chain.known(cursor.hash)!.leaves);
          expect(follower.tree.count).to.equal(ids.length);
          expect(follower.tree.root()).to.equal(new MerkleTree(ids).root());
          // So that going back to any of them leaves what there was.
          for (const { number, hash } of store.marks(chain.chainId)) {
            const upTo = ids.filter(
              (_, nonce) => store.messages.message(chain.chainId, nonce)!.blockNumber <= number,
            );
            expect(upTo).to.deep.equal(chain.known(hash)!.leaves);
          }
        };
        for (const each of actions) {
          if (each.type === "mine") for (const send of each.blocks) chain.mine({ send });
          if (each.type === "reorganize") {
            orphaned.push(...chain.unwind(each.depth).map(({ hash }) => hash));
            for (const send of each.blocks) chain.mine({ send });
          }
          if (each.type === "restart") follower = follow();
          if (each.type === "step") {
            unreliable(chain, each.faults, orphaned);
            await follower.step().catch((error: { code?: string }) => {
              expect(["INCONSISTENT_LOGS", "RPC_UNAVAILABLE"]).to.include(error.code);
            });
            chain.intercept = undefined;
            judge();
          }
        }
        // A history that became shorter shows itself once it has grown.
        while (chain.head.number <= (store.cursor(chain.chainId)?.number ?? 0)) chain.mine();
        for (let i = 0; i < 20; i++) {
          if ((await follower.step()).type === "idle") break;
          judge();
        }
        expect(store.cursor(chain.chainId)?.hash).to.equal(chain.head.hash);
        expect(store.ids(chain.chainId)).to.deep.equal(chain.head.leaves);
        store.close();
      }),
      runs(150),
    );
  });
});
