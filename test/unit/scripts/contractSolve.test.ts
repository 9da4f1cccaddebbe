import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { contractTable } from "../../../mechanisms/aoi-contract/contractTable.ts";
import { solveSpec } from "../../../mechanisms/aoi-contract/mathematics/solveSpec.ts";
import { LONG_NAMES } from "../../../mechanisms/aoi-contract/mathematics/spec/ContractReader.ts";
import {
  RESULT_NAMES,
  withLongNames,
} from "../../../mechanisms/aoi-contract/mathematics/spec/resultNames.ts";
import { parseExactly } from "../../../scripts/readSpecs.ts";

const ENTRY = fileURLToPath(new URL("../../../scripts/freshet.ts", import.meta.url));
const VECTORS = fileURLToPath(new URL("../../../../shared/vectors/aoi-contract.json", import.meta.url));
const METRICS = { kind: "metrics", c: 5, a: 5, t: 2 };
const BAD = { kind: "metrics", c: 0, a: 5 };

interface Run {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs `freshet contract solve`, with something on standard input. */
function solve(values: readonly string[], input = ""): Promise<Run> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [ENTRY, "contract", "solve", ...values],
      { maxBuffer: 2 ** 28 },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
    child.stdin?.end(input);
  });
}

/** Every place where two answers differ by more than the tolerance. */
function differences(expected: unknown, actual: unknown, tolerance: number, at: string): string[] {
  if (typeof expected === "number" && typeof actual === "number") {
    const close = Math.abs(expected - actual) <= tolerance * Math.max(Math.abs(expected), 1e-6);
    return close ? [] : [`${at}: expected ${expected}, got ${actual}`];
  }
  if (typeof expected === "object" && typeof actual === "object" && expected !== null && actual !== null) {
    const [a, b] = [expected as Record<string, unknown>, actual as Record<string, unknown>];
    return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
      differences(a[key], b[key], tolerance, `${at}.${key}`),
    );
  }
  return expected === actual ? [] : [`${at}: expected ${expected}, got ${actual}`];
}

describe("freshet contract solve", function () {
  this.timeout(60_000);
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-solve-"));
  });
  after(() => rm(directory, { recursive: true }));

  it("answers all shared vectors in one run", async function () {
    if (!existsSync(VECTORS)) return this.skip();
    const { cases, tolerance_rel: tolerance } = JSON.parse(readFileSync(VECTORS, "utf8")) as {
      tolerance_rel: number;
      cases: { id: string; input: unknown; expect: { ok: boolean } }[];
    };
    const path = join(directory, "specs.json");
    await writeFile(path, JSON.stringify(cases.map(({ input }) => input)));
    const { code, stdout } = await solve([path, "--json"]);
    expect(code).to.equal(cases.every((one) => one.expect.ok) ? 0 : 2);
    const answers = JSON.parse(stdout) as unknown[];
    expect(answers).to.have.length(cases.length);
    for (const [i, one] of cases.entries()) {
      expect(differences(one.expect, answers[i], tolerance, one.id)).to.deep.equal([]);
    }
  });

  it("answers one specification of standard input, on one line", async () => {
    const { code, stdout, stderr } = await solve(["-", "--json"], JSON.stringify(METRICS));
    expect([code, stderr]).to.deep.equal([0, ""]);
    expect(stdout.trimEnd().split("\n")).to.have.length(1);
    expect(JSON.parse(stdout)).to.deep.equal(solveSpec(METRICS));
  });

  it("puts errors in their place, and exits 2", async () => {
    const { code, stdout } = await solve(["-", "--json"], JSON.stringify([METRICS, BAD, null]));
    expect(code).to.equal(2);
    const [first, second, third] = JSON.parse(stdout);
    expect(first.ok).to.equal(true);
    expect(second).to.deep.equal({ ok: false, error: "PARAM", message: "c must be a natural number" });
    expect(third).to.include({ ok: false, error: "PARAM" });
  });

  it("answers an error about one specification by itself", async () => {
    const { code, stdout } = await solve(["-", "--json"], JSON.stringify(BAD));
    expect(code).to.equal(2);
    expect(JSON.parse(stdout)).to.deep.equal(solveSpec(BAD));
  });

  it("says what is no JSON, and which file is not there", async () => {
    const broken = await solve(["-", "--json"], "{");
    expect(broken.code).to.equal(2);
    expect(JSON.parse(broken.stdout)).to.include({ ok: false, error: "PARAM" });
    const missing = await solve([join(directory, "none.json"), "--json"]);
    expect(missing.code).to.equal(2);
    expect(JSON.parse(missing.stdout)).to.include({ ok: false, error: "FILE_UNREADABLE" });
  });

  it("prints tables for people", async () => {
    const { code, stdout } = await solve(["-"], JSON.stringify([METRICS, BAD]));
    expect(code).to.equal(2);
    expect(stdout).to.match(
      /1\. metrics[\s\S]*theta +20 s[\s\S]*2\. metrics\nPARAM: c must be a natural number/,
    );
  });

  it("gives long names when asked to", async () => {
    const { stdout } = await solve(["-", "--json", "--long-names"], JSON.stringify(METRICS));
    expect(JSON.parse(stdout).result).to.include({ cycleSeconds: 20, exactLatencySeconds: 5 });
  });
});

