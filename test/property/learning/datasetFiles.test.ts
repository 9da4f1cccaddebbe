import { expect } from "chai";
import fc from "fast-check";
import { encode } from "jpeg-js";

import { parseCmapss, parseRemainingLives } from "../../../learning/datasets/cmapssFiles.ts";
import { csv } from "../../../learning/datasets/csv.ts";
import { parseCsv } from "../../../learning/datasets/csvTable.ts";
import { assertDataset } from "../../../learning/datasets/Dataset.ts";
import { parseIdx, parseIdxIntegers } from "../../../learning/datasets/idx.ts";
import { parseJpeg } from "../../../learning/datasets/jpeg.ts";
import { parseNabSeries, parseNabWindows } from "../../../learning/datasets/nabFiles.ts";
import { parsePpm } from "../../../learning/datasets/ppm.ts";
import { parseAnnotations } from "../../../learning/datasets/signCrops.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { runs } from "../../tier.ts";

const text = (content: string) => new TextEncoder().encode(content);

/** A parser with a file that it reads. */
const parsers: Record<string, { parse: (bytes: Uint8Array) => unknown; file: Uint8Array }> = {
  parseIdx: { parse: parseIdx, file: Uint8Array.of(0, 0, 8, 2, 0, 0, 0, 2, 0, 0, 0, 3, 1, 2, 3, 4, 5, 6) },
  parseIdxIntegers: {
    parse: parseIdxIntegers,
    file: Uint8Array.of(0, 0, 0x0c, 1, 0, 0, 0, 2, 0, 0, 0, 1, 0xff, 0, 0, 2),
  },
  parsePpm: { parse: (bytes) => parsePpm("x.ppm", bytes), file: text("P6\n2 2\n255\n123456789abc") },
  parseJpeg: {
    parse: (bytes) => parseJpeg("x.jpg", bytes),
    file: new Uint8Array(encode({ width: 9, height: 9, data: new Uint8Array(9 * 9 * 4).fill(77) }).data),
  },
  parseCmapss: {
    parse: (bytes) => parseCmapss("train_FD001.txt", bytes),
    file: text([1, 2].map((cycle) => `1 ${cycle} ${Array(24).fill("0.5").join(" ")} `).join("\n")),
  },
  parseRemainingLives: {
    parse: (bytes) => parseRemainingLives("RUL_FD001.txt", bytes),
    file: text("112 \n98 \n"),
  },
  parseNabSeries: {
    parse: (bytes) => parseNabSeries("a.csv", bytes, []),
    file: text("timestamp,value\n2014-02-14 14:30:00,0.132\n2014-02-14 14:35:00,1e-3\n"),
  },
  parseNabWindows: {
    parse: (bytes) => parseNabWindows("w.json", bytes),
    file: text('{"a.csv": [["2014-02-14 14:30:00.000000", "2014-02-15 14:30:00.000000"]]}'),
  },
  parseAnnotations: {
    parse: (bytes) =>
      parseAnnotations("gt.txt", bytes, { names: ["image", "left", "top", "right", "bottom", "class"] }),
    file: text("00000.ppm;774;411;815;446;11\n00001.ppm;983;388;1024;432;40\n"),
  },
  parseCsv: { parse: (bytes) => parseCsv("x.csv", bytes), file: text('a,b\n1,"x, ""y"""\n2,z\n') },
};

for (const [name, { parse, file }] of Object.entries(parsers)) {
  describe(`${name} (property)`, () => {
    /** What it gives, or its named error; any other error fails. */
    const outcome = (bytes: Uint8Array): unknown => {
      try {
        return parse(bytes);
      } catch (error) {
        if (error instanceof BaseError && error.shortMessage !== "") return error;
        throw error;
      }
    };

    it("reads its own example", () => {
      expect(outcome(file)).not.to.be.instanceOf(BaseError);
    });

    it("answers damaged bytes with a named error or another content, never with a crash", () => {
      const damage = fc.record({ at: fc.nat(file.length - 1), byte: fc.nat(255), cut: fc.nat(file.length) });
      fc.assert(
        fc.property(fc.array(damage, { minLength: 1, maxLength: 3 }), fc.boolean(), (damages, cuts) => {
          let bytes = file.slice();
          for (const { at, byte, cut } of damages) {
            if (at < bytes.length) bytes[at] = byte;
            if (cuts) bytes = bytes.slice(0, cut);
          }
          outcome(bytes);
        }),
        runs(500),
      );
    });

    it("answers any bytes so", () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => void outcome(bytes)));
    });
  });
}

for (const name of ["parseIdx", "parseIdxIntegers", "parsePpm"]) {
  it(`${name} refuses every truncation and every addition (property)`, () => {
    const { parse, file } = parsers[name]!;
    for (let length = 0; length < file.length; length++) {
      expect(() => parse(file.slice(0, length)), `${length} bytes`).to.throw(BaseError);
    }
    expect(() => parse(Uint8Array.of(...file, 0))).to.throw(BaseError);
  });
}

describe("csv (property)", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", "b", ",", '"', "\n", "\r", " ", "é"), maxLength: 6 });
  const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;

  it("reads back whatever is written by RFC 4180", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(cell, cell), { minLength: 1, maxLength: 8 }), (rows) => {
        const content = ["first,second", ...rows.map((row) => row.map(quoted).join(","))].join("\r\n");
        expect(parseCsv("x.csv", text(content)).rows).to.deep.equal(rows);
      }),
    );
  });

  it("makes a valid dataset of any numbers, and names the one cell that is none", async () => {
    const number = fc.double({ min: -1e30, max: 1e30, noNaN: true });
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(number, number), { minLength: 4, maxLength: 20 }),
        fc.nat(),
        async (rows, at) => {
          const spec = csv.schema.parse({
            kind: "csv",
            file: "x.csv",
            holdOut: 0.3,
            columns: [
              { name: "x", role: "feature" },
              { name: "y", role: "label" },
            ],
          });
          const content = (lines: string[]) => async () => text(["x,y", ...lines].join("\n"));
          const lines = rows.map((row) => row.join(","));
          const loaded = await csv.load(spec, content(lines)).catch((reason) => reason);
          // Targets may be too close together for float32.
          if (loaded instanceof BaseError && loaded.code === "CSV_FLOAT32") {
            const targets = rows.map(([, y]) => y!);
            const moved = Math.max(...targets.map((y) => Math.abs(Math.fround(y) - y)));
            expect(2 ** 16 * moved).to.be.greaterThan(Math.max(...targets) - Math.min(...targets));
            return;
          }
          // Rows that are learned from may be so close together that a held-out one is beyond float32.
          if (loaded instanceof BaseError) {
            expect(loaded.message).to.contain("to be standardised");
            return;
          }
          assertDataset(loaded.train);
          expect(loaded.train.labels.length + loaded.test.labels.length).to.equal(rows.length);
          const wrong = at % rows.length;
          const error = await csv
            .load(spec, content(lines.with(wrong, `${rows[wrong]![0]},NaN`)))
            .catch((reason) => reason);
          expect(error.message)
            .to.contain(`row ${wrong + 2}, column "y"`)
            .and.to.contain('"NaN"');
        },
      ),
      runs(50),
    );
  });
});
