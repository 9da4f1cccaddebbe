import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { zipSync } from "fflate";
import {
  type DatasetSpec,
  datasetKindOf,
  datasetSpecSchema,
} from "../../../../learning/datasets/DatasetSpec.ts";
import { parseNpy } from "../../../../learning/datasets/npy.ts";
import { rejected, thrown } from "../../thrown.ts";

/** An array as numpy.save writes it. */
function npy(
  descr: string,
  shape: readonly number[],
  data: ArrayBufferView,
  { fortran = false, version = 1 } = {},
): Uint8Array {
  const dimensions = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const quoted = descr.startsWith("[") ? descr : `'${descr}'`;
  const text = `{'descr': ${quoted}, 'fortran_order': ${fortran ? "True" : "False"}, 'shape': (${dimensions}), }`;
  const begin = version === 1 ? 10 : 12;
  const header = `${text.padEnd(Math.ceil((begin + text.length + 1) / 64) * 64 - begin - 1)}\n`;
  const length = Buffer.alloc(begin - 8);
  if (version === 1) length.writeUInt16LE(header.length);
  else length.writeUInt32LE(header.length);
  return Buffer.concat([
    Buffer.from("\x93NUMPY", "latin1"),
    Buffer.of(version, 0),
    length,
    Buffer.from(header, "latin1"),
    Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  ]);
}

const npz = (arrays: Record<string, Uint8Array>, level: 0 | 6 = 6) =>
  zipSync(Object.fromEntries(Object.entries(arrays).map(([name, bytes]) => [`${name}.npy`, bytes])), {
    level,
  });

const specOf = (fields: Record<string, unknown>): DatasetSpec =>
  datasetSpecSchema.parse({
    ...{ kind: "partitions", format: "npz", count: 1, label: { column: "y", classes: 3 } },
    ...fields,
  });

function load(fields: Record<string, unknown>, files: Record<string, Uint8Array>) {
  const spec = specOf(fields);
  return datasetKindOf(spec).load(spec, async (name) => {
    const bytes = files[name];
    if (bytes === undefined) throw new Error(`no file ${name}`);
    return bytes;
  });
}

const Y = npy("<i8", [4], BigInt64Array.of(0n, 1n, 2n, 1n));
const X = Float32Array.of(1, 2, 3, 4, 5, 6, 7, 8);
const NUMBERS = { features: [{ column: "x", length: 2 }], holdOut: 0.25 };
const one = (arrays: Record<string, Uint8Array>, fields: Record<string, unknown> = NUMBERS) =>
  load(fields, { "partition_0.npz": npz(arrays) });

