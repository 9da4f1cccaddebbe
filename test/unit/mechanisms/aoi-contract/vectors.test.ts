import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { solveSpec } from "../../../../mechanisms/aoi-contract/mathematics/solveSpec.ts";

const path = new URL("../../../../../shared/vectors/aoi-contract.json", import.meta.url);

interface VectorFile {
  tolerance_rel: number;
  cases: { id: string; input: Record<string, unknown>; expect: unknown }[];
}

describe("AoI contract: shared vectors", () => {
  if (!existsSync(path)) {
    it("SKIPPED: ../shared/vectors/aoi-contract.json is not beside this repository", function () {
      this.skip();
    });
    return;
  }
  const { cases, tolerance_rel: tolerance } = JSON.parse(readFileSync(path, "utf8")) as VectorFile;
  for (const { id, input, expect: expected } of cases) {
    it(`${id} (${input.kind})`, () => {
      expect(differences(expected, solveSpec(input), tolerance, "answer")).to.deep.equal([]);
    });
  }

  it("can fail: a wrong number, a missing and an extra key are all differences", () => {
    expect(differences({ a: 1 }, { a: 1.00001 }, tolerance, "x")).to.have.length(1);
    expect(differences({ a: 1 }, {}, tolerance, "x")).to.have.length(1);
    expect(differences({}, { a: 1 }, tolerance, "x")).to.have.length(1);
  });
});

/** Every place where two answers differ: other keys, other text, or numbers further apart than the tolerance. */
function differences(expected: unknown, actual: unknown, tolerance: number, at: string): string[] {
  if (typeof expected === "number" && typeof actual === "number") {
    const close = Math.abs(expected - actual) <= tolerance * Math.max(Math.abs(expected), 1e-6);
    return close ? [] : [`${at}: expected ${expected}, got ${actual}`];
  }
  if (typeof expected === "object" && typeof actual === "object" && expected !== null && actual !== null) {
    const [a, b] = [expected as Record<string, unknown>, actual as Record<string, unknown>];
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].flatMap((key) => differences(a[key], b[key], tolerance, `${at}.${key}`));
  }
  return expected === actual ? [] : [`${at}: expected ${expected}, got ${actual}`];
}
