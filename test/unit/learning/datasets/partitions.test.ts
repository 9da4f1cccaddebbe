import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { binary, struct, tableFromArrays, tableToIPC, utf8 } from "@uwdata/flechette";
import { expect } from "chai";
import { encode } from "fast-png";
import { parquetWriteBuffer } from "hyparquet-writer";

import {
  type DatasetSpec,
  datasetKindOf,
  datasetSpecSchema,
} from "../../../../learning/datasets/DatasetSpec.ts";
import { partitionByClient } from "../../../../learning/datasets/partitionByClient.ts";
import { rejected, thrown } from "../../thrown.ts";

type Files = Record<string, Uint8Array | string>;

const specOf = (fields: Record<string, unknown>): DatasetSpec =>
  datasetSpecSchema.parse({
    kind: "partitions",
    count: 2,
    label: { column: "label", classes: 3 },
    ...fields,
  });

function load(fields: Record<string, unknown>, files: Files) {
  const spec = specOf(fields);
  return datasetKindOf(spec).load(spec, async (name) => {
    const content = files[name];
    if (content === undefined) throw new Error(`no file ${name}`);
    return typeof content === "string" ? new TextEncoder().encode(content) : content;
  });
}

const state = (...names: string[]) =>
  JSON.stringify({ _data_files: names.map((filename) => ({ filename })) });

const IMAGE = struct({ bytes: binary(), path: utf8() });

function arrow(columns: Record<string, unknown[]>): Uint8Array {
  const types = "image" in columns ? { image: IMAGE } : {};
  return tableToIPC(tableFromArrays(columns as never, { types }), { format: "stream" })!;
}

/** What flwr-datasets wrote, with what Hugging Face's datasets read of it. */
const FLOWER = new URL("../../../vectors/flower/", import.meta.url);
const expected = JSON.parse(readFileSync(new URL("expected.json", FLOWER), "utf8"));

function loadFlower(fields: Record<string, unknown>, folder = "") {
  const spec = specOf(fields);
  return datasetKindOf(spec).load(spec, async (name) =>
    readFileSync(fileURLToPath(new URL(`${folder}${name}`, FLOWER))),
  );
}

/** A grey image of one value, as Hugging Face's `Image` is stored. */
const image = (value: number, width = 2) => ({
  bytes: encode({ width, height: 2, data: new Uint8Array(2 * width).fill(value), channels: 1, depth: 8 }),
  path: "1.png",
});

const NUMBERS = { features: [{ column: "x" }, { column: "v", length: 2 }], holdOut: 0.25 };

