import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { nab } from "../../../../learning/datasets/nab.ts";
import { parseNabSeries, parseNabWindows } from "../../../../learning/datasets/nabFiles.ts";
import { BaseError } from "../../../../protocol/BaseError.ts";
import { DataFolder } from "../../../../storage/DataFolder.ts";
import { memoryFiles, sharedFolder } from "./sharedData.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const time = (i: number) =>
  `2014-02-14 ${String(Math.floor(i / 60)).padStart(2, "0")}:${String(i % 60).padStart(2, "0")}:00`;
const series = (values: number[]) =>
  `timestamp,value\n${values.map((value, i) => `${time(i)},${value}`).join("\n")}\n`;

const values = Array.from({ length: 40 }, (_, i) => (i < 6 ? 10 + (i % 2) * 4 : i));
const files = {
  "labels/combined_windows.json": JSON.stringify({
    "real/a.csv": [
      [`${time(10)}.000000`, `${time(12)}.000000`],
      [`${time(35)}.000000`, `${time(36)}.000000`],
    ],
    "real/b.csv": [],
  }),
  "data/real/a.csv": series(values),
  "data/real/b.csv": series(values.map((value) => 3 * value - 7)),
};
const spec = (change: object = {}) =>
  nab.schema.parse({
    kind: "nab",
    series: ["real/a", "real/b"],
    window: 4,
    stride: 2,
    trainShare: 0.5,
    ...change,
  });

