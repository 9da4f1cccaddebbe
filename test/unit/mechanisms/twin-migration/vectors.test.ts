import { existsSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { solveSpec } from "../../../../mechanisms/twin-migration/mathematics/solveSpec.ts";

const path = new URL("../../../../../shared/vectors/twin-migration.json", import.meta.url);

interface VectorFile {
  tolerance_rel: number;
  cases: { id: string; input: { kind: string }; expect: Answer; tol?: number }[];
}
type Answer = { ok: true; result: Record<string, unknown> } | { ok: false; error: string };

describe("Twin migration: shared vectors", () => {
  if (!existsSync(path)) {
    it("SKIPPED: ../shared/vectors/twin-migration.json is not beside this repository", function () {
      this.skip();
    });
    return;
  }
  const { cases, tolerance_rel: tolerance } = JSON.parse(readFileSync(path, "utf8")) as VectorFile;
  for (const { id, input, expect: expected, tol } of cases) {
    it(`${id} (${input.kind})`, () => {
      const answer = solveSpec(input);
      if (!expected.ok) return expect(answer).to.include({ ok: false, error: expected.error });
      expect(answer.ok, JSON.stringify(answer)).to.equal(true);
      const { result } = answer as { result: Record<string, unknown> };
      expect(differences(expected.result, result, tol ?? tolerance, "")).to.deep.equal([]);
    });
  }

  it("can fail: a wrong number, another length, another word and a missing field are all differences", () => {
    expect(differences(2, 2.00001, tolerance, "x")).to.have.length(1);
    expect(differences([1], [1, 2], tolerance, "x")).to.have.length(1);
    expect(differences({ a: 1 }, {}, tolerance, "x")).to.have.length(1);
    expect(differences(true, 1, tolerance, "x")).to.have.length(1);
    expect(differences("ok", "limits", tolerance, "x")).to.have.length(1);
    expect(differences(null, 0, tolerance, "x")).to.have.length(1);
  });
});

/** Every place where two answers differ by more than the tolerance; whole numbers may be texts. */
function differences(expected: unknown, actual: unknown, tolerance: number, at: string): string[] {
  if (typeof expected === "number" && (typeof actual === "number" || typeof actual === "string")) {
    const value = Number(actual);
    const close = Math.abs(expected - value) <= tolerance * Math.max(1, Math.abs(expected), Math.abs(value));
    return close ? [] : [`${at}: expected ${expected}, got ${actual}`];
  }
  if (Array.isArray(expected) && Array.isArray(actual) && expected.length === actual.length) {
    return expected.flatMap((value, i) => differences(value, actual[i], tolerance, `${at}.${i}`));
  }
  if (isRecord(expected) && isRecord(actual)) {
    return Object.keys(expected).flatMap((key) =>
      differences(expected[key], actual[key], tolerance, `${at}.${key}`),
    );
  }
  return expected === actual ? [] : [`${at}: expected ${expected}, got ${actual}`];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