describe("partitions on disk", () => {
  it("are read from Arrow folders, in all their files, each a natural client", async () => {
    const { train, test } = await load(NUMBERS, {
      "partition_0/state.json": state("data-00000-of-00002.arrow", "data-00001-of-00002.arrow"),
      "partition_0/data-00000-of-00002.arrow": arrow({
        x: [1, 2],
        v: [
          [10, 11],
          [20, 21],
        ],
        label: [0, 1],
      }),
      "partition_0/data-00001-of-00002.arrow": arrow({
        x: [3, 4],
        v: [
          [30, 31],
          [40, 41],
        ],
        label: [2, 0],
      }),
      "partition_1/state.json": state("data.arrow"),
      "partition_1/data.arrow": arrow({
        x: [5, 6, 7, 8],
        v: [
          [1, 2],
          [3, 4],
          [5, 6],
          [7, 8],
        ],
        label: [1, 1, 1, 2],
      }),
    });
    expect([train.labels.length, test.labels.length]).to.deep.equal([6, 2]);
    expect([train.sampleShape, train.scale, train.classes]).to.deep.equal([[3], 1, 3]);
    expect(partitionByClient(train.clients!).map(({ client, rows }) => [client, rows.length])).to.deep.equal([
      [0, 3],
      [1, 3],
    ]);
    const rows = [...train.labels.keys(), ...test.labels.keys()].map((_, at) => {
      const [of, row] = at < 6 ? [train, at] : [test, at - 6];
      return [...of.features.subarray(3 * row, 3 * row + 3), of.labels[row]!].join();
    });
    expect(rows.sort()).to.deep.equal(
      ["1,10,11,0", "2,20,21,1", "3,30,31,2", "4,40,41,0", "5,1,2,1", "6,3,4,1", "7,5,6,1", "8,7,8,2"].sort(),
    );
  });

  it("are read from Parquet and CSV, the same", async () => {
    const parquet = (x: number[], label: number[]) =>
      new Uint8Array(
        parquetWriteBuffer({
          columnData: [
            { name: "x", data: x, type: "DOUBLE" },
            { name: "label", data: label.map(BigInt), type: "INT64" },
          ],
        }),
      );
    const fields = { features: [{ column: "x" }], folder: "mine" };
    const fromParquet = await load(
      { ...fields, format: "parquet" },
      {
        "mine/partition_0.parquet": parquet([1, 2, 3, 4, 5], [0, 1, 2, 0, 1]),
        "mine/partition_1.parquet": parquet([6, 7, 8, 9, 10], [0, 1, 2, 0, 1]),
      },
    );
    const fromCsv = await load(
      { ...fields, format: "csv" },
      {
        "mine/partition_0.csv": "x,label\n1,0\n2,1\n3,2\n4,0\n5,1\n",
        "mine/partition_1.csv": "other,label,x\n,0,6\n,1,7\n,2,8\n,0,9\n,1,10\n",
      },
    );
    expect(fromParquet).to.deep.equal(fromCsv);
    expect(fromCsv.train.labels).to.have.length(8);
  });

  it("have images, whose size their headers say", async () => {
    const fields = { count: 1, image: { column: "image", height: 2, width: 2 }, holdOut: 0.5 };
    const files = (cells: unknown[]) => ({
      "partition_0/state.json": state("data.arrow"),
      "partition_0/data.arrow": arrow({ image: cells, label: cells.map(() => 1) }),
    });
    const { train, test } = await load(fields, files([image(7), image(9)]));
    expect([...train.features, ...test.features].sort()).to.deep.equal([7, 7, 7, 7, 9, 9, 9, 9]);
    expect([train.sampleShape, train.scale]).to.deep.equal([[2, 2], 1 / 255]);
    const wide = await rejected(load(fields, files([image(7, 3), image(9)])));
    expect([wide.code, wide.details]).to.deep.equal(["PNG_FORMAT", "It is 3 × 2 pixels."]);
    const half = await rejected(
      load(fields, files([{ bytes: image(1).bytes.slice(0, 40), path: "1.png" }, image(9)])),
    );
    expect(half.code).to.equal("PNG_FORMAT");
  });

  it("are those that flwr-datasets writes, bit by bit as Hugging Face's datasets read them", async () => {
    const { train, test } = await loadFlower({
      image: { column: "image", height: 8, width: 8 },
      holdOut: 0.25,
    });
    const rowsOf = ({ features, labels, clients }: typeof train) =>
      [...labels].map(
        (label, row) => `${clients![row]}/${label}/${features.subarray(64 * row, 64 * row + 64)}`,
      );
    const wanted = (expected.images as { pixels: number[]; label: number }[][]).flatMap((rows, part) =>
      rows.map(({ pixels, label }) => `${part}/${label}/${pixels}`),
    );
    expect([train.labels.length, test.labels.length]).to.deep.equal([12, 4]);
    expect([...rowsOf(train), ...rowsOf(test)].sort()).to.deep.equal(wanted.sort());
  });

  it("are the same from what flwr-datasets writes as Arrow, Parquet and CSV", async () => {
    const features = [{ column: "x1" }, { column: "x2" }];
    const [arrow, parquet, csv] = await Promise.all(
      ["arrow", "parquet", "csv"].map((format) => loadFlower({ features, format }, "tables/")),
    );
    const { train, test } = arrow!;
    expect([train, test].flatMap(({ labels }) => [...labels])).to.have.length(20);
    const wanted = (expected.tables as { x1: number; x2: number; label: number }[][]).flat();
    const found = [train, test].flatMap(({ features: numbers, labels }) =>
      [...labels].map((label, row) => [numbers[2 * row], numbers[2 * row + 1], label].join()),
    );
    expect(found.sort()).to.deep.equal(
      wanted.map(({ x1, x2, label }) => [Math.fround(x1), x2, label].join()).sort(),
    );
    expect(parquet).to.deep.equal(arrow);
    expect(csv).to.deep.equal(arrow);
    const lists = { features: [{ column: "v", length: 3 }] };
    for (const format of ["arrow", "parquet"]) {
      const read = await loadFlower({ ...lists, format }, "tables/");
      expect([read.train.sampleShape, read.train.features.length]).to.deep.equal([[3], 48]);
    }
  });

  it("are refused with what is wrong, by file and row", async () => {
    const one = { count: 1, features: [{ column: "x" }], format: "csv" };
    const refused = (csv: string) => rejected(load(one, { "partition_0.csv": csv }));
    expect((await refused("x,label\n1,3\n2,0\n")).details).to.include('"3"');
    expect((await refused("x,label\n1,0\nnone,0\n")).shortMessage).to.include(
      'row 2, column "x" is not a number',
    );
    expect((await refused("y,label\n1,0\n2,0\n")).code).to.equal("PARTITION_COLUMN");
    const arrowOf = (state: string, data: Uint8Array | string = "") =>
      rejected(
        load(
          { ...one, format: "arrow" },
          { "partition_0/state.json": state, "partition_0/data.arrow": data },
        ),
      );
    expect((await arrowOf("{")).code).to.equal("PARTITION_STATE");
    expect((await arrowOf(state("../../secret"))).code).to.equal("PARTITION_STATE");
    expect(
      (
        await arrowOf(
          JSON.stringify({ _data_files: [{ filename: "data.arrow" }], _indices_data_files: [{}] }),
        )
      ).details,
    ).to.include("indices");
    expect((await arrowOf(state("data.arrow"), "nonsense that is no Arrow")).code).to.equal("TABLE_FORMAT");
    expect(thrown(() => datasetKindOf({ kind: "none" } as never)).code).to.equal("DATASET_KIND");
    expect(() => specOf({})).to.throw("either image or features");
    expect(() => specOf({ features: [{ column: "x" }], folder: ".." })).to.throw("a folder's name");
  });
});
