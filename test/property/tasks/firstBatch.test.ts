import { expect } from "chai";
import fc from "fast-check";

import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import { encodeDataset } from "../../../learning/datasets/datasetCodec.ts";
import { readFirstBatch } from "../../../tasks/firstBatch.ts";
import { parseTaskSpec, type TaskSpec } from "../../../tasks/taskSpec.ts";
import { runs } from "../../tier.ts";
import { smallSpec } from "../../unit/tasks/smallSpec.ts";

const SPEC: Pick<TaskSpec, "model"> = {
  model: { ...parseTaskSpec(smallSpec()).model, kind: "mlp", inputs: 4, hidden: [], outputs: 3 },
};
const batchOf = (samples: number): Dataset => ({
  features: Uint8Array.from({ length: 4 * samples }, (_, i) => i),
  sampleShape: [4],
  scale: 1 / 255,
  labels: Uint8Array.from({ length: samples }, (_, i) => i % 3),
  classes: 3,
});
const HELD_OUT = batchOf(9);

describe("readFirstBatch (property)", () => {
  const whole = encodeDataset(batchOf(6));

  it("never fails, whatever the bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        expect(readFirstBatch(bytes, SPEC, HELD_OUT)).to.equal(undefined);
      }),
      runs(500),
    );
  });

  it("of a batch with changed bytes reads a batch of the task's data, or none", () => {
    const change = fc.record({ at: fc.nat(whole.length - 1), to: fc.integer({ min: 0, max: 255 }) });
    let read = 0;
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), fc.nat(40), (changes, cut) => {
        const bytes = whole.slice(0, whole.length - (cut < 20 ? 0 : cut - 20));
        for (const { at, to } of changes) bytes[at] = to;
        const batch = readFirstBatch(bytes, SPEC, HELD_OUT);
        if (batch === undefined) return;
        read++;
        expect(batch.labels.length).to.equal(6);
        expect([...batch.labels].every((label) => label < 3)).to.equal(true);
        expect(batch.features.length).to.equal(24);
      }),
      runs(1000),
    );
    // Of features and labels that are others, so that the property says something.
    expect(read).to.be.above(0);
  });

  it("of a header with any JSON in it reads none", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (json) => {
        const header = new TextEncoder().encode(json);
        const bytes = new Uint8Array(8 + header.length + 30);
        new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
        bytes.set(header, 8);
        expect(readFirstBatch(bytes, SPEC, HELD_OUT)).to.equal(undefined);
      }),
      runs(500),
    );
  });

  it("finds none in a header that goes as deep as it may be long", () => {
    for (const [open, close] of [
      ["[", "]"],
      ['{"a":', "}"],
    ] as const) {
      const depth = Math.floor(2 ** 20 / (open.length + close.length)) - 2;
      const header = new TextEncoder().encode(`${open.repeat(depth)}0${close.repeat(depth)}`);
      const bytes = new Uint8Array(8 + header.length);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
      bytes.set(header, 8);
      expect(readFirstBatch(bytes, SPEC, HELD_OUT)).to.equal(undefined);
    }
  });
});
