import { expect } from "chai";
import { IDX_IMAGE_FILES, idxImageReader } from "../../../../learning/datasets/idxImages.ts";
import { loadMnist } from "../../../../learning/datasets/mnist.ts";
import { readMnistFile } from "../../../../storage/packageData.ts";

describe("loadMnist", () => {
  it("reads the published 60,000 and 10,000 images", async () => {
    const { train, test } = await loadMnist(readMnistFile);
    expect(train.labels.length).to.equal(60_000);
    expect(train.features.length).to.equal(60_000 * 784);
    expect(test.labels.length).to.equal(10_000);
    expect(train.sampleShape).to.deep.equal([28, 28]);
    // The first labels as the database's page shows them.
    expect([...train.labels.subarray(0, 8)]).to.deep.equal([5, 0, 4, 1, 9, 2, 1, 3]);
    expect([...test.labels.subarray(0, 8)]).to.deep.equal([7, 2, 1, 0, 4, 1, 4, 9]);
  });

  it("refuses images and labels that do not belong together", async () => {
    const swapped = (name: string) =>
      readMnistFile(name === IDX_IMAGE_FILES.trainLabels ? IDX_IMAGE_FILES.testLabels : name);
    const error = await loadMnist(swapped).catch((reason) => reason);
    expect(error).to.have.property("code", "IDX_IMAGES");
  });

  it("refuses what is no images without naming labels that nobody gave", async () => {
    const labels = await readMnistFile(IDX_IMAGE_FILES.testLabels);
    const file = { name: "labels", bytes: labels, labels: undefined, beside: readMnistFile };
    const error = await Promise.resolve(idxImageReader.read({}, file, {})).catch((reason) => reason);
    expect(error).to.include({ code: "IDX_IMAGES", shortMessage: "labels has no images of 28 × 28." });
  });

  it("says which file is missing", async () => {
    const error = await readMnistFile("no-such-file").catch((reason) => reason);
    expect(error).to.have.property("code", "MNIST_FILE");
    expect(error.message).to.contain("no-such-file");
  });
});
