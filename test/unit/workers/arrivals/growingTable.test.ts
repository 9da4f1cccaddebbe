import { appendFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";
import fc from "fast-check";

import { parseCsv } from "../../../../learning/datasets/csvTable.ts";
import { MOST_ROW_BYTES } from "../../../../workers/arrivals/Arrival.ts";
import { GrowingTable } from "../../../../workers/arrivals/GrowingTable.ts";
import { withDirectory } from "../../storage/withDirectory.ts";
import { rejected } from "../../thrown.ts";
import { MemorySink } from "./memorySink.ts";

const HEADER = "pump,temperature\n";

/** A table in a file, and what comes of it. */
async function growing(directory: string) {
  const path = join(directory, "log.csv");
  const sink = new MemorySink();
  return { path, sink, table: new GrowingTable(path, { sink }) };
}

/** The cells of what came. */
function cellsOf(sink: MemorySink): string[][] {
  return sink.arrivals.map((arrival) => {
    if (!("text" in arrival)) throw new Error("a row of a table is a text");
    return [...parseCsv("x", new TextEncoder().encode(`${arrival.header}\n${arrival.text}\n`)).rows[0]!];
  });
}

describe("a table that rows are appended to", () => {
  it("gives the same rows wherever it was cut when it was looked at: at every byte", () =>
    withDirectory(async (directory) => {
      const text = '\ufeffpump,note\r\n7,"a ""hot"" one\r\nand more"\r\nöst,ß\n"8,9",\n\n10,last\n11,half';
      const bytes = new TextEncoder().encode(text);
      // An empty line is no row.
      const whole = parseCsv("x", new TextEncoder().encode(text.replace("\n\n", "\n"))).rows.slice(0, -1);
      const { path, sink, table } = await growing(directory);
      await writeFile(path, "");
      for (let at = 0; at < bytes.length; at++) {
        await appendFile(path, bytes.subarray(at, at + 1));
        await table.look();
        const read = cellsOf(sink);
        expect(read).to.deep.equal(whole.slice(0, read.length));
        // And as one that is started then, with what was kept.
        if (at % 7 === 0) await new GrowingTable(path, { sink }).look();
      }
      expect(cellsOf(sink)).to.deep.equal(whole);
      expect(sink.arrivals.map((arrival) => "row" in arrival && arrival.row)).to.deep.equal([2, 3, 4, 6]);
      expect(sink.told).to.deep.equal([]);
    }));

  it("gives the same rows for any cells and any cuts", async () => {
    const cell = fc.string({
      unit: fc.constantFrom("a", "ü", ",", '"', "\n", "\r\n", " ", "1"),
      maxLength: 8,
    });
    const quoted = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(cell, cell), { maxLength: 8 }),
        fc.array(fc.nat(400), { maxLength: 12 }),
        (rows, cuts) =>
          withDirectory(async (directory) => {
            const kept = rows.map(([a, b]) => [`x${a}`, b]);
            const lines = kept.map((row) => `${row.map(quoted).join(",")}\n`);
            const bytes = new TextEncoder().encode(`a,b\n${lines.join("")}`);
            const { path, sink, table } = await growing(directory);
            await writeFile(path, "");
            let at = 0;
            for (const end of [...new Set(cuts), bytes.length].sort((a, b) => a - b)) {
              await appendFile(path, bytes.subarray(at, Math.max(at, end)));
              at = Math.max(at, end);
              await table.look();
            }
            expect(cellsOf(sink)).to.deep.equal(kept);
          }),
      ),
      { numRuns: 60 },
    );
  });

  it("is told to have become shorter, or another, once, and read from its beginning", () =>
    withDirectory(async (directory) => {
      const { path, sink, table } = await growing(directory);
      await writeFile(path, `${HEADER}7,20\n7,21\n`);
      await table.look();
      await writeFile(path, `${HEADER}7,22\n`);
      await table.look();
      await table.look();
      expect(sink.codes).to.deep.equal(["DATA_TRUNCATED"]);
      // As long as before, and longer, with another row in front.
      await writeFile(path, `${HEADER}7,23\n`);
      await table.look();
      await writeFile(path, `${HEADER}7,24\n7,25\n`);
      await table.look();
      expect(sink.codes).to.deep.equal(["DATA_TRUNCATED", "DATA_REPLACED", "DATA_REPLACED"]);
      // Emptied while it was rotated: nothing is told twice.
      await writeFile(path, "");
      for (let i = 0; i < 3; i++) await table.look();
      await appendFile(path, `${HEADER}7,26\n`);
      await table.look();
      expect(sink.codes.slice(3)).to.deep.equal(["DATA_TRUNCATED"]);
      expect(cellsOf(sink).map(([, temperature]) => temperature)).to.deep.equal(
        [20, 21, 22, 23, 24, 25, 26].map(String),
      );
    }));

  it("may be saved anew with the same rows and more", () =>
    withDirectory(async (directory) => {
      const { path, sink, table } = await growing(directory);
      await writeFile(path, `${HEADER}7,20\n`);
      await table.look();
      await writeFile(`${path}.new`, `${HEADER}7,20\n7,21\n`);
      await rename(`${path}.new`, path);
      await table.look();
      expect(sink.told).to.deep.equal([]);
      expect(cellsOf(sink)).to.have.length(2);
    }));

  it("may be gone for a while, which is told once; at first it must be there", () =>
    withDirectory(async (directory) => {
      const { path, sink, table } = await growing(directory);
      expect((await rejected(table.look())).code).to.equal("DATA_MISSING");
      await writeFile(path, `${HEADER}7,20\n`);
      await table.look();
      await rm(path);
      await table.look();
      await table.look();
      await writeFile(path, `${HEADER}8,19\n`);
      await table.look();
      expect(sink.codes).to.deep.equal(["DATA_MISSING", "DATA_REPLACED"]);
      expect(cellsOf(sink)).to.have.length(2);
    }));

  it("leaves out and tells what cannot be a row, and goes on behind it", () =>
    withDirectory(async (directory) => {
      const { path, sink, table } = await growing(directory);
      const long = "9".repeat(MOST_ROW_BYTES + 1);
      await writeFile(path, `${HEADER}7,20\n7,${long}\n7,21\n`);
      await appendFile(path, Uint8Array.of(0x37, 0x2c, 0xff, 0x0a, 0x37, 0x2c, 0, 0x0a));
      await appendFile(path, "7,22\n");
      await table.look();
      expect(sink.codes).to.deep.equal(["DATA_ROW_TOO_LONG"]);
      expect(String(sink.told[0])).to.contain("row 3").and.contain("So were 2 more");
      expect(cellsOf(sink).map(([, temperature]) => temperature)).to.deep.equal(["20", "21", "22"]);
      // A line without an end, longer than is read at a time.
      await appendFile(path, "x".repeat(3 * 2 ** 20));
      await table.look();
      expect(sink.told).to.have.length(1);
      await appendFile(path, "\n7,23\n");
      await table.look();
      expect(sink.told).to.have.length(2);
      expect(cellsOf(sink).at(-1)).to.deep.equal(["7", "23"]);
      // Quotes that nobody closes cost a line, once they are longer than any row.
      await appendFile(path, `7,"24\n${"7,25\n".repeat(MOST_ROW_BYTES / 4)}`);
      await table.look();
      expect(cellsOfRows(sink).at(-1)).to.equal("7,25");
    }));
});

function cellsOfRows(sink: MemorySink): string[] {
  return sink.arrivals.map((arrival) => ("text" in arrival ? arrival.text : ""));
}
