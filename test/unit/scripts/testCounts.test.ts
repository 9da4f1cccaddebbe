import { expect } from "chai";

import { addCounts, countsInWords, testCounts } from "../../../scripts/commands/test/testCounts.ts";

const MOCHA = `
  a suite
    ✔ takes 3 passing trains (12ms)
    1) fails
    - waits

  1904 passing (1m)
  2 pending
  1 failing

  1) a suite
       fails:
     Error: expected
  3 passing trains
`;
const HARDHAT = `
    ✔ test_a()

  470 passing
  3 skipped

`;

describe("testCounts", () => {
  it("reads what mocha and Hardhat print last, and nothing that tests print", () => {
    expect(testCounts(MOCHA, false)).to.deep.equal({ passed: 1904, failed: 1, skipped: 2 });
    expect(testCounts(HARDHAT, true)).to.deep.equal({ passed: 470, failed: 0, skipped: 3 });
    const coloured = "\u001b[92m \u001b[0m\u001b[32m 18 passing\u001b[0m\u001b[90m (5m)\u001b[0m\n";
    expect(testCounts(coloured, true)).to.deep.equal({ passed: 18, failed: 0, skipped: 0 });
  });

  it("counts a run that failed without a failing test", () => {
    expect(testCounts("SyntaxError: no", false)).to.deep.equal({ passed: 0, failed: 1, skipped: 0 });
    expect(testCounts("  5 passing (1s)\n", false)).to.deep.equal({ passed: 5, failed: 1, skipped: 0 });
  });

  it("adds up, and tells of skipped tests only where there are some", () => {
    const sum = addCounts([testCounts(MOCHA, false), testCounts(HARDHAT, true)]);
    expect(countsInWords(sum)).to.equal("2374 passed, 1 failed, 5 skipped");
    expect(countsInWords({ ...sum, failed: 0, skipped: 0 })).to.equal("2374 passed, 0 failed");
  });
});
