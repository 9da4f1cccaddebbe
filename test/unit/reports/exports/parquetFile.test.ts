import { createHash } from "node:crypto";
import { expect } from "chai";
import { parquetMetadata, parquetReadObjects } from "hyparquet";

import { BaseError } from "../../../../protocol/BaseError.ts";
import { dataTable, type TableDefinition } from "../../../../reports/exports/DataTable.ts";
import { parquetFile } from "../../../../reports/exports/parquetFile.ts";
import { thrown } from "../../thrown.ts";

const EVERY = {
  name: "every",
  about: "a row of everything",
  columns: {
    text: { type: "text", about: "some text" },
    whole: { type: "whole", about: "a whole number" },
    real: { type: "real", about: "a number" },
    flag: { type: "yes-no", about: "yes or no" },
    at: { type: "time", about: "a time" },
    paid_wei: { type: "wei", about: "an amount" },
  },
} as const satisfies TableDefinition;

const MOST_WEI = 10n ** 38n - 1n;
const ROWS = [
  { text: "Zürich, η 0.3", whole: 7, real: 0.1, flag: true, at: 1_700_000_000, paid_wei: 10n ** 18n },
  { text: "", whole: -(2n ** 63n), real: -0.5, flag: false, at: 0, paid_wei: -MOST_WEI },
  { text: null, whole: null, real: null, flag: null, at: null, paid_wei: null },
  { text: "x".repeat(300), whole: 2n ** 63n - 1n, real: 5e-324, flag: null, at: 12.5, paid_wei: MOST_WEI },
] as const;

describe("parquetFile", () => {
  const bytes = parquetFile(dataTable(EVERY, ROWS));
  const file = bytes.buffer as ArrayBuffer;

  it("writes the same bytes every time", () => {
    expect(createHash("sha256").update(bytes).digest("hex")).to.equal(GOLDEN);
  });

  it("says which types its columns have", () => {
    const { schema } = parquetMetadata(file);
    expect(
      schema.slice(1).map(({ name, type, converted_type }) => [name, type, converted_type]),
    ).to.deep.equal([
      ["text", "BYTE_ARRAY", "UTF8"],
      ["whole", "INT64", undefined],
      ["real", "DOUBLE", undefined],
      ["flag", "BOOLEAN", undefined],
      ["at", "INT64", "TIMESTAMP_MILLIS"],
      ["paid_wei", "FIXED_LEN_BYTE_ARRAY", "DECIMAL"],
    ]);
    expect(schema.at(-1)).to.include({ precision: 38, scale: 0, type_length: 16 });
  });

  it("says what its columns mean", () => {
    const told = parquetMetadata(file).key_value_metadata!.find(({ key }) => key === "freshet")!.value!;
    expect(JSON.parse(told).columns.paid_wei).to.equal("an amount");
  });

  it("can be read back, but for amounts, which this reader rounds", async () => {
    const rows = await parquetReadObjects({ file });
    for (const [i, row] of rows.entries()) {
      const { paid_wei: _, at, whole, ...rest } = ROWS[i]!;
      expect(row).to.deep.include(rest);
      expect(row.whole).to.equal(whole === null ? null : BigInt(whole));
      expect(row.at === null ? null : row.at.getTime() / 1000).to.equal(at);
    }
  });

  it("refuses amounts that 38 digits do not hold, and what is no whole number", () => {
    const write = (row: Partial<Record<keyof (typeof ROWS)[number], never>> | object) => () =>
      parquetFile(dataTable(EVERY, [{ ...ROWS[0], ...row }]));
    for (const row of [
      { paid_wei: MOST_WEI + 1n },
      { paid_wei: -MOST_WEI - 1n },
      { whole: 0.5 },
      { whole: 2n ** 63n },
    ]) {
      const error = thrown(write(row));
      expect(error).to.be.instanceOf(BaseError);
      expect(error.code).to.equal("EXPORT_VALUE");
    }
  });

  it("has a file for a table without rows", async () => {
    const empty = parquetFile(dataTable(EVERY, []));
    expect(await parquetReadObjects({ file: empty.buffer as ArrayBuffer })).to.deep.equal([]);
  });
});

/** SHA-256 of the file; pyarrow reads its likes (otherReaders.deep.test.ts). */
const GOLDEN = "d7d38850f7645071ad205a8a08a43df3347d7f41a94584e64fadb4d3cb0cf335";
