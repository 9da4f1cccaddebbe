import { expect } from "chai";
import type { ComputePool } from "../../../learning/training/ComputePool.ts";
import type { TrainJob } from "../../../learning/training/TrainJob.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { Clock } from "../../../protocol/Clock.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { TrainingSpeed } from "../../../workers/TrainingSpeed.ts";
import { smallSpec } from "../tasks/smallSpec.ts";

const spec = parseTaskSpec(smallSpec());
const withBatches = (batchSize: number) => ({ ...spec, training: { ...spec.training, batchSize } });

/** A pool whose jobs take so long a sample, after the first, which an engine has to start for. */
function poolOf(clock: Clock, { starts, aSample }: { starts: number; aSample: number }) {
  const jobs: TrainJob[] = [];
  const train: ComputePool["train"] = async (job, _numericClass, signal) => {
    jobs.push(job);
    const milliseconds = (jobs.length === 1 ? starts : 0) + aSample * job.dataset.labels.length;
    await clock.sleep(milliseconds, signal);
    if (signal?.aborted) throw new BaseError("JOB_CANCELLED", "It was ended.");
    return {
      parameters: [],
      steps: 1,
      visits: 1,
      epochLosses: [1],
      engine: { numericClass: "strict/1", kind: "wasm" },
    };
  };
  return { jobs, pool: { train } as unknown as ComputePool };
}

describe("a worker's own measure of its speed", () => {
  const measured = async (batchSize: number, times: { starts: number; aSample: number }) => {
    const clock = new VirtualClock(0);
    const { jobs, pool } = poolOf(clock, times);
    const speed = new TrainingSpeed({ pool, clock });
    const { signal } = new AbortController();
    const ask = () => speed.samplesASecond(withBatches(batchSize), signal);
    const [first, second] = await clock.until(Promise.all([ask(), ask()]));
    expect(second).to.equal(first);
    return { samplesASecond: first, jobs };
  };

  it("is of one batch, once for all workers, without the time that an engine takes to start", async () => {
    const { samplesASecond, jobs } = await measured(10, { starts: 3000, aSample: 20 });
    expect(samplesASecond).to.equal(50);
    expect(jobs).to.have.length(2);
    expect(jobs[0]!.dataset.labels).to.have.length(10);
  });

  it("is of no more samples than a probe needs, whatever a batch is said to be", async () => {
    const { jobs } = await measured(Number.MAX_SAFE_INTEGER, { starts: 0, aSample: 1 });
    expect(jobs[1]!.dataset.labels).to.have.length(64);
  });

  it("ends a probe that is too slow", async () => {
    const { samplesASecond, jobs } = await measured(10, { starts: 0, aSample: 4000 });
    // 10 samples are not done within 10 s.
    expect(samplesASecond).to.equal(1);
    expect(jobs).to.have.length(2);
    const endless = await measured(10, { starts: 0, aSample: 1e6 });
    expect(endless.samplesASecond).to.be.closeTo(10 / 60, 1e-9);
    expect(endless.jobs).to.have.length(1);
  });
});
