import { expect } from "chai";
import { toBeHex } from "ethers";

import { checkPayments } from "../../../audit/escrow/checkPayments.ts";
import { checkAggregates } from "../../../audit/rounds/checkAggregates.ts";
import { Tally } from "../../../audit/Tally.ts";
import { aoiContract } from "../../../mechanisms/aoi-contract/aoiContract.ts";
import type { Mechanism } from "../../../mechanisms/Mechanism.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { encodeScores, NO_SCORES, type ScoreRecord, scoresTree } from "../../../protocol/scores.ts";
import type { Digest } from "../../../storage/ContentStore.ts";
import { failureOf } from "./failureOf.ts";
import { finalizeWith } from "./finalizeWith.ts";
import { type HonestTask, honestTask, TASK } from "./honestTask.ts";
import { missesOf } from "./missesOf.ts";

const HASH = `0x${"44".repeat(32)}`;

/** The AoI contract, but who was taken is scored by its samples, and paid a wei for each. */
const SCORING: Mechanism = {
  ...aoiContract,
  scores: async ({ revealed }) =>
    revealed
      .filter(({ accepted }) => accepted)
      .map(({ chainId, index, samples }) => ({ chainId, index, score: toBeHex(samples, 4) })),
  audit: {
    ...aoiContract.audit,
    payOf: (task, earned) =>
      aoiContract.audit.payOf(task, earned) + (earned.score === "0x" ? 0n : BigInt(earned.score)),
  },
};
const RECORDS: ScoreRecord[] = [10, 30].map((samples, index) => ({
  chainId: 4n,
  task: TASK,
  index,
  score: toBeHex(samples, 4),
}));

/** The honest task under that mechanism: its aggregators attested the scores of round 1, the workers were paid for. */
async function scoredTask(records: readonly ScoreRecord[] = RECORDS): Promise<HonestTask> {
  const task = await honestTask();
  task.evidence.mechanism = async () => SCORING;
  const digest = await task.storage.put(encodeScores(records));
  finalizeWith(task, { scores: { root: scoresTree(records).root(), digest } });
  pay(task, 0, 1017n);
  pay(task, 1, 1866n);
  return task;
}

/** What all who state it say that a worker was paid. */
function pay({ main }: HonestTask, place: number, amount: bigint): void {
  main.all("RewardClaimed")[place]!.args.amount = amount;
  main.all("Paid")[place]!.args.amount = amount;
  main.tokenTransfers[1 + place]!.args.value = amount;
}

