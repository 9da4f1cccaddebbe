import { basename } from "node:path";
import { expect } from "chai";
import { encode } from "jpeg-js";
import type { TrainAndTest } from "../../../../learning/datasets/DatasetKind.ts";
import {
  type DatasetSpec,
  datasetKindOf,
  datasetSpecSchema,
} from "../../../../learning/datasets/DatasetSpec.ts";
import type { FoundSamples, ReadFile } from "../../../../learning/datasets/SampleReader.ts";
import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { rejected } from "../../thrown.ts";
import { memoryFiles, sharedFiles } from "./sharedData.ts";

/** What a kind makes of a file of its data set, and of the whole set. */
async function both(
  spec: DatasetSpec,
  read: ReadFile,
  file: string,
  labels?: string,
): Promise<{ found: FoundSamples; whole: TrainAndTest }> {
  const { reader, load } = datasetKindOf(spec);
  const statistics = (await reader.statistics?.(spec as never, read)) ?? {};
  const folder = file.slice(0, -basename(file).length);
  const found = await reader.read(
    spec as never,
    {
      name: `/some/where/${file}`,
      bytes: await read(file),
      labels: labels === undefined ? undefined : { name: labels, bytes: await read(labels) },
      beside: (name) => read(folder + name),
    },
    // As an exported model has them.
    JSON.parse(JSON.stringify(statistics)),
  );
  return { found, whole: await load(spec as never, read) };
}

/** A table of three kinds of columns, with its header. */
function table(rows: number, header = "mode,heat,state,note"): string {
  const random = new SeededRandom(3, "table");
  const lines = Array.from({ length: rows }, (_, row) => {
    const cells: Record<string, string> = {
      mode: row % 3 === 0 ? "idle" : "run",
      heat: String(1000 * random.uniform()),
      state: row % 2 === 0 ? "ok" : "worn",
      note: "x",
      life: String(1e6 + row / 4),
    };
    return header
      .split(",")
      .map((name) => cells[name])
      .join(",");
  });
  return `${[header, ...lines].join("\n")}\n`;
}

const columns = [
  { name: "mode", role: "feature", values: ["idle", "run"] },
  { name: "heat", role: "feature" },
  { name: "state", role: "label", values: ["ok", "worn"] },
  { name: "note", role: "ignored" },
];
const csvSpec = datasetSpecSchema.parse({ kind: "csv", file: "a.csv", columns });

function ppm(width: number, height: number, seed: number): Uint8Array {
  const random = new SeededRandom(seed, "pixels");
  const pixels = Array.from({ length: width * height * 3 }, () => random.integer(256));
  return Uint8Array.from([...new TextEncoder().encode(`P6\n${width} ${height}\n255\n`), ...pixels]);
}