describe("contract solve, in parts", () => {
  it("parses whole numbers of any size exactly", () => {
    expect(
      parseExactly('{"R": 1000000000000000000001, "x": [1, 0.1, 1e300, -9007199254740993]}'),
    ).to.deep.equal({
      R: 10n ** 21n + 1n,
      x: [1, 0.1, 1e300, -9007199254740993n],
    });
    const answer = solveSpec(
      parseExactly('{"kind":"settle","theta":60,"count":1,"R":1000000000000000000001,"commits":[0]}'),
    );
    expect(answer).to.deep.include({
      ok: true,
      result: { covered: 60, T: 60, pay: "1000000000000000000001", mean_age: 30 },
    });
  });

  it("sets lists side by side and cuts long ones", () => {
    const lines = contractTable({
      ok: true,
      result: { theta: 20, f: [0.1, 0.25], pools: [[1, 2]], ic_ok: true },
    });
    expect(lines).to.deep.equal([
      "theta  20 s",
      "pools  [1, 2]",
      "ic_ok  yes",
      "",
      "n  f 1/s",
      "1    0.1",
      "2   0.25",
      "",
      "f  update frequency; of `metrics`, of the one cycle",
    ]);
    const long = contractTable({ ok: true, result: { f: new Array(50).fill(1) } });
    expect(long).to.include("… 10 more (--json has all)");
    // Columns of schemes are told once.
    const schemes = contractTable({ ok: true, result: { CA: { U: [0, 1] }, CC: { U: [0, 0] } } });
    expect(schemes).to.include("CA: the contract under asymmetric information");
    expect(schemes.filter((line) => line.startsWith("U  utility R"))).to.have.length(1);
  });

  it("documents every name", () => {
    const page = readFileSync(new URL("../../../docs/contract-solve.md", import.meta.url), "utf8");
    for (const [short, long] of Object.entries(LONG_NAMES)) {
      expect(page).to.contain(`| \`${short}\` | ${long.map((name) => `\`${name}\``).join(", ")} |`);
    }
    for (const [short, { long, unit, meaning }] of Object.entries(RESULT_NAMES)) {
      expect(page).to.contain(`| \`${short}\` | \`${long}\` | ${unit} | ${meaning} |`);
    }
  });

  it("has a long name for every name of every answer", () => {
    if (!existsSync(VECTORS)) return;
    const { cases } = JSON.parse(readFileSync(VECTORS, "utf8")) as { cases: { expect: unknown }[] };
    const names = new Set<string>();
    const collect = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        if (!Array.isArray(value)) names.add(key);
        collect(inner);
      }
    };
    for (const one of cases) collect((one.expect as { result?: unknown }).result);
    expect([...names].filter((name) => !Object.hasOwn(RESULT_NAMES, name))).to.deep.equal([]);
    expect(withLongNames({ CA: { f: [1], pools: [[1, 2]] } })).to.deep.equal({
      asymmetricInformation: { frequencies: [1], pools: [[1, 2]] },
    });
  });
});
