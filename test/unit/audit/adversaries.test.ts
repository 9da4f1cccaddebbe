import { expect } from "chai";
import { concat, id } from "ethers";

import { checkEscrow } from "../../../audit/escrow/checkEscrow.ts";
import { checkPayments } from "../../../audit/escrow/checkPayments.ts";
import { Evidence } from "../../../audit/evidence/Evidence.ts";
import { checkChains } from "../../../audit/messages/checkChains.ts";
import { checkMessages } from "../../../audit/messages/checkMessages.ts";
import { NotExamined } from "../../../audit/NotExamined.ts";
import { checkAggregates } from "../../../audit/rounds/checkAggregates.ts";
import { checkTerms } from "../../../audit/rounds/checkTerms.ts";
import { checkUpdates } from "../../../audit/rounds/checkUpdates.ts";
import { Tally } from "../../../audit/Tally.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { contracts } from "../../../protocol/contracts.ts";
import type { FakeChain } from "./FakeChain.ts";
import { type Check, failureOf } from "./failureOf.ts";
import { type HonestTask, honestTask } from "./honestTask.ts";
import { missesOf } from "./missesOf.ts";

const { Gateway, LearningSubchain } = contracts;
const FORWARDER = `0x${"f0".repeat(20)}`;

/** The transaction of an event, now sent to a contract that makes the call itself, from what its own calldata say. */
function viaContract(chain: FakeChain, hash: string, spelled = "0x12345678") {
  const transaction = chain.transactions.get(hash)!;
  const { data: call, to } = transaction;
  Object.assign(transaction, { to: FORWARDER, data: spelled });
  return { call, to: to!.toLowerCase() };
}

function firstReveal({ physical }: HonestTask): string {
  return physical.all("UpdateRevealed")[0]!.transactionHash;
}

/** A reveal of the same update with another salt, before the true one in the calldata of one transaction. */
function decoyReveal(task: HonestTask): void {
  const { physical } = task;
  const hash = firstReveal(task);
  const { data } = physical.transactions.get(hash)!;
  const call = LearningSubchain.decodeArguments("reveal", `0x${data.slice(10)}`);
  const { task: number, round, opening, ...rest } = call;
  const decoy = LearningSubchain.encodeCall("reveal", [
    number,
    round,
    { ...opening, salt: id("another salt") },
    ...Object.values(rest),
  ] as never);
  viaContract(physical, hash, concat(["0x12345678", decoy, data]));
}

/** A round that main never finalized. */
function unfinalized({ main }: HonestTask): void {
  const { events } = main;
  events.splice(
    events.findIndex(({ name }) => name === "RoundFinalized"),
    1,
  );
}

