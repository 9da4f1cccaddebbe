import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { solveSpec } from "../../../../mechanisms/model-trading/mathematics/solveSpec.ts";

const path = new URL("../../../../../shared/vectors/model-trading.json", import.meta.url);

/** Fields of answers that depend on how they are computed, by kind. */
const NOT_COMPARED: Readonly<Record<string, readonly string[]>> = { eq_coupled: ["iters", "delta"] };
/** Multipliers: below this they are 0. */
const MULTIPLIERS = ["nu", "beta", "delta"];
const NOTHING = 1e-9;

interface VectorFile {
  tolerance_rel: number;
  cases: { id: string; input: { kind: string }; expect: Answer }[];
}
type Answer = { ok: true; result: Record<string, unknown> } | { ok: false; error: string };

describe("Model trading: shared vectors", () => {
  if (!existsSync(path)) {
    it("SKIPPED: ../shared/vectors/model-trading.json is not beside this repository", function () {
      this.skip();
    });
    return;
  }
  const { cases, tolerance_rel: tolerance } = JSON.parse(readFileSync(path, "utf8")) as VectorFile;
  for (const { id, input, expect: expected } of cases) {
    it(`${id} (${input.kind})`, () => {
      const answer = solveSpec(input);
      if (!expected.ok) return expect(answer).to.include({ ok: false, error: expected.error });
      expect(answer.ok, JSON.stringify(answer)).to.equal(true);
      const skipped = NOT_COMPARED[input.kind] ?? [];
      const { result } = answer as { result: Record<string, unknown> };
      const found = Object.entries(expected.result)
        .filter(([field]) => !skipped.includes(field))
        .flatMap(([field, value]) => differences(value, result[field], tolerance, field));
      expect(found).to.deep.equal([]);
    });
  }

  it("can fail: a wrong number, another length and a missing field are all differences", () => {
    expect(differences(2, 2.00001, tolerance, "x")).to.have.length(1);
    expect(differences([1], [1, 2], tolerance, "x")).to.have.length(1);
    expect(differences(1, undefined, tolerance, "x")).to.have.length(1);
    expect(differences(1e-10, 0, tolerance, "nu")).to.have.length(0);
  });
});

/** Every place where two answers differ by more than the tolerance. */
function differences(expected: unknown, actual: unknown, tolerance: number, at: string): string[] {
  if (typeof expected === "number" && typeof actual === "number") {
    const isMultiplier = MULTIPLIERS.some((name) => at.startsWith(name));
    const [a, b] = [expected, actual].map((value) => (isMultiplier && value < NOTHING ? 0 : value));
    const close = Math.abs(a! - b!) <= tolerance * Math.max(1, Math.abs(a!), Math.abs(b!));
    return close ? [] : [`${at}: expected ${expected}, got ${actual}`];
  }
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    return expected.flatMap((value, i) => differences(value, actual[i], tolerance, `${at}.${i}`));
  }
  return expected === actual ? [] : [`${at}: expected ${expected}, got ${actual}`];
}
