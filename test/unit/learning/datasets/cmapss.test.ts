import { expect } from "chai";

import { cmapss } from "../../../../learning/datasets/cmapss.ts";
import { parseCmapss, parseRemainingLives } from "../../../../learning/datasets/cmapssFiles.ts";
import { BaseError } from "../../../../protocol/BaseError.ts";
import { memoryFiles, sharedFiles } from "./sharedData.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** A row of a file: settings at sea level unless given, sensor s reads 100 s + value. */
const row = (unit: number, cycle: number, value: number, settings = "0.001 0 100") =>
  `${unit} ${cycle} ${settings} ${Array.from({ length: 21 }, (_, s) => 100 * (s + 1) + value).join(" ")} `;

/** An engine whose readings are its cycle. */
const engine = (unit: number, cycles: number, settings?: string) =>
  Array.from({ length: cycles }, (_, i) => row(unit, i + 1, i + 1, settings));

const small = {
  "train_FD001.txt": `${[...engine(1, 4), ...engine(2, 6)].join("\n")}\n`,
  "test_FD001.txt": `${[...engine(1, 2), ...engine(2, 3)].join("\n")}\n`,
  "RUL_FD001.txt": "7\n3\n",
};
const spec = (change: object = {}) =>
  cmapss.schema.parse({ kind: "cmapss", window: 3, sensors: [2, 21], cap: 5, ...change });

describe("cmapss", () => {
  it("cuts every engine into windows with capped remaining lives, standardised by the training cycles", async () => {
    const { train, test } = await cmapss.load(spec(), memoryFiles(small));
    expect(cmapss.shape(spec())).to.deep.equal({ sampleShape: [3, 2], classes: 0, client: "engine" });
    expect(train.sampleShape).to.deep.equal([3, 2]);
    // Engine 1 ends its windows at cycles 3 and 4, engine 2 at 3 to 6.
    expect([...train.labels]).to.deep.equal([1, 0, 3, 2, 1, 0]);
    expect([...train.clients!]).to.deep.equal([1, 1, 2, 2, 2, 2]);
    // All readings are the cycle, 1 to 4 and 1 to 6: mean 3.1, deviation √2.49.
    const z = (cycle: number) => Math.fround((cycle - 3.1) / Math.sqrt(2.49));
    const last = [...train.features.slice(-6)];
    for (const [i, cycle] of [4, 4, 5, 5, 6, 6].entries()) expect(last[i]).to.be.closeTo(z(cycle), 1e-6);
    // A short engine repeats its first cycle in front; lives come from the file, capped.
    expect([...test.labels]).to.deep.equal([5, 3]);
    const first = [...test.features.slice(0, 6)];
    for (const [i, cycle] of [1, 1, 1, 1, 2, 2].entries()) expect(first[i]).to.be.closeTo(z(cycle), 1e-6);
  });

  it("takes every stride-th window", async () => {
    const { train } = await cmapss.load(spec({ stride: 2 }), memoryFiles(small));
    expect([...train.labels]).to.deep.equal([1, 3, 1]);
  });

  it("standardises each operating condition by itself in FD002", async () => {
    const [high, low] = ["42.0049 0.8400 100.0", "0.0012 0.0003 100.0"];
    const files = {
      "train_FD002.txt": [...engine(1, 3, high), ...engine(2, 5, low)].join("\n"),
      "test_FD002.txt": engine(1, 3, high).join("\n"),
      "RUL_FD002.txt": "9",
    };
    const { train } = await cmapss.load(spec({ subset: "FD002" }), memoryFiles(files));
    // The mean of cycles 1, 2, 3 is 2; of 1 to 5 it is 3.
    expect(train.features[2]).to.equal(0);
    expect(train.features[6 + 4]).to.equal(0);
    const unknown = { ...files, "test_FD002.txt": engine(1, 3, "20 0.7 100").join("\n") };
    const error = await cmapss
      .load(spec({ subset: "FD002" }), memoryFiles(unknown))
      .catch((reason) => reason);
    expect(error).to.have.property("code", "CMAPSS_CONDITION");
  });

  const refused: [string, string, object, Record<string, string>][] = [
    [
      "a constant sensor",
      "CMAPSS_CONSTANT_SENSOR",
      {},
      { "train_FD001.txt": [row(1, 1, 5), row(1, 2, 5), row(1, 3, 5)].join("\n") },
    ],
    ["too few lives", "CMAPSS_LIVES", {}, { "RUL_FD001.txt": "7" }],
    ["a life that is no number", "DATA_VALUE", {}, { "RUL_FD001.txt": "7\n-3" }],
  ];
  for (const [what, code, change, files] of refused) {
    it(`refuses ${what}`, async () => {
      const error = await cmapss
        .load(spec(change), memoryFiles({ ...small, ...files }))
        .catch((reason) => reason);
      expect(error).to.be.instanceOf(BaseError).with.property("code", code);
    });
  }

  it("refuses a sensor that is named twice", () => {
    expect(() => spec({ sensors: [2, 2] })).to.throw(/named twice/);
  });

  it("reads FD001 as published", async function () {
    const read = sharedFiles(this, "cmapss-fd001");
    const { train, test } = await cmapss.load(cmapss.schema.parse({ kind: "cmapss" }), read);
    // 20,631 cycles of 100 engines, less 29 an engine.
    expect(train.labels.length).to.equal(20_631 - 2900);
    expect(train.sampleShape).to.deep.equal([30, 14]);
    expect(new Set(train.clients).size).to.equal(100);
    expect(test.labels.length).to.equal(100);
    expect([...test.labels.subarray(0, 5)]).to.deep.equal([112, 98, 69, 82, 91]);
    expect(Math.max(...train.labels)).to.equal(125);
    expect(Math.min(...train.labels)).to.equal(0);
    // Cycles in several windows count several times, so mean and deviation are near 0 and 1 only.
    let sum = 0;
    for (const value of train.features) sum += value;
    const mean = sum / train.features.length;
    expect(mean).to.be.closeTo(0, 0.1);
  });

  it("names the sensors of FD001 that are constant", async function () {
    const read = sharedFiles(this, "cmapss-fd001");
    for (const sensor of [1, 5, 10, 16, 18, 19]) {
      const error = await cmapss
        .load(cmapss.schema.parse({ kind: "cmapss", sensors: [2, sensor] }), read)
        .catch((reason) => reason);
      expect(error).to.have.property("code", "CMAPSS_CONSTANT_SENSOR");
      expect(error.message).to.contain(`Sensor ${sensor} `);
    }
  });
});

