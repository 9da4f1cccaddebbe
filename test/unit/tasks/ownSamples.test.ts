import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { expect } from "chai";

import type { Dataset } from "../../../learning/datasets/Dataset.ts";
import { datasetKindOf, datasetSpecSchema } from "../../../learning/datasets/DatasetSpec.ts";
import { heldOutDigest } from "../../../tasks/heldOutDigest.ts";
import { ownSamples } from "../../../tasks/ownSamples.ts";
import { TaskData } from "../../../tasks/TaskData.ts";
import { decodeTaskSpec, encodeTaskSpec, parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { withDirectory } from "../storage/withDirectory.ts";
import { rejected, thrown } from "../thrown.ts";
import { smallSpec } from "./smallSpec.ts";

type Files = Readonly<Record<string, string | Uint8Array>>;

async function put(directory: string, files: Files): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
}

const columns = [
  { name: "pump", role: "client" },
  { name: "temperature", role: "feature" },
  { name: "mode", role: "feature", values: ["idle", "run"] },
  { name: "state", role: "label", values: ["ok", "worn"] },
];
const table = (change: object = {}) =>
  datasetSpecSchema.parse({ kind: "csv", file: "pumps.csv", columns, ...change });
const statistics = { temperature: [{ mean: 20, deviation: 10 }] };
const PUMP_7 = "pump,temperature,mode,state\n7,30,idle,ok\n7,0,run,worn\n";

