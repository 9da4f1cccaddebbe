import { expect } from "chai";

import { foundWords, mechanismWordsInCore } from "../../../scripts/tools/mechanismWords.ts";

describe("mechanismWords", () => {
  it("finds a mechanism's words as they are, in names and in comments", () => {
    const text = ["const menuOf = 1;", "/// @param ITEM_COUNT", "uint32 coveredSeconds;", "// a Period"].join(
      "\n",
    );
    expect(foundWords("tasks/some.ts", text)).to.deep.equal([
      { file: "tasks/some.ts", line: 1, word: "menu", mechanism: "aoi-contract" },
      { file: "tasks/some.ts", line: 2, word: "item", mechanism: "aoi-contract" },
      { file: "tasks/some.ts", line: 3, word: "covered", mechanism: "aoi-contract" },
      { file: "tasks/some.ts", line: 4, word: "period", mechanism: "aoi-contract" },
    ]);
  });

  it("leaves out words that only contain one, and another sense in the file that needs it", () => {
    expect(foundWords("tasks/some.ts", "itemize(discovered, periodic)")).to.deep.equal([]);
    expect(foundWords("experiments/lineChart.ts", "itemWidth: 44, // no menu")).to.have.lengthOf(1);
  });

  it("finds none in the core", () => {
    expect(mechanismWordsInCore()).to.deep.equal([]);
  });
});
