import { expect } from "chai";
import fc from "fast-check";
import { latexTable, latexText } from "../../../reports/latexTable.ts";

describe("latexTable", () => {
  it("sets texts as they are, and aligns numbers", () => {
    const table = latexTable({
      columns: [{ header: "η & co" }, { header: "score, %", align: "right" }],
      rows: [
        ["[a_b]", "1 ± 2"],
        ["\\input{x}", "–"],
      ],
    });
    expect(table.split("\n").slice(1)).to.deep.equal([
      "\\begin{tabular}{lr}",
      "\\toprule",
      "$\\eta$ \\& co & score, \\% \\\\",
      "\\midrule",
      "{}[a\\_b] & 1 $\\pm$ 2 \\\\",
      "\\textbackslash{}input\\{x\\} & -- \\\\",
      "\\bottomrule",
      "\\end{tabular}",
    ]);
  });

  it("leaves nothing in a text that LaTeX would read", () => {
    const known =
      /\\(textbackslash|textasciicircum|textasciitilde|textless|textgreater|textbar|textquotedbl)\{\}|\\[{}$&#%_]/g;
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), (text) => {
        expect(latexText(text).replaceAll(known, "")).not.to.match(/[\\{}$&#%_^~<>|"\n]/);
      }),
    );
  });
});