describe("samples of files that nobody learned from", () => {
  it("of a table are made as those that were learned from: by their statistics, one-hot, whatever the columns' order", async () => {
    const files = memoryFiles({ "a.csv": table(40), "b.csv": table(40, "state,more,heat,mode") });
    const { found, whole } = await both(csvSpec, files, "a.csv");
    expect(found.isLabelled).to.equal(true);
    expect(found.names[39]).to.equal("row 40");
    const rows = (data: FoundSamples["dataset"]) =>
      Array.from(data.labels, (label, row) =>
        [...data.features.subarray(3 * row, 3 * row + 3), label].join(),
      );
    expect(new Set(rows(found.dataset))).to.deep.equal(new Set([...rows(whole.train), ...rows(whole.test)]));
    const { found: other } = await both(csvSpec, files, "b.csv");
    expect(other.dataset.features).to.deep.equal(found.dataset.features);
  });

  it("of a table do not need its label", async () => {
    const files = memoryFiles({ "a.csv": table(40), "b.csv": table(40, "heat,mode") });
    const [{ found: known }, { found }] = await Promise.all([
      both(csvSpec, files, "a.csv"),
      both(csvSpec, files, "b.csv"),
    ]);
    expect(found.isLabelled).to.equal(false);
    expect(found.dataset.features).to.deep.equal(known.dataset.features);
  });

  it("of a table are refused by name where a column or its statistics are missing", async () => {
    const files = memoryFiles({ "a.csv": table(40), "b.csv": table(40, "mode,state") });
    const error = await rejected(both(csvSpec, files, "b.csv"));
    expect([error.code, error.details]).to.deep.equal(["CSV_HEADER", '"heat" is missing.']);
    const { reader } = datasetKindOf(csvSpec);
    const file = { name: "a.csv", bytes: await files("a.csv"), beside: files };
    expect((await rejected(reader.read(csvSpec as never, file, {}))).code).to.equal("STATISTICS_UNKNOWN");
  });

  it("of a regression's table have their offset taken off, as those that were learned from", async () => {
    const spec = datasetSpecSchema.parse({
      kind: "csv",
      file: "a.csv",
      columns: [
        { name: "heat", role: "feature" },
        { name: "life", role: "label", offset: 1e6 },
      ],
    });
    const { found } = await both(spec, memoryFiles({ "a.csv": table(20, "heat,life") }), "a.csv");
    expect([...found.dataset.labels].slice(0, 3)).to.deep.equal([0, 0.25, 0.5]);
    expect(datasetKindOf(spec).reader.targetOffset?.(spec as never)).to.equal(1e6);
  });

  it("of engines are the held-out ones, where the file is theirs", async function () {
    const read = sharedFiles(this, "cmapss-fd001");
    const spec = datasetSpecSchema.parse({ kind: "cmapss" });
    const { found, whole } = await both(spec, read, "test_FD001.txt", "RUL_FD001.txt");
    expect(found.isLabelled).to.equal(true);
    expect(found.dataset).to.deep.equal(whole.test);
    const { found: unknown } = await both(spec, read, "test_FD001.txt");
    expect([unknown.isLabelled, unknown.dataset.features]).to.deep.equal([false, whole.test.features]);
  });

  it("of a series are cut and standardised as the held-out ones", async () => {
    const lines = Array.from(
      { length: 60 },
      (_, i) => `2014-02-14 00:${String(i).padStart(2, "0")}:00,${(i * i) % 17}`,
    );
    const read = memoryFiles({
      "labels/combined_windows.json": JSON.stringify({
        "real/a.csv": [["2014-02-14 00:50:00.000000", "2014-02-14 00:52:00.000000"]],
      }),
      "data/real/a.csv": `timestamp,value\n${lines.join("\n")}\n`,
    });
    const spec = datasetSpecSchema.parse({
      kind: "nab",
      series: ["real/a"],
      window: 4,
      stride: 2,
      trainShare: 0.5,
    });
    const { found, whole } = await both(spec, read, "data/real/a.csv", "labels/combined_windows.json");
    // Held out are the last windows of the series.
    const { features, labels } = whole.test;
    expect(found.dataset.features.slice(-features.length)).to.deep.equal(features);
    expect(found.dataset.labels.slice(-labels.length)).to.deep.equal(labels);
    expect([found.isLabelled, found.names[0]]).to.deep.equal([true, "readings 1 to 4"]);
    const other = both(spec, read, "data/real/a.csv", "data/real/a.csv");
    expect((await rejected(other)).code).to.equal("NAB_LABELS");
  });

  it("of images in MNIST's form are those images, with a file of labels or without", async () => {
    const images = Uint8Array.of(
      0,
      0,
      8,
      3,
      0,
      0,
      0,
      2,
      0,
      0,
      0,
      28,
      0,
      0,
      0,
      28,
      ...ppm(23, 23, 1).slice(0, 1568),
    );
    const labels = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 7, 3);
    const read = memoryFiles({ images, labels });
    const spec = datasetSpecSchema.parse("mnist");
    const file = { name: "images", bytes: images, beside: read };
    const { reader } = datasetKindOf(spec);
    const found = await reader.read(
      spec as never,
      { ...file, labels: { name: "labels", bytes: labels } },
      {},
    );
    expect([found.isLabelled, [...found.dataset.labels]]).to.deep.equal([true, [7, 3]]);
    const unknown = await reader.read(spec as never, file, {});
    expect([unknown.isLabelled, unknown.dataset.features]).to.deep.equal([false, found.dataset.features]);
    const fewer = { name: "labels", bytes: Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 1, 7) };
    const error = await rejected(reader.read(spec as never, { ...file, labels: fewer }, {}));
    expect(error.code).to.equal("IDX_IMAGES");
  });

  it("of signs are cut out by a list, or the whole of one image", async () => {
    const read = memoryFiles({
      "gt.txt": "00000.ppm;2;3;20;21;14\n00700.ppm;0;0;15;11;38\n",
      "00000.ppm": ppm(30, 30, 1),
      "00700.ppm": ppm(16, 12, 2),
      "sign.jpg": encode({ width: 16, height: 12, data: new Uint8Array(16 * 12 * 4).fill(99) }, 90).data,
    });
    const spec = datasetSpecSchema.parse({ kind: "gtsdb", size: 8 });
    const { found, whole } = await both(spec, read, "gt.txt");
    expect([found.isLabelled, [...found.dataset.labels]]).to.deep.equal([true, [14, 38]]);
    expect([...found.dataset.features]).to.deep.equal([...whole.train.features, ...whole.test.features]);
    const { found: one } = await both(spec, read, "00700.ppm");
    expect([one.isLabelled, one.dataset.features]).to.deep.equal([false, whole.test.features]);
    const { found: jpeg } = await both(spec, read, "sign.jpg");
    expect(jpeg.dataset.features).to.have.length(8 * 8 * 3);
  });

  it("of scenes are those of a list, or one image, halved where it is as published", async () => {
    const read = memoryFiles({
      "gt.txt": "00000.ppm;10;20;29;39;14\n00700.ppm;10;20;29;39;14\n",
      "00000.ppm": ppm(1360, 800, 1),
      "00700.ppm": ppm(1360, 800, 2),
      "other.ppm": ppm(24, 16, 3),
    });
    const spec = datasetSpecSchema.parse({ kind: "gtsdb", samples: "scenes" });
    const { found, whole } = await both(spec, read, "gt.txt");
    expect(found.names).to.deep.equal(["scene 0", "scene 700"]);
    const half = found.dataset.features.length / 2;
    expect(
      Buffer.from(found.dataset.features.subarray(half)).equals(Buffer.from(whole.test.features)),
    ).to.equal(true);
    expect(found.dataset.boxes!.slice(5)).to.deep.equal(whole.test.boxes);
    const { found: one } = await both(spec, read, "00700.ppm");
    expect(Buffer.from(one.dataset.features).equals(Buffer.from(whole.test.features))).to.equal(true);
    const { found: other } = await both(spec, read, "other.ppm");
    expect(other.dataset.sampleShape).to.deep.equal([16, 24, 3]);
  });
});
