import { expect } from "chai";

import { csv } from "../../../tables/csv.ts";
import { markdownTable } from "../../../tables/markdownTable.ts";
import { shortAddress } from "../../../tables/shortAddress.ts";
import { textTable } from "../../../tables/textTable.ts";

const COLUMNS = [{ header: "what" }, { header: "n", align: "right" }] as const;

describe("tables", () => {
  it("have columns as wide as their longest cell in text", () => {
    const rows = [
      ["a", "1000"],
      ["longer", "2"],
    ];
    expect(textTable({ columns: COLUMNS, rows })).to.deep.equal({
      header: "what       n",
      rows: ["a       1000", "longer     2"],
    });
    expect(textTable({ columns: COLUMNS, rows: [] })).to.deep.equal({ header: "what  n", rows: [] });
  });

  it("escape pipes in Markdown", () => {
    expect(markdownTable({ columns: COLUMNS, rows: [["a | b", "1"]] }).split("\n")).to.deep.equal([
      "| what | n |",
      "| --- | ---: |",
      "| a \\| b | 1 |",
    ]);
  });

  it("quote what would break a line of CSV, and have an empty cell for what is not there", () => {
    expect(
      csv([
        ["a", 'b "c"', "d,e"],
        [1.5, undefined, "f\ng"],
      ]),
    ).to.equal('a,"b ""c""","d,e"\n1.5,,"f\ng"\n');
    expect(csv([])).to.equal("");
  });

  it("shorten addresses to what people compare", () => {
    expect(shortAddress("0x0123456789abcdef0123456789abcdef01234567")).to.equal("0x0123…4567");
  });
});
