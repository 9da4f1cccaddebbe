import { readFileSync } from "node:fs";

import { expect } from "chai";

import { pageSections } from "../../networks/page.ts";

const PAGE = readFileSync(new URL("../../../docs/consortium.md", import.meta.url), "utf8");

describe("the consortium's page", () => {
  it("has nothing to type that the suite of networks would not run", () => {
    const steps = pageSections(PAGE).flatMap((section) => section.steps);
    const typed = [...PAGE.matchAll(/^```(?:sh|console)[^\n]*\n(.*?)^```$/gms)]
      .flatMap(([, body]) => body!.replace(/\\\n\s*/g, "").split("\n"))
      .map((line) => line.trim())
      .filter((line) => line !== "" && !line.startsWith("#"));
    const run = steps.flatMap((step) => {
      if (step.kind === "file") return [];
      return [step.kind === "service" ? `${step.line} # ${step.ready}` : step.line];
    });
    expect(typed).to.have.length.above(10);
    expect(run).to.deep.equal(typed.map((line) => line.replace(/\s+#\s*/, " # ")));
  });

  it("shows files of companies that are JSON", () => {
    const files = pageSections(PAGE).flatMap(({ steps }) => steps.filter(({ kind }) => kind === "file"));
    expect(files).to.not.have.length(0);
    const blocks = [...PAGE.matchAll(/^```json/gm)];
    expect(files).to.have.length(blocks.length);
    for (const file of files) if (file.kind === "file") JSON.parse(file.content);
  });
});
