import { expect } from "chai";
import { csv } from "../../../../learning/datasets/csv.ts";
import { parseCsv } from "../../../../learning/datasets/csvTable.ts";
import type { Dataset } from "../../../../learning/datasets/Dataset.ts";
import { mergedByFloat32 } from "../../../../learning/datasets/mergedByFloat32.ts";
import { BaseError } from "../../../../protocol/BaseError.ts";
import { memoryFiles } from "./sharedData.ts";

const columns = [
  { name: "pump", role: "client" },
  { name: "temperature", role: "feature" },
  { name: "mode", role: "feature", values: ["idle", "run"] },
  { name: "note", role: "ignored" },
  { name: "state", role: "label", values: ["ok", "worn"] },
];
const spec = (change: object = {}) =>
  csv.schema.parse({ kind: "csv", file: "pumps.csv", columns, ...change });

const rows = [
  'east,20,idle,"a note, with a comma",ok',
  "west,30,run,,worn",
  "east,40,run,,ok",
  'west,50,idle,"said ""hot""\nand left",worn',
  "north,60,run,,ok",
];
const table = (lines: readonly string[] = rows) => `pump,temperature,mode,note,state\n${lines.join("\n")}\n`;
const load = (text: string, change: object = {}) =>
  csv.load(spec(change), memoryFiles({ "pumps.csv": text }));