describe("audit: attested scores", () => {
  it("pass where they are what the mechanism derives from the round, and are paid for", async () => {
    const { evidence } = await scoredTask();
    expect(await failureOf(checkAggregates, evidence)).to.equal("");
    const tally = new Tally();
    expect(await failureOf(checkPayments, evidence, tally)).to.equal("");
    expect([tally.examined, tally.notes]).to.deep.equal([2, []]);
  });

  it("are named when they are other ones", async () => {
    const others = [RECORDS[0]!, { ...RECORDS[1]!, score: toBeHex(31, 4) }];
    const { evidence } = await scoredTask(others);
    expect(await failureOf(checkAggregates, evidence)).to.match(
      new RegExp(
        `^Round 1 was finalized with scores ${scoresTree(others).root()} in file 0x\\w+; ${scoresTree(RECORDS).root()} in 0x\\w+ are right`,
      ),
    );
  });

  it("are named when their file or their root is another, when there are none, and when nobody was to be scored", async () => {
    const task = await scoredTask();
    const { root, digest } = task.main.all("RoundFinalized")[0]!.args.scores;
    finalizeWith(task, { scores: { root, digest: HASH } });
    expect(await failureOf(checkAggregates, task.evidence)).to.equal(
      `Round 1 was finalized with scores ${root} in file ${HASH}; ${root} in ${digest} are right.`,
    );
    finalizeWith(task, { scores: { root: HASH, digest } });
    expect(await failureOf(checkAggregates, task.evidence)).to.equal(
      `Round 1 was finalized with scores ${HASH} in file ${digest}; ${root} in ${digest} are right.`,
    );
    finalizeWith(task, { scores: NO_SCORES });
    expect(await failureOf(checkAggregates, task.evidence)).to.contain(
      `with scores ${NO_SCORES.root} in file ${NO_SCORES.digest}; ${root} in ${digest} are right`,
    );
    const unscored = await honestTask();
    finalizeWith(unscored, { scores: { root, digest } });
    expect(await failureOf(checkAggregates, unscored.evidence)).to.contain(
      `with scores ${root} in file ${digest}; ${NO_SCORES.root} in ${NO_SCORES.digest} are right`,
    );
  });

  it("follow from who was taken: of one left out, none", async () => {
    const task = await scoredTask();
    // The first worker's update changes nothing, so without the second's the model stays.
    task.physical.all("UpdateRevealed")[1]!.args.receipts = "0x";
    finalizeWith(task, { accepted: [[0b01n]], globalModel: task.terms.initialModel });
    expect(await failureOf(checkAggregates, task.evidence)).to.contain(
      `; ${scoresTree(RECORDS.slice(0, 1)).root()} in`,
    );
  });

  it("are named when a payment is not for them", async () => {
    const task = await scoredTask();
    pay(task, 1, 1867n);
    expect(await failureOf(checkPayments, task.evidence)).to.match(
      /was paid 1867 wei in transaction 0x\w+; item 2, 55 s covered and 1250 s² of age and 1 of 1 rounds accepted earn 1866 wei/,
    );
  });

  it("may be left out of a claim, to the worker's disadvantage; that is said", async () => {
    const task = await scoredTask();
    pay(task, 1, 1836n);
    const tally = new Tally();
    expect(await missesOf(checkPayments, task.evidence, tally)).to.have.length(1);
    expect(tally.notes).to.deep.equal([
      `Worker ${task.workers[1]} of physical claimed without its score: 1836 wei in place of 1866.`,
    ]);
  });

  it("may be left out by the worker alone: who claimed is told by its call, or cannot be examined", async () => {
    const task = await scoredTask();
    pay(task, 1, 1836n);
    const { main, workers } = task;
    const { transactionHash } = main.all("RewardClaimed")[1]!;
    const worker = workers[1]!;
    const record = { chainId: 4n, task: TASK, index: 1, worker, workHash: HASH };
    const data = contracts.TaskManager.encodeCall("claim", [
      record,
      [],
      "0x",
      { value: "0x", position: 0, branch: [] },
    ]);
    const sent = { ...main.transactions.get(transactionHash)!, data };
    main.transactions.set(transactionHash, { ...sent, to: main.application });
    expect(await failureOf(checkPayments, task.evidence)).to.match(
      /in transaction 0x\w+, in which 0x(5e)+ left its score out; only the worker itself may\.$/,
    );
    const own = { ...sent, from: worker.toLowerCase(), to: main.application };
    main.transactions.set(transactionHash, own);
    expect(await missesOf(checkPayments, task.evidence)).to.deep.equal([]);

    // The worker is a contract that a stranger called.
    main.transactions.set(transactionHash, { ...sent, to: worker });
    expect((await missesOf(checkPayments, task.evidence))[0]).to.match(
      /^The claim of worker 0x\w+ by transaction/,
    );
    const call = { to: main.application.toLowerCase(), data };
    main.traces.set(transactionHash, [{ ...call, from: worker.toLowerCase() }]);
    expect(await missesOf(checkPayments, task.evidence)).to.deep.equal([]);
    main.traces.set(transactionHash, [{ ...call, from: sent.from }]);
    expect(await failureOf(checkPayments, task.evidence)).to.match(/in which 0x(5e)+ left its score out/);
  });

  it("that cannot be read are said to be lost, and those in another file than the attested root to be wrong", async () => {
    const task = await scoredTask();
    const { digest, root } = task.main.all("RoundFinalized")[0]!.args.scores;
    const others = encodeScores(RECORDS.slice(0, 1));
    task.storage.files.set(digest, others);
    expect(await failureOf(checkPayments, task.evidence)).to.equal(
      `The scores of round 1 were attested with root ${root}; their file ${digest} leads to ${scoresTree(RECORDS.slice(0, 1)).root()}.`,
    );
    task.storage.files.set(digest, new TextEncoder().encode("no scores"));
    expect(await failureOf(checkPayments, task.evidence)).to.match(
      new RegExp(`^The scores ${digest} of round 1 cannot be read: `),
    );
    task.storage.files.delete(digest as Digest);
    expect((await missesOf(checkPayments, task.evidence))[0]).to.contain("cannot be read: There is no block");
  });
});
