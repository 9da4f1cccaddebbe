import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";
import mqtt, { type IClientOptions } from "mqtt";

import { datasetSpecSchema } from "../../learning/datasets/DatasetSpec.ts";
import type { BaseError } from "../../protocol/BaseError.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { Arrivals } from "../../workers/arrivals/Arrivals.ts";
import { ArrivedSamples } from "../../workers/arrivals/ArrivedSamples.ts";
import { GrowingStream } from "../../workers/arrivals/GrowingStream.ts";
import { dataPlaceSchema } from "../../workers/dataPlace.ts";
import { withDirectory } from "../unit/storage/withDirectory.ts";
import { rejected } from "../unit/thrown.ts";
import { Mosquitto, makeCertificates, requireMosquitto } from "./Mosquitto.ts";

const TOPIC = "plant/pump/7";
const dataset = datasetSpecSchema.parse({
  kind: "csv",
  file: "pumps.csv",
  columns: [
    { name: "temperature", role: "feature" },
    { name: "state", role: "label", values: ["ok", "worn"] },
  ],
  standardize: false,
});

/** What comes from a topic to a device whose data are kept in a directory. */
async function listening(place: object, directory: string) {
  const told: BaseError[] = [];
  const data = dataPlaceSchema.parse({ topic: TOPIC, ...place });
  if ("directory" in data) throw new Error("no topic");
  const arrivals = await Arrivals.open(
    data,
    { name: "pump 7", directory: join(directory, "kept") },
    { clock: systemClock, tell: (_, error) => told.push(error as BaseError) },
  );
  const samples = new ArrivedSamples(async () => dataset, {
    arrivals,
    onLeftOut: (error) => told.push(error),
  });
  const stream = new GrowingStream(samples, { marks: arrivals.marks("31404-1") });
  const temperatures = async () => [...(await stream.newest(arrivals.end, 1000)).features];
  return { arrivals, stream, told, temperatures };
}

/** Waits for something, without a time of its own. */
async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await systemClock.sleep(20);
}

/** Publishes messages and waits until the broker has them. */
async function publish(
  url: string,
  messages: readonly (string | Buffer)[],
  options: IClientOptions = {},
  retain = false,
) {
  const client = await mqtt.connectAsync(url, options);
  for (const message of messages) await client.publishAsync(TOPIC, message, { qos: 1, retain });
  await client.endAsync();
}

const row = (temperature: number) => JSON.stringify({ temperature, state: "ok", at: "2026-11-30" });

