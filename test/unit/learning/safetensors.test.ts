import { expect } from "chai";
import { decodeSafetensors } from "../../../learning/safetensors/decodeSafetensors.ts";
import { encodeSafetensors } from "../../../learning/safetensors/encodeSafetensors.ts";
import type { SafetensorsFile } from "../../../learning/safetensors/SafetensorsFile.ts";
import { BaseError } from "../../../protocol/BaseError.ts";

const file: SafetensorsFile = {
  metadata: { b: "2", a: "1" },
  tensors: new Map([
    ["bytes", { shape: [3], data: Uint8Array.of(1, 2, 3) }],
    ["z", { shape: [2], data: Int32Array.of(-1, 7) }],
    ["10", { shape: [1, 1], data: Float32Array.of(0.5) }],
  ]),
};

/** A file with this header, padded as the format pads, and this many data bytes. */
function withHeader(header: unknown, dataLength: number): Uint8Array {
  const json = typeof header === "string" ? header : JSON.stringify(header);
  const text = new TextEncoder().encode(json.padEnd(Math.ceil(json.length / 8) * 8));
  const bytes = new Uint8Array(8 + text.length + dataLength);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

describe("safetensors", () => {
  it("writes metadata sorted, the largest elements first, names sorted", () => {
    const bytes = encodeSafetensors(file);
    const length = Number(new DataView(bytes.buffer).getBigUint64(0, true));
    expect(length % 8).to.equal(0);
    expect(new TextDecoder().decode(bytes.subarray(8, 8 + length)).trimEnd()).to.equal(
      '{"__metadata__":{"a":"1","b":"2"},' +
        '"10":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},' +
        '"z":{"dtype":"I32","shape":[2],"data_offsets":[4,12]},' +
        '"bytes":{"dtype":"U8","shape":[3],"data_offsets":[12,15]}}',
    );
    expect([...bytes.subarray(8 + length)]).to.deep.equal([
      0, 0, 0, 63, 255, 255, 255, 255, 7, 0, 0, 0, 1, 2, 3,
    ]);
  });

  it("brings back what was written, whatever the order it was given in", () => {
    const bytes = encodeSafetensors(file);
    const reversed = { ...file, tensors: new Map([...file.tensors].reverse()) };
    expect(encodeSafetensors(reversed)).to.deep.equal(bytes);
    const decoded = decodeSafetensors(bytes);
    expect(decoded.metadata).to.deep.equal(file.metadata);
    expect(Object.fromEntries(decoded.tensors)).to.deep.equal(Object.fromEntries(file.tensors));
  });

  it("stores every element type, least significant byte first, and shares no memory with the file", () => {
    const tensors: SafetensorsFile["tensors"] = new Map([
      ["double", { shape: [2], data: Float64Array.of(-0.1, Number.POSITIVE_INFINITY) }],
      ["short", { shape: [3], data: Int16Array.of(1, -2, 32767) }],
      ["tiny", { shape: [2], data: Int8Array.of(-128, 127) }],
    ]);
    const bytes = Buffer.from(encodeSafetensors({ metadata: {}, tensors }));
    expect(bytes.subarray(-24).toString("hex")).to.equal(
      "9a9999999999b9bf" + "000000000000f07f" + "0100feffff7f" + "807f",
    );
    const decoded = decodeSafetensors(bytes);
    bytes.fill(0);
    expect(Object.fromEntries(decoded.tensors)).to.deep.equal(Object.fromEntries(tensors));
  });

  it("refuses to write a tensor of another size, with NaN, or with a reserved name", () => {
    const write = (name: string, shape: number[]) =>
      encodeSafetensors({ metadata: {}, tensors: new Map([[name, { shape, data: Uint8Array.of(1) }]]) });
    expect(() => write("x", [2]))
      .to.throw(BaseError)
      .with.property("code", "SAFETENSORS_SIZE");
    const nan = new Map([["x", { shape: [1], data: Float32Array.of(Number.NaN) }]]);
    expect(() => encodeSafetensors({ metadata: {}, tensors: nan }))
      .to.throw(BaseError)
      .with.property("code", "SAFETENSORS_NAN");
    for (const name of ["__metadata__", "__proto__"]) {
      expect(() => write(name, [1]))
        .to.throw(BaseError)
        .with.property("code", "SAFETENSORS_NAME");
    }
  });

  const tensor = (begin: number, end: number, rest: object = {}) => ({
    dtype: "U8",
    shape: [end - begin],
    data_offsets: [begin, end],
    ...rest,
  });
  const good = encodeSafetensors(file);
  const damaged: [string, string, Uint8Array][] = [
    ["an empty file", "SAFETENSORS_TRUNCATED", new Uint8Array()],
    ["a header longer than the file", "SAFETENSORS_TRUNCATED", good.with(7, 0xff)],
    ["cut data", "SAFETENSORS_TRUNCATED", good.slice(0, -1)],
    ["trailing bytes", "SAFETENSORS_TRAILING_BYTES", Uint8Array.of(...good, 0)],
    ["an endless header", "SAFETENSORS_HEADER", withHeader("{}".padEnd(2 ** 20 + 8), 0)],
    ["a header that is not JSON", "SAFETENSORS_HEADER", withHeader("{", 0)],
    ["a header that is a list", "SAFETENSORS_HEADER", withHeader("[]", 0)],
    ["a header that is not UTF-8", "SAFETENSORS_HEADER", withHeader("{}", 0).with(9, 0xff)],
    ["metadata that are not text", "SAFETENSORS_HEADER", withHeader({ __metadata__: { a: 1 } }, 0)],
    [
      "an unknown field",
      "SAFETENSORS_HEADER",
      withHeader({ __metadata__: {}, x: tensor(0, 1, { more: 1 }) }, 1),
    ],
    [
      "a negative length",
      "SAFETENSORS_HEADER",
      withHeader({ __metadata__: {}, x: tensor(0, 1, { shape: [-1] }) }, 1),
    ],
    [
      "another element type",
      "SAFETENSORS_DTYPE",
      withHeader({ __metadata__: {}, x: tensor(0, 1, { dtype: "F16" }) }, 1),
    ],
    [
      "offsets that are not the shape's",
      "SAFETENSORS_SIZE",
      withHeader({ __metadata__: {}, x: tensor(0, 2, { shape: [3] }) }, 2),
    ],
    [
      "offsets that run backwards",
      "SAFETENSORS_SIZE",
      withHeader({ __metadata__: {}, x: tensor(2, 1, { shape: [1] }) }, 2),
    ],
    [
      "a huge shape",
      "SAFETENSORS_SIZE",
      withHeader({ __metadata__: {}, x: tensor(0, 1, { shape: [2 ** 40, 2 ** 40] }) }, 1),
    ],
    [
      "a number that is none",
      "SAFETENSORS_NAN",
      withHeader({ __metadata__: {}, x: tensor(0, 4, { dtype: "F32", shape: [1] }) }, 4).fill(0xff, -4),
    ],
    [
      "overlapping tensors",
      "SAFETENSORS_OVERLAP",
      withHeader({ __metadata__: {}, x: tensor(0, 2), y: tensor(1, 3) }, 3),
    ],
    [
      "a gap between tensors",
      "SAFETENSORS_GAP",
      withHeader({ __metadata__: {}, x: tensor(0, 1), y: tensor(2, 3) }, 3),
    ],
    [
      "a gap before the first tensor",
      "SAFETENSORS_GAP",
      withHeader({ __metadata__: {}, x: tensor(1, 2) }, 2),
    ],
    [
      "another order of tensors",
      "SAFETENSORS_NOT_CANONICAL",
      withHeader({ __metadata__: {}, y: tensor(0, 1), x: tensor(1, 2) }, 2),
    ],
    [
      "another order of keys",
      "SAFETENSORS_NOT_CANONICAL",
      withHeader({ x: tensor(0, 1), __metadata__: {} }, 1),
    ],
    ["a key given twice", "SAFETENSORS_NOT_CANONICAL", withHeader(`{"__metadata__":{"a":"1","a":"1"}}`, 0)],
    ["more padding", "SAFETENSORS_NOT_CANONICAL", withHeader(`{"__metadata__":{}}${" ".repeat(8)}`, 0)],
  ];
  for (const [what, code, bytes] of damaged) {
    it(`refuses ${what}`, () => {
      expect(() => decodeSafetensors(bytes))
        .to.throw(BaseError)
        .with.property("code", code);
    });
  }
});
