import { expect } from "chai";
import { concat } from "ethers";

import { AuditFailure } from "../../../audit/AuditFailure.ts";
import { judgedCall } from "../../../audit/evidence/judgedCall.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { decodedOrNot } from "../../../protocol/decodedOrNot.ts";
import { rejected } from "../thrown.ts";
import { accountOf, FakeChain } from "./FakeChain.ts";
import { NETWORK } from "./fakeNetwork.ts";

const { LearningSubchain } = contracts;
const WORKER = accountOf("worker");
const WALLET = accountOf("wallet");
const word = (byte: string) => `0x${byte.repeat(32)}`;
const encodeReveal = (update: string, salt = "5a") => {
  const opening = { update: word(update), samples: 3, engine: word("e1"), salt: word(salt) };
  const { inputs } = LearningSubchain.abi.find(
    (entry) => entry.type === "function" && entry.name === "reveal",
  )!;
  // Whatever else a reveal takes is bytes.
  const rest = (inputs ?? []).slice(3).map(() => "0xe71d");
  return LearningSubchain.encodeCall("reveal", [1n, 2, opening, ...rest] as never);
};
const SPELLED = concat(["0x12345678", encodeReveal("aa"), encodeReveal("bb")]);

/** A transaction to `to` with calldata, and what the node traces of it. */
function chainWith(to: string, data: string, trace?: { from?: string; to?: string; data: string }[]) {
  const chain = new FakeChain(NETWORK.subchains[0]!);
  const hash = chain.mine(1, data);
  chain.transactions.set(hash, { from: WORKER, to, data });
  const calls = trace?.map((call) => ({ from: WALLET, to: chain.application, ...call }));
  if (calls !== undefined) chain.traces.set(hash, calls);
  return { chain, hash };
}

/** The salt of the call that revealed update `bb`; a judge takes only salts of 0x5a. */
function salted(
  { chain, hash }: ReturnType<typeof chainWith>,
  { provesItself = true, callers = [] as (string | undefined)[] } = {},
): Promise<string> {
  return judgedCall(
    chain,
    {
      transactionHash: hash,
      address: chain.application,
      selectors: [LearningSubchain.selectorOf("reveal")],
      read: (data) => {
        const call = decodedOrNot(() => LearningSubchain.decodeArguments("reveal", `0x${data.slice(10)}`));
        return call?.opening.update === word("bb") ? call : undefined;
      },
      what: "The reveal",
    },
    {
      provesItself,
      judge: ({ opening }, caller) => {
        callers.push(caller);
        if (opening.salt !== word("5a")) throw new AuditFailure(`The salt is ${opening.salt}.`);
        return opening.salt;
      },
    },
  );
}

describe("audit: judging a call within a transaction", () => {
  const application = new FakeChain(NETWORK.subchains[0]!).application;

  it("takes the transaction's own call, whatever a node traces", async () => {
    const callers: (string | undefined)[] = [];
    expect(await salted(chainWith(application, encodeReveal("bb")), { callers })).to.equal(word("5a"));
    expect(callers).to.deep.equal([WORKER]);
    const wrong = await rejected(
      salted(chainWith(application, encodeReveal("bb", "00"), [{ data: encodeReveal("bb") }])),
    );
    expect(wrong).to.be.instanceOf(AuditFailure);
  });

  it("takes what proves itself from wherever calldata spell it, past what does not", async () => {
    const decoys = concat([...Array(60).fill(encodeReveal("bb", "00")), encodeReveal("bb")]);
    expect(await salted(chainWith(WALLET, decoys))).to.equal(word("5a"));
  });

  it("takes nothing from there that does not prove itself", async () => {
    expect(await rejected(salted(chainWith(WALLET, SPELLED), { provesItself: false }))).to.include({
      code: "NOT_EXAMINED",
    });
  });

  it("reads no more places than it is worth, whatever a stranger writes", async () => {
    const selector = LearningSubchain.selectorOf("reveal");
    const flood = concat([...Array(30_000).fill(selector), encodeReveal("bb")]);
    const began = performance.now();
    const error = await rejected(salted(chainWith(WALLET, flood)));
    expect(error).to.include({ code: "NOT_EXAMINED" });
    expect(performance.now() - began).to.be.below(2000);
  });

  it("takes the calls that a node traces, with who made them", async () => {
    const callers: (string | undefined)[] = [];
    const chain = chainWith(WALLET, "0x12345678", [
      { data: encodeReveal("aa") },
      { data: encodeReveal("bb") },
    ]);
    expect(await salted(chain, { provesItself: false, callers })).to.equal(word("5a"));
    expect(callers).to.deep.equal([WALLET]);
  });

  it("fails when the traced calls do not hold", async () => {
    const wrong = await rejected(salted(chainWith(WALLET, "0x", [{ data: encodeReveal("bb", "00") }])));
    expect(wrong).to.be.instanceOf(AuditFailure);
    expect((wrong as Error).message).to.match(/^The salt is 0x0+\.$/);
  });

  it("fails when the trace shows no such call", async () => {
    for (const trace of [[], [{ data: encodeReveal("aa") }], [{ data: encodeReveal("bb"), to: WALLET }]]) {
      const wrong = await rejected(salted(chainWith(WALLET, "0x", trace)));
      expect((wrong as Error).message).to.equal("The reveal was made in no call of it that the trace shows.");
    }
  });

  it("cannot examine what is made by a contract and not traced, and says what to do", async () => {
    const error = await rejected(salted(chainWith(WALLET, "0x12345678")));
    expect(error).to.include({
      code: "NOT_EXAMINED",
      shortMessage:
        "The reveal was made by a contract, so that its calldata do not tell how, and physical does not trace it: debug_traceTransaction was refused.",
      next: "Audit with a node of physical that answers debug_traceTransaction and keeps old blocks' state.",
    });
  });

  it("takes no selector half a byte off", async () => {
    const half = `0x0${encodeReveal("bb").slice(2)}0`;
    expect(await rejected(salted(chainWith(WALLET, half)))).to.include({ code: "NOT_EXAMINED" });
  });
});
