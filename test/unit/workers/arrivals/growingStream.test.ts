import { appendFile, mkdir, readdir, rename, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import type { Dataset } from "../../../../learning/datasets/Dataset.ts";
import { type DatasetSpec, datasetSpecSchema } from "../../../../learning/datasets/DatasetSpec.ts";
import type { BaseError } from "../../../../protocol/BaseError.ts";
import { systemClock } from "../../../../protocol/Clock.ts";
import { Arrivals } from "../../../../workers/arrivals/Arrivals.ts";
import { ArrivedSamples } from "../../../../workers/arrivals/ArrivedSamples.ts";
import { GrowingFolder } from "../../../../workers/arrivals/GrowingFolder.ts";
import { GrowingStream } from "../../../../workers/arrivals/GrowingStream.ts";
import type { ArrivalPlace } from "../../../../workers/dataPlace.ts";
import { withDirectory } from "../../storage/withDirectory.ts";
import { rejected } from "../../thrown.ts";
import { MemorySink } from "./memorySink.ts";

const table = (change: object = {}): DatasetSpec =>
  datasetSpecSchema.parse({
    kind: "csv",
    file: "pumps.csv",
    columns: [
      { name: "pump", role: "client" },
      { name: "temperature", role: "feature" },
      { name: "state", role: "label", values: ["ok", "worn"] },
    ],
    standardize: false,
    ...change,
  });
const HEADER = "pump,temperature,state\n";
const row = (temperature: number | string) => `7,${temperature},ok\n`;
const numbers = ({ features }: Dataset) => [...features];

/** A device's data while a process runs, and what it told. */
async function opened(place: ArrivalPlace, directory: string, dataset = table()) {
  const told: BaseError[] = [];
  const arrivals = await Arrivals.open(
    place,
    { name: "Pump 7", directory: join(directory, "kept") },
    { clock: systemClock, tell: (_, error) => told.push(error as BaseError) },
  );
  const samples = new ArrivedSamples(async () => dataset, {
    arrivals,
    onLeftOut: (error) => told.push(error),
  });
  const stream = new GrowingStream(samples, { marks: arrivals.marks("31404-1") });
  return { arrivals, stream, told };
}

describe("what comes to a device while it runs", () => {
  it("is brought by the refresh that it came before, and is the same after a restart and without the file", () =>
    withDirectory(async (directory) => {
      const csv = join(directory, "log.csv");
      await writeFile(csv, HEADER + row(1) + row(2));
      let { arrivals, stream } = await opened({ csv }, directory);
      expect(await stream.expected()).to.equal(undefined);
      const first = await stream.brought(3, 0);
      expect(numbers(await stream.read(first))).to.deep.equal([1, 2]);
      await appendFile(csv, row(3) + row(4));
      // The same mark for a round that asks at the same time.
      const [second, same] = await Promise.all([stream.brought(3, 1), stream.brought(3, 1)]);
      expect(same).to.deep.equal(second);
      expect(numbers(await stream.read(second))).to.deep.equal([3, 4]);
      expect(numbers(await stream.newest(second.until, 3))).to.deep.equal([2, 3, 4]);
      // Nothing came: a refresh has nothing to tell.
      const third = await stream.brought(3, 2);
      expect([third.from, third.until]).to.deep.equal([4, 4]);
      expect((await stream.read(third)).labels).to.have.length(0);
      await arrivals.close();
      await writeFile(csv, HEADER + row(5));
      const again = await opened({ csv }, directory);
      ({ arrivals, stream } = again);
      expect(await stream.brought(3, 0)).to.deep.equal(first);
      expect(await stream.brought(3, 1)).to.deep.equal(second);
      expect(numbers(await stream.newest(second.until, 3))).to.deep.equal([2, 3, 4]);
      expect(again.told.map(({ code }) => code)).to.deep.equal(["DATA_TRUNCATED"]);
      expect(numbers(await stream.read(await stream.brought(4, 3)))).to.deep.equal([5]);
      await arrivals.close();
    }));

  it("ends, for a refresh that was passed over, before what a later one brought", () =>
    withDirectory(async (directory) => {
      const csv = join(directory, "log.csv");
      await writeFile(csv, HEADER + row(1));
      const { arrivals, stream } = await opened({ csv }, directory);
      await stream.brought(9, 0);
      await appendFile(csv, row(2));
      expect(await stream.brought(9, 5)).to.deep.equal({ from: 1, until: 2 });
      await appendFile(csv, row(3));
      expect(await stream.brought(9, 3)).to.deep.equal({ from: 1, until: 1 });
      await arrivals.close();
    }));

  it("leaves out rows that are none of the task's, and tells which", () =>
    withDirectory(async (directory) => {
      const csv = join(directory, "log.csv");
      await writeFile(csv, `${HEADER}${row(1)}${row("1e999")}7,2\n7,3,broken\n${row(4)}`);
      const { arrivals, stream, told } = await opened({ csv }, directory);
      await stream.expected();
      expect(numbers(await stream.newest(arrivals.end, 10))).to.deep.equal([1, 4]);
      expect(told).to.have.length(1);
      expect(told[0]!.shortMessage).to.equal(`${csv}, row 4 has 2 columns instead of 3. So were 2 more.`);
      await appendFile(csv, row("0x10"));
      const part = await stream.brought(2, 0);
      expect(numbers(await stream.read(part))).to.deep.equal([1, 4]);
      expect([told[1]!.code, told[1]!.shortMessage]).to.deep.equal([
        "DATA_VALUE",
        `${csv}, row 7, column "temperature" is not a number.`,
      ]);
      await arrivals.close();
    }));

  it("is waited for no longer than it takes to see that nothing came, or nothing that fits", () =>
    withDirectory(async (directory) => {
      const csv = join(directory, "log.csv");
      const missing = await opened({ csv }, directory);
      expect((await rejected(missing.stream.expected())).code).to.equal("DATA_MISSING");
      await missing.arrivals.close();
      await writeFile(csv, HEADER);
      const { arrivals, stream } = await opened({ csv }, directory);
      expect((await rejected(stream.expected())).code).to.equal("DEVICE_WITHOUT_DATA");
      await appendFile(csv, row("hot"));
      const error = await rejected(stream.expected());
      expect(error.details).to.contain('row 2, column "temperature" is not a number');
      await arrivals.close();
      const unfit = await opened({ csv }, directory, datasetSpecSchema.parse("mnist"));
      expect((await rejected(unfit.stream.expected())).code).to.equal("ARRIVALS_KIND");
      await unfit.arrivals.close();
      const unstated = await opened({ csv }, directory, table({ standardize: true }));
      expect((await rejected(unstated.stream.expected())).code).to.equal("STATISTICS_UNSTATED");
      // One process at a time.
      const second = await rejected(opened({ csv }, directory));
      expect(second.code).to.equal("DEVICE_DATA_LOCKED");
      await unstated.arrivals.close();
    }));

  it("leaves the device as its policy says: the same samples whatever goes together", () =>
    withDirectory(async (directory) => {
      const csv = join(directory, "log.csv");
      const rows = Array.from({ length: 400 }, (_, i) => `7,${i},${i % 4 === 0 ? "worn" : "ok"}\n`);
      await writeFile(csv, HEADER + rows.join(""));
      const { arrivals, stream } = await opened({ csv }, directory);
      await arrivals.look();
      const of = (policy: object) => stream.leaving({ name: "Pump 7", policy: policy as never }, { seed: 7 });
      const labels = await of({ kind: "labels", allow: [1] }).read({ from: 0, until: 400 });
      expect(labels.labels).to.have.length(100);
      const hidden = await of({ kind: "columns", hide: ["temperature"] }).read({ from: 0, until: 9 });
      expect(numbers(hidden)).to.deep.equal(Array(9).fill(0));
      const half = of({ kind: "fraction", fraction: 0.5 });
      const whole = numbers(await half.read({ from: 0, until: 400 }));
      expect(whole.length).to.be.above(150).and.below(250);
      const parts = [];
      for (const [from, until] of [
        [0, 1],
        [1, 17],
        [17, 390],
        [390, 400],
      ] as const)
        parts.push(...numbers(await half.read({ from, until })));
      expect(parts).to.deep.equal(whole);
      expect(
        (await of({ kind: "fraction", fraction: 0 }).read({ from: 0, until: 400 })).labels,
      ).to.have.length(0);
      expect(
        (await of({ kind: "fraction", fraction: 1 }).read({ from: 0, until: 400 })).labels,
      ).to.have.length(400);
      const wrong = of({ kind: "columns", hide: ["pressure"] });
      expect((await rejected(wrong.expected())).code).to.equal("PRIVACY_POLICY");
      await arrivals.close();
    }));

  it("are images of a folder by their class, once they were not written to for a while", () =>
    withDirectory(async (directory) => {
      const folder = join(directory, "images");
      const image = (grey: number) =>
        Uint8Array.of(...new TextEncoder().encode("P6\n8 8\n255\n"), ...Array(192).fill(grey));
      const put = async (name: string, grey: number, secondsAgo: number) => {
        await mkdir(join(folder, name, ".."), { recursive: true });
        await writeFile(join(folder, name), image(grey));
        const time = Date.now() / 1000 - secondsAgo;
        await utimes(join(folder, name), time, time);
      };
      await put("00014/b.ppm", 20, 90);
      await put("00014/a.ppm", 30, 30);
      await put("00003/c.ppm", 10, 100);
      await put("00003/d.ppm.part", 1, 100);
      await put("00003/.hidden.ppm", 1, 100);
      await put("notes/readme.txt", 1, 100);
      await put("00099/none.ppm", 1, 100);
      const sink = new MemorySink();
      // Setting its time wrote to it, too.
      let now = Date.now();
      const clock = { ...systemClock, now: () => now };
      const grown = new GrowingFolder(folder, { sink, clock });
      await grown.look();
      expect(sink.arrivals).to.deep.equal([]);
      now += 2500;
      await grown.look();
      const names = sink.arrivals.map((arrival) => "file" in arrival && arrival.file);
      expect(names.filter((name) => String(name).endsWith(".ppm"))).to.deep.equal([
        "00003/c.ppm",
        "00099/none.ppm",
        "00014/b.ppm",
        "00014/a.ppm",
      ]);
      await grown.look();
      await new GrowingFolder(folder, { sink, clock }).look();
      expect(sink.arrivals).to.have.length(names.length);
      const told: BaseError[] = [];
      const arrivals = {
        name: folder,
        base: 0,
        end: sink.arrivals.length,
        look: async () => undefined,
        read: async (from: number, until: number) =>
          sink.arrivals.slice(from, until).map((arrival, i) => ({ position: from + i, arrival })),
        fileOf: (arrival: never) => grown.fileOf(arrival),
      } as unknown as Arrivals;
      const dataset = datasetSpecSchema.parse({ kind: "gtsrb", size: 8 });
      // Changed after it came, and gone.
      await writeFile(join(folder, "00003/c.ppm"), image(11));
      await rm(join(folder, "00014/a.ppm"));
      const samples = new ArrivedSamples(async () => dataset, {
        arrivals,
        onLeftOut: (error) => told.push(error),
      });
      const { labels, features, clients } = await samples.read({ from: 0, until: arrivals.end });
      expect([[...labels], features[0], clients]).to.deep.equal([[14], 20, undefined]);
      expect(
        told.map(({ code, shortMessage }) => [code, shortMessage.endsWith("So were 1 more.")]),
      ).to.deep.equal([["DATA_CHANGED", true]]);
    }));

  it("is taken again once it can be kept, where the disk was full", () =>
    withDirectory(async (directory) => {
      const csv = join(directory, "log.csv");
      await writeFile(csv, HEADER);
      const { arrivals } = await opened({ csv }, directory);
      const [device] = await readdir(join(directory, "kept"));
      const journal = join(directory, "kept", device!, "arrivals");
      await arrivals.look();
      const [segment] = await readdir(journal);
      await rename(join(journal, segment!), join(directory, "elsewhere"));
      await mkdir(join(journal, segment!));
      await appendFile(csv, row(1));
      const error = await rejected(arrivals.look());
      expect(error.code).to.equal("DEVICE_DATA_UNWRITABLE");
      expect(error.details).to.contain("it is a directory");
      await rm(join(journal, segment!), { recursive: true });
      await rename(join(directory, "elsewhere"), join(journal, segment!));
      await arrivals.look();
      expect(arrivals.end).to.equal(1);
      await arrivals.close();
    }));

  it("is kept in a directory of the device's own", () =>
    withDirectory(async (directory) => {
      const csv = join(directory, "log.csv");
      await writeFile(csv, HEADER + row(1));
      const { arrivals, stream } = await opened({ csv }, directory);
      await stream.brought(1, 0);
      const [folder, ...others] = await readdir(join(directory, "kept"));
      expect(others).to.deep.equal([]);
      expect(folder).to.match(/^pump-7-[0-9a-f]{8}$/);
      expect((await readdir(join(directory, "kept", folder!))).sort()).to.include.members([
        "arrivals",
        "lock",
        "marks",
      ]);
      await arrivals.close();
    }));
});

describe("the places of a device's data", () => {
  it("are told apart, and brokers are named without secrets", async () => {
    const { dataPlaceSchema } = await import("../../../../workers/dataPlace.ts");
    const mqtt = { mqtt: "mqtt://127.0.0.1:1883", topic: "plant/pump/7" };
    expect(dataPlaceSchema.parse(mqtt)).to.deep.equal({ ...mqtt, format: "json" });
    for (const wrong of [
      {},
      { csv: "a.csv", folder: "b" },
      { ...mqtt, topic: "plant/#" },
      { ...mqtt, mqtt: "http://127.0.0.1" },
      { ...mqtt, mqtt: "mqtt://user:secret@127.0.0.1" },
      { ...mqtt, password: "secret" },
    ]) {
      expect(() => dataPlaceSchema.parse(wrong)).to.throw();
    }
  });
});