describe("csv", () => {
  it("makes features, classes and clients of the columns that are described", async () => {
    const { train, test } = await load(table(), { standardize: false, holdOut: 0.2 });
    expect(csv.shape(spec())).to.deep.equal({ sampleShape: [3], classes: 2, client: "pump" });
    expect(train.columns).to.deep.equal({ temperature: [0], mode: [1, 2] });
    expect(train.labels.length).to.equal(4);
    expect(test.labels.length).to.equal(1);
    const samples = (dataset: Dataset) =>
      [...dataset.labels].map((label, row) => [
        ...dataset.features.subarray(3 * row, 3 * row + 3),
        label,
        dataset.clients![row]!,
      ]);
    const all = [...samples(train), ...samples(test)].sort((a, b) => a[0]! - b[0]!);
    expect(all).to.deep.equal([
      [20, 1, 0, 0, 0],
      [30, 0, 1, 1, 1],
      [40, 0, 1, 0, 0],
      [50, 1, 0, 1, 1],
      [60, 0, 1, 0, 2],
    ]);
    // What is learned from stays in the order of the file.
    const kept = samples(train).map(([temperature]) => temperature!);
    expect(kept).to.deep.equal([...kept].sort((a, b) => a - b));
  });

  it("standardises by the rows that are learned from, and draws the held-out rows by the seed", async () => {
    const { train, test } = await load(table(), { holdOut: 0.4, seed: 3 });
    const temperatures = [0, 1, 2].map((row) => train.features[3 * row]!);
    expect(temperatures.reduce((sum, value) => sum + value, 0)).to.be.closeTo(0, 1e-6);
    expect(temperatures.reduce((sum, value) => sum + value * value, 0)).to.be.closeTo(3, 1e-6);
    const again = await load(table(), { holdOut: 0.4, seed: 3 });
    expect(again.test).to.deep.equal(test);
    const seeds = await Promise.all([4, 5, 6, 7].map((seed) => load(table(), { holdOut: 0.4, seed })));
    expect(
      new Set([test, ...seeds.map((loaded) => loaded.test)].map((held) => held.features.join())).size,
    ).to.be.above(1);
  });

  it("predicts numbers when the label's column is not described by values", async () => {
    const { train } = await load("x;y\n1;0.5\n2;-3e2\n3;7\n", {
      separator: ";",
      columns: [
        { name: "y", role: "label" },
        { name: "x", role: "feature" },
      ],
      holdOut: 0.34,
      standardize: false,
    });
    expect(train.classes).to.equal(0);
    expect(train.labels).to.be.instanceOf(Float32Array);
    expect(train.clients).to.equal(undefined);
    const targets = new Map([
      [1, 0.5],
      [2, -300],
      [3, 7],
    ]);
    for (const [row, x] of train.features.entries()) expect(train.labels[row]).to.equal(targets.get(x));
  });

  const heldOut: [holdOut: number | string, rows: number, wanted: number][] = [
    [0.29, 100, 29],
    [0.57, 100, 57],
    [0.58, 100, 58],
    [0.145, 200, 29],
    ["1/3", 99, 33],
    [1 / 3, 99, 33],
    ["0.07", 100, 7],
  ];
  for (const [holdOut, count, wanted] of heldOut) {
    it(`holds out ${wanted} of ${count} rows for ${JSON.stringify(holdOut)}`, async () => {
      const many = Array.from({ length: count }, (_, i) => `east,${i},run,,ok`);
      const { train, test } = await load(table(many), { holdOut });
      expect([train.labels.length, test.labels.length]).to.deep.equal([count - wanted, wanted]);
    });
  }

  describe("with numbers close together far from 0", () => {
    const seconds = (count: number, offset?: number, feature = "index") =>
      csv.load(
        csv.schema.parse({
          kind: "csv",
          file: "times.csv",
          columns: [
            { name: "index", role: feature === "index" ? "feature" : "ignored" },
            { name: "time", role: feature === "index" ? "label" : "feature", offset },
            { name: "other", role: feature === "index" ? "ignored" : "label" },
          ].map(({ offset, ...column }) => (offset === undefined ? column : { ...column, offset })),
          standardize: feature !== "raw",
        }),
        memoryFiles({
          "times.csv": `index,time,other\n${Array.from({ length: count }, (_, i) => `${i},${1.7e9 + i},${i}`).join("\n")}\n`,
        }),
      );

    it("refuses targets that float32 would merge, and says what offset to give", async () => {
      for (const count of [10, 1000, 100_000]) {
        const error = await seconds(count).catch((reason) => reason);
        expect(error).to.be.instanceOf(BaseError).with.property("code", "CSV_FLOAT32");
        expect(error.message)
          .to.contain('"time"')
          .and.contain(`${1_700_000_000 + count / 2}`);
      }
    });

    it("keeps them apart by an offset that is taken off in float64", async () => {
      const { train, test } = await seconds(1000, 1_700_000_500);
      const targets = [...train.labels, ...test.labels].sort((a, b) => a - b);
      expect(targets).to.deep.equal(Array.from({ length: 1000 }, (_, i) => i - 500));
    });

    it("standardises features in float64, and refuses them where they are to be taken raw", async () => {
      const { train, test } = await seconds(1000, undefined, "standardized");
      expect(new Set([...train.features, ...test.features]).size).to.equal(1000);
      const error = await seconds(1000, undefined, "raw").catch((reason) => reason);
      expect(error).to.be.instanceOf(BaseError).with.property("code", "CSV_FLOAT32");
      expect(error.message).to.contain("standardize");
    });

    it("takes what float32 moves by no more than noise", () => {
      expect(mergedByFloat32([0.1, 0.2, 0.1 + 1e-16])).to.equal(undefined);
      expect(mergedByFloat32([290.15, 290.25, 299.95])).to.equal(undefined);
      expect(mergedByFloat32([1.7e9 + 1, 1.7e9 + 1])).to.equal(undefined);
      expect(mergedByFloat32([])).to.equal(undefined);
      expect(mergedByFloat32([2 ** 24, 2 ** 24 + 1])).to.deep.equal({
        least: 2 ** 24,
        greatest: 2 ** 24 + 1,
        moved: 1,
      });
    });
  });

  const refused: [string, string, string, RegExp][] = [
    [
      "a word among numbers",
      "DATA_VALUE",
      table(rows.with(2, "east,warm,run,,ok")),
      /row 4, column "temperature".*\n.*"warm"/,
    ],
    ["an empty number", "DATA_VALUE", table(rows.with(0, "east,,run,,ok")), /row 2, column "temperature"/],
    ["a number too large for float32", "DATA_VALUE", table(rows.with(0, "east,1e39,run,,ok")), /"1e39"/],
    [
      "an unknown text",
      "DATA_VALUE",
      table(rows.with(4, "north,60,fly,,ok")),
      /column "mode" is not one of idle, run/,
    ],
    ["an unknown class", "DATA_VALUE", table(rows.with(1, "west,30,run,,broken")), /row 3, column "state"/],
    [
      "a row with a column too few",
      "DATA_COLUMNS",
      table(rows.with(1, "west,30,run,worn")),
      /row 3 has 4 columns instead of 5/,
    ],
    [
      "another header",
      "CSV_HEADER",
      table().replace("note", "remark"),
      /Missing.*"note".*Not described.*"remark"/,
    ],
    ["only a header", "DATA_EMPTY", "pump,temperature,mode,note,state\n", /pumps\.csv/],
    ["an empty file", "DATA_EMPTY", " \n", /pumps\.csv is empty\./],
    [
      "another separator",
      "CSV_QUOTE",
      table().replaceAll(",", ";"),
      /one column.*";"[\s\S]*"separator": ";"/,
    ],
    [
      "another separator without quotes",
      "CSV_HEADER",
      table(rows.slice(1, 3)).replaceAll(",", "\t"),
      /one column.*"\\t"[\s\S]*"separator": "\\t"/,
    ],
    ["one row", "CSV_ROWS", table(rows.slice(0, 1)), /too few rows/],
  ];
  for (const [what, code, text, message] of refused) {
    it(`refuses ${what}`, async () => {
      const error = await load(text).catch((reason) => reason);
      expect(error).to.be.instanceOf(BaseError).with.property("code", code);
      expect(error.message).to.match(message);
    });
  }

  const wrongSpecs: [string, object, RegExp][] = [
    ["without a label", { columns: columns.slice(0, 4) }, /exactly one column is the label/],
    ["without a feature", { columns: [columns[0], columns[4]] }, /at least one column is a feature/],
    [
      "with two clients",
      { columns: [...columns, { name: "x", role: "client" }] },
      /at most one column is the client/,
    ],
    ["with a column described twice", { columns: [...columns, columns[3]] }, /note is described twice/],
    [
      "with an offset of classes",
      {
        columns: columns.with(4, {
          name: "state",
          role: "label",
          values: ["ok", "worn"],
          offset: 1,
        } as never),
      },
      /only real targets have an offset/,
    ],
    ["with all rows held out", { holdOut: "1" }, /a share is > 0 and < 1/],
    ["with a file elsewhere", { file: "../pumps.csv" }, /no folder/],
  ];
  for (const [what, change, message] of wrongSpecs) {
    it(`refuses a description ${what}`, () => {
      expect(() => spec(change)).to.throw(message);
    });
  }
});

describe("parseCsv", () => {
  const parse = (text: string) => parseCsv("x.csv", new TextEncoder().encode(text));

  it("takes line breaks of every kind, a byte order mark, and a last row without an end", () => {
    const wanted = {
      header: ["a", "b"],
      rows: [
        ["1", ""],
        ["3", "4"],
      ],
    };
    for (const text of [
      "a,b\n1,\n3,4",
      "a,b\r\n1,\r\n3,4\r\n\r\n",
      "a,b\r1,\r3,4\r",
      "\ufeffa,b\n1,\n3,4\n",
    ]) {
      expect(parse(text)).to.deep.equal(wanted);
    }
    expect(parse('a,b\n"1,""x""\r\n",').rows).to.deep.equal([['1,"x"\r\n', ""]]);
  });

  for (const text of ['a\n"1', 'a\n"1"2', 'a\n1"2"']) {
    it(`refuses the quotes of ${JSON.stringify(text)}`, () => {
      expect(() => parse(text))
        .to.throw(BaseError, /row 2/)
        .with.property("code", "CSV_QUOTE");
    });
  }
});
