import { readFileSync } from "node:fs";
import { expect } from "chai";
import { PARAMETERS } from "../../../mechanisms/twin-migration/mathematics/parameters.ts";
import { solveSpec } from "../../../mechanisms/twin-migration/mathematics/solveSpec.ts";

describe("docs/migration-solve.md", () => {
  const page = readFileSync(new URL("../../../docs/migration-solve.md", import.meta.url), "utf8");

  it("names every kind", () => {
    const answer = solveSpec({});
    const kinds = answer.ok ? [] : answer.message.replace("kind must be one of ", "").split(", ");
    expect(kinds).to.have.length(40);
    for (const kind of kinds) expect(page).to.contain(`| \`${kind}\` |`);
  });

  it("has every parameter with its default and its unit", () => {
    for (const [name, { symbol, value, unit }] of Object.entries(PARAMETERS)) {
      const line = page.split("\n").find((one) => one.startsWith(`| \`${symbol}\` | \`${name}\` |`));
      expect(line, symbol).to.not.equal(undefined);
      const [, , , shown, shownUnit] = line!.split("|").map((cell) => cell.trim());
      expect(shownUnit, symbol).to.equal(unit);
      if (typeof value !== "number") expect(shown, symbol).to.equal(String(value).replaceAll(",", ", "));
      else expect(Number(shown) / value, symbol).to.be.closeTo(1, 1e-3);
    }
  });

  it("shows what the command answers", () => {
    const answer = solveSpec({ kind: "msr", attempts: 40, successes: 35, missed: 2 });
    expect(page).to.contain(JSON.stringify(answer));
  });
});
