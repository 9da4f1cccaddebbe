import { expect } from "chai";

import { checkReexecution, type ReexecutionOptions } from "../../../audit/reexecution/checkReexecution.ts";
import { UNREPEATABLE } from "../../../audit/reexecution/reexecuteUpdate.ts";
import { repeatableNote } from "../../../audit/reexecution/repeatableNote.ts";
import { Tally } from "../../../audit/Tally.ts";
import { failureOf } from "./failureOf.ts";
import { START, TASK, TRAINER, TWIN, TwinTask } from "./twinTask.ts";

/** Two rounds; in the second the twin says 9 samples if it cheats. */
async function played(cheats: boolean, change: Record<string, unknown> = {}): Promise<TwinTask> {
  const task = await TwinTask.begin(change);
  await task.synchronize(START);
  await task.finalize(0, await task.play(0, START + 2));
  await task.play(1, START + 35, cheats ? { samples: 9 } : {});
  return task;
}

async function check(task: TwinTask, options: Omit<ReexecutionOptions, "trainer">) {
  const tally = new Tally();
  const run = (evidence: typeof task.evidence) =>
    checkReexecution(evidence, tally, { trainer: TRAINER, ...options });
  return { failure: await failureOf(run, task.evidence, tally), tally };
}

describe("audit: re-execution", () => {
  it("repeats as many updates as it is told, and says how it drew them", async () => {
    const task = await played(false);
    for (const updates of [1, 2, 5]) {
      const { failure, tally } = await check(task, { updates, seed: 4 });
      expect(failure).to.equal("");
      expect(tally.examined).to.equal(Math.min(2, updates));
      expect(tally.notes).to.deep.equal([
        `Of 2 updates of virtual workers, up to ${updates} were drawn with seed 4.`,
      ]);
    }
  });

  it("draws by the hash of main's latest block, which can be given as the seed again", async () => {
    const task = await played(false);
    const { tally } = await check(task, { updates: 1 });
    const seed = Number.parseInt((await task.main.blockHash(task.main.head)).slice(2, 10), 16);
    expect(tally.notes).to.deep.equal([
      `Of 2 updates of virtual workers, up to 1 were drawn with seed ${seed}, the hash of block ${task.main.head} of main.`,
    ]);
  });

  it("draws each update with some seed", async () => {
    const task = await played(true);
    const outcomes = await Promise.all(
      Array.from({ length: 16 }, async (_, seed) => (await check(task, { updates: 1, seed })).failure !== ""),
    );
    expect(new Set(outcomes)).to.have.length(2);
  });

  it("names who revealed what its training does not give, and how to look at it", async () => {
    const { failure } = await check(await played(true), { updates: 2, seed: 1 });
    expect(failure).to.equal(
      `The update of worker ${TWIN} of virtual in round 2 is not what its training gives. The update was committed to with 9 samples; its round asks for 4. (./freshet verify-update ${TASK} 2 ${TWIN})`,
    );
  });

  it("does not hold when one that was drawn cannot be repeated, and draws another", async () => {
    const task = await played(false);
    const { update } = task.virtual.all("UpdateRevealed")[0]!.args;
    task.storage.files.delete(update);
    const { failure, tally } = await check(task, { updates: 2, seed: 1 });
    expect(failure).to.equal("");
    expect(tally.examined).to.equal(1);
    expect(tally.unexamined.count).to.equal(1);
    expect(tally.unexamined.first[0]!.what).to.contain(
      `cannot be read: There is no block ${update}. (./freshet verify-update ${TASK} 1 ${TWIN})`,
    );
    expect(tally.unexamined.first[0]!.next).to.contain("Audit with a storage that has it whole");
  });

  it("does not hold when every batch is gone and nothing could be repeated", async () => {
    const task = await played(false);
    for (const batch of task.batches) task.storage.files.delete(batch);
    const { failure, tally } = await check(task, { updates: 20, seed: 1 });
    expect(failure).to.equal("");
    expect(tally.examined).to.equal(0);
    expect(tally.unexamined.count).to.equal(2);
  });

  it("does not hold when no twin revealed anything", async () => {
    const { tally } = await check(await TwinTask.begin({}), { updates: 2, seed: 1 });
    expect(tally.examined).to.equal(0);
    expect(tally.unexamined.first.map(({ what }) => what)).to.deep.equal([
      "No worker of a virtual subchain revealed an update that could be repeated.",
    ]);
  });

  it("repeats nothing of a task that says its updates cannot be repeated, and says so", async () => {
    const task = await played(true, { update: { repeatable: false } });
    const { failure, tally } = await check(task, { updates: 2, seed: 1 });
    expect(failure).to.equal("");
    expect(tally.examined).to.equal(0);
    expect(tally.unexamined.first.map(({ what }) => what)).to.deep.equal([UNREPEATABLE]);
  });

  it("tells beforehand how many could be repeated, or that none can", async () => {
    expect(await repeatableNote((await played(false)).evidence, { isAll: false })).to.equal(
      "The training of 2 of them can be repeated where storage has their batches: audit --re-execute N does it for N.",
    );
    const marked = await played(false, { update: { repeatable: false } });
    expect(await repeatableNote(marked.evidence, { isAll: false })).to.equal(UNREPEATABLE);
    // Another check says what is wrong with the specification.
    const lost = await played(false);
    const [specification] = [...lost.storage.files.keys()];
    lost.storage.files.delete(specification!);
    expect(await repeatableNote(lost.evidence, { isAll: false })).to.match(/^The training of 2 of them/);
  });

  it("tells of a bundle how many can be repeated by what is in it, not how many could be", async () => {
    const whole = await played(false);
    expect(await repeatableNote(whole.evidence, { isAll: true })).to.equal(
      "The training of 2 of them can be repeated by the bundle alone: audit --re-execute N does it for N.",
    );
    const part = await played(false);
    const [, second] = part.virtual.all("UpdateRevealed");
    part.storage.files.delete(second!.args.update);
    expect(await repeatableNote(part.evidence, { isAll: true })).to.equal(
      "The training of 1 of them can be repeated by the bundle alone: audit --re-execute N does it for N. Not of all: the bundle lacks files that the training of 1 update of virtual workers was made of or with; one that is gathered without --digests-only, while storage still has them, has them too.",
    );
    const digests = await played(false);
    for (const batch of digests.batches) digests.storage.files.delete(batch);
    expect(await repeatableNote(digests.evidence, { isAll: true })).to.match(
      /^No training can be repeated: the bundle lacks files that the training of 2 updates/,
    );
  });
});
