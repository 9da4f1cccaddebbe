import { expect } from "chai";

import { checkPayments } from "../../../audit/escrow/checkPayments.ts";
import { Tally } from "../../../audit/Tally.ts";
import { aoiContract } from "../../../mechanisms/aoi-contract/aoiContract.ts";
import type { Mechanism } from "../../../mechanisms/Mechanism.ts";
import { failureOf } from "./failureOf.ts";
import { type HonestTask, honestTask } from "./honestTask.ts";

/** A mechanism that pays whoever enrolled, whatever came of it. */
const GENEROUS: Mechanism = { ...aoiContract, audit: { ...aoiContract.audit, payOf: () => 5n } };

/** The honest task under that mechanism, ended without a final round; both workers claim, and are paid `amount`. */
async function unfinishedTask(amount: bigint): Promise<HonestTask> {
  const task = await honestTask();
  const { evidence, main } = task;
  evidence.mechanism = async () => GENEROUS;
  main.events.splice(
    0,
    main.events.length,
    ...main.events.filter(({ name }) => name !== "RoundFinalized" && (name !== "Paid" || amount > 0n)),
  );
  const state = await evidence.state();
  main.answers.set("TaskManager.taskOf", () => ({ ...state, status: "Expired", round: 0 }));
  Object.assign(state, { status: "Expired", round: 0 });
  for (const { args } of main.all("RewardClaimed")) Object.assign(args, { acceptedRounds: 0, amount });
  for (const { args } of main.all("Paid")) args.amount = amount;
  for (const { args } of main.tokenTransfers.slice(1, 3)) args.value = amount;
  return task;
}

describe("audit: payments of a task without a final round", () => {
  it("are nothing, whatever the mechanism pays for", async () => {
    const { evidence } = await unfinishedTask(0n);
    const tally = new Tally();
    expect(await failureOf(checkPayments, evidence, tally)).to.equal("");
    expect(tally.examined).to.equal(2);
  });

  it("are named when they are not", async () => {
    const { evidence } = await unfinishedTask(5n);
    expect(await failureOf(checkPayments, evidence)).to.match(
      /was paid 5 wei in transaction 0x\w+; .* and 0 of 1 rounds accepted earn 0 wei\.$/,
    );
  });
});
