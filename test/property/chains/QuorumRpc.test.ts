import { expect } from "chai";
import fc from "fast-check";

import { QuorumRpc } from "../../../chains/rpc/QuorumRpc.ts";
import type { RpcEvent } from "../../../chains/rpc/RpcEvent.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { runs } from "../../tier.ts";
import { block, type Fault, hex, LedgerNode, log, word } from "../../unit/chains/LedgerNode.ts";

const node = fc.record({
  kind: fc.constantFrom("honest" as const, "honest" as const, "dead" as const, "liar" as const),
  fault: fc.constantFrom<Fault>("silent", "unreachable", "refusing", "garbage"),
  /** All in one way, or each in its own. */
  together: fc.boolean(),
  behind: fc.nat(5),
  latency: fc.nat(3000),
  ahead: fc.constantFrom(0, 1, -50, 1_000_000),
});

describe("QuorumRpc, whatever fewer than a quorum say", () => {
  it("answers what is true or not at all, and answers while there is a quorum of honest nodes", async () => {
    let answered = 0;
    let disagreed = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(node, { minLength: 2, maxLength: 7 }),
        fc.array(fc.record({ mined: fc.nat(4), wait: fc.nat(40_000) }), { minLength: 1, maxLength: 5 }),
        async (kinds, steps) => {
          const clock = new VirtualClock(1_000_000);
          const nodes = kinds.map(() => new LedgerNode(clock));
          const urls = nodes.map((_, i) => `http://node${i}`);
          const events: RpcEvent[] = [];
          const rpc = new QuorumRpc(
            { name: "main", chainId: 7, endpoints: urls, timeoutMilliseconds: 5000 },
            { clock, listener: (event) => events.push(event), open: (url) => nodes[urls.indexOf(url)]! },
          );
          const count = (kind: string) => kinds.filter((one) => one.kind === kind).length;
          const isSafe = count("liar") < rpc.quorum;
          const isLive = count("honest") >= rpc.quorum;
          fc.pre(isSafe);
          let height = 100;
          let lowest = 0;
          for (const [i, { kind, fault, together, latency, ahead }] of kinds.entries()) {
            Object.assign(nodes[i]!, {
              latency,
              fault: kind === "dead" ? fault : "none",
              liar: kind !== "liar" ? undefined : together ? "all" : `liar${i}`,
              ahead,
            });
          }
          const judge = async (method: string, params: unknown[], truth: unknown): Promise<void> => {
            try {
              const answer = await clock.until(rpc.request(method, params));
              expect(answer).to.deep.equal(truth);
              answered++;
            } catch (error) {
              if (!(error instanceof BaseError)) throw error;
              expect(isLive, `${method}: ${error.message}`).to.equal(false);
              expect(["RPC_UNAVAILABLE", "ENDPOINTS_DISAGREE", "RPC_REFUSED"]).to.include(error.code);
              if (error.code === "ENDPOINTS_DISAGREE") disagreed++;
            }
          };
          try {
            for (const { mined, wait } of steps) {
              height += mined;
              for (const [i, { behind }] of kinds.entries()) nodes[i]!.head = height - behind;
              lowest = nodes.reduce((least, { head }) => Math.min(least, head), height);
              for (const tag of ["latest", "finalized"]) {
                let head: { number: string } | undefined;
                try {
                  head = (await clock.until(
                    rpc.request("eth_getBlockByNumber", [tag, false]),
                  )) as typeof head;
                } catch (error) {
                  if (!(error instanceof BaseError)) throw error;
                  expect(isLive, `${tag}: ${error.message}`).to.equal(false);
                  continue;
                }
                const number = Number(head!.number);
                expect(head).to.deep.equal(block(number));
                expect(number).to.be.at.most(height);
              }
              // Of blocks that all honest nodes have.
              await judge("eth_getBlockByNumber", [hex(lowest), false], block(lowest));
              await judge(
                "eth_getLogs",
                [{ fromBlock: hex(lowest - 2), toBlock: hex(lowest) }],
                [lowest - 2, lowest - 1, lowest].map((n) => ({ ...log(n), removed: false })),
              );
              const at = { blockHash: block(lowest).hash };
              await judge("eth_call", [{}, at], word(`call ${at.blockHash.slice(-8)}`));
              await clock.advance(wait);
            }
            // Nobody honest is told of, and whoever lied is.
            await clock.advance(20_000);
            const told = new Set(events.flatMap((event) => (event.type === "differs" ? [event.url] : [])));
            for (const [i, { kind, ahead }] of kinds.entries()) {
              if (kind !== "liar") expect(told, `node ${i}`).not.to.include(urls[i]);
              else if (isLive && ahead >= 0) expect(told, `liar ${i}`).to.include(urls[i]);
            }
          } finally {
            rpc.close();
          }
          await clock.advance(0);
          expect(clock.waiting).to.equal(0);
        },
      ),
      runs(150),
    );
    // It is of no use to be silent always.
    expect(answered).to.be.greaterThan(200);
    expect(disagreed).to.be.greaterThan(0);
  });
});
