import { existsSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { expandSweep, type SweepRun } from "../../../../experiments/sweeps/expandSweep.ts";
import { RunStore } from "../../../../experiments/sweeps/RunStore.ts";
import { type RunEnd, type Runner, RunWorker } from "../../../../experiments/sweeps/RunWorker.ts";
import { runSweep, type SweepEvent } from "../../../../experiments/sweeps/runSweep.ts";
import { SweepProgress } from "../../../../experiments/sweeps/SweepProgress.ts";
import { parseSweep } from "../../../../experiments/sweeps/SweepSpec.ts";
import { rejected, thrown } from "../../thrown.ts";
import { BASE } from "./sweepBase.ts";

const PROGRAM = join(import.meta.dirname, "crashingProcess.ts");

const expanded = expandSweep(
  parseSweep({ name: "test", base: BASE, axes: [{ field: "rounds", values: [1, 2, 3] }], seeds: [1, 2] }),
);

/** Finds the seed and rounds of each run, and counts how often it was asked. */
class CountingRunner implements Runner {
  readonly asked: string[] = [];
  stopped = 0;
  readonly #ends: (rounds: number, seed: number) => RunEnd | Promise<RunEnd>;

  constructor(ends: (rounds: number, seed: number) => RunEnd | Promise<RunEnd> = found) {
    this.#ends = ends;
  }

  async run({ setting, seed }: { setting: unknown; seed: number }): Promise<RunEnd> {
    const { rounds } = setting as { rounds: number };
    this.asked.push(`${rounds}/${seed}`);
    return this.#ends(rounds, seed);
  }

  stop(): void {
    this.stopped++;
  }
}

function found(rounds: number, seed: number): RunEnd {
  return { outcome: { metrics: { score: rounds + seed / 10 }, curves: {}, data: "0x", record: { seed } } };
}

describe("runSweep", () => {
  let directory: string;
  let store: RunStore;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-sweep-"));
    store = RunStore.open(directory);
  });
  afterEach(async () => {
    store.close();
    await rm(directory, { recursive: true });
  });

  const sweepWith = (runners: readonly Runner[], events: SweepEvent[] = [], signal?: AbortSignal) =>
    runSweep({
      ...{ sweep: expanded, store, runners, checkpointSeconds: 30, now: () => 0, ...(signal && { signal }) },
      tell: (event) => events.push(event),
    });

  it("makes all runs once, whoever makes them, and keeps each in a file named by its digest", async () => {
    const runners = [new CountingRunner(), new CountingRunner()];
    const { outcomes, failures, stopped } = await sweepWith(runners);
    expect(failures).to.deep.equal([]);
    expect(stopped).to.equal(false);
    expect(runners.flatMap(({ asked }) => asked).sort()).to.deep.equal([
      "1/1",
      "1/2",
      "2/1",
      "2/2",
      "3/1",
      "3/2",
    ]);
    expect(readdirSync(join(directory, "runs")).sort()).to.deep.equal(
      expanded.runs.map(({ name }) => `${name}.json`).sort(),
    );
    const [first] = expanded.runs;
    expect(outcomes.get(first!.name)).to.deep.equal({ metrics: { score: 1.1 }, curves: {}, data: "0x" });
    const file = JSON.parse(await readFile(join(directory, "runs", `${first!.name}.json`), "utf8"));
    expect(file.outcome.record).to.deep.equal({ seed: 1 });
    // Again: nothing is made.
    const again = new CountingRunner();
    expect((await sweepWith([again])).outcomes).to.deep.equal(outcomes);
    expect(again.asked).to.deep.equal([]);
  });

  it("tells of a run that fails and goes on; it is tried again the next time", async () => {
    const failing = new CountingRunner((rounds, seed) =>
      rounds === 2 ? { failed: { code: "BROKEN", message: "It broke." } } : found(rounds, seed),
    );
    const events: SweepEvent[] = [];
    const { outcomes, failures, stopped } = await sweepWith([failing], events);
    expect(outcomes.size).to.equal(4);
    expect(failures.map(({ run, failure }) => [run.seed, failure.code])).to.deep.equal([
      [1, "BROKEN"],
      [2, "BROKEN"],
    ]);
    expect(stopped).to.equal(false);
    expect(events.filter(({ kind }) => kind === "failed")).to.have.length(2);
    const second = new CountingRunner();
    await sweepWith([second]);
    expect(second.asked).to.deep.equal(["2/1", "2/2"]);
  });

  it("stops when it is told, without taking that for failures", async () => {
    const stop = new AbortController();
    const runner = new CountingRunner((rounds, seed) => {
      if (rounds < 3) return found(rounds, seed);
      stop.abort();
      return { failed: { code: "RUN_PROCESS_ENDED", message: "stopped" } };
    });
    const { outcomes, failures, stopped } = await sweepWith([runner], [], stop.signal);
    expect([outcomes.size, failures.length, stopped]).to.deep.equal([2, 0, true]);
    expect(runner.stopped).to.be.above(0);
  });

  it("ends with the error of a file that cannot be written, and stops what runs", async () => {
    const runners = [new CountingRunner(), new CountingRunner()];
    const full = {
      ...{ outcomeOf: async () => undefined, checkpointOf: () => directory },
      keep: () => Promise.reject(new Error("disk full")),
    };
    const error = await runSweep({
      ...{
        sweep: expanded,
        store: full,
        runners,
        checkpointSeconds: 30,
        now: () => 0,
        tell: () => undefined,
      },
    }).catch((caught: unknown) => caught);
    expect((error as Error).message).to.equal("disk full");
    expect(runners.every(({ stopped }) => stopped > 0)).to.equal(true);
    expect(runners.flatMap(({ asked }) => asked)).to.have.length.at.most(2);
  });

  it("is refused a directory that another has, and one with other things in it", async () => {
    const inUse = thrown(() => RunStore.open(directory));
    expect(inUse.code).to.equal("SWEEP_IN_USE");
    const begun = await mkdtemp(join(tmpdir(), "freshet-sweep-"));
    await mkdir(join(begun, "runs"));
    RunStore.open(begun).close();
    await rm(begun, { recursive: true });
    const other = await mkdtemp(join(tmpdir(), "freshet-sweep-"));
    await mkdir(join(other, "runs"));
    await writeFile(join(other, "runs", "marathon.gpx"), "");
    expect(thrown(() => RunStore.open(other)).code).to.equal("SWEEP_DIRECTORY");
    await rm(join(other, "runs"), { recursive: true });
    const file = join(other, "file");
    await writeFile(file, "");
    expect(thrown(() => RunStore.open(file)).code).to.equal("DIRECTORY_UNUSABLE");
    await rm(file);
    await writeFile(join(other, "thesis.tex"), "");
    const notOwn = thrown(() => RunStore.open(other));
    expect(notOwn.code).to.equal("SWEEP_DIRECTORY");
    expect(notOwn.details).to.include("thesis.tex");
    expect(readdirSync(other)).to.deep.equal(["thesis.tex"]);
    await rm(other, { recursive: true });
  });

  it("keeps a checkpoint until its run is kept, whoever was killed between the two", async () => {
    const [run] = expanded.runs as [SweepRun];
    const checkpoint = store.checkpointOf(run);
    const save = () => mkdir(join(checkpoint, "inner"), { recursive: true });
    await save();
    // Something is where its file goes.
    const path = join(directory, "runs", `${run.name}.json`);
    await mkdir(path);
    const error = await rejected(store.keep(run, { metrics: {}, curves: {}, data: "0x" }));
    expect([error.code, error.next]).to.deep.equal([
      "SWEEP_UNWRITABLE",
      "Put that right; the same command goes on.",
    ]);
    expect(existsSync(checkpoint)).to.equal(true);
    await rm(path, { recursive: true });
    await store.keep(run, { metrics: {}, curves: {}, data: "0x" });
    expect(existsSync(checkpoint)).to.equal(false);
    await save();
    expect(await store.outcomeOf(run)).not.to.equal(undefined);
    expect(existsSync(checkpoint)).to.equal(false);
    store.close();
    expect(readdirSync(directory)).not.to.include("checkpoints");
    store = RunStore.open(directory);
  });

  it("does not take a damaged file, another run's, or half a file for a run", async () => {
    const [one, other] = expanded.runs as [SweepRun, SweepRun];
    await store.keep(one, { metrics: {}, curves: {}, data: "0x" });
    const path = (run: SweepRun) => join(directory, "runs", `${run.name}.json`);
    await writeFile(path(other), await readFile(path(one)));
    expect((await rejected(store.outcomeOf(other))).code).to.equal("SWEEP_RUN_DAMAGED");
    await writeFile(path(one), (await readFile(path(one), "utf8")).slice(0, 40));
    expect((await rejected(store.outcomeOf(one))).details).to.equal("It is not JSON.");
    const draft = join(directory, "runs", `${one.name}.json.5f.tmp`);
    await writeFile(draft, "{");
    store.close();
    store = RunStore.open(directory);
    expect(existsSync(draft)).to.equal(false);
  });
});

