import { expect } from "chai";
import { parseIdx } from "../../../../learning/datasets/idx.ts";
import { BaseError } from "../../../../protocol/BaseError.ts";

describe("parseIdx", () => {
  const file = Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6);

  it("reads shape and data", () => {
    const { shape, data } = parseIdx(file);
    expect(shape).to.deep.equal([2, 3]);
    expect([...data]).to.deep.equal([1, 2, 3, 4, 5, 6]);
  });

  it("reads a file that lies inside a larger buffer", () => {
    const larger = new Uint8Array(file.length + 7);
    larger.set(file, 5);
    expect([...parseIdx(larger.subarray(5, 5 + file.length)).data]).to.deep.equal([1, 2, 3, 4, 5, 6]);
  });

  const damaged: [string, string, Uint8Array][] = [
    ["an empty file", "IDX_TRUNCATED", new Uint8Array()],
    ["a cut header", "IDX_TRUNCATED", file.slice(0, 10)],
    ["cut data", "IDX_TRUNCATED", file.slice(0, -1)],
    ["trailing bytes", "IDX_TRAILING_BYTES", Uint8Array.of(...file, 0)],
    ["another magic number", "IDX_MAGIC", Uint8Array.of(1, ...file.slice(1))],
    ["no dimension", "IDX_MAGIC", Uint8Array.of(0, 0, 8, 0)],
    ["another element type", "IDX_TYPE", file.with(2, 0x0d)],
    ["a gzip file", "IDX_COMPRESSED", Uint8Array.of(0x1f, 0x8b, 8, 0)],
  ];
  for (const [what, code, bytes] of damaged) {
    it(`refuses ${what}`, () => {
      expect(() => parseIdx(bytes))
        .to.throw(BaseError)
        .with.property("code", code);
    });
  }
});
