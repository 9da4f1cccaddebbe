import { expect } from "chai";

import { type MachineSpeed, shortfalls, taskLoad } from "../../../tasks/taskLoad.ts";
import { parseTaskSpec, type TaskSpec } from "../../../tasks/taskSpec.ts";
import { smallSpec } from "./smallSpec.ts";

describe("taskLoad", () => {
  const spec = (changes: Record<string, unknown> = {}): TaskSpec =>
    parseTaskSpec({ ...smallSpec(), ...changes });
  const every = (seconds: number, epochSeconds = 8) => ({
    count: Math.ceil(epochSeconds / seconds),
    freshSeconds: seconds,
    timeOf: (j: number) => j * seconds,
    lastBy: () => 0,
  });
  const workers = (count: number, seconds: number) => new Array(count).fill(every(seconds));
  const FAST: MachineSpeed = { transactionsASecond: 1000, signedASecond: 1000, samplesASecond: 1_000_000 };
  const texts = (load: ReturnType<typeof taskLoad>, speed: Partial<MachineSpeed>, task = spec()) =>
    shortfalls(task, load, { ...FAST, ...speed });

  it("adds up refreshes and samples", () => {
    expect(taskLoad(spec(), [...workers(6, 4), ...workers(2, 2)])).to.deep.equal({
      workers: 8,
      receipts: 2,
      refreshesASecond: 20 / 8,
      refreshesAtOnce: 8,
      samplesARound: 8 * 50,
    });
  });

  it("counts no samples that are not there, nor steps that are not made", () => {
    expect(taskLoad(spec(), workers(8, 4), 100).samplesARound).to.equal(200);
    const training = { batchSize: 10, learningRate: 0.1, samplesPerRound: 50, epochs: 3 };
    expect(taskLoad(spec({ training }), workers(8, 4)).samplesARound).to.equal(1200);
    expect(taskLoad(spec({ training: { ...training, maxSteps: 2 } }), workers(8, 4)).samplesARound).to.equal(
      160,
    );
  });

  it("finds nothing where the machine is fast enough", () => {
    expect(texts(taskLoad(spec(), workers(8, 2)), {})).to.deep.equal([]);
  });

  it("finds training that does not fit into a commit phase", () => {
    const [found, ...others] = texts(taskLoad(spec(), workers(8, 2)), { samplesASecond: 50 });
    expect(others).to.deep.equal([]);
    expect(found).to.deep.equal({
      isGrave: true,
      text: "8 workers train on 400 samples a round and commit, which takes 8 s at 50 samples and 1,000 transactions a second; a round has 4 s for it (commitSeconds).",
    });
  });

  it("finds reveals and refreshes that come too fast for the chains, and such as come late", () => {
    const load = taskLoad(spec(), workers(1000, 2));
    const found = texts(load, { transactionsASecond: 250, signedASecond: 400 });
    expect(found.map(({ isGrave }) => isGrave)).to.deep.equal([true, true, true, false]);
    expect(found[1]!.text).to.match(
      /^1000 workers have 2 aggregators hold their updates and reveal, which takes 53 s where the chains take 400 transactions a second/,
    );
    expect(found[2]!.text).to.match(/^500 refreshes are due a second/);
    expect(found[3]!.text).to.contain(
      "1,000 refreshes are due at once, and the chains take 400 of them a second: some come up to 2.5 s late",
    );
  });

  it("finds that aggregators cannot give all receipts in time, as 600 workers of two met on a busy machine", () => {
    const schedule = {
      ...(smallSpec().schedule as object),
      epochSeconds: 60,
      commitSeconds: 60,
      revealSeconds: 60,
      deadlineSeconds: 900,
    };
    const task = spec({ schedule, aggregators: { attestations: 2, of: 2 } });
    const grave = (count: number, signedASecond: number) =>
      texts(taskLoad(task, new Array(count).fill(every(30, 60))), { signedASecond }, task).filter(
        ({ isGrave }) => isGrave,
      );
    // 437 of 1,200 updates were left out for want of receipts.
    expect(grave(600, 215).map(({ text }) => text)).to.deep.equal([
      "600 workers have 2 aggregators hold their updates and reveal, which takes 59 s where the chains take 215 transactions a second; a round has 40 s for it (two thirds of revealSeconds).",
    ]);
    // None was, of a thousand workers' on the same machine at rest.
    expect(grave(1000, 666)).to.deep.equal([]);
  });

  it("finds only lateness where that is all", () => {
    const long = {
      ...(smallSpec().schedule as object),
      epochSeconds: 600,
      commitSeconds: 60,
      revealSeconds: 60,
      deadlineSeconds: 900,
    };
    const load = taskLoad(spec({ schedule: long }), new Array(400).fill(every(60, 600)));
    const found = texts(load, { signedASecond: 250 }, spec({ schedule: long }));
    expect(found.map(({ isGrave }) => isGrave)).to.deep.equal([false]);
  });
});
