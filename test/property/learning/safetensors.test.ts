import { expect } from "chai";
import fc from "fast-check";
import { decodeSafetensors } from "../../../learning/safetensors/decodeSafetensors.ts";
import { encodeSafetensors } from "../../../learning/safetensors/encodeSafetensors.ts";
import type { SafetensorsTensor } from "../../../learning/safetensors/SafetensorsFile.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { runs } from "../../tier.ts";

const data = fc.oneof(
  fc.uint8Array({ maxLength: 9 }),
  fc.int32Array({ maxLength: 9 }),
  fc.float32Array({ maxLength: 9, noNaN: true }),
  fc.float64Array({ maxLength: 9, noNaN: true }),
  fc.int16Array({ maxLength: 9 }),
  fc.int8Array({ maxLength: 9 }),
);
const tensor = data.map((data): SafetensorsTensor => ({ shape: [data.length, 1], data }));
const name = fc.string().filter((text) => text !== "__metadata__" && text !== "__proto__");
const file = fc.record({
  metadata: fc.dictionary(name, fc.string(), { maxKeys: 4 }),
  tensors: fc
    .uniqueArray(fc.tuple(name, tensor), { selector: ([name]) => name, maxLength: 5 })
    .map((entries) => new Map(entries)),
});

describe("safetensors (property)", () => {
  it("brings back any file, whose bytes do not depend on the order it was given in", () => {
    fc.assert(
      fc.property(file, (original) => {
        const bytes = encodeSafetensors(original);
        const { metadata, tensors } = decodeSafetensors(bytes);
        expect({ ...metadata }).to.deep.equal({ ...original.metadata });
        expect([...tensors].sort()).to.deep.equal([...original.tensors].sort());
        const reversed = { ...original, tensors: new Map([...original.tensors].reverse()) };
        expect(encodeSafetensors(reversed)).to.deep.equal(bytes);
      }),
      runs(500),
    );
  });

  it("refuses a damaged file with an error of its own, or reads other content: never the same", () => {
    fc.assert(
      fc.property(file, fc.nat(), fc.integer({ min: 1, max: 255 }), (original, position, change) => {
        const bytes = encodeSafetensors(original);
        const at = position % bytes.length;
        const damaged = bytes.with(at, bytes[at]! ^ change);
        let again: Uint8Array;
        try {
          again = encodeSafetensors(decodeSafetensors(damaged));
        } catch (error) {
          expect(error).to.be.instanceOf(BaseError);
          return;
        }
        expect(again).to.deep.equal(damaged);
      }),
      runs(1000),
    );
  });
});