describe("a topic of a real MQTT broker", function () {
  this.timeout(60_000);
  let broker: Mosquitto | undefined;
  before(function () {
    requireMosquitto(this);
  });

  /** Runs a test in a directory of its own; its broker ends before that is removed. */
  const withBroker = (test: (directory: string) => Promise<void>) =>
    withDirectory(async (directory) => {
      try {
        await test(directory);
      } finally {
        await broker?.kill();
      }
    });

  it("brings rows of JSON, also those that came while the device was stopped, and keeps them", () =>
    withBroker(async (directory) => {
      broker = await Mosquitto.start(directory);
      const { url } = broker;
      await publish(url, [row(99)], {}, true);
      const first = await listening({ mqtt: url }, directory);
      expect((await rejected(first.stream.expected())).code).to.equal("DEVICE_WITHOUT_DATA");
      await publish(url, [row(1), row(2)]);
      await until(() => first.arrivals.end === 2);
      const mark = await first.stream.brought(3, 0);
      expect(await first.temperatures()).to.deep.equal([1, 2]);
      await first.arrivals.close();
      // The broker holds for it what comes meanwhile; what is retained is no news.
      await publish(url, [row(3), row(4)]);
      const second = await listening({ mqtt: url }, directory);
      await until(() => second.arrivals.end === 4);
      expect(await second.temperatures()).to.deep.equal([1, 2, 3, 4]);
      expect(await second.stream.brought(3, 0)).to.deep.equal(mark);
      const { from, until: end } = await second.stream.brought(3, 1);
      expect([from, end]).to.deep.equal([2, 4]);
      expect([...first.told, ...second.told]).to.deep.equal([]);
      await second.arrivals.close();
    }));

  it("brings lines of the task's columns, and leaves out what is none, told with its number", () =>
    withBroker(async (directory) => {
      broker = await Mosquitto.start(directory);
      const { url } = broker;
      const csv = await listening({ mqtt: url, format: "csv" }, directory);
      await csv.arrivals.look();
      await publish(url, ["1,ok\n", "2,worn", "x,ok", "3", "4,ok"]);
      await until(() => csv.arrivals.end === 5);
      expect(await csv.temperatures()).to.deep.equal([1, 2, 4]);
      expect(csv.told.map(({ shortMessage }) => shortMessage)).to.deep.equal([
        `${TOPIC} of ${url}, row 4 has 1 columns instead of 2. So were 1 more.`,
      ]);
      await csv.arrivals.close();
    }));

  it("survives hostile messages, and says what was wrong with each", () =>
    withBroker(async (directory) => {
      broker = await Mosquitto.start(directory);
      const { url } = broker;
      const { arrivals, told, temperatures } = await listening({ mqtt: url }, directory);
      await arrivals.look();
      const hostile = [
        "",
        "nonsense",
        "[1]",
        "null",
        '{"temperature":{"a":1},"state":"ok"}',
        "x".repeat(70_000),
      ];
      await publish(url, [...hostile, Buffer.of(0xff, 0xfe), '{"__proto__":{"state":1}}', row(5)]);
      await until(() => arrivals.end > 0 && told.length >= 8);
      expect(await temperatures()).to.deep.equal([5]);
      expect(told.map(({ code }) => code)).to.deep.equal([
        ...Array(5).fill("DATA_VALUE"),
        "DATA_ROW_TOO_LONG",
        "NOT_TEXT",
        "DATA_VALUE",
      ]);
      expect(told[4]!.shortMessage).to.equal(
        `${TOPIC}, row 5, column "temperature" is not a text, a number or a truth value.`,
      );
      await arrivals.close();
    }));

  it("goes on once a broker that was killed is back, and says once that it was away", () =>
    withBroker(async (directory) => {
      broker = await Mosquitto.start(directory);
      const { url } = broker;
      const { arrivals, stream, told, temperatures } = await listening({ mqtt: url }, directory);
      await arrivals.look();
      await publish(url, [row(1)]);
      await until(() => arrivals.end === 1);
      await broker.kill();
      await until(() => told.length > 0);
      // A refresh brings what came before: it waits for no broker.
      const part = await stream.brought(2, 0);
      expect(part).to.deep.equal({ from: 0, until: 1 });
      await broker.again();
      await publish(url, [row(2)]);
      await until(() => arrivals.end === 2);
      expect(await temperatures()).to.deep.equal([1, 2]);
      expect(new Set(told.map(({ code }) => code))).to.deep.equal(new Set(["BROKER_UNREACHABLE"]));
      expect(told.length).to.be.at.most(3);
      await arrivals.close();
    }));

  it("needs the user's password, and no broker with another's certificate is listened to", () =>
    withBroker(async (directory) => {
      const passwords = join(directory, "passwords");
      await writeFile(passwords, "");
      execFileSync("mosquitto_passwd", ["-b", passwords, "pump", "right"]);
      const tls = makeCertificates(directory, "plant");
      const other = makeCertificates(directory, "other");
      broker = await Mosquitto.start(directory, [`password_file ${passwords}`, ...tls.lines]);
      const url = `mqtts://127.0.0.1:${broker.port}`;
      const secret = join(directory, "secret");
      await writeFile(secret, "right\n");
      const place = { mqtt: url, user: "pump", password: { file: secret }, authority: tls.authority };
      const good = await listening(place, directory);
      await good.arrivals.look();
      await publish(url, [row(1)], { username: "pump", password: "right", rejectUnauthorized: false });
      await until(() => good.arrivals.end === 1);
      expect(await good.temperatures()).to.deep.equal([1]);
      await good.arrivals.close();
      await writeFile(secret, "wrong-secret\n");
      for (const [change, said] of [
        [{}, /not authorized/i],
        [{ authority: other.authority }, /certificate|signature/i],
      ] as const) {
        await writeFile(secret, "authority" in change ? "right\n" : "wrong-secret\n");
        const refused = await listening(
          { ...place, ...change },
          join(directory, Object.keys(change).join() || "password"),
        );
        const error = await rejected(refused.arrivals.look());
        expect(error.code).to.equal("BROKER_UNREACHABLE");
        expect(error.details).to.match(said);
        expect(`${error.message} ${refused.told.map(String)}`).to.not.contain("wrong-secret");
        await refused.arrivals.close();
      }
      const missing = await rejected(
        listening({ ...place, password: { environment: "NO_SUCH" } }, join(directory, "none")),
      );
      expect(missing.code).to.equal("PASSWORD_MISSING");
    }));
});
