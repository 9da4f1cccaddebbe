import { expect } from "chai";
import fc from "fast-check";
import { aggregateUpdates, type WeightedUpdate } from "../../../learning/federated/aggregateUpdates.ts";
import { decompress } from "../../../learning/federated/compression.ts";
import type { GlobalModel } from "../../../learning/federated/GlobalModel.ts";
import { initialGlobalModel } from "../../../learning/federated/initialGlobalModel.ts";
import type { LearningTask } from "../../../learning/federated/LearningTask.ts";
import { decodeModel, encodeModel } from "../../../learning/federated/modelCodec.ts";
import { strategyOf } from "../../../learning/federated/strategies/strategyOf.ts";
import {
  type StrategySpec,
  strategySpecSchema,
} from "../../../learning/federated/strategies/strategySpec.ts";
import { parameterShapes } from "../../../learning/models/parameterShapes.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { shuffle } from "../../../numerics/shuffle.ts";
import { learningTask } from "../../unit/learning/learningTask.ts";
import { updateOf } from "../../unit/learning/updateOf.ts";

const strategies: StrategySpec[] = [
  { kind: "fedavg" },
  { kind: "fedprox", proximalMu: 0.1 },
  { kind: "fedavgm" },
  { kind: "fedadam" },
  { kind: "scaffold" },
].map((spec) => strategySpecSchema.parse(spec));
const encodings = ["float32", "int16", "int8"] as const;
const seed = fc.nat();

function drawnUpdates(task: LearningTask, random: SeededRandom): WeightedUpdate[] {
  return Array.from({ length: 2 + random.integer(6) }, () => ({
    update: updateOf(task, random.integer(2 ** 31), 0.5),
    weight: 1 + random.integer(1000),
  }));
}

function next(
  task: LearningTask,
  round: number,
  global: GlobalModel,
  updates: readonly WeightedUpdate[],
): GlobalModel {
  const aggregate = aggregateUpdates({ strategy: strategyOf(task.strategy), round, global, updates });
  expect(aggregate.taken).to.deep.equal(updates.map((part) => ({ part, weight: part.weight })));
  expect(aggregate.leftOut).to.deep.equal([]);
  return aggregate.global;
}

function play(task: LearningTask, global: GlobalModel, rounds: readonly WeightedUpdate[][]): GlobalModel {
  return rounds.reduce((now, updates, round) => next(task, round, now, updates), global);
}

describe("strategies (property)", () => {
  for (const strategy of strategies) {
    it(`${strategy.kind} has the same bytes in every order of the updates`, () => {
      fc.assert(
        fc.property(seed, fc.constantFrom(...encodings), (seed, encoding) => {
          const task = learningTask({ strategy, update: { encoding } });
          const random = new SeededRandom(seed);
          const rounds = Array.from({ length: 3 }, () => drawnUpdates(task, random));
          const shuffled = rounds.map((updates) => shuffle([...updates], random));
          const initial = initialGlobalModel(task);
          expect(encodeModel(play(task, initial, shuffled))).to.deep.equal(
            encodeModel(play(task, initial, rounds)),
          );
        }),
        { numRuns: 60 },
      );
    });

    it(`${strategy.kind} goes on from the stored model with the same bytes as without a stop`, () => {
      fc.assert(
        fc.property(seed, (seed) => {
          const task = learningTask({ strategy });
          const random = new SeededRandom(seed);
          const rounds = Array.from({ length: 4 }, () => drawnUpdates(task, random));
          let stored = encodeModel(initialGlobalModel(task));
          for (const [round, updates] of rounds.entries()) {
            const global = decodeModel(stored, task);
            stored = encodeModel(next(task, round, global, updates));
          }
          expect(stored).to.deep.equal(encodeModel(play(task, initialGlobalModel(task), rounds)));
        }),
        { numRuns: 40 },
      );
    });

    it(`${strategy.kind} averages plainly what is not trained, and keeps no state of it`, () => {
      const model = { kind: "traffic-sign", input: [8, 8, 3], outputs: 4, width: 2 } as LearningTask["model"];
      const task = learningTask({ model, strategy, update: { encoding: "int8" } });
      const updates = drawnUpdates(task, new SeededRandom(4));
      const global = initialGlobalModel(task);
      const { tensors, state } = next(task, 0, global, updates);
      const total = updates.reduce((sum, { weight }) => sum + weight, 0);
      let buffers = 0;
      for (const [tensor, { trainable }] of parameterShapes(model).entries()) {
        if (trainable) continue;
        buffers++;
        const deltas = updates.map(({ update }) => decompress(update.delta[tensor]!, 20));
        for (const [index, value] of tensors[tensor]!.entries()) {
          const mean = updates.reduce((sum, { weight }, i) => sum + weight * deltas[i]![index]!, 0) / total;
          expect(value).to.be.closeTo(global.tensors[tensor]![index]! + mean, 0.5);
        }
        for (const [name, arrays] of state) {
          expect(arrays[tensor]).to.deep.equal(global.state.get(name)![tensor]);
        }
      }
      expect(buffers).to.equal(14);
    });

    it(`${strategy.kind} always gives a model that can be stored, however large the updates`, () => {
      const task = learningTask({ strategy });
      let global = initialGlobalModel(task);
      for (let round = 0; round < 20; round++) {
        const updates = [1, 2].map((i) => ({
          update: updateOf(task, 50 * round + i, 2047),
          weight: 2 ** 32 - i,
        }));
        global = next(task, round, global, updates);
        expect(decodeModel(encodeModel(global), task)).to.deep.equal(global);
      }
    });
  }
});
