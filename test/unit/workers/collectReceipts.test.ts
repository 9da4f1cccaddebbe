import { expect } from "chai";

import { systemClock } from "../../../protocol/Clock.ts";
import { type RevealedUpdate, updateLeaf } from "../../../protocol/leaves.ts";
import { readReceiptRequest } from "../../../protocol/receiptRequest.ts";
import { areEnough, signReceipt } from "../../../protocol/receipts.ts";
import { collectReceipts } from "../../../workers/collectReceipts.ts";
import { AGGREGATOR_KEYS, RECEIPT_RULE, receiptsFor } from "../tasks/receipting.ts";

const UPDATE: RevealedUpdate = {
  chainId: 31_403n,
  task: 2n ** 200n,
  round: 3,
  index: 4,
  worker: `0x${"22".repeat(20)}`,
  update: `0x${"33".repeat(32)}`,
  samples: 10,
  engine: `0x${"44".repeat(32)}`,
};
const SALT = `0x${"55".repeat(32)}`;

type Answer = (attempt: number, body: string, signal: AbortSignal) => Promise<Response> | Response;

describe("collectReceipts", () => {
  const gives =
    (place: number, signer = place): Answer =>
    async (_, body) => {
      const { update, salt } = readReceiptRequest(body);
      expect({ update, salt }).to.deep.equal({ update: UPDATE, salt: SALT });
      const signature = await signReceipt(AGGREGATOR_KEYS[signer]!, RECEIPT_RULE.domain, updateLeaf(update));
      return Response.json({ place, signature });
    };
  const silent: Answer = (_, __, signal) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
  const refuses: Answer = () => Response.json({ error: "RECEIPT_REFUSED", message: "no" }, { status: 403 });

  const collect = async (answers: readonly Answer[], milliseconds = 3000) => {
    const attempts = answers.map(() => 0);
    const began = performance.now();
    const urls = new Map(
      answers.map((_, place) => [RECEIPT_RULE.aggregators[place]!, `http://aggregator${place}/`]),
    );
    const result = await collectReceipts(
      {
        request: { update: UPDATE, salt: SALT },
        rule: RECEIPT_RULE,
        urls,
        until: Date.now() + milliseconds,
      },
      {
        clock: systemClock,
        fetch: (async (url, init) => {
          const place = Number(/aggregator(\d)/.exec(String(url))![1]);
          return answers[place]!(attempts[place]!++, init!.body as string, init!.signal!);
        }) as typeof fetch,
      },
      new AbortController().signal,
    );
    return { ...result, attempts, milliseconds: performance.now() - began };
  };

  it("has those of all who answer", async () => {
    const { packed, count, failures } = await collect([gives(0), gives(1), gives(2)]);
    expect({ packed, count, failures }).to.deep.equal({
      packed: await receiptsFor(UPDATE, [0, 1, 2]),
      count: 3,
      failures: [],
    });
  });

  it("goes on once enough have answered, after a short while for the others", async () => {
    const { packed, milliseconds } = await collect([gives(0), silent, gives(2)], 60_000);
    expect(packed).to.equal(await receiptsFor(UPDATE, [0, 2]));
    expect(milliseconds).to.be.within(400, 5000);
  });

  it("asks again where it failed, and goes on with too few when the time is over", async () => {
    const second: Answer = (attempt, ...rest) =>
      attempt === 0 ? Response.error() : gives(1)(attempt, ...rest);
    const found = await collect([refuses, second, refuses], 1500);
    expect(found.packed).to.equal(await receiptsFor(UPDATE, [1]));
    expect(found.attempts[1]).to.equal(2);
    expect(found.attempts[0]).to.be.within(2, 4);
    expect(found.failures).to.have.length(2);
  });

  const wrong: [what: string, answer: Answer][] = [
    ["signed by another", gives(1, 2)],
    ["of another place", gives(0, 0)],
    ["that is none", () => Response.json({ place: 1, signature: `0x${"00".repeat(64)}` })],
    ["that is no JSON", () => new Response("yes")],
    ["without an end", () => new Response("x".repeat(100_000))],
  ];
  for (const [what, answer] of wrong) {
    it(`counts no receipt ${what}`, async () => {
      const { packed, count } = await collect([gives(0), answer, silent], 600);
      expect({ packed, count }).to.deep.equal({ packed: await receiptsFor(UPDATE, [0]), count: 1 });
      expect(areEnough(packed, updateLeaf(UPDATE), RECEIPT_RULE)).to.equal(false);
    });
  }

  it("asks nobody whose server it does not know", async () => {
    expect(await collect([], 200)).to.include({ packed: "0x", count: 0 });
  });
});
