import { expect } from "chai";
import { encodeBytes32String } from "ethers";

import { decodeEngineId, encodeEngineId, engineText, FRESHET_VERSION } from "../../../protocol/engineId.ts";
import { thrown } from "../thrown.ts";

const STRICT = { numericClass: "strict/1", kind: "wasm", version: "0.1.0" };

describe("engine ids", () => {
  it("are ASCII padded with zeros", () => {
    const encoded = encodeEngineId(STRICT);
    expect(encoded).to.equal(`0x${Buffer.from("strict/1 wasm 0.1.0").toString("hex").padEnd(64, "0")}`);
    expect(decodeEngineId(encoded)).to.deep.equal(STRICT);
    expect(decodeEngineId(encoded.toUpperCase().replace("X", "x"))).to.deep.equal(STRICT);
  });

  it("take 31 characters and no more", () => {
    const longest = { ...STRICT, version: "1".repeat(17) };
    expect(engineText(longest)).to.have.length(31);
    expect(decodeEngineId(encodeEngineId(longest))).to.deep.equal(longest);
    const tooLong = { ...STRICT, version: "1".repeat(18) };
    expect(thrown(() => encodeEngineId(tooLong)).code).to.equal("ENGINE_ID_LENGTH");
  });

  it("have room for this version on every engine", () => {
    for (const numericClass of ["strict/1", "fast/1"]) {
      for (const kind of ["wasm", "native"]) {
        const engine = { numericClass, kind, version: FRESHET_VERSION };
        expect(decodeEngineId(encodeEngineId(engine))).to.deep.equal(engine);
      }
    }
  });

  it("are not made of parts with other characters", () => {
    const parts = [
      { numericClass: "strict" },
      { numericClass: "strict/" },
      { numericClass: "strict/1 " },
      { kind: "" },
      { kind: "wasm 2" },
      { version: "" },
      { version: "0.1 0" },
      { version: "ü" },
    ];
    for (const part of parts) {
      expect(thrown(() => encodeEngineId({ ...STRICT, ...part })).code).to.equal("ENGINE_ID_INVALID");
    }
  });

  it("are refused when the chain has anything else", () => {
    const wrong = [
      `0x${"00".repeat(32)}`,
      `0x${"ff".repeat(32)}`,
      `0x${"61".repeat(32)}`,
      "0x61",
      encodeBytes32String("strict/1 wasm"),
      encodeBytes32String("strict/1 wasm 0.1.0 x"),
      encodeBytes32String("strict wasm 0.1.0"),
      encodeBytes32String(" wasm 0.1.0"),
      encodeEngineId(STRICT).replace(/00$/, "31").replace(/0031$/, "3100"),
    ];
    for (const bytes of wrong) {
      expect(thrown(() => decodeEngineId(bytes)).code, bytes).to.equal("ENGINE_ID_INVALID");
    }
  });
});
