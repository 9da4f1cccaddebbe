import { readFileSync } from "node:fs";

import { expect } from "chai";

import { BUILD_MILLISECONDS, builtTools } from "./builtTools.ts";
import { Consortium } from "./Consortium.ts";
import { pageSections } from "./page.ts";

const PAGE = readFileSync(new URL("../../docs/consortium.md", import.meta.url), "utf8");
/** How long a section of the page may take. */
const SECTION_MILLISECONDS = 1_200_000;

/** The companies of docs/consortium.md do what stands there, on real chains. */
describe("three companies", function () {
  this.timeout(SECTION_MILLISECONDS);
  const [keys, ...sections] = pageSections(PAGE);
  let consortium: Consortium | undefined;
  let failed = false;

  before(async function () {
    this.timeout(BUILD_MILLISECONDS);
    const binaries = await builtTools(this, ["geth", "kubo"]);
    const began = Date.now();
    consortium = await Consortium.start(PAGE, keys!.steps, binaries);
    const seconds = Math.round((Date.now() - began) / 1000);
    console.log(`    7 geth nodes and 2 Kubo daemons are up (${seconds} s)`);
  });
  afterEach(function () {
    if (this.currentTest?.state === "failed") failed = true;
  });
  after(async function () {
    this.timeout(120_000);
    await consortium?.stop({ keep: failed });
  });

  for (const { title, steps } of sections) {
    it(`do what the page says: ${title}`, async function () {
      // What comes later needs what came before.
      if (failed) return this.skip();
      for (const step of steps) {
        if (step.kind !== "file") console.log(`      ${step.who}: ${step.line}`);
        const printed = await consortium!.companies.do(step);
        if (step.kind === "command" && /^freshet (task|audit)/.test(step.line)) console.log(printed);
      }
    });
  }

  it("have never told a secret", async function () {
    if (failed) return this.skip();
    const { companies } = consortium!;
    for (const secret of await companies.secrets()) expect(companies.printed).not.to.include(secret);
  });
});