describe("parseCmapss", () => {
  const damaged: [string, string, string, RegExp][] = [
    ["an empty file", "", "DATA_EMPTY", /x\.txt/],
    ["a row that is cut", `${row(1, 1, 0)}\n1 2 0.5`, "DATA_COLUMNS", /row 2 has 3 columns instead of 26/],
    ["a word", row(1, 1, 0).replace(" 500", " high"), "DATA_VALUE", /row 1, column 10 .*\n.*"high"/],
    ["an infinity", row(1, 1, 0).replace(" 500", " 1e999"), "DATA_VALUE", /"1e999"/],
    [
      "a missing cycle",
      `${row(1, 1, 0)}\n${row(1, 3, 0)}`,
      "CMAPSS_ORDER",
      /row 2 .*\n.*cycle 3 of engine 1/,
    ],
    ["a missing engine", `${row(1, 1, 0)}\n${row(3, 1, 0)}`, "CMAPSS_ORDER", /row 2 .*\n.*engine 3/],
    ["a later start", row(1, 5, 0), "CMAPSS_ORDER", /row 1/],
  ];
  for (const [what, text, code, message] of damaged) {
    it(`refuses ${what}`, () => {
      expect(() => parseCmapss("x.txt", bytes(text)))
        .to.throw(BaseError, message)
        .with.property("code", code);
    });
  }

  it("says that a file is compressed or not text", () => {
    expect(() => parseCmapss("x.txt", Uint8Array.of(0x1f, 0x8b, 8, 0))).to.throw(/gzip/);
    expect(() => parseRemainingLives("x.txt", Uint8Array.of(0x37, 0xff))).to.throw(/UTF-8/);
  });
});