describe("audit: evidence that adversaries shape", () => {
  it("a decoy of a reveal in calldata does not spoil an honest task", async () => {
    const task = await honestTask();
    decoyReveal(task);
    expect(await missesOf(checkUpdates, task.evidence)).to.deep.equal([]);
  });

  it("a decoy of a delivery in calldata does not spoil an honest task", async () => {
    const task = await honestTask();
    const { main } = task;
    const { transactionHash } = main.all("MessageDelivered").at(-1)!;
    const { data } = main.transactions.get(transactionHash)!;
    const { origin, message } = Gateway.decodeArguments("deliver", `0x${data.slice(10)}`);
    const decoy = Gateway.encodeCall("deliver", [origin, message, "0x1234"]);
    viaContract(main, transactionHash, concat(["0x12345678", decoy, data]));
    expect(await missesOf(checkMessages, task.evidence)).to.deep.equal([]);
  });

  for (const [what, check, find] of [
    ["reveal", checkUpdates, (task: HonestTask) => [task.physical, firstReveal(task)]],
    [
      "delivery",
      checkMessages,
      ({ main }: HonestTask) => [main, main.all("MessageDelivered").at(-1)!.transactionHash],
    ],
  ] as [string, Check, (task: HonestTask) => [FakeChain, string]][]) {
    it(`a ${what} that a contract makes up itself is examined in its trace`, async () => {
      const task = await honestTask();
      const [chain, hash] = find(task);
      const { call, to } = viaContract(chain, hash);
      chain.traces.set(hash, [{ from: FORWARDER, to, data: call }]);
      expect(await missesOf(check, task.evidence)).to.deep.equal([]);
    });

    it(`a ${what} that a contract makes up itself is no failure without a trace`, async () => {
      const task = await honestTask();
      viaContract(...find(task));
      const misses = await missesOf(check, task.evidence);
      expect(misses).to.have.length(1);
      expect(misses[0]).to.match(/was made by a contract, so that its calldata do not tell how/);
    });
  }

  it("a delivery that a contract makes up itself fails when its traced proof does not hold", async () => {
    const task = await honestTask();
    const { main } = task;
    const { transactionHash } = main.all("MessageDelivered").at(-1)!;
    const { call, to } = viaContract(main, transactionHash);
    const { origin, message } = Gateway.decodeArguments("deliver", `0x${call.slice(10)}`);
    const data = Gateway.encodeCall("deliver", [origin, message, "0x1234"]);
    main.traces.set(transactionHash, [{ from: FORWARDER, to, data }]);
    expect(await failureOf(checkMessages, task.evidence)).to.match(/whose proof cannot be read\.$/);
  });

  it("an update that was never stored costs nothing in a round that was not finalized", async () => {
    const task = await honestTask();
    unfinalized(task);
    task.storage.files.delete(task.updates[0]!.update);
    const tally = new Tally();
    expect(await missesOf(checkUpdates, task.evidence, tally)).to.deep.equal([]);
    expect(tally.examined).to.equal(2);
    expect(tally.notes[0]).to.equal(
      "Round 1 was not finalized: the 2 updates that physical revealed in it were not looked for.",
    );
  });

  it("an accepted update that storage does not give cannot be examined, and the rest is", async () => {
    const task = await honestTask();
    task.storage.files.delete(task.updates[0]!.update);
    const tally = new Tally();
    const misses = await missesOf(checkUpdates, task.evidence, tally);
    expect(misses).to.have.length(1);
    expect(misses[0]).to.match(
      /^The update 0x\w+ of worker 0x\w+ of physical in round 1 cannot be read: There is no/,
    );
    expect(tally.examined).to.equal(2);
    expect((await missesOf(checkAggregates, task.evidence))[0]).to.match(
      /^Aggregators gave receipts for the update 0x\w+ of worker 0x\w+ in round 1, which cannot be read: There is no/,
    );
  });

  it("a model, a specification or a chain that is not given fails nothing", async () => {
    const gone = await honestTask();
    gone.storage.files.delete(gone.globalModel);
    expect((await missesOf(checkAggregates, gone.evidence))[0]).to.match(
      /^The global model 0x\w+ of round 1 cannot/,
    );

    const unspecified = await honestTask();
    unspecified.storage.files.delete(unspecified.terms.specDigest);
    expect((await missesOf(checkTerms, unspecified.evidence))[0]).to.match(
      /^The task's specification 0x\w+ cannot/,
    );

    const { evidence } = await honestTask();
    const { task, network, storage, chains } = evidence;
    const parts = { task, network, storage, chains: new Map(chains), unreadable: new Map() };
    parts.chains.delete(4n);
    parts.unreadable.set(4n, new BaseError("CHAIN_UNREACHABLE", "The physical chain does not answer."));
    for (const check of [checkChains, checkMessages, checkUpdates]) {
      expect(await missesOf(check, new Evidence(parts))).to.deep.equal([
        "Chain 4 cannot be read: The physical chain does not answer.",
      ]);
    }
  });

  it("tells of ten things that cannot be examined, and counts them all", () => {
    const tally = new Tally();
    for (let i = 0; i < 200_000; i++) tally.miss(new NotExamined(`File ${i}.`, "Find it."));
    expect(tally.unexamined.count).to.equal(200_000);
    expect(tally.unexamined.first).to.have.length(10);
  });

  it("a transfer of nothing out of the escrow, which anyone can make, is none", async () => {
    const { main, evidence } = await honestTask();
    main.mine(1221);
    main.transfer(evidence.network.main.contracts.escrow, FORWARDER, 0n);
    expect(await missesOf(checkEscrow, evidence)).to.deep.equal([]);
    expect(await missesOf(checkPayments, evidence)).to.deep.equal([]);
  });

  it("20,000 gifts to the escrow and as many movements of strangers' accounts are soon told apart", async () => {
    const { main, evidence } = await honestTask();
    const { token, escrow } = evidence.network.main.contracts;
    main.mine(1220);
    for (let i = 0; i < 20_000; i++) main.transfer(FORWARDER, escrow, 2n);
    main.mine(1221);
    for (let id = 0n; id < 20_000n; id++) {
      const account = { application: FORWARDER, id };
      main.emit("Funded", { ...account, token, payer: FORWARDER, amount: 1n }, escrow);
      main.transfer(FORWARDER, escrow, 1n);
    }
    main.answers.set("LocalToken.balanceOf", () => 60_000n);
    const began = performance.now();
    expect(await missesOf(checkEscrow, evidence)).to.deep.equal([]);
    expect(performance.now() - began).to.be.below(5000);
  }).timeout(60_000);

  it("a message that nobody delivers is no failure of the task", async () => {
    const { evidence, main, relay } = await honestTask();
    const { id, transactionHash } = relay.sent.at(-1)!;
    const gone = (event: { name: string; args: { messageId?: string }; transactionHash: string }) =>
      event.name === "MessageDelivered" && event.args.messageId === id;
    const settled = main.events.find((event) => gone(event as never))!.transactionHash;
    main.events.splice(
      0,
      main.events.length,
      ...main.events.filter((event) => event.transactionHash !== settled),
    );
    expect(transactionHash).not.to.equal(settled);
    main.answers.set("TaskManager.taskOf", () => ({ status: "Rejected" }));
    main.times.set(main.head, 1500);
    expect((await missesOf(checkMessages, evidence))[0]).to.match(
      /^Message 4 of relay \(EpochSettled, 0x\w+\) was sent \d+ s ago and not delivered to chain 1, though the task is over\.$/,
    );
  });

  it("a transaction that no node has any more is no failure, and the others are examined", async () => {
    const task = await honestTask();
    const { physical } = task;
    const hash = firstReveal(task);
    const honest = physical.transaction.bind(physical);
    physical.transaction = async (asked) => {
      if (asked === hash)
        throw new BaseError("TRANSACTION_NOT_FOUND", `physical has no transaction ${hash}.`);
      return honest(asked);
    };
    const tally = new Tally();
    expect(await missesOf(checkUpdates, task.evidence, tally)).to.have.length(1);
    expect(tally.examined).to.equal(2);
  });
});
