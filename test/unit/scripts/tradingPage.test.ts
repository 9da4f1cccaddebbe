import { readFileSync } from "node:fs";
import { expect } from "chai";
import { CANONICAL_GAME } from "../../../mechanisms/model-trading/experiments/canonicalGame.ts";
import { solveSpec } from "../../../mechanisms/model-trading/mathematics/solveSpec.ts";

describe("docs/trading-solve.md", () => {
  const page = readFileSync(new URL("../../../docs/trading-solve.md", import.meta.url), "utf8");

  it("names every field of a game and every kind", () => {
    for (const field of Object.keys(CANONICAL_GAME)) expect(page).to.contain(`\`${field}\``);
    const answer = solveSpec({});
    const kinds = answer.ok ? [] : answer.message.replace("kind must be one of ", "").split(", ");
    expect(kinds).to.have.length(9);
    for (const kind of kinds) expect(page).to.contain(`| \`${kind}\` |`);
  });

  it("shows what the command answers", () => {
    expect(page).to.contain(JSON.stringify(solveSpec({ kind: "feasible", game: CANONICAL_GAME, m: 0 })));
  });
});
