import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { generatedDocs } from "../../../scripts/tools/generateDocs.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

describe("generatedDocs", () => {
  for (const [path, content] of Object.entries(generatedDocs())) {
    it(`${path} is as its schema says`, async () => {
      expect(await readFile(join(ROOT, path), "utf8"), "run npm run docs").to.equal(content);
    });
  }
});
