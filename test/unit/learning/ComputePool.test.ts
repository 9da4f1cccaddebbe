import { createHash } from "node:crypto";
import { expect } from "chai";
import type { TrainAndTest } from "../../../learning/datasets/DatasetKind.ts";
import { loadMnist } from "../../../learning/datasets/mnist.ts";
import { newestSamples } from "../../../learning/datasets/newestSamples.ts";
import { numericClassesHere } from "../../../learning/engine/numericClassesHere.ts";
import { startEngine } from "../../../learning/engine/startEngine.ts";
import { initialParameters } from "../../../learning/models/initialParameters.ts";
import type { ModelSpec } from "../../../learning/models/ModelSpec.ts";
import { ComputePool } from "../../../learning/training/ComputePool.ts";
import { evaluateModel } from "../../../learning/training/evaluateModel.ts";
import type { TrainJob } from "../../../learning/training/TrainJob.ts";
import { type TrainResult, trainLocally } from "../../../learning/training/trainLocally.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { readMnistFile } from "../../../storage/packageData.ts";

describe("ComputePool, on MNIST", function () {
  this.timeout(30_000);
  const spec: ModelSpec = { kind: "mlp", inputs: 784, hidden: [32], outputs: 10 };
  const parameters = initialParameters(spec, new SeededRandom(1));
  const pools: ComputePool[] = [];
  let mnist: TrainAndTest;
  let one: ComputePool;
  let two: ComputePool;

  const job = (worker: number): TrainJob => ({
    spec,
    parameters,
    dataset: newestSamples(mnist.train, 300, 300 * (worker + 1)),
    training: { epochs: 2, batchSize: 32, learningRate: 0.1, momentum: 0.9 },
    seed: 7,
    stream: ["worker", worker],
  });
  const digest = ({ parameters: trained }: TrainResult) => {
    const hash = createHash("sha256");
    for (const tensor of trained) hash.update(tensor);
    return hash.digest("hex");
  };

  before(async () => {
    mnist = await loadMnist(readMnistFile);
    one = new ComputePool({ threads: 1 });
    two = new ComputePool({ threads: 2 });
    pools.push(one, two);
  });
  after(() => Promise.all(pools.map((pool) => pool.close())));

  it("trains to the same digests on repeat, on one or two threads, in any order", async () => {
    const workers = [0, 1, 2, 3, 4, 5];
    const first = await Promise.all(workers.map((worker) => one.train(job(worker))));
    const parallel = await Promise.all(workers.map((worker) => two.train(job(worker))));
    const reversed = await Promise.all(workers.toReversed().map((worker) => two.train(job(worker))));
    expect(parallel.map(digest)).to.deep.equal(first.map(digest));
    expect(reversed.reverse().map(digest)).to.deep.equal(first.map(digest));
    expect(new Set(first.map(digest))).to.have.property("size", workers.length);
    expect(first[0]!.epochLosses[1]).to.be.lessThan(first[0]!.epochLosses[0]!);
  });

  it("says what computed a training, and computes each numeric class apart from the others", async () => {
    const strict = await two.train(job(0), "strict/1");
    expect(strict.engine.numericClass).to.equal("strict/1");
    expect(strict.engine.kind).to.be.oneOf(["wasm", "native"]);
    const error = await two.train(job(0), "strict/2").catch((thrown: unknown) => thrown);
    expect(error).to.be.instanceOf(BaseError).with.property("code", "ENGINE_CLASS");
    if (!numericClassesHere().includes("fast/1")) return;
    const fast = await two.train(job(0), "fast/1");
    expect(fast.engine).to.deep.equal({ numericClass: "fast/1", kind: "native" });
    expect(digest(fast)).to.not.equal(digest(strict));
    expect(digest(await two.train(job(0)))).to.equal(digest(strict));
  });

  it("evaluates the test images alike in every pool, and as one thread alone would", async () => {
    const alone = evaluateModel(await startEngine(), { spec, parameters, dataset: mnist.test });
    const withClients = { ...mnist.test, clients: new Uint32Array(10_000) };
    const [byOne, byTwo] = await Promise.all([
      one.evaluate({ spec, parameters, dataset: withClients }),
      two.evaluate({ spec, parameters, dataset: mnist.test }),
    ]);
    expect(byTwo).to.deep.equal(byOne);
    expect(byOne.samples).to.equal(10_000);
    expect(byOne).to.deep.equal(alone);
  });

  it("carries a round's correction into the thread", async () => {
    const controlVariate = parameters.map((values) => values.map((_, index) => (index % 7) / 100));
    const correction = { proximalMu: 0.5, controlVariate };
    const corrected = await one.train({ ...job(0), correction });
    const { seed, stream, ...input } = job(0);
    const random = new SeededRandom(seed, ...stream);
    const alone = trainLocally(await startEngine(), { ...input, correction, random });
    expect(digest(corrected)).to.equal(digest(alone));
    expect(digest(corrected)).not.to.equal(digest(await one.train(job(0))));
    expect(controlVariate[0]).to.have.length(784 * 32);
  });

  it("leaves the caller's arrays in place and accepts shared memory", async () => {
    const original = job(0);
    const shared = new Uint8Array(new SharedArrayBuffer(original.dataset.features.length));
    shared.set(original.dataset.features);
    const copied = await one.train(original);
    const byReference = await one.train({ ...original, dataset: { ...original.dataset, features: shared } });
    expect(digest(byReference)).to.equal(digest(copied));
    expect(original.dataset.features).to.have.length(300 * 784);
    expect(mnist.test.features.byteLength).to.equal(10_000 * 784);
  });

  it("carries an error's code and advice out of the thread", async () => {
    const error = await one.train({ ...job(0), spec: { ...spec, hidden: [33] } }).catch((reason) => reason);
    expect(error).to.be.instanceOf(BaseError).with.property("code", "PARAMETERS_SHAPE");
    expect(error.message).to.contain("layer0.kernel");
    expect(digest(await one.train(job(0)))).to.be.a("string");
  });

  it("ends a training that would go on for ever, and computes on with as many threads as before", async () => {
    const pool = new ComputePool({ threads: 2 });
    pools.push(pool);
    const endless = { ...job(0), training: { ...job(0).training, epochs: Number.MAX_SAFE_INTEGER } };
    const stop = new AbortController();
    const ended = [1, 2, 3].map(() => pool.train(endless, "strict/1", stop.signal).catch((reason) => reason));
    // Both threads are at one, the third waits for a thread.
    const beside = pool.train(job(1));
    setTimeout(() => stop.abort(), 1000);
    for (const error of await Promise.all(ended)) {
      expect(error).to.be.instanceOf(BaseError).with.property("code", "JOB_CANCELLED");
    }
    expect(digest(await beside)).to.equal(digest(await one.train(job(1))));
    const after = await Promise.all([2, 3, 4, 5].map((worker) => pool.train(job(worker))));
    expect(after.map(digest)).to.deep.equal(
      (await Promise.all([2, 3, 4, 5].map((worker) => one.train(job(worker))))).map(digest),
    );
    const late = await pool.train(job(0), "strict/1", AbortSignal.abort()).catch((reason) => reason);
    expect(late.code).to.equal("JOB_CANCELLED");
    // It waits for nothing that was ended.
    await pool.close();
  });

  it("refuses to have no thread", () => {
    expect(() => new ComputePool({ threads: 0 }))
      .to.throw(BaseError)
      .with.property("code", "POOL_THREADS");
  });
});
