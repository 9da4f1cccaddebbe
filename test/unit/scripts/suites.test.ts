import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { LANES, SUITES, type SuiteTier, YIELDING } from "../../../scripts/commands/test/suites.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

describe("suites of the test command", () => {
  it("are each run in one lane", () => {
    expect([...LANES.front, ...LANES.beside].toSorted()).to.deep.equal(Object.keys(SUITES).toSorted());
    expect(Object.keys(SUITES)).to.include.members([...YIELDING]);
  });

  it("have every file of tests, those named *.deep.test.ts in the deep tier only", () => {
    const files = readdirSync(`${ROOT}/test`, { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => `test/${file}`);
    expect(files).to.have.length.above(100);
    const has = (tier: SuiteTier, file: string) =>
      Object.values(SUITES).some(({ [tier]: tool = [] }) =>
        tool.some((pattern) => {
          if (pattern === file) return true;
          const [folder, rest] = pattern.split("/**/*");
          const isIgnored = tool.includes("--ignore") && file.endsWith(".deep.test.ts");
          return (
            rest !== undefined &&
            folder !== "" &&
            !isIgnored &&
            file.startsWith(`${folder}/`) &&
            file.endsWith(rest)
          );
        }),
      );
    for (const file of files) {
      const isNamed = file.startsWith("test/networks/");
      expect(has("named", file), file).to.equal(isNamed);
      if (isNamed) {
        // Neither tier starts real networks.
        expect(has("quick", file) || has("deep", file), file).to.equal(false);
        continue;
      }
      expect(has("quick", file), file).to.equal(!file.endsWith(".deep.test.ts"));
      const doesMore = /from "[./]+tier\.ts"/.test(readFileSync(`${ROOT}/${file}`, "utf8"));
      if (file.endsWith(".deep.test.ts") || doesMore) expect(has("deep", file), file).to.equal(true);
    }
  });
});
