import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { elementCount } from "../../../learning/models/elementCount.ts";
import { canonicalModelSpec, modelSpecSchema } from "../../../learning/models/ModelSpec.ts";
import { MODEL_KINDS } from "../../../learning/models/modelKinds.ts";
import { parameterShapes } from "../../../learning/models/parameterShapes.ts";

describe("docs/models.md", () => {
  it("has an example of every kind, in canonical order, with its number of values", async () => {
    const page = await readFile(new URL("../../../docs/models.md", import.meta.url), "utf8");
    const kinds = new Set<string>();
    for (const [, json, values] of page.matchAll(/^\| `(\{.*\})` \| ([\d,]+) \|$/gm)) {
      const spec = modelSpecSchema.parse(JSON.parse(json!));
      expect(canonicalModelSpec(spec)).to.equal(JSON.stringify(JSON.parse(json!)));
      const count = parameterShapes(spec).reduce((sum, { shape }) => sum + elementCount(shape), 0);
      expect(count.toLocaleString("en-US"), json).to.equal(values);
      kinds.add(spec.kind);
    }
    expect([...kinds].sort()).to.deep.equal(MODEL_KINDS.map(({ schema }) => schema.shape.kind.value).sort());
  });
});
