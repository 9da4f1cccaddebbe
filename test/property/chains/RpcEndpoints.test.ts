import { expect } from "chai";
import fc from "fast-check";

import { RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { RpcEndpoints } from "../../../chains/rpc/RpcEndpoints.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { FakeNode, type Fault, fakeLog, hex } from "../../unit/chains/FakeNode.ts";

const FAULTS: readonly Fault[] = [
  "none",
  "silent",
  "answer-lost",
  "unreachable",
  "throttled",
  "internal-error",
  "garbage-head",
];

const NODES = 3;
const step = fc.record({
  /** How each node behaves from now on, and how far it is behind. */
  nodes: fc.array(
    fc.record({ fault: fc.constantFrom(...FAULTS), behind: fc.nat(8), latency: fc.nat(2000) }),
    {
      minLength: NODES,
      maxLength: NODES,
    },
  ),
  wait: fc.nat(20_000),
  mined: fc.nat(5),
  requests: fc.array(fc.constantFrom("logs", "call", "head", "block", "send"), { maxLength: 6 }),
});

describe("RpcEndpoints, whatever fails", () => {
  it("gives the right answer or RpcUnavailable, and the right one once an endpoint is back", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 12 }),
        fc.nat(NODES - 1),
        fc.nat(NODES),
        async (steps, survivor, wrong) => {
          const clock = new VirtualClock(1_000_000);
          const nodes = Array.from({ length: NODES }, () => new FakeNode(clock));
          const urls = nodes.map((_, i) => `http://node${i}`);
          const rpc = new RpcEndpoints(
            { name: "main", chainId: 7, endpoints: urls, timeoutMilliseconds: 3000 },
            { clock, open: (url) => nodes[urls.indexOf(url)]! },
          );
          let height = 100;
          let transactions = 0;
          /** Asks and judges; whether there was an answer. */
          const ask = async (kind: string): Promise<boolean> => {
            const top = height;
            try {
              switch (kind) {
                case "logs": {
                  const logs = await rpc.request("eth_getLogs", [
                    { fromBlock: hex(top - 2), toBlock: hex(top) },
                  ]);
                  expect(logs).to.deep.equal([top - 2, top - 1, top].map(fakeLog));
                  break;
                }
                case "call":
                  expect(await rpc.request("eth_call", [top])).to.deep.equal({
                    method: "eth_call",
                    params: [top],
                  });
                  break;
                case "head":
                  // A node that is behind may be the only one that works, but no block is made up.
                  expect(Number(await rpc.request("eth_blockNumber", []))).to.be.at.most(height);
                  break;
                case "block":
                  expect([null, `0xb${top}`]).to.include(
                    (
                      (await rpc.request("eth_getBlockByNumber", [hex(top), false])) as {
                        hash: string;
                      } | null
                    )?.hash ?? null,
                  );
                  break;
                case "send": {
                  const raw = `0x${(++transactions).toString(16).padStart(8, "0")}`;
                  await rpc.request("eth_sendRawTransaction", [raw]);
                  expect(nodes.some((node) => node.transactions.has(raw))).to.equal(true);
                  break;
                }
              }
              return true;
            } catch (error) {
              if (!(error instanceof RpcUnavailable)) throw error;
              return false;
            }
          };
          try {
            for (const { nodes: behaviour, wait, mined, requests } of steps) {
              height += mined;
              for (const [i, { fault, behind, latency }] of behaviour.entries()) {
                Object.assign(nodes[i]!, {
                  fault: i === wrong && i !== survivor ? "wrong-chain" : fault,
                  head: height - behind,
                  latencyMilliseconds: latency,
                });
              }
              const asked = Promise.all(requests.map(ask));
              await clock.until(asked);
              await clock.advance(wait);
            }
            // One is well again; what it asked for, and the time for which another chain's node is left out, pass.
            for (const [i, node] of nodes.entries()) {
              if (i === survivor)
                Object.assign(node, { fault: "none", head: height, latencyMilliseconds: 5 });
              else if (node.fault !== "wrong-chain") node.fault = "unreachable";
            }
            await clock.advance(60_000);
            for (const kind of ["logs", "call", "head", "block", "send"]) {
              expect(await clock.until(ask(kind)), kind).to.equal(true);
            }
            expect(Number(await clock.until(rpc.request("eth_blockNumber", [])))).to.equal(height);
          } finally {
            rpc.close();
          }
          await clock.advance(0);
          expect(clock.waiting).to.equal(0);
        },
      ),
      { numRuns: 150 },
    );
  });
});
