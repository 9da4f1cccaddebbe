import { expect } from "chai";
import { decompress } from "../../../learning/federated/compression.ts";
import { EXACT, ExactSum } from "../../../learning/federated/ExactSum.ts";
import type { LearningTask } from "../../../learning/federated/LearningTask.ts";
import { UpdateSums } from "../../../learning/federated/UpdateSums.ts";
import { weightedSum } from "../../../learning/federated/weightedSum.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { thrown } from "../thrown.ts";
import { learningTask } from "./learningTask.ts";
import { updateOf } from "./updateOf.ts";

const bigints = ({ exactly }: ExactSum) => Array.from(exactly, (value: number | bigint) => BigInt(value));

describe("ExactSum", () => {
  it("carries what numbers could round, and becomes numbers again where they hold it", () => {
    const sum = new ExactSum(2);
    const most = Number.MAX_SAFE_INTEGER;
    const one = Int32Array.of(2 ** 31 - 1, 1);
    sum.add(one, most);
    sum.add(one, 1);
    expect(bigints(sum)).to.deep.equal([BigInt(2 ** 31 - 1) * 2n ** 53n, 2n ** 53n]);
    expect(sum.exactly).not.to.be.instanceOf(Float64Array);
    sum.add(Int32Array.of(-(2 ** 31 - 1), -1), most);
    expect(sum.exactly).to.deep.equal(Float64Array.of(2 ** 31 - 1, 1));
  });

  it("looks at values only when the weights alone could be too much for numbers", () => {
    // 2^21 samples of anything fit; with small values many more do.
    const sum = new ExactSum(1);
    for (let part = 0; part < 64; part++) sum.add(Int32Array.of(part % 2 === 0 ? 5 : -3), 2 ** 21);
    expect(sum.state.carried).to.equal(undefined);
    expect(sum.exactly).to.deep.equal(Float64Array.of(64 * 2 ** 21));
    sum.add(Int32Array.of(2 ** 31 - 1), 2 ** 21);
    sum.add(Int32Array.of(2 ** 31 - 1), 2 ** 21);
    expect(bigints(sum)).to.deep.equal([64n * 2n ** 21n + 2n ** 22n * (2n ** 31n - 1n)]);
  });

  it("goes on in another thread with its memory and state, and is merged", () => {
    const memory = new Float64Array(new SharedArrayBuffer(8));
    const first = new ExactSum(memory);
    first.add(Int32Array.of(-7), 3);
    const second = new ExactSum(memory, structuredClone(first.state));
    second.add(Int32Array.of(2 ** 31 - 1), Number.MAX_SAFE_INTEGER);
    const third = new ExactSum(memory, structuredClone(second.state));
    const other = new ExactSum(1);
    other.add(Int32Array.of(1), EXACT);
    third.merge(other);
    expect(bigints(third)).to.deep.equal([
      -21n + BigInt(2 ** 31 - 1) * BigInt(Number.MAX_SAFE_INTEGER) + BigInt(EXACT),
    ]);
  });
});

describe("UpdateSums", () => {
  const control = { kind: "scaffold", serverLearningRate: 1 } as const;
  const model = { kind: "traffic-sign", input: [8, 8, 3], outputs: 4, width: 2 } as LearningTask["model"];
  for (const encoding of ["float32", "int16", "int8"] as const) {
    it(`are the weighted sums of the decompressed tensors, on any number of sums: ${encoding}`, () => {
      const task = learningTask({ model, strategy: control, update: { encoding } });
      const random = new SeededRandom(3);
      // Weights of which the last are too large for numbers, and values with either sign and in the middle of steps.
      const parts = [1, 50, 2 ** 20, 2 ** 30, 2 ** 45, 2 ** 52].map((weight) => ({
        update: updateOf(task, random.integer(2 ** 31), weight > 2 ** 40 ? 2000 : 0.5),
        weight,
      }));
      for (const count of [1, 2, 4]) {
        const lanes = Array.from({ length: count }, () => ({
          memory: new Float64Array(new SharedArrayBuffer(8 * UpdateSums.sizeOf(task))),
          state: new UpdateSums(task).state,
        }));
        for (const [index, part] of parts.entries()) {
          const lane = lanes[index % count]!;
          const sums = new UpdateSums(task, lane.memory, lane.state);
          sums.add(part);
          lane.state = structuredClone(sums.state);
        }
        const [whole, ...others] = lanes.map(({ memory, state }) => new UpdateSums(task, memory, state));
        for (const other of others) whole!.merge(other);
        const { results, delta, control } = whole!.fitSums;
        expect(results).to.equal(parts.length);
        for (const tensor of parts[0]!.update.delta.keys()) {
          for (const [group, of] of [["delta", delta] as const, ["control", control!] as const]) {
            const expected = weightedSum(
              parts.map(({ update, weight }) => ({
                values: decompress(update[group]![tensor]!, 20),
                weight,
              })),
            );
            expect(of(tensor)).to.deep.equal(expected);
          }
        }
      }
    });
  }

  it("refuse what cannot be aggregated", () => {
    const task = learningTask();
    expect(thrown(() => new UpdateSums(task).fitSums)).to.have.property("code", "AGGREGATE_NO_UPDATES");
    const update = updateOf(task, 1);
    for (const weight of [-1, 0.5, Number.NaN]) {
      const refused = thrown(() => new UpdateSums(task).add({ update, weight }));
      expect(refused).to.have.property("code", "AGGREGATE_WEIGHT");
    }
    const nothing = new UpdateSums(task);
    nothing.add({ update, weight: 0 });
    expect(thrown(() => nothing.fitSums.delta(0))).to.have.property("code", "AGGREGATE_WEIGHT");
  });
});