describe("nab", () => {
  it("cuts series into windows: normal ones before the split to learn from, all after it held out", async () => {
    const { train, test } = await nab.load(spec(), memoryFiles(files));
    expect(nab.shape(spec())).to.deep.equal({ sampleShape: [4, 1], classes: 2, client: "series" });
    // Windows end at 4, 6, … 20; those with a reading of 10 to 12 are left out: the ones that end at 12, 14 and 16.
    expect([...train.clients!]).to.deep.equal([...Array(6).fill(0), ...Array(9).fill(1)]);
    expect([...train.labels]).to.deep.equal(Array(15).fill(0));
    // Windows in [20, 40) end at 24, 26, … 40, with newest readings 23, 25, … 35, 37, 39.
    expect([...test.labels.subarray(0, 9)]).to.deep.equal([0, 0, 0, 0, 0, 0, 1, 0, 0]);
    expect(test.labels.length).to.equal(18);
    // The first 15 % are 10, 14, 10, 14, 10, 14: mean 12, deviation 2, in both series alike.
    expect([...train.features.subarray(0, 4)]).to.deep.equal([-1, 1, -1, 1]);
    expect([...test.features.subarray(0, 4)]).to.deep.equal([4, 4.5, 5, 5.5]);
    expect([...test.features.subarray(9 * 4, 10 * 4)]).to.deep.equal([4, 4.5, 5, 5.5]);
  });

  const ofLength = (count: number, steady: number) =>
    `timestamp,value\n${Array.from({ length: count }, (_, i) => {
      const minute = new Date(Date.UTC(2014, 0, 1, 0, i)).toISOString();
      return `${minute.slice(0, 10)} ${minute.slice(11, 19)},${(i < steady ? 10 : 100) + (i % 2)}`;
    }).join("\n")}\n`;
  for (const [count, steady] of [
    [10_000, 750],
    [5_000, 750],
    [6_001, 750],
    [999, 149],
  ] as const) {
    it(`standardises ${count} readings by their first ${steady}, NAB's probationary part`, async () => {
      const read = memoryFiles({
        "labels/combined_windows.json": '{"real/a.csv": []}',
        "data/real/a.csv": ofLength(count, steady),
      });
      const { train } = await nab.load(spec({ series: ["real/a"] }), read);
      // The mean of 10 and 11 is 10.5, their deviation 0.5; one reading more of odd counts counts too.
      const ones = Math.floor(steady / 2) / steady;
      const wanted = Math.fround(-ones / Math.sqrt(ones * (1 - ones)));
      expect(train.features[0]).to.be.closeTo(wanted, 1e-6);
      if (steady === 750) expect(train.features[0]).to.equal(-1);
    });
  }

  it("judges nobody in the probationary part", async () => {
    const read = memoryFiles({
      "labels/combined_windows.json": '{"real/a.csv": []}',
      "data/real/a.csv": ofLength(1000, 150),
    });
    const change = { series: ["real/a"], window: 4, stride: 1, trainShare: 0.1 };
    const { train, test } = await nab.load(spec(change), read);
    expect(train.labels.length).to.equal(100 - 3);
    // Windows whose newest reading is one of the readings 150 to 999, counted from 0.
    expect(test.labels.length).to.equal(1000 - 150);
  });

  it("takes the share that is learned from as it is written", async () => {
    const read = memoryFiles({
      "labels/combined_windows.json": '{"real/a.csv": []}',
      "data/real/a.csv": ofLength(100, 15),
    });
    for (const [trainShare, split] of [
      [0.29, 29],
      [0.57, 57],
      ["29/50", 58],
    ] as const) {
      const { train } = await nab.load(spec({ series: ["real/a"], window: 1, stride: 1, trainShare }), read);
      expect(train.labels.length).to.equal(split);
    }
  });

  const refused: [string, string, object][] = [
    ["a series that the labels do not know", "NAB_SERIES", { series: ["real/c"] }],
    ["a window longer than what is learned from", "NAB_SHORT", { window: 21 }],
  ];
  for (const [what, code, change] of refused) {
    it(`refuses ${what}`, async () => {
      const error = await nab.load(spec(change), memoryFiles(files)).catch((reason) => reason);
      expect(error).to.be.instanceOf(BaseError).with.property("code", code);
    });
  }

  it("reads the real series of machines", async function () {
    const archive = join(sharedFolder("nab"), "nab-real.tar.gz");
    if (!existsSync(archive)) {
      this.test!.title += ` (skipped: no ${archive})`;
      this.skip();
    }
    const directory = await mkdtemp(join(tmpdir(), "freshet-nab-"));
    try {
      execFileSync("tar", ["-xzf", archive, "-C", directory]);
      const folder = new DataFolder(directory, "NAB");
      const whole = nab.schema.parse({ kind: "nab", stride: 1 });
      await folder.require(nab.files(whole));
      const { train, test } = await nab.load(whole, (file) => folder.read(file));
      expect(new Set(train.clients).size).to.equal(10);
      expect(train.labels.includes(1)).to.equal(false);
      // The machine's 22,695 readings: 40 % are learned from, less 31 windows at the split.
      const machine = test.clients!.filter((client) => client === 0).length;
      expect(machine).to.equal(22_695 - Math.floor(22_695 * 0.4) - 31);
      const anomalous = test.labels.filter((label, row) => label === 1 && test.clients![row] === 0).length;
      // Two of its four stretches, of 567 readings each, lie in the held-out part.
      expect(anomalous).to.equal(2 * 567);
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});

describe("parseNabSeries", () => {
  const header = "timestamp,value\n";
  const damaged: [string, string, string, RegExp][] = [
    ["an empty file", "", "DATA_EMPTY", /0 rows/],
    ["another header", "time,value\n1,2", "DATA_EMPTY", /"time,value"/],
    ["a third column", `${header}${time(0)},1,2`, "DATA_COLUMNS", /row 2 has 3 columns instead of 2/],
    ["a word", `${header}${time(0)},1\n${time(1)},warm`, "DATA_VALUE", /row 3, column "value".*\n.*"warm"/],
    ["an empty value", `${header}${time(0)},`, "DATA_VALUE", /row 2/],
    ["another form of time", `${header}14/02/2014 00:00,1`, "DATA_VALUE", /column "timestamp"/],
  ];
  for (const [what, text, code, message] of damaged) {
    it(`refuses ${what}`, () => {
      expect(() => parseNabSeries("x.csv", bytes(text), []))
        .to.throw(BaseError, message)
        .with.property("code", code);
    });
  }

  for (const text of [
    "",
    "[]",
    '{"a.csv": [["2014-01-01 00:00:00"]]}',
    '{"a.csv": [["yesterday", "today"]]}',
  ]) {
    it(`refuses the labels ${JSON.stringify(text)}`, () => {
      expect(() => parseNabWindows("w.json", bytes(text)))
        .to.throw(BaseError)
        .with.property("code", "NAB_LABELS");
    });
  }
});
