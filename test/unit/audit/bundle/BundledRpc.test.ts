import { decode, encode } from "@ethereumjs/rlp";
import { expect } from "chai";
import { keccak256, toQuantity } from "ethers";

import { BundledRpc } from "../../../../audit/bundle/BundledRpc.ts";
import type { ChainContent } from "../../../../audit/bundle/ChainContent.ts";
import { Preimages } from "../../../../chains/proofs/Preimages.ts";
import { rejected } from "../../thrown.ts";
import {
  answered,
  EMPTY_SLOT,
  FULL_SLOT,
  gathered,
  LOUD,
  QUIET,
  type RealChain,
  realChain,
  STORE,
  TOPIC,
} from "./realChain.ts";

/** Who says something in blocks 1, 2 …; in 4 both, one after the other. */
const BLOCKS = [[LOUD], [], [QUIET], [QUIET, LOUD], [], [LOUD, LOUD], []];
const LAST = toQuantity(BLOCKS.length);
const RANGE = { fromBlock: "0x1", toBlock: LAST };

const QUESTIONS: [string, unknown[]][] = [
  ["eth_chainId", []],
  ["eth_getBlockByNumber", ["latest", false]],
  ["eth_getLogs", [{ address: LOUD, ...RANGE }]],
  ["eth_getLogs", [{ address: [LOUD], topics: [[TOPIC], null], fromBlock: "0x4", toBlock: "0x5" }]],
  ["eth_getLogs", [{ address: LOUD, topics: [`0x${"11".repeat(32)}`], ...RANGE }]],
  ["eth_call", [{ to: STORE, data: FULL_SLOT }, LAST]],
  ["eth_call", [{ to: STORE, data: EMPTY_SLOT }, LAST]],
  ["eth_call", [{ to: LOUD, data: "0x" }, LAST]],
  ["eth_getCode", [STORE, LAST]],
  ["eth_getCode", [`0x${"dd".repeat(20)}`, LAST]],
];

