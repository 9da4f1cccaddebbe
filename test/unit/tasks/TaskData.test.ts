import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { type DatasetSpec, datasetSpecSchema } from "../../../learning/datasets/DatasetSpec.ts";
import { TaskData } from "../../../tasks/TaskData.ts";
import { withDirectory } from "../storage/withDirectory.ts";
import { rejected } from "../thrown.ts";

const spec: DatasetSpec = datasetSpecSchema.parse({
  kind: "csv",
  file: "x.csv",
  columns: [
    { name: "x", role: "feature" },
    { name: "y", role: "label" },
  ],
  holdOut: 0.5,
});

describe("TaskData", () => {
  it("reads MNIST without a data directory, and its held-out images into shared memory", async () => {
    const data = new TaskData("/nowhere");
    const mnist = datasetSpecSchema.parse("mnist");
    expect((await data.trainingData(mnist)).labels.length).to.equal(60_000);
    const { features, labels } = await data.heldOutData(mnist);
    expect(labels.length).to.equal(10_000);
    expect([features.buffer, labels.buffer]).to.satisfy((buffers: unknown[]) =>
      buffers.every((buffer) => buffer instanceof SharedArrayBuffer),
    );
  });

  it("reads others from a folder named by their kind, once, and looks again after a failure", () =>
    withDirectory(async (directory) => {
      const data = new TaskData(directory);
      const error = await rejected(data.heldOutData(spec));
      expect(error.code).to.equal("DATA_MISSING");
      expect(error.shortMessage).to.contain(join(directory, "csv"));
      await mkdir(join(directory, "csv"));
      await writeFile(join(directory, "csv", "x.csv"), "x,y\n1,2\n3,4\n");
      const test = await data.heldOutData(spec);
      expect(test.labels).to.be.instanceOf(Float32Array);
      expect(test.labels.length).to.equal(1);
      expect((await data.trainingData(spec)).labels.length).to.equal(1);
      expect(await data.heldOutData(spec)).to.equal(test);
    }));

  it("knows by which statistics samples are standardised, and asks no file of kinds that have none", () =>
    withDirectory(async (directory) => {
      const data = new TaskData(directory);
      expect(await data.statistics(datasetSpecSchema.parse("mnist"))).to.deep.equal({});
      expect((await rejected(data.statistics(spec))).code).to.equal("DATA_MISSING");
      await mkdir(join(directory, "csv"));
      await writeFile(join(directory, "csv", "x.csv"), "x,y\n1,2\n3,4\n");
      // One of both rows is learned from: it alone has no deviation.
      const { x } = await data.statistics(spec);
      expect(x).to.be.an("array").with.length(1);
      expect([1, 3]).to.include(x![0]!.mean);
      expect(x![0]!.deviation).to.equal(0);
    }));

  it("names the files of MNIST's writers when they are missing", async () => {
    const writers = datasetSpecSchema.parse({ kind: "mnist", writers: true });
    const error = await rejected(new TaskData("/nowhere").trainingData(writers));
    expect(error.shortMessage).to.equal(
      "2 files are not in /nowhere/mnist: qmnist-train-labels-idx2-int, qmnist-test-labels-idx2-int.",
    );
  });
});