describe("samples of one's own", () => {
  it("are all rows of a table, standardised by what the task states, without whose they are", () =>
    withDirectory(async (directory) => {
      await put(directory, { "pumps.csv": PUMP_7 });
      for (const side of ["train", "test"] as const) {
        const { features, labels, clients, columns } = await ownSamples(
          table({ statistics }),
          directory,
          side,
        );
        expect([...features]).to.deep.equal([1, 1, 0, -2, 0, 1]);
        expect([...labels]).to.deep.equal([0, 1]);
        expect(clients).to.equal(undefined);
        expect(columns).to.deep.equal({ temperature: [0], mode: [1, 2] });
      }
      const raw = await ownSamples(table({ standardize: false }), directory, "train");
      expect(raw.features[0]).to.equal(30);
    }));

  it("are refused where nobody states what they are standardised by", () =>
    withDirectory(async (directory) => {
      await put(directory, { "pumps.csv": PUMP_7, "train_FD001.txt": "" });
      for (const spec of [table(), datasetSpecSchema.parse("cmapss")]) {
        const error = await rejected(ownSamples(spec, directory, "train"));
        expect(error.code).to.equal("STATISTICS_UNSTATED");
        expect(error.next).to.contain("dataset.statistics");
      }
    }));

  it("are refused with the row of a value that cannot be one, and the names of files that are missing", () =>
    withDirectory(async (directory) => {
      const none = await rejected(ownSamples(table({ statistics }), directory, "train"));
      expect([none.code, none.shortMessage]).to.deep.equal([
        "DATA_MISSING",
        `1 file is not in ${directory}: pumps.csv.`,
      ]);
      await put(directory, { "pumps.csv": `${PUMP_7}7,1e999,run,ok\n` });
      const hostile = await rejected(ownSamples(table({ statistics }), directory, "train"));
      expect([hostile.code, hostile.shortMessage]).to.deep.equal([
        "DATA_VALUE",
        'pumps.csv, row 4, column "temperature" is not a number.',
      ]);
    }));

  it("are the same as in the whole data set, part by part, where the task states its statistics", () =>
    withDirectory(async (directory) => {
      const row = (unit: number, cycle: number) =>
        `${unit} ${cycle} 0 0 100 ${Array.from({ length: 21 }, (_, s) => s + cycle).join(" ")}`;
      const engine = (unit: number, cycles: number) =>
        Array.from({ length: cycles }, (_, i) => row(unit, i + 1)).join("\n");
      await put(join(directory, "cmapss"), {
        "train_FD001.txt": `${engine(1, 4)}\n${engine(2, 6)}\n`,
        "test_FD001.txt": `${engine(1, 2)}\n`,
        "RUL_FD001.txt": "7\n",
      });
      const unstated = { kind: "cmapss", window: 3, sensors: [2, 21], cap: 5 };
      const data = new TaskData(directory);
      const stated = datasetSpecSchema.parse({
        ...unstated,
        statistics: await data.statistics(datasetSpecSchema.parse(unstated)),
      });
      const whole = await data.load(datasetSpecSchema.parse(unstated));
      expect(await data.load(stated)).to.deep.equal(whole);
      // Each device has an engine, the first of its own file.
      await put(join(directory, "one"), { "train_FD001.txt": engine(1, 4) });
      await put(join(directory, "other"), { "train_FD001.txt": engine(1, 6) });
      const parts = await Promise.all(
        ["one", "other"].map((name) => ownSamples(stated, join(directory, name), "train")),
      );
      expect(parts.flatMap(({ features }) => [...features])).to.deep.equal([...whole.train.features]);
      const held = await ownSamples(stated, join(directory, "cmapss"), "test");
      expect(heldOutDigest(held)).to.equal(heldOutDigest(whole.test));
      // What a task states needs no file.
      expect(await new TaskData("/nowhere").statistics(stated)).to.deep.equal(
        (stated as { statistics: unknown }).statistics,
      );
    }));

  it("are those of a data set's series, classes and scenes that are there", () =>
    withDirectory(async (directory) => {
      const time = (i: number) => `2014-02-14 00:${String(i).padStart(2, "0")}:00`;
      const series = Array.from({ length: 40 }, (_, i) => `${time(i)},${i % 7}`).join("\n");
      await put(directory, {
        "labels/combined_windows.json": JSON.stringify({
          "real/a.csv": [],
          "real/b.csv": [[time(20), time(21)]],
        }),
        "data/real/b.csv": `timestamp,value\n${series}\n`,
      });
      const nab = datasetSpecSchema.parse({
        kind: "nab",
        series: ["real/a", "real/b"],
        window: 4,
        stride: 4,
      });
      const learned = await ownSamples(nab, directory, "train");
      // Of ten windows that end at 4, 8, … 40 the one with readings 20 and 21 is left out.
      expect([...learned.labels]).to.deep.equal(Array(9).fill(0));
      // Those in the probationary part, the first six readings, judge nobody.
      expect((await ownSamples(nab, directory, "test")).labels).to.have.length(9);
      const image = Uint8Array.of(...new TextEncoder().encode("P6\n8 8\n255\n"), ...Array(192).fill(9));
      await put(directory, {
        "Final_Training/Images/00014/GT-00014.csv":
          "Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;ClassId\n00000_00000.ppm;8;8;0;0;7;7;14\n",
        "Final_Training/Images/00014/00000_00000.ppm": image,
        "gt.txt": "00000.ppm;0;0;7;7;3\n00899.ppm;0;0;7;7;4\n",
        "00000.ppm": image,
        "00899.ppm": image,
      });
      const signs = await ownSamples(datasetSpecSchema.parse("gtsrb"), directory, "train");
      expect([...signs.labels]).to.deep.equal([14]);
      for (const side of ["train", "test"] as const) {
        expect([
          ...(await ownSamples(datasetSpecSchema.parse("gtsdb"), directory, side)).labels,
        ]).to.deep.equal([3, 4]);
      }
    }));

  it("can be read of every kind of data set", () => {
    for (const kind of ["mnist", "fashion-mnist", "cmapss", "nab", "gtsrb", "gtsdb"]) {
      const spec = datasetSpecSchema.parse(kind);
      for (const side of ["train", "test"] as const) {
        expect(datasetKindOf(spec).own.files(spec as never, side)).to.be.an("array");
      }
    }
  });

  it("are described by statistics that fit the task's features", () => {
    const said = (change: object) => thrown(() => parseTaskSpec({ ...smallSpec(), dataset: change })).details;
    const one = [{ mean: 0, deviation: 1 }];
    const csv = { kind: "csv", file: "pumps.csv", columns };
    expect(said({ ...csv, statistics: {} })).to.match(/temperature needs one mean and deviation, not 0/);
    expect(said({ ...csv, statistics: { temperature: [...one, ...one] } })).to.match(/not 2/);
    expect(said({ ...csv, statistics: { ...statistics, mode: one } })).to.match(
      /mode is no feature of numbers/,
    );
    expect(said({ ...csv, standardize: false, statistics })).to.match(/nothing to standardise/);
    expect(said({ kind: "cmapss", sensors: [2, 3], statistics: { only: one } })).to.match(/2 sensors and 1/);
  });
});

