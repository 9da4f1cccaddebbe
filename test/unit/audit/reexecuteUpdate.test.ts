import { expect } from "chai";
import { revealOf } from "../../../audit/evidence/revealOf.ts";
import type { Reexecution, Trainer } from "../../../audit/reexecution/Reexecution.ts";
import { LEAVE_OUT, reexecuteUpdate, UNREPEATABLE } from "../../../audit/reexecution/reexecuteUpdate.ts";
import { decodeUpdate, encodeUpdate } from "../../../learning/federated/updateCodec.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { encodeEngineId } from "../../../protocol/engineId.ts";
import { shortAddress } from "../../../reports/shortAddress.ts";
import type { Digest } from "../../../storage/ContentStore.ts";
import { digestOf } from "../../../storage/contentId.ts";
import { encodeTaskSpec } from "../../../tasks/taskSpec.ts";
import { noise } from "../learning/modifications/noise.ts";
import { rejected } from "../thrown.ts";
import { type Deviation, ENGINE, START, TRAINER, TWIN, TwinTask } from "./twinTask.ts";

const SCAFFOLD = { strategy: { kind: "scaffold" }, update: { encoding: "int16" } };

/** Times at which the twin's device synchronizes: all that are due until round 1 begins. */
const DUE = [0, 10, 20, 30].map((seconds) => START + seconds);
const ROUND_1 = START + 30;

async function repeated(task: TwinTask, round: number, trainer: Trainer = TRAINER): Promise<Reexecution> {
  return reexecuteUpdate(task.evidence, await revealOf(task.evidence, round, TWIN), trainer);
}

/** A task whose round 1 was played honestly, up to round 1 with all its batches. */
async function inRound1(change: Record<string, unknown> = {}, accepted = true): Promise<TwinTask> {
  const task = await TwinTask.begin(change);
  await task.synchronize(DUE[0]!);
  const update = await task.play(0, DUE[0]! + 2);
  for (const time of DUE.slice(1, 3)) await task.synchronize(time);
  await task.finalize(0, accepted ? update : undefined);
  await task.synchronize(DUE[3]! + 1);
  return task;
}

/** What repeating round 1 shows when the twin deviates in it. */
async function deviating(deviation: Deviation, change: Record<string, unknown> = {}): Promise<Reexecution> {
  const task = await inRound1(change);
  await task.play(1, ROUND_1 + 5, deviation);
  return repeated(task, 1);
}

