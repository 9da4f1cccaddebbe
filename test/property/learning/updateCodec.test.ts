import { expect } from "chai";
import fc from "fast-check";
import type { LearningTask } from "../../../learning/federated/LearningTask.ts";
import { decodeUpdate, encodeUpdate } from "../../../learning/federated/updateCodec.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { runs } from "../../tier.ts";
import { BASE, learningTask } from "../../unit/learning/learningTask.ts";
import { updateOf } from "../../unit/learning/updateOf.ts";

const task: fc.Arbitrary<LearningTask> = fc
  .record({
    encoding: fc.constantFrom("float32", "int16", "int8"),
    hidden: fc.array(fc.integer({ min: 1, max: 4 }), { maxLength: 2 }),
    fractionBits: fc.integer({ min: 0, max: 30 }),
    strategy: fc.constantFrom<LearningTask["strategy"]>(
      { kind: "fedavg" },
      { kind: "scaffold", serverLearningRate: 1 },
    ),
  })
  .map(({ encoding, hidden, fractionBits, strategy }) =>
    learningTask({
      model: { kind: "mlp", inputs: 2, hidden, outputs: 3 },
      update: { encoding },
      fractionBits,
      strategy,
    }),
  );
const seed = fc.nat();

/** Decodes damaged bytes: an update that encodes to just these bytes, or an error of ours. */
function expectUpdateOrRefusal(bytes: Uint8Array, of: LearningTask): void {
  let again: Uint8Array;
  try {
    again = encodeUpdate(decodeUpdate(bytes, of, BASE));
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    expect(error.code).to.match(/^(UPDATE|SAFETENSORS)_[A-Z_]+$/);
    return;
  }
  expect(Buffer.compare(again, bytes)).to.equal(0);
}

describe("updateCodec (property)", () => {
  it("brings back any update", () => {
    fc.assert(
      fc.property(task, seed, (of, seed) => {
        const update = updateOf(of, seed);
        expect(decodeUpdate(encodeUpdate(update), of, BASE)).to.deep.equal(update);
      }),
      runs(300),
    );
  });

  it("refuses a flipped byte by name, or reads another valid update", () => {
    fc.assert(
      fc.property(task, seed, fc.nat(), fc.integer({ min: 1, max: 255 }), (of, seed, position, change) => {
        const bytes = encodeUpdate(updateOf(of, seed));
        bytes[position % bytes.length]! ^= change;
        expectUpdateOrRefusal(bytes, of);
      }),
      runs(2000),
    );
  });

  it("refuses every single flipped bit of a file by name, or reads another valid update", () => {
    for (const encoding of ["float32", "int8"] as const) {
      const of = learningTask({ update: { encoding } });
      const bytes = encodeUpdate(updateOf(of, 1));
      for (let bit = 0; bit < 8 * bytes.length; bit++) {
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        expectUpdateOrRefusal(bytes, of);
        bytes[bit >> 3]! ^= 1 << (bit & 7);
      }
    }
  });

  it("refuses a file cut anywhere", () => {
    const of = learningTask({ update: { encoding: "int16" } });
    const bytes = encodeUpdate(updateOf(of, 1));
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeUpdate(bytes.subarray(0, length), of, BASE))
        .to.throw(BaseError)
        .with.property("code", "SAFETENSORS_TRUNCATED");
    }
  });

  it("refuses garbage, with and without a plausible header length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(420), (garbage, length) => {
        expectUpdateOrRefusal(garbage, learningTask());
        const framed = new Uint8Array(8 + garbage.length);
        new DataView(framed.buffer).setBigUint64(0, BigInt(length), true);
        framed.set(garbage, 8);
        expectUpdateOrRefusal(framed, learningTask());
      }),
      runs(1000),
    );
  });
});
