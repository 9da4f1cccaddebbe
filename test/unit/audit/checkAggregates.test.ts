import { expect } from "chai";
import { checkAggregates } from "../../../audit/rounds/checkAggregates.ts";
import { checkUpdates } from "../../../audit/rounds/checkUpdates.ts";
import { Tally } from "../../../audit/Tally.ts";
import { DataFolder } from "../../../storage/DataFolder.ts";
import { failureOf } from "./failureOf.ts";
import { finalizeWith } from "./finalizeWith.ts";
import { honestTask } from "./honestTask.ts";
import { missesOf } from "./missesOf.ts";

describe("audit: aggregates", () => {
  it("names a worker whose acceptable update was left out", async () => {
    const task = await honestTask();
    finalizeWith(task, { accepted: [[0b01n]] });
    expect(await failureOf(checkAggregates, task.evidence)).to.equal(
      `In round 1 the update of worker ${task.workers[1]} of physical was left out, but ${task.updates[1]!.update} is in storage and an update of the task.`,
    );
  });

  it("names a worker whose update was accepted and cannot be", async () => {
    const task = await honestTask();
    task.storage.files.set(task.updates[0]!.update, new TextEncoder().encode("no model"));
    expect(await failureOf(checkAggregates, task.evidence)).to.match(
      new RegExp(
        `^In round 1 the update of worker ${task.workers[0]} of physical was accepted, but cannot be: `,
      ),
    );
  });

  it("names a bit of nobody", async () => {
    const task = await honestTask();
    finalizeWith(task, { accepted: [[0b11n, 1n << 3n]] });
    expect(await failureOf(checkAggregates, task.evidence)).to.equal(
      "In round 1 index 259 of physical was accepted, which revealed no update.",
    );
  });

  it("names a model that the accepted updates do not average to", async () => {
    const task = await honestTask();
    finalizeWith(task, { globalModel: task.terms.initialModel });
    expect(await failureOf(checkAggregates, task.evidence)).to.equal(
      `The 2 accepted updates of round 1 give ${task.globalModel}, but ${task.terms.initialModel} was attested.`,
    );
  });

  it("does not look for an update that was left out because nobody held it", async () => {
    const task = await honestTask();
    // The first worker's update changes nothing.
    const globalModel = task.terms.initialModel;
    task.storage.files.delete(task.updates[1]!.update);
    task.physical.all("UpdateRevealed")[1]!.args.receipts = "0x";
    finalizeWith(task, { accepted: [[0b01n]], globalModel });
    const { body } = task.evidence.messagesFrom(task.main).at(-1)!;
    Object.assign(body, { globalModel });
    const closed = task.main.all("TaskClosed")[0]!;
    closed.args.globalModel = globalModel;
    const honest = task.main.answers.get("TaskManager.taskOf")!;
    task.main.answers.set("TaskManager.taskOf", () => ({
      ...(honest() as object),
      globalModel,
    }));
    expect(await failureOf(checkAggregates, task.evidence)).to.equal("");
    const tally = new Tally();
    expect(await failureOf(checkUpdates, task.evidence, tally)).to.equal("");
    expect(tally.notes[0]).to.equal("Round 1 left out 1 of 2 updates of physical: they were not looked for.");
  });

  it("makes no verdict of a round when it cannot read what aggregators gave receipts for", async () => {
    const task = await honestTask();
    const { update, worker } = task.updates[1]!;
    task.storage.files.delete(update);
    expect((await missesOf(checkAggregates, task.evidence))[0]).to.match(
      new RegExp(`^Aggregators gave receipts for the update ${update} of worker ${worker} in round 1, which`),
    );
  });

  it("names an update that was accepted though too few aggregators held it", async () => {
    const task = await honestTask();
    task.physical.all("UpdateRevealed")[1]!.args.receipts = "0x";
    expect(await failureOf(checkAggregates, task.evidence)).to.match(
      /was accepted, but cannot be: Its reveal does not show that enough aggregators hold the update/,
    );
  });

  it("names a subchain whose report came in time and was left out", async () => {
    const task = await honestTask();
    finalizeWith(task, { accepted: [[]] });
    expect(await failureOf(checkAggregates, task.evidence)).to.match(/was left out, but 0x/);
  });

  it("lets a subchain be left out whose report came after the time for reports, and says so", async () => {
    const task = await honestTask();
    const report = task.main.all("RoundReported")[0]!;
    task.main.times.set(report.blockNumber, 1162);
    finalizeWith(task, { accepted: [[]] });
    const tally = new Tally();
    expect(await failureOf(checkAggregates, task.evidence, tally)).to.equal(
      `The 0 accepted updates of round 1 give ${task.terms.initialModel}, but ${task.globalModel} was attested.`,
    );
    expect(tally.notes).to.deep.equal([
      "Round 1 left out physical, whose report came after the time for reports.",
    ]);
  });

  it("wants a subchain to be left out that reported others than it shows, and says so", async () => {
    const task = await honestTask();
    task.main.all("RoundReported")[0]!.args.updatesRoot = `0x${"77".repeat(32)}`;
    expect(await failureOf(checkAggregates, task.evidence)).to.equal(
      "Round 1 took 2 updates of physical, which reported others than it shows.",
    );
    finalizeWith(task, { accepted: [[]], globalModel: task.terms.initialModel });
    const tally = new Tally();
    expect(await failureOf(checkAggregates, task.evidence, tally)).to.not.match(
      /^In round 1|updates of round 0/,
    );
    expect(tally.notes).to.include("Round 1 left out physical, which reported others than it shows.");
  });

  it("makes no verdict of a subchain that was left out after a long time: aggregators may not have read it", async () => {
    const task = await honestTask();
    finalizeWith(task, { accepted: [[]], globalModel: task.terms.initialModel });
    task.main.times.set(task.main.all("RoundFinalized")[0]!.blockNumber, 1400);
    const tally = new Tally();
    await failureOf(checkAggregates, task.evidence, tally);
    expect(tally.unexamined.first[0]!.what).to.match(
      /^Round 1 left out physical, whose report came in time: /,
    );
  });

  it("evaluates the models when it can", async () => {
    const { evidence, globalModel } = await honestTask();
    const check = (scorePpb: number) => (e: typeof evidence, tally: Tally) =>
      checkAggregates(e, tally, { evaluate: async () => ({ scorePpb, samples: 10 }) });
    expect(await failureOf(check(500_000_000), evidence)).to.equal("");
    expect(await failureOf(check(400_000_000), evidence)).to.equal(
      `The model ${globalModel} of round 1 was attested with a score of 50 %; on 10 held-out samples it is 40 %.`,
    );
  });

  it("finds nothing against aggregators in a table of one's own, of which the auditor may have another", async () => {
    const { evidence } = await honestTask();
    const spec = await evidence.spec();
    const evaluate = async () => ({ scorePpb: 400_000_000, samples: 10 });
    const audit = async (change: object) => {
      const tally = new Tally();
      const changed = { ...spec, dataset: { kind: "csv" }, ...change } as typeof spec;
      evidence.spec = async () => changed;
      const failure = await failureOf((e, t) => checkAggregates(e, t, { evaluate }), evidence, tally);
      return { failure, tally };
    };
    const { failure, tally } = await audit({});
    expect(failure).to.equal("");
    expect(tally.unexamined.first[0]!.what).to.contain("nothing says that those are the aggregators'");
    // What the task commits to, all have alike.
    expect((await audit({ heldOut: { digest: `0x${"11".repeat(32)}` } })).failure).to.contain("it is 40 %");
  });

  it("says which files it lacks to evaluate models, and that --data names where they are", async () => {
    const { evidence } = await honestTask();
    const tally = new Tally();
    const evaluate = async () => {
      await new DataFolder("/nowhere/csv", "a table").require(["machines.csv"]);
      throw new Error("never");
    };
    expect(await failureOf((e, t) => checkAggregates(e, t, { evaluate }), evidence, tally)).to.equal("");
    const [missed] = tally.unexamined.first;
    expect(missed!.what).to.contain("1 file is not in /nowhere/csv: machines.csv.");
    expect(missed!.next).to.contain("--data");
  });
});