describe("partitions of NumPy's arrays", () => {
  it("are read stored and deflated, of every kind of number, the same", async () => {
    const wanted = await one({ x: npy("<f4", [4, 2], X), y: Y });
    expect([wanted.train.labels.length, wanted.test.labels.length]).to.deep.equal([3, 1]);
    const numbers = Array.from(X);
    const xs = [
      npy("<f8", [4, 2], Float64Array.from(X)),
      npy("|u1", [4, 2], Uint8Array.from(X)),
      npy("<i4", [4, 1, 2], Int32Array.from(X), { version: 2 }),
      npy("<i8", [4, 2], BigInt64Array.from(numbers, BigInt), { version: 3 }),
      npy("<u2", [4, 2], Uint16Array.from(X)),
    ];
    const ys = [
      Y,
      npy("<i4", [4, 1], Int32Array.of(0, 1, 2, 1)),
      npy("|u1", [4], Uint8Array.of(0, 1, 2, 1)),
      npy("<f4", [4], Float32Array.of(0, 1, 2, 1)),
      npy("|i1", [4], Int8Array.of(0, 1, 2, 1)),
    ];
    for (const [i, x] of xs.entries()) expect(await one({ x, y: ys[i]! })).to.deep.equal(wanted);
    const stored = { "partition_0.npz": npz({ x: xs[0]!, y: Y, other: Uint8Array.of(1) }, 0) };
    expect(await load(NUMBERS, stored)).to.deep.equal(wanted);
  });

  it("are images as arrays of pixels, held out in arrays of their own, by names of one's own", async () => {
    const pixels = (rows: number, first: number) =>
      Uint8Array.from({ length: 4 * rows }, (_, i) => first + i);
    const labels = (...all: number[]) => npy("<i8", [all.length], BigInt64Array.from(all, BigInt));
    const fields = {
      ...{ count: 2, names: "client_*", folder: "mine", image: { column: "x_train", height: 2, width: 2 } },
      label: { column: "y_train", classes: 3 },
      heldOut: { x_train: "x_test", y_train: "y_test" },
    };
    const client = (rows: number, first: number) =>
      npz({
        x_train: npy("|u1", [rows, 2, 2], pixels(rows, first)),
        y_train: labels(...Array.from({ length: rows }, () => 1)),
        x_test: npy("|u1", [1, 1, 2, 2], pixels(1, 200)),
        y_test: labels(2),
      });
    const files = { "mine/client_0.npz": client(3, 0), "mine/client_1.npz": client(1, 50) };
    const { train, test } = await load(fields, files);
    expect([train.sampleShape, train.scale, [...train.labels]]).to.deep.equal([
      [2, 2],
      1 / 255,
      [1, 1, 1, 1],
    ]);
    expect([...train.features]).to.deep.equal([...pixels(3, 0), ...pixels(1, 50)]);
    expect([[...train.clients!], [...test.clients!]]).to.deep.equal([
      [0, 0, 0, 1],
      [0, 1],
    ]);
    expect([[...test.features], [...test.labels]]).to.deep.equal([
      [...pixels(1, 200), ...pixels(1, 200)],
      [2, 2],
    ]);
    // Of numbers, as a model is to see them.
    const image = { column: "x", height: 1, width: 2 };
    const floats = await one({ x: npy("<f4", [4, 1, 2], X), y: Y }, { image, holdOut: 0.25 });
    expect([floats.train.scale, floats.train.sampleShape]).to.deep.equal([1, [1, 2]]);
    const colour = { image: { column: "x", height: 4, width: 2, channels: 3 } };
    const first = await rejected(one({ x: npy("|u1", [4, 3, 4, 2], new Uint8Array(96)), y: Y }, colour));
    expect([first.code, first.next]).to.deep.equal([
      "IMAGE_SIZE",
      "Put the channels last: numpy.transpose(x, (0, 2, 3, 1)).",
    ]);
  });

  it("are refused with what is wrong, and how it is saved instead", async () => {
    const refused = async (x: Uint8Array, y = Y) => {
      const { code, details, next } = await rejected(one({ x, y }));
      return `${code}: ${details} ${next}`;
    };
    expect(await refused(npy("<f4", [4, 2], X, { fortran: true }))).to.include("numpy.ascontiguousarray");
    expect(await refused(npy("|O", [4, 2], X))).to.include("NPY_FORMAT: It holds Python's objects");
    expect(await refused(npy("[('a', '<f4'), ('b', '<f4')]", [4], X))).to.include(
      "records of several fields",
    );
    expect(await refused(npy(">f4", [4, 2], X)))
      .to.include('of the type ">f4"')
      .and.to.include("numpy.asarray");
    expect(await refused(npy("<f2", [4, 4], X))).to.include('of the type "<f2"');
    expect(await refused(npy("<U8", [1], X))).to.include('of the type "<U8"');
    expect(await refused(npy("<f4", [4, 3], X))).to.include("needs 48 bytes; there are 32");
    expect(await refused(npy("<f4", [2, 4], X))).to.include("x (2, 4); y (4)");
    expect(await refused(npy("<f4", [], X.slice(0, 1)))).to.include("a number alone");
    expect(await refused(Buffer.from("nonsense"))).to.include("does not begin as NumPy's");
    expect(await refused(npy("<f4", [4, 2], X).subarray(0, 40))).to.include("cut off");
    expect(
      await refused(
        npy(
          "<f4",
          [4, 2],
          Float32Array.from(X, (v) => v / 0),
        ),
      ),
    ).to.include('DATA_VALUE: It holds "Infinity,');
    expect((await rejected(one({ x: npy("<f4", [4, 2], X) }))).details).to.equal("It has x.");
    expect(
      (
        await rejected(
          one({ x: npy("<f4", [4, 2], X), y: npy("<i8", [4], BigInt64Array.of(0n, 1n, 3n, 1n)) }),
        )
      ).code,
    ).to.equal("DATA_VALUE");
    for (const bytes of [new Uint8Array(0), Buffer.from("PK not a zip"), npz({ x: Y }).subarray(0, 60)]) {
      expect((await rejected(load(NUMBERS, { "partition_0.npz": bytes }))).code).to.equal("NPZ_FORMAT");
    }
    expect(() => specOf({ ...NUMBERS, names: "client" })).to.throw("one * for the number");
    expect(() => specOf({ ...NUMBERS, heldOut: { x: "x_test" } })).to.throw("which array is that of y");
    expect(() => specOf({ ...NUMBERS, format: "csv", heldOut: { x: "a", y: "b" } })).to.throw(
      "only files of npz",
    );
  });

  it("are bounded before room is made for them", async () => {
    const bytes = Buffer.from(npz({ x: npy("<f4", [4, 2], X), y: Y }));
    // What the directory says of the size of x, as a few bytes of a hostile file may.
    const entry = bytes.indexOf(Buffer.of(0x50, 0x4b, 1, 2));
    const claimed = Buffer.from(bytes);
    claimed.writeUInt32LE(0xfffffff0, entry + 24);
    const large = await rejected(load(NUMBERS, { "partition_0.npz": claimed }));
    expect([large.code, large.details]).to.deep.equal([
      "NPZ_FORMAT",
      "The array x is of 4294967280 bytes; at most 2147483648 are read.",
    ]);
    // More comes out than was said.
    claimed.writeUInt32LE(100, entry + 24);
    expect((await rejected(load(NUMBERS, { "partition_0.npz": claimed }))).code).to.be.oneOf([
      "NPY_FORMAT",
      "NPZ_FORMAT",
    ]);
    const many = Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`a${i}`, new Uint8Array(0)]));
    expect((await rejected(load(NUMBERS, { "partition_0.npz": npz(many, 0) }))).details).to.include(
      "10000 entries",
    );
    // An array that nobody asks for is not looked at.
    claimed.writeUInt32LE(0xfffffff0, entry + 24);
    const other = { features: [{ column: "y" }], label: { column: "y", classes: 3 } };
    expect((await load(other, { "partition_0.npz": claimed })).train.labels).to.have.length(4);
    expect(thrown(() => parseNpy("x", npy("<f4", [2 ** 31, 2 ** 31], X))).code).to.equal("NPY_FORMAT");
  });

  it("are those that Python's NumPy writes", async function () {
    this.timeout(30_000);
    const directory = await mkdtemp(join(tmpdir(), "freshet-npz-"));
    try {
      const program = `
import sys, numpy as np
random = np.random.default_rng(1)
for part, save in enumerate([np.savez, np.savez_compressed]):
    x = random.integers(0, 256, (6, 2, 3), dtype=np.uint8)
    y = random.integers(0, 3, 6)
    save(f"{sys.argv[1]}/client_{part}.npz", x=x, y=y, z=x.astype(np.float32) / 255, transposed=x.T.astype("<f8"))
    print(x.tolist(), y.tolist(), sep=";")
`;
      const { status, stdout, stderr } = spawnSync("python3", ["-c", program, directory], {
        encoding: "utf8",
      });
      if (status !== 0) {
        console.log(
          `      skipped: Python has no NumPy here (${stderr?.trim().split("\n").at(-1) ?? "no python3"})`,
        );
        this.skip();
      }
      const files = Object.fromEntries(
        await Promise.all(
          [0, 1].map(async (part) => {
            const name = `client_${part}.npz`;
            return [name, new Uint8Array(await readFile(join(directory, name)))] as const;
          }),
        ),
      );
      const fields = { count: 2, names: "client_*", holdOut: 0.5 };
      const { train, test } = await load({ ...fields, image: { column: "x", height: 2, width: 3 } }, files);
      const rows = [train, test].flatMap(({ features, labels, clients }) =>
        [...labels].map(
          (label, row) => `${clients![row]};${features.subarray(6 * row, 6 * row + 6)};${label}`,
        ),
      );
      const wanted = stdout
        .trim()
        .split("\n")
        .flatMap((line, part) => {
          const [x, y] = line.split(";").map((text) => JSON.parse(text)) as [number[][][], number[]];
          return x.map((image, row) => `${part};${image.flat()};${y[row]}`);
        });
      expect(rows.sort()).to.deep.equal(wanted.sort());
      const floats = await load({ ...fields, features: [{ column: "z", length: 6 }] }, files);
      expect(Array.from(floats.train.features, (value) => Math.round(255 * value))).to.deep.equal([
        ...train.features,
      ]);
      const transposed = await rejected(
        load({ ...fields, features: [{ column: "transposed", length: 4 }] }, files),
      );
      expect(transposed.next).to.include("numpy.ascontiguousarray");
    } finally {
      await rm(directory, { recursive: true });
    }
  });
});