describe("RunWorker", () => {
  it("says why a process ended, and makes the next run in another", async () => {
    const worker = new RunWorker({ threads: 1, data: "data", program: PROGRAM });
    const shares: number[] = [];
    const run = (setting: unknown, seed: number) =>
      worker.run(
        { kind: "learning", setting, seed },
        { progress: (share) => shares.push(share), resumed: () => undefined },
      );
    try {
      expect(await run({}, 4)).to.deep.include({
        outcome: { metrics: { score: 4, made: 1 }, curves: {}, data: "0x" },
      });
      expect(await run({}, 5)).to.have.nested.property("outcome.metrics.made", 2);
      expect(await run({ end: "abort" }, 6)).to.deep.include({
        failed: {
          code: "RUN_PROCESS_ENDED",
          message: "Its process ended, by SIGKILL.",
          details: "out of something",
          next: "If memory ran out, run fewer at a time (--jobs), or smaller settings.",
        },
      });
      expect(await run({ end: "exit" }, 7)).to.have.nested.property(
        "failed.message",
        "Its process ended, with exit code 7.",
      );
      expect(await run({}, 8)).to.have.nested.property("outcome.metrics.made", 1);
      expect(shares).to.deep.equal([0.5, 0.5, 0.5, 0.5, 0.5]);
    } finally {
      worker.stop();
    }
  });
});

