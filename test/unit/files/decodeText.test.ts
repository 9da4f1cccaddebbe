import { expect } from "chai";

import { decodeText } from "../../../files/decodeText.ts";
import { thrown } from "../thrown.ts";
import { WAYS_OF_SAVING } from "./savedAs.ts";

const TEXT = "Straße, 温度, 😀\n";

describe("decodeText", () => {
  for (const [way, save] of Object.entries(WAYS_OF_SAVING)) {
    it(`reads ${way}`, () => {
      const text = decodeText(save(TEXT), "a file");
      expect(text.replaceAll("\r\n", "\n")).to.equal(TEXT);
    });
  }

  it("takes away one mark only, and leaves an empty file empty", () => {
    expect(decodeText(Buffer.from("\uFEFF\uFEFFa"), "a file")).to.equal("\uFEFFa");
    expect(decodeText(Buffer.from("\uFEFF"), "a file")).to.equal("");
    expect(decodeText(new Uint8Array(), "a file")).to.equal("");
  });

  const refused: [what: string, bytes: Uint8Array, why: RegExp, next: string][] = [
    [
      "Latin-1",
      Buffer.from('{\n  "name": "Straße"\n}', "latin1"),
      /not UTF-8 from line 2, column 16 on: perhaps it is Latin-1/,
      "Save it as UTF-8.",
    ],
    [
      "UTF-16 without a mark",
      Buffer.from('{"rounds": 1}', "utf16le"),
      /UTF-16 without a byte-order mark/,
      "Save it as UTF-8.",
    ],
    [
      "UTF-16 that ends in the midst of a letter",
      Buffer.from([0xff, 0xfe, 0x41]),
      /not UTF-16/,
      "Save it as UTF-8.",
    ],
    ["UTF-32", Buffer.from([0xff, 0xfe, 0, 0, 0x41, 0, 0, 0]), /UTF-32/, "Save it as UTF-8."],
    ["data", Buffer.from("SQLite format 3\0"), /zero bytes/, "Save it as UTF-8."],
    ["gzip", Buffer.from([0x1f, 0x8b, 8, 0]), /compressed with gzip/, "Unpack it, for example with gunzip."],
  ];
  for (const [what, bytes, why, next] of refused) {
    it(`refuses ${what}, and says so`, () => {
      const error = thrown(() => decodeText(bytes, "task.json"));
      expect(error.code).to.equal("NOT_TEXT");
      expect(error.shortMessage).to.equal("task.json is not text.");
      expect(error.details).to.match(why);
      expect(error.next).to.equal(next);
    });
  }
});
