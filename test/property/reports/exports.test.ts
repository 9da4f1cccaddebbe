import { expect } from "chai";
import fc from "fast-check";
import { parquetMetadata, parquetReadObjects } from "hyparquet";

import { dataTable, type TableDefinition } from "../../../reports/exports/DataTable.ts";
import { eventFile } from "../../../reports/exports/eventFile.ts";
import { parquetFile } from "../../../reports/exports/parquetFile.ts";
import { runFolders } from "../../../scripts/writeExport.ts";
import { readEvents } from "../../unit/reports/exports/eventRecords.ts";

const TABLE = {
  name: "drawn",
  about: "a drawn row",
  columns: {
    text: { type: "text", about: "" },
    whole: { type: "whole", about: "" },
    real: { type: "real", about: "" },
    flag: { type: "yes-no", about: "" },
    at: { type: "time", about: "" },
    paid_wei: { type: "wei", about: "" },
  },
} as const satisfies TableDefinition;

const MOST_WEI = 10n ** 38n - 1n;
const row = fc.record({
  text: fc.option(fc.string({ unit: "grapheme" })),
  whole: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  real: fc.option(fc.double({ noNaN: true })),
  flag: fc.option(fc.boolean()),
  at: fc.option(fc.integer({ min: 0, max: 2 ** 33 })),
  paid_wei: fc.option(
    fc.oneof(fc.bigInt({ min: -MOST_WEI, max: MOST_WEI }), fc.constantFrom(0n, -1n, MOST_WEI, -MOST_WEI)),
  ),
});

describe("exports (property)", () => {
  it("of tables are read back as they were, to the wei", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 40 }), async (rows) => {
        const file = parquetFile(dataTable(TABLE, rows)).buffer as ArrayBuffer;
        const read = await parquetReadObjects({ file, metadata: withBytesOfAmounts(file) });
        const plain = read.map(({ at, paid_wei, ...rest }) => ({
          ...rest,
          at: at === null ? null : at.getTime() / 1000,
          paid_wei: paid_wei === null ? null : signed(paid_wei),
        }));
        expect(plain).to.deep.equal(rows);
      }),
    );
  });

  it("of curves are read back as they were, as far as 32 bits hold them", () => {
    const scalar = fc.record({
      tag: fc.string({ minLength: 1 }),
      step: fc.nat(),
      value: fc.double({ noNaN: true }).map(Math.fround),
      wallTime: fc.integer({ min: 0, max: 2 ** 33 }),
    });
    fc.assert(
      fc.property(fc.array(scalar, { minLength: 1, maxLength: 40 }), (scalars) => {
        const [first, ...events] = readEvents(eventFile({ name: ["run"], scalars })!.bytes);
        expect(first!.fileVersion).to.equal("brain.Event:2");
        const read = events.map(({ wallTime, step, summary }) => {
          const { tag, simpleValue } = summary!.value[0]!;
          return { tag, step: step ?? 0, value: simpleValue, wallTime: wallTime ?? 0 };
        });
        expect(read).to.deep.equal(scalars);
      }),
    );
  });

  it("never leave their directory, nor share a folder", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 3 }), { maxLength: 30 }),
        (names) => {
          const taken = new Set<string>();
          const folders = names.map((name) => runFolders(name, taken));
          for (const part of folders.flat()) expect(part).to.match(/^[^/\\.][^/\\]*$/);
          expect(new Set(folders.map((parts) => parts.join("/"))).size).to.equal(names.length);
        },
      ),
    );
  });
});

/** A file's metadata by which amounts are read as their bytes: as numbers the reader would round them. */
function withBytesOfAmounts(file: ArrayBuffer) {
  const metadata = parquetMetadata(file);
  for (const element of metadata.schema) {
    if (element.converted_type !== "DECIMAL") continue;
    delete element.converted_type;
    delete element.logical_type;
  }
  return metadata;
}

/** A whole number of bytes, the greatest first, in two's complement. */
function signed(bytes: Uint8Array): bigint {
  return BigInt.asIntN(8 * bytes.length, BigInt(`0x${Buffer.from(bytes).toString("hex")}`));
}
