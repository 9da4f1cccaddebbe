import { expect } from "chai";

import { fashionMnist } from "../../../../learning/datasets/fashionMnist.ts";
import { IDX_IMAGE_FILES } from "../../../../learning/datasets/idxImages.ts";
import { MNIST_WRITER_FILES, mnist } from "../../../../learning/datasets/mnist.ts";
import { readMnistFile } from "../../../../storage/packageData.ts";
import { memoryFiles, sharedFiles } from "./sharedData.ts";

/** An IDX file; integers are 32 bits long. */
function idx(type: 0x08 | 0x0c, shape: number[], data: number[]): Uint8Array {
  const width = type === 0x08 ? 1 : 4;
  const bytes = new Uint8Array(4 + 4 * shape.length + data.length * width);
  const view = new DataView(bytes.buffer);
  bytes.set([0, 0, type, shape.length]);
  for (const [i, length] of shape.entries()) view.setUint32(4 + 4 * i, length);
  const start = 4 + 4 * shape.length;
  for (const [i, value] of data.entries()) {
    if (width === 1) bytes[start + i] = value;
    else view.setInt32(start + 4 * i, value);
  }
  return bytes;
}

/** Two training and one test image. */
const images = {
  [IDX_IMAGE_FILES.trainImages]: idx(0x08, [2, 28, 28], Array(2 * 784).fill(3)),
  [IDX_IMAGE_FILES.trainLabels]: idx(0x08, [2], [7, 1]),
  [IDX_IMAGE_FILES.testImages]: idx(0x08, [1, 28, 28], Array(784).fill(9)),
  [IDX_IMAGE_FILES.testLabels]: idx(0x08, [1], [4]),
};
const writers = {
  [MNIST_WRITER_FILES.train]: idx(0x0c, [2, 8], [7, 0, 301, 0, 0, 0, 0, 0, 1, 0, 52, 0, 0, 0, 0, 0]),
  // QMNIST's test file is longer than MNIST's test set.
  [MNIST_WRITER_FILES.test]: idx(0x0c, [2, 8], [4, 0, 17, 0, 0, 0, 0, 0, 2, 0, 18, 0, 0, 0, 0, 0]),
};

describe("mnist with its writers", () => {
  const spec = mnist.schema.parse({ kind: "mnist", writers: true });

  it("knows whose each image is", async () => {
    const { train, test } = await mnist.load(spec, memoryFiles({ ...images, ...writers }));
    expect([...train.clients!]).to.deep.equal([301, 52]);
    expect([...test.clients!]).to.deep.equal([17]);
    expect([...train.labels]).to.deep.equal([7, 1]);
  });

  const refused: [string, Uint8Array][] = [
    ["the labels of other images", idx(0x0c, [2, 8], [7, 0, 301, 0, 0, 0, 0, 0, 2, 0, 52, 0, 0, 0, 0, 0])],
    ["too few rows", idx(0x0c, [1, 8], [7, 0, 301, 0, 0, 0, 0, 0])],
    ["a list without columns", idx(0x0c, [2], [7, 1])],
  ];
  for (const [what, bytes] of refused) {
    it(`refuses ${what}`, async () => {
      const read = memoryFiles({ ...images, ...writers, [MNIST_WRITER_FILES.train]: bytes });
      const error = await mnist.load(spec, read).catch((reason) => reason);
      expect(error).to.have.property("code", "MNIST_WRITERS");
    });
  }

  it("finds the 539 writers of the published training images", async function () {
    const shared = sharedFiles(this, "mnist-writers");
    const read = (file: string) => (file.startsWith("qmnist") ? shared(file) : readMnistFile(file));
    const { train, test } = await mnist.load(spec, read);
    expect(train.clients!.length).to.equal(60_000);
    expect(new Set(train.clients).size).to.equal(539);
    // MNIST's test images are of other writers.
    const trained = new Set(train.clients);
    expect([...new Set(test.clients)].some((writer) => trained.has(writer))).to.equal(false);
  });
});

describe("fashionMnist", () => {
  it("reads files in the form of MNIST", async () => {
    const { train, test } = await fashionMnist.load({ kind: "fashion-mnist" }, memoryFiles(images));
    expect(train.sampleShape).to.deep.equal([28, 28]);
    expect([...test.labels]).to.deep.equal([4]);
    expect(train.features[0]).to.equal(3);
  });

  it("refuses images of another size", async () => {
    const files = { ...images, [IDX_IMAGE_FILES.trainImages]: idx(0x08, [2, 2, 2], Array(8).fill(0)) };
    const error = await fashionMnist
      .load({ kind: "fashion-mnist" }, memoryFiles(files))
      .catch((reason) => reason);
    expect(error).to.have.property("code", "IDX_IMAGES");
  });
});