describe("BundledRpc", () => {
  let chain: RealChain;
  let content: ChainContent;
  let answers: unknown[];
  let transactions: string[];

  before(async () => {
    chain = await realChain(BLOCKS);
    const block = (await chain.rpc.request("eth_getBlockByNumber", ["0x6", false])) as {
      transactions: string[];
    };
    transactions = block.transactions;
    const asked = transactions.map((hash): [string, unknown[]] => ["eth_getTransactionByHash", [hash]]);
    ({ content, answers } = await gathered(chain, [...QUESTIONS, ...asked]));
  });

  after(() => chain.close());

  const open = (changed: Partial<ChainContent> = {}) =>
    BundledRpc.open(chain.place, { ...content, ...changed });
  const fault = async (changed: Partial<ChainContent>) => {
    const { code, shortMessage } = await rejected(open(changed));
    return [code, shortMessage.replaceAll(/0x[0-9a-f]{64}/g, "HASH")];
  };

  it("answers as the chain did, by proofs alone", async () => {
    const bundled = await open();
    for (const [i, [method, params]] of QUESTIONS.entries()) {
      const answer = await answered(bundled, method, params);
      if (method === "eth_getBlockByNumber") {
        const { hash, timestamp, parentHash, number } = answer as Record<string, string>;
        expect(answers[i]).to.include({ hash, timestamp, parentHash, number });
      } else expect(answer, `${method} ${JSON.stringify(params)}`).to.deep.equal(withoutMore(answers[i]));
    }
    for (const [i, hash] of transactions.entries()) {
      const { from, to, input, value, nonce } = (await bundled.request("eth_getTransactionByHash", [
        hash,
      ])) as never;
      const told = answers[QUESTIONS.length + i] as Record<string, string>;
      expect({ from, to, input, value, nonce }).to.deep.include({
        input: told.input,
        value: told.value,
        nonce: told.nonce,
      });
      expect([from, to].map((each) => String(each).toLowerCase())).to.deep.equal([told.from, told.to]);
    }
    expect(bundled.used).to.deep.equal([]);
    expect(bundled.last.hash).to.equal((answers[1] as { hash: string }).hash);
  });

  it("has blocks with logs of the contracts, and only their headers of others", () => {
    expect(content.headers).to.have.length(BLOCKS.length);
    expect([...content.bodies.keys()]).to.deep.equal([1, 4, 6]);
    expect(content.words).to.deep.equal([]);
  });

  it("has no answer where a block is left out that may have a log", async () => {
    const bodies = new Map(content.bodies);
    bodies.delete(4);
    const bundled = await open({ bodies });
    const { code, shortMessage } = await rejected(
      bundled.request("eth_getLogs", [{ address: LOUD, ...RANGE }]),
    );
    expect(code).to.equal("BUNDLE_INCOMPLETE");
    expect(shortMessage).to.include("block 4 of real");
    // Other blocks are as whole as before.
    const [log] = (await bundled.request("eth_getLogs", [
      { address: LOUD, fromBlock: "0x1", toBlock: "0x3" },
    ])) as {
      blockNumber: string;
    }[];
    expect(log?.blockNumber).to.equal("0x1");
    expect((await rejected(bundled.request("eth_getBlockByNumber", ["0x8", false]))).code).to.equal(
      "BUNDLE_INCOMPLETE",
    );
  });

  it("finds a header that is replaced, left out or moved", async () => {
    const { headers } = content;
    const forged = decode(headers[2]) as Uint8Array[];
    forged[11] = Uint8Array.of(1);
    const replaced = headers.map((header, i) => (i === 2 ? encode(forged) : header));
    expect(await fault({ headers: replaced })).to.deep.equal([
      "BUNDLE_CONTRADICTS",
      "Block 4 of real follows HASH; the bundle's block 3 is HASH.",
    ]);
    expect(await fault({ headers: headers.filter((_, i) => i !== 3) })).to.deep.equal([
      "BUNDLE_CONTRADICTS",
      "What the bundle has for the header of block 4 of real is none of it.",
    ]);
    const rest = headers.slice(3);
    expect((await fault({ headers: [headers[1]!, headers[0]!, headers[2]!, ...rest] }))[0]).to.equal(
      "BUNDLE_CONTRADICTS",
    );
    expect((await fault({ headers: headers.slice(0, -1) }))[1]).to.include("read up to block 7");
    expect((await fault({ headers: [] }))[0]).to.equal("BUNDLE_CONTRADICTS");
  });

  it("finds a receipt that is left out, moved, or lacks a log", async () => {
    const body = content.bodies.get(4)!;
    const [quiet, loud] = body.receipts as [Uint8Array, Uint8Array];
    const fields = decode(loud.slice(1)) as Uint8Array[];
    fields[3] = [] as never;
    const silenced = Buffer.concat([loud.slice(0, 1), encode(fields)]);
    const transactions = body.transactions;
    for (const receipts of [[quiet], [loud, quiet], [quiet, silenced], [quiet, loud, loud], []]) {
      const [code, told] = await fault({ bodies: new Map([[4, { transactions, receipts }]]) });
      expect([code, told?.slice(0, 60)]).to.deep.equal([
        "BUNDLE_CONTRADICTS",
        "Block 4 of real is not whole. Transactions and receipts of b",
      ]);
    }
    const other = content.bodies.get(6)!;
    expect((await fault({ bodies: new Map([[4, other]]) }))[1]).to.include("give the root");
    expect(
      (await fault({ bodies: new Map([[4, { ...body, transactions: other.transactions }]]) }))[1],
    ).to.include("2 transactions give the root");
  });

  it("takes no state that does not lead to the header's root", async () => {
    const { all } = content.preimages;
    const params = [{ to: STORE, data: FULL_SLOT }, LAST];
    const answers = new Set<string>();
    for (const left of all) {
      const preimages = new Preimages();
      for (const each of all) {
        if (each !== left) preimages.add(each);
        else preimages.add(Uint8Array.from(each, (byte, i) => (i === each.length - 1 ? byte ^ 1 : byte)));
      }
      const bundled = await open({ preimages });
      const answer = await bundled
        .request("eth_call", params)
        .catch((error: Error & { code: string }) => error.code);
      answers.add(String(answer));
    }
    // Without what it needs nothing, with the rest the truth: nothing else.
    expect([...answers].sort()).to.deep.equal([`0x${"0".repeat(62)}2a`, "BUNDLE_INCOMPLETE"]);
  });

  it("goes by the gatherer's word only where nothing is proven, and tells so", async () => {
    const call = { method: "eth_call", params: [{ to: STORE, data: FULL_SLOT }, LAST] };
    const words = [{ ...call, answer: "0x1234" }];
    const proven = await open({ words });
    expect(await proven.request(call.method, call.params)).to.equal(`0x${"0".repeat(62)}2a`);
    expect(proven.used).to.deep.equal([]);
    const believed = await open({ words, preimages: new Preimages() });
    expect(await believed.request(call.method, call.params)).to.equal("0x1234");
    expect(believed.used).to.deep.equal(words);
    const refused = await open({
      words: [{ ...call, refusal: { code: 3, message: "no", data: "0x08" } }],
      preimages: new Preimages(),
    });
    expect(await answered(refused, call.method, call.params)).to.deep.equal({ refused: "0x08" });
  });

  it("asks a node that does not prove for its word", async () => {
    const rpc = {
      request: async (method: string, params: readonly unknown[]) =>
        method === "eth_getProof"
          ? chain.rpc.request("no_suchMethod", [])
          : chain.rpc.request(method, params),
    };
    const asked = QUESTIONS.filter(([method]) => method === "eth_call" || method === "eth_getCode");
    const { content } = await gathered({ ...chain, rpc }, asked);
    expect(content.words.map(({ method }) => method)).to.deep.equal(asked.map(([method]) => method));
    const bundled = await BundledRpc.open(chain.place, content);
    for (const [method, params] of asked) {
      expect(await answered(bundled, method, params)).to.deep.equal(
        await answered(chain.rpc, method, params),
      );
    }
    expect(bundled.used).to.have.length(asked.length);
  });

  it("hashes every header to what the chain says", () => {
    const { hash } = answers[1] as { hash: string };
    expect(keccak256(content.headers.at(-1)!)).to.equal(hash);
  });
});

/** What nodes tell of a log beyond what it is. */
function withoutMore(answer: unknown): unknown {
  if (!Array.isArray(answer)) return answer;
  return answer.map(({ removed: _, blockTimestamp: __, ...log }) => log);
}
