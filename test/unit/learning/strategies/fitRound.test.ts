import { expect } from "chai";
import { fitRound } from "../../../../learning/federated/fitRound.ts";
import type { LearningTask } from "../../../../learning/federated/LearningTask.ts";
import {
  type StrategySpec,
  strategySpecSchema,
} from "../../../../learning/federated/strategies/strategySpec.ts";
import { decodeUpdate } from "../../../../learning/federated/updateCodec.ts";
import { decodeWorkerState } from "../../../../learning/federated/workerStateCodec.ts";
import { rejected } from "../../thrown.ts";
import { learningTask } from "../learningTask.ts";
import { centralizedOptimum, gradientOf, workersData } from "./leastSquares.ts";
import { PlainFederation } from "./PlainFederation.ts";

const SIZES = [40, 10, 25];
const STEPS = 10;
const RATE = 0.2;
const datasets = workersData(SIZES);
const N = SIZES.reduce((sum, n) => sum + n, 0);

function taskOf(strategy: { kind: StrategySpec["kind"] }, rest: Partial<LearningTask> = {}): LearningTask {
  return learningTask({
    model: { kind: "mlp", inputs: 2, hidden: [], outputs: 1 },
    fractionBits: 24,
    strategy: strategySpecSchema.parse(strategy),
    training: { epochs: STEPS, batchSize: 1000, learningRate: RATE },
    ...rest,
  });
}

async function federation(task: LearningTask): Promise<PlainFederation> {
  const started = new PlainFederation(task, datasets);
  await started.start();
  return started;
}

const add = (a: readonly number[], b: readonly number[], factor = 1) =>
  a.map((value, k) => value + factor * b[k]!);
const distance = (a: readonly number[], b: readonly number[]) => Math.hypot(...add(a, b, -1));

/** FedProx with mu, or FedAvg with mu = 0 (Li et al. 2020, algorithm 2; McMahan et al. 2017, algorithm 1). */
function proximal(w: number[], rounds: number, mu: number): number[] {
  for (let t = 0; t < rounds; t++) {
    let next = [0, 0, 0];
    for (const [i, data] of datasets.entries()) {
      let y = w;
      for (let k = 0; k < STEPS; k++) {
        const gradient = add(gradientOf(data, y), add(y, w, -1), mu);
        y = add(y, gradient, -RATE);
      }
      next = add(next, y, SIZES[i]! / N);
    }
    w = next;
  }
  return w;
}

/** SCAFFOLD (Karimireddy et al. 2020, algorithm 1, option II), all workers in every round. */
function scaffold(x: number[], rounds: number): number[] {
  let c = [0, 0, 0];
  const own = datasets.map(() => [0, 0, 0]);
  for (let t = 0; t < rounds; t++) {
    let [dx, dc] = [
      [0, 0, 0],
      [0, 0, 0],
    ];
    for (const [i, data] of datasets.entries()) {
      let y = x;
      for (let k = 0; k < STEPS; k++) y = add(y, add(add(gradientOf(data, y), own[i]!, -1), c), -RATE);
      const plus = add(add(own[i]!, c, -1), add(x, y, -1), 1 / (STEPS * RATE));
      dx = add(dx, add(y, x, -1), SIZES[i]! / N);
      dc = add(dc, add(plus, own[i]!, -1), SIZES[i]! / N);
      own[i] = plus;
    }
    x = add(x, dx);
    c = add(c, dc);
  }
  return x;
}

