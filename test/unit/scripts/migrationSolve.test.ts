import { expect } from "chai";

import { solveSpec } from "../../../mechanisms/twin-migration/mathematics/solveSpec.ts";
import { solveOnCommandLine } from "./solveOnCommandLine.ts";

const GOOD = { kind: "msr", attempts: 40, successes: 35, missed: 2 };
const BAD = { kind: "msr", attempts: 40, successes: 41, missed: 2 };

const solve = (input: string) => solveOnCommandLine("migration", input);

describe("freshet migration solve", function () {
  this.timeout(60_000);

  it("answers one specification with one answer, on one line", async () => {
    const { code, stdout, stderr } = await solve(JSON.stringify(GOOD));
    expect([code, stderr]).to.deep.equal([0, ""]);
    expect(stdout.trimEnd().split("\n")).to.have.length(1);
    expect(JSON.parse(stdout)).to.deep.equal(solveSpec(GOOD));
  });

  it("answers a list with a list, errors in their place, and exits 2", async () => {
    const { code, stdout } = await solve(JSON.stringify([GOOD, BAD, null, GOOD]));
    expect(code).to.equal(2);
    expect(JSON.parse(stdout).map((answer: { ok: boolean }) => answer.ok)).to.deep.equal([
      true,
      false,
      false,
      true,
    ]);
  });

  it("says what is no JSON", async () => {
    const { code, stdout } = await solve("{");
    expect(code).to.equal(2);
    expect(JSON.parse(stdout)).to.include({ ok: false, error: "PARAM" });
  });
});