describe("reexecuteUpdate", () => {
  for (const [what, change] of [
    ["plain averaging", {}],
    ["a worker's state", SCAFFOLD],
  ] as const) {
    it(`gives an honest update's bytes again, with ${what}`, async () => {
      const task = await inRound1(change);
      await task.play(1, ROUND_1 + 5);
      expect(await repeated(task, 0)).to.deep.equal({ outcome: "same" });
      expect(await repeated(task, 1)).to.deep.equal({ outcome: "same" });
    });
  }

  describe("of a task that clips updates", () => {
    const CLIPPED = { update: { modifications: [{ kind: "clip", norm: 0.01 }] } };

    it("gives a clipped update's bytes again", async () => {
      const task = await inRound1(CLIPPED);
      await task.play(1, ROUND_1 + 5);
      expect(await repeated(task, 1)).to.deep.equal({ outcome: "same" });
    });

    it("tells one that was not clipped", async () => {
      const result = await deviating({ fit: { modifications: [] } }, CLIPPED);
      expect(result).to.include({ outcome: "differs", difference: "tensor" });
    });
  });

  it("says that nothing can be said of a task whose updates are modified with secrets", async () => {
    const task = await inRound1({ update: { repeatable: false } });
    await task.play(1, ROUND_1 + 5, { fit: { modifications: [noise], secret: new SeededRandom(1) } });
    expect(await repeated(task, 1)).to.deep.equal({
      outcome: "unexamined",
      why: UNREPEATABLE,
      next: LEAVE_OUT,
    });
  });

  it("goes on from the last state that was accepted, not the last that was revealed", async () => {
    const task = await inRound1(SCAFFOLD, false);
    await task.play(1, ROUND_1 + 5, { forgets: true });
    expect(await repeated(task, 1)).to.deep.equal({ outcome: "same" });
  });

  describe("names the engine class", () => {
    it("when another was committed to than the task asks for", async () => {
      const engine = encodeEngineId({ numericClass: "fast/1", kind: "native", version: "0.1.0" });
      expect(await deviating({ engine })).to.deep.equal({
        outcome: "differs",
        difference: "engine class",
        why: "The update was committed to as computed with fast/1; the task asks for strict/1.",
      });
    });

    it("when what was committed to is none", async () => {
      const result = await deviating({ engine: `0x${"61".repeat(32)}` });
      expect(result).to.include({ outcome: "differs", difference: "engine class" });
    });

    it("when it cannot be computed here, without blaming the worker", async () => {
      const task = await inRound1({ numericClass: "fast/1" });
      const engine = encodeEngineId({ numericClass: "fast/1", kind: "native", version: "0.1.0" });
      await task.play(1, ROUND_1 + 5, { engine });
      expect(await repeated(task, 1)).to.deep.equal({
        outcome: "unexamined",
        why: "fast/1 cannot be computed here, only strict/1.",
        next: "Audit on a machine that computes it (docs/learning-engine.md).",
      });
    });

    it("but not the kind and version that computed it", async () => {
      const engine = encodeEngineId({ numericClass: "strict/1", kind: "native", version: "9.0.0" });
      expect(engine).to.not.equal(ENGINE);
      expect(await deviating({ engine })).to.deep.equal({ outcome: "same" });
    });
  });

  describe("names the data", () => {
    const expectData = (result: Reexecution, why: RegExp) => {
      expect(result).to.include({ outcome: "differs", difference: "data" });
      expect((result as { why: string }).why).to.match(why);
    };

    it("when the update does not say what it was trained on", async () => {
      const fit = { data: undefined };
      expectData(await deviating({ fit }), /does not say what it was trained on/);
    });

    it("when a batch was never synchronized to the twin", async () => {
      const stranger = `0x${"ab".repeat(32)}`;
      const task = await inRound1();
      await task.play(1, ROUND_1 + 5, { named: [...task.batches.slice(1, 3), stranger] });
      expectData(await repeated(task, 1), new RegExp(`Batch ${stranger} was not synchronized`));
    });

    it("when a batch was synchronized only after the commit", async () => {
      const task = await inRound1();
      const reveal = task.virtual.events.length;
      await task.play(1, ROUND_1 + 5);
      // The same synchronization, told after the commit.
      const sync = task.virtual.all("TwinSynchronized").at(-1)!;
      const commit = task.virtual.events[reveal]!;
      Object.assign(sync, { blockNumber: commit.blockNumber + 1 });
      expectData(await repeated(task, 1), /was not synchronized to the twin before it committed/);
    });

    it("when the newest batches were left out", async () => {
      const task = await inRound1();
      await task.synchronize(ROUND_1 + 2);
      await task.play(1, ROUND_1 + 5, { trained: task.batches.slice(0, 1) });
      expectData(
        await repeated(task, 1),
        /trained as of synchronization 1; its round asks for one from 3 to 4/,
      );
    });

    it("when a batch was used that was not due", async () => {
      const task = await inRound1();
      await task.synchronize(ROUND_1 + 2);
      await task.play(1, ROUND_1 + 5);
      expectData(
        await repeated(task, 1),
        /trained as of synchronization 5; its round asks for one from 3 to 4/,
      );
    });

    it("when a batch between was left out", async () => {
      const task = await inRound1();
      const [, second, third, fourth] = task.batches;
      await task.play(1, ROUND_1 + 5, { trained: [second!, fourth!] });
      expectData(
        await repeated(task, 1),
        new RegExp(`names batch ${second} where ${third} was synchronized`),
      );
    });

    it("when an older batch was left out", async () => {
      const task = await inRound1();
      await task.play(1, ROUND_1 + 5, { trained: task.batches.slice(2) });
      expectData(await repeated(task, 1), new RegExp(`leaves out batch ${task.batches[1]}`));
    });

    it("when a batch is named that is too old to be used", async () => {
      const task = await inRound1();
      await task.play(1, ROUND_1 + 5, { trained: task.batches });
      expectData(await repeated(task, 1), new RegExp(`names batch ${task.batches[0]}, which is too old`));
    });

    it("when batches are named in another order", async () => {
      const task = await inRound1();
      const [, second, third, fourth] = task.batches;
      await task.play(1, ROUND_1 + 5, { trained: [third!, second!, fourth!] });
      expectData(
        await repeated(task, 1),
        new RegExp(`names batch ${third} where ${second} was synchronized`),
      );
    });

    it("but not when what was due came after the round had opened, and was not waited for", async () => {
      const task = await inRound1();
      await task.play(1, ROUND_1 + 5, { trained: task.batches.slice(0, 3) });
      expect(await repeated(task, 1)).to.deep.equal({ outcome: "same" });
    });

    it("when other data were used than are named", async () => {
      const task = await inRound1();
      await task.play(1, ROUND_1 + 5, {
        trained: task.batches.slice(0, 3),
        named: task.batches.slice(1),
      });
      const result = await repeated(task, 1);
      expect(result).to.include({ outcome: "differs", difference: "tensor" });
    });
  });

  it("names the number of samples, its weight, when it is another", async () => {
    expect(await deviating({ samples: 9 })).to.deep.equal({
      outcome: "differs",
      difference: "samples",
      why: "The update was committed to with 9 samples; its round asks for 10.",
    });
  });

  it("names a state that the update should have gone on from", async () => {
    const result = await deviating({ forgets: true }, SCAFFOLD);
    expect(result).to.include({ outcome: "differs", difference: "worker state" });
    expect((result as { why: string }).why).to.match(/goes on from nothing; .* left 0x/);
  });

  it("names a state that the update leaves and that does not come out", async () => {
    const stateAfter = `0x${"cd".repeat(32)}`;
    const task = await inRound1(SCAFFOLD);
    const { globalModel } = task.main.all("RoundFinalized").at(-1)!.args;
    const file = (bytes: Uint8Array) =>
      encodeUpdate({ ...decodeUpdate(bytes, task.spec, globalModel), stateAfter });
    await task.play(1, ROUND_1 + 5, { file });
    const result = await repeated(task, 1);
    expect(result).to.include({ outcome: "differs", difference: "worker state" });
    expect((result as { why: string }).why).to.contain(`leaves state ${stateAfter}; repeating it leaves 0x`);
  });

  it("names the first tensor in which the update differs, with both values", async () => {
    const task = await inRound1();
    const { globalModel } = task.main.all("RoundFinalized").at(-1)!.args;
    const file = (bytes: Uint8Array) => {
      const update = decodeUpdate(bytes, task.spec, globalModel);
      const [kernel, bias] = update.delta as [{ values: Float32Array; scale: number }, never];
      const values = kernel.values.slice();
      values[5] = 0.5;
      values[9] = 0.25;
      return encodeUpdate({ ...update, delta: [{ ...kernel, values }, bias] });
    };
    await task.play(1, ROUND_1 + 5, { file });
    const result = await repeated(task, 1);
    expect(result).to.include({ outcome: "differs", difference: "tensor" });
    expect((result as { why: string }).why).to.match(
      /^Tensor delta\/layer0\.kernel differs at 2 of 7840 places, first at 5: 0\.5 was revealed, 0\.\d+ comes out\.$/,
    );
  });

  it("names a format that no update has", async () => {
    const file = () => new TextEncoder().encode("no update");
    expect(await deviating({ file })).to.include({ outcome: "differs", difference: "format" });
  });

  it("names a training that cannot be done", async () => {
    const task = await inRound1();
    await task.play(1, ROUND_1 + 5);
    const failing = (code: string): Trainer => ({
      ...TRAINER,
      train: () => Promise.reject(new BaseError(code, "It does not work.")),
    });
    expect(await repeated(task, 1, failing("TRAINING_DIVERGED"))).to.include({
      outcome: "differs",
      difference: "training",
    });
    // That is about this machine.
    expect((await repeated(task, 1, failing("ENGINE_NATIVE"))).outcome).to.equal("unexamined");
    const broken: Trainer = { ...TRAINER, train: () => Promise.reject(new Error("A bug.")) };
    const error = await repeated(task, 1, broken).catch((thrown: Error) => thrown);
    expect(error).to.have.property("message", "A bug.");
  });

  describe("says what it lacks", () => {
    const lacking = async (result: Promise<Reexecution>, why: RegExp) => {
      const { outcome, ...rest } = await result;
      expect(outcome).to.equal("unexamined");
      expect((rest as { why: string }).why).to.match(why);
    };

    it("when the update is not stored", async () => {
      await lacking(deviating({ keeps: "update" }), /^The update 0x\w+ cannot be read: There is no block/);
    });

    it("when the task's specification is not stored", async () => {
      const task = await inRound1();
      await task.play(1, ROUND_1 + 5);
      task.storage.files.delete(await digestOf(encodeTaskSpec(task.spec)));
      await lacking(repeated(task, 1), /specification 0x\w+ cannot be read/);
    });

    it("when a batch is not stored", async () => {
      const task = await inRound1();
      await task.play(1, ROUND_1 + 5);
      task.storage.files.delete(task.batches[2]!);
      await lacking(repeated(task, 1), new RegExp(`^Batch ${task.batches[2]} cannot be read`));
    });

    it("when a batch is no data set", async () => {
      const task = await inRound1();
      await task.play(1, ROUND_1 + 5);
      const nothing = await task.synchronize(ROUND_1 + 6, new TextEncoder().encode("nothing"));
      task.storage.files.set(task.batches[2]!, await task.storage.get(nothing as never));
      await lacking(repeated(task, 1), new RegExp(`^Batch ${task.batches[2]} is no data set`));
    });

    it("when the round's global model is not stored", async () => {
      const task = await inRound1();
      await task.play(1, ROUND_1 + 5);
      const { globalModel } = task.main.all("RoundFinalized").at(-1)!.args;
      task.storage.files.delete(globalModel);
      await lacking(repeated(task, 1), /^The round's global model 0x\w+ cannot be read/);
    });

    it("when main has not finalized the round before", async () => {
      const task = await inRound1();
      await task.play(1, ROUND_1 + 5);
      task.main.events.splice(
        0,
        task.main.events.length,
        ...task.main.events.filter(({ name }) => name !== "RoundFinalized"),
      );
      await lacking(repeated(task, 1), /^Main has not finalized round 1 yet/);
    });

    it("when the worker's state is not stored, or is none", async () => {
      const task = await inRound1(SCAFFOLD);
      await task.play(1, ROUND_1 + 5);
      const first = task.virtual.all("UpdateRevealed")[0]!.args.update;
      const { stateAfter } = decodeUpdate(
        await task.storage.get(first as Digest),
        task.spec,
        (await task.evidence.terms()).initialModel,
      );
      task.storage.files.set(stateAfter!, new TextEncoder().encode("none"));
      await lacking(repeated(task, 1), new RegExp(`^The worker's state ${stateAfter} is none`));
      const fresh = await inRound1(SCAFFOLD);
      await fresh.play(1, ROUND_1 + 5);
      fresh.storage.files.delete(stateAfter!);
      await lacking(repeated(fresh, 1), new RegExp(`^The worker's state ${stateAfter} cannot be read`));
    });
  });

  it("does not find what was never revealed", async () => {
    const task = await inRound1();
    expect((await rejected(repeated(task, 1))).code).to.equal("UPDATE_NOT_REVEALED");
    expect((await rejected(revealOf(task.evidence, 0, `0x${"11".repeat(20)}`))).code).to.equal(
      "UPDATE_NOT_REVEALED",
    );
    expect((await rejected(revealOf(task.evidence, 0, "twin 1"))).code).to.equal("NOT_AN_ADDRESS");
    // However its address is written, also as task show prints it.
    expect((await revealOf(task.evidence, 0, shortAddress(TWIN))).reveal.update.worker).to.equal(TWIN);
    const { reveal } = await revealOf(task.evidence, 0, TWIN.toLowerCase());
    expect(await digestOf(await task.storage.get(reveal.update.update as never))).to.equal(
      reveal.update.update,
    );
  });
});
