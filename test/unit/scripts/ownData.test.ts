import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { readNodeFile } from "../../../chains/networks/nodeFile.ts";
import { datasetSpecSchema } from "../../../learning/datasets/DatasetSpec.ts";
import { ownData } from "../../../scripts/ownData.ts";
import { heldOutDigest } from "../../../tasks/heldOutDigest.ts";
import { ownSamples } from "../../../tasks/ownSamples.ts";
import { withDirectory } from "../storage/withDirectory.ts";
import { rejected } from "../thrown.ts";

const spec = datasetSpecSchema.parse({
  kind: "csv",
  file: "x.csv",
  columns: [
    { name: "x", role: "feature" },
    { name: "y", role: "label" },
  ],
  standardize: false,
});

describe("an organisation's data", () => {
  it("are where its options say, else its node file, relative to that", () =>
    withDirectory(async (directory) => {
      for (const [folder, rows] of [
        ["held/csv", "1,2\n"],
        ["other/csv", "3,4\n"],
      ] as const) {
        await mkdir(join(directory, folder), { recursive: true });
        await writeFile(join(directory, folder, "x.csv"), `x,y\n${rows}`);
      }
      const node = join(directory, "node.json");
      await writeFile(node, JSON.stringify({ version: 1, keys: {}, data: { heldOut: "held" } }));
      expect((await readNodeFile(node)).data).to.deep.equal({ heldOut: join(directory, "held") });
      const digest = heldOutDigest(await ownSamples(spec, join(directory, "held/csv"), "test"));
      const { heldOutData } = await ownData({ node, data: directory });
      expect([...(await heldOutData(spec, { digest })).labels]).to.deep.equal([2]);
      const other = await ownData({ node, data: directory, heldOut: join(directory, "other") });
      expect((await rejected(other.heldOutData(spec, { digest }))).code).to.equal("HELD_OUT_DIFFERS");
      await writeFile(node, JSON.stringify({ version: 1, keys: {}, data: { held: "held" } }));
      expect((await rejected(ownData({ node }))).details).to.match(
        /data: there is no field held; allowed: .*heldOut/,
      );
    }));
});