describe("SweepProgress", () => {
  it("says how long the rest takes, by what was made since it began", () => {
    let now = 0;
    const progress = new SweepProgress({ runs: 10, finished: 4, now: () => now });
    expect(progress.secondsLeft).to.equal(undefined);
    progress.begin("a");
    progress.begin("b");
    now = 10_000;
    progress.end("a", true);
    progress.update("b", 0.5);
    // One and a half in 10 s; four and a half to go.
    expect(progress.secondsLeft).to.be.closeTo(30, 1e-9);
    expect([progress.finished, progress.failed, progress.under]).to.deep.equal([5, 0, 1]);
    progress.end("b", false);
    expect(progress.secondsLeft).to.be.closeTo(20, 1e-9);
    expect(progress.failed).to.equal(1);
  });

  it("does not take for made here what was over when a run went on", () => {
    let now = 0;
    const progress = new SweepProgress({ runs: 2, finished: 0, now: () => now });
    progress.begin("a");
    progress.resume("a", 0.5);
    expect(progress.secondsLeft).to.equal(undefined);
    now = 10_000;
    progress.update("a", 0.75);
    // A quarter in 10 s; five quarters to go.
    expect(progress.secondsLeft).to.be.closeTo(50, 1e-9);
    now = 20_000;
    progress.end("a", true);
    expect(progress.secondsLeft).to.be.closeTo(40, 1e-9);
  });
});