describe("held-out data that a task is committed to", () => {
  const commitment = async (directory: string) => ({
    digest: heldOutDigest(await ownSamples(table({ statistics }), join(directory, "csv"), "test")),
  });

  it("are those of the aggregators' directory, or of the data set, whatever their files look like", () =>
    withDirectory(async (directory) => {
      const [held, data] = [join(directory, "held"), join(directory, "data")];
      await put(held, { "csv/pumps.csv": PUMP_7 });
      const spec = table({ statistics });
      const committed = await commitment(held);
      const own = await new TaskData(data, { heldOut: held }).heldOutData(spec, committed);
      expect(own.labels).to.have.length(2);
      expect(own.features.buffer).to.be.instanceOf(SharedArrayBuffer);
      // Windows line ends and quotes change no sample, nor does a column that is not learned from.
      await put(held, { "csv/pumps.csv": PUMP_7.replaceAll("\n", "\r\n").replaceAll("7,", '"east",') });
      expect(await commitment(held)).to.deep.equal(committed);
      const published = heldOutDigest(
        (await new TaskData("/nowhere").load({ kind: "mnist", writers: false })).test,
      );
      const mnist = new TaskData("/nowhere");
      expect(
        (await mnist.heldOutData({ kind: "mnist", writers: false }, { digest: published })).labels,
      ).to.have.length(10_000);
    }));

  it("are refused when they are others, and looked at again", () =>
    withDirectory(async (directory) => {
      await put(directory, { "csv/pumps.csv": PUMP_7 });
      const spec = table({ statistics });
      const committed = await commitment(directory);
      await put(directory, { "csv/pumps.csv": PUMP_7.replace("worn", "ok") });
      const data = new TaskData("/nowhere", { heldOut: directory });
      const error = await rejected(data.heldOutData(spec, committed));
      expect(error.code).to.equal("HELD_OUT_DIFFERS");
      expect(error.details).to.contain(committed.digest).and.contain(join(directory, "csv"));
      await put(directory, { "csv/pumps.csv": PUMP_7 });
      expect((await data.heldOutData(spec, committed)).labels).to.have.length(2);
    }));

  it("are in the stored specification of such a task, and leave all others as they were", () => {
    const digest = `0x${"ab".repeat(32)}`;
    const text = (spec: object) => new TextDecoder().decode(encodeTaskSpec(parseTaskSpec(spec)));
    expect(text(smallSpec())).to.not.contain("heldOut").and.not.contain("statistics");
    const stored = text({ ...smallSpec(), heldOut: { digest } });
    expect(decodeTaskSpec(new TextEncoder().encode(stored)).heldOut).to.deep.equal({ digest });
    for (const wrong of ["", "0x12", digest.toUpperCase()]) {
      expect(thrown(() => parseTaskSpec({ ...smallSpec(), heldOut: { digest: wrong } })).details).to.match(
        /heldOut\.digest/,
      );
    }
  });

  it("have a digest of their samples alone", () => {
    const samples: Dataset = {
      features: Float32Array.of(1, 2),
      sampleShape: [1],
      scale: 1,
      labels: Uint8Array.of(0, 1),
      classes: 2,
    };
    const digest = heldOutDigest(samples);
    expect(digest).to.equal(
      heldOutDigest({ ...samples, clients: Uint32Array.of(3, 4), columns: { x: [0] } }),
    );
    expect(digest).to.not.equal(heldOutDigest({ ...samples, labels: Uint8Array.of(1, 1) }));
    expect(digest).to.not.equal(heldOutDigest({ ...samples, scale: 2 }));
  });
});