describe("fitRound and aggregateUpdates", () => {
  const references: [
    { kind: StrategySpec["kind"]; proximalMu?: number },
    (w: number[], rounds: number) => number[],
  ][] = [
    [{ kind: "fedavg" }, (w, rounds) => proximal(w, rounds, 0)],
    [{ kind: "fedprox", proximalMu: 0.7 }, (w, rounds) => proximal(w, rounds, 0.7)],
    [{ kind: "scaffold" }, scaffold],
  ];
  for (const [strategy, reference] of references) {
    it(`${strategy.kind}: workers and server follow the paper's algorithm, as float64 does it`, async () => {
      const federated = await federation(taskOf(strategy));
      const start = await federated.play(0);
      for (let round = 1; round <= 15; round++) {
        expect(distance(await federated.play(1), reference(start, round))).to.be.below(
          1e-5,
          `round ${round}`,
        );
      }
      expect(distance(start, await federated.play(0))).to.be.above(0.1);
    });
  }

  it("SCAFFOLD ends where all data together would, FedAvg beside it", async () => {
    const optimum = centralizedOptimum(datasets);
    const averaged = await (await federation(taskOf({ kind: "fedavg" }))).play(60);
    const controlled = await (await federation(taskOf({ kind: "scaffold" }))).play(60);
    expect(distance(averaged, optimum)).to.be.above(0.01);
    expect(distance(controlled, optimum)).to.be.below(0.001);
  });

  for (const encoding of ["float32", "int16", "int8"] as const) {
    it(`SCAFFOLD's c is the workers' weighted mean c_i, in ${encoding}`, async () => {
      const task = taskOf({ kind: "scaffold" }, { update: { encoding } });
      const federated = await federation(task);
      await federated.play(12);
      const own = SIZES.map(
        (_, worker) => federated.fitParameters(worker, federated.previousBase).state!.state.control!,
      );
      for (const [tensor, c] of federated.global.state.get("control")!.entries()) {
        for (const [k, value] of c.entries()) {
          const mean = own.reduce((sum, control, i) => sum + (SIZES[i]! / N) * control[tensor]![k]!, 0);
          expect(value).to.be.closeTo(mean * 2 ** -24, 1e-13);
        }
      }
    });

    it(`learns the same with updates in ${encoding}, to within the encoding's steps`, async () => {
      for (const kind of ["fedavg", "scaffold"] as const) {
        const exact = await (await federation(taskOf({ kind }))).play(60);
        const encoded = await (await federation(taskOf({ kind }, { update: { encoding } }))).play(60);
        expect(distance(exact, encoded)).to.be.below({ float32: 1e-12, int16: 1e-5, int8: 2e-3 }[encoding]);
      }
    });
  }

  for (const [kind, encoding] of [
    ["fedavg", "int8"],
    ["scaffold", "int16"],
    ["scaffold", "float32"],
  ] as const) {
    it(`repeats an update from files alone: ${kind} in ${encoding}`, async () => {
      const task = taskOf({ kind }, { update: { encoding } });
      const federated = await federation(task);
      await federated.play(4);
      const parameters = federated.fitParameters(1, federated.previousBase);
      const before = federated.base;
      const first = await fitRound(federated.fitParameters(1, federated.previousBase));
      await federated.play(1);
      expect(federated.files.get(federated.sent[1]![4]!)).to.deep.equal(first.update);
      const update = decodeUpdate(first.update, task, before);
      expect(update.stateBefore).to.equal(parameters.state!.digest);
      expect(decodeWorkerState(federated.files.get(update.stateAfter!)!, task)).to.deep.equal(
        decodeWorkerState(first.workerState!, task),
      );
      // And only from these: without what it remembers, the worker sends something else.
      const forgetful = await fitRound({ ...parameters, state: undefined });
      expect(decodeUpdate(forgetful.update, task, before).delta).to.not.deep.equal(update.delta);
    });
  }

  it("keeps no state where nothing is to be remembered, and records the batches", async () => {
    const federated = await federation(taskOf({ kind: "fedprox", proximalMu: 1 } as never));
    const batches = [`0x${"aa".repeat(32)}`, `0x${"bb".repeat(32)}`];
    const { update, workerState } = await fitRound({ ...federated.fitParameters(0), data: batches });
    expect(workerState).to.equal(undefined);
    const { data, stateBefore, stateAfter } = decodeUpdate(update, federated.task, federated.base);
    expect({ data, stateBefore, stateAfter }).to.deep.equal({
      data: batches,
      stateBefore: undefined,
      stateAfter: undefined,
    });
  });

  for (const training of [{ momentum: 0.5 }, { optimizer: "adam" as const }]) {
    it(`refuses SCAFFOLD with ${JSON.stringify(training)}`, async () => {
      const task = taskOf({ kind: "scaffold" });
      const federated = await federation({ ...task, training: { ...task.training, ...training } });
      expect((await rejected(fitRound(federated.fitParameters(0)))).code).to.equal("STRATEGY_TRAINING");
    });
  }
});
