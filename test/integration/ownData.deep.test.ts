import { appendFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";
import mqtt, { type MqttClient } from "mqtt";

import { auditTask } from "../../audit/auditTask.ts";
import { heldOutEvaluation } from "../../audit/heldOutEvaluation.ts";
import { trainerOn } from "../../audit/reexecution/trainerOn.ts";
import type { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { datasetSpecSchema } from "../../learning/datasets/DatasetSpec.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { heldOutDigest } from "../../tasks/heldOutDigest.ts";
import { ownSamples } from "../../tasks/ownSamples.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { TaskData } from "../../tasks/TaskData.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import type { DataPlace } from "../../workers/dataPlace.ts";
import type { PrivacyPolicy } from "../../workers/privacyPolicy.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { followed } from "./followed.ts";
import { Mosquitto, requireMosquitto } from "./Mosquitto.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices, WILLING_DEVICE } from "./TestServices.ts";

const ROUNDS = 3;
const EPOCH = 60;
const TOPIC = "plant/pump/3";
const HEADER = "left,right,note,side\n";
const DATASET = {
  kind: "csv",
  file: "scales.csv",
  columns: [
    { name: "left", role: "feature" },
    { name: "right", role: "feature" },
    { name: "note", role: "ignored" },
    { name: "side", role: "label", values: ["left", "right"] },
  ],
  statistics: { left: [{ mean: 50, deviation: 30 }], right: [{ mean: 50, deviation: 30 }] },
};
const random = new SeededRandom(1, "scales");

/** A reading of a pair of scales, and on which side they are heavier. */
function reading(): { left: number; right: number; side: string } {
  const [left, right] = [random.integer(100), random.integer(100)];
  return { left, right, side: left > right ? "left" : "right" };
}
const line = ({ left, right, side } = reading()) => `${left},${right},,${side}\n`;
const lines = (count: number) => Array.from({ length: count }, () => line()).join("");

describe("a task of devices with data of their own", function () {
  this.timeout(550_000);
  let network: TestNetwork;
  let services: TestServices;
  let physical: ChainFollower;
  let broker: Mosquitto | undefined;
  let sender: MqttClient | undefined;
  let directory: string;
  let spec: ReturnType<typeof parseTaskSpec>;
  const running: { stop(): Promise<unknown> }[] = [];
  const nobody = async (): Promise<never> => {
    throw new Error("nobody is dealt anything");
  };

  before(async function () {
    requireMosquitto(this);
    network = await TestNetwork.start({
      basePort: 9560,
      subchains: ["virtual", "physical"],
      devices: 3,
      aggregators: 3,
    });
    running.push(network);
    directory = join(network.config.directory, "own");
    for (const [name, text] of [
      ["pump-1/scales.csv", HEADER + lines(400)],
      ["log.csv", HEADER + lines(60)],
      ["held-out/csv/scales.csv", HEADER + lines(300)],
      ["others/csv/scales.csv", HEADER + lines(300)],
    ] as const) {
      await mkdir(join(directory, name, ".."), { recursive: true });
      await writeFile(join(directory, name), text);
    }
    await mkdir(join(directory, "broker"));
    broker = await Mosquitto.start(join(directory, "broker"));
    sender = await mqtt.connectAsync(broker.url);
    services = new TestServices(network);
    running.push(services);
    await services.startRelay();
    for (const [index, held] of ["held-out", "held-out", "others"].entries()) {
      const data = new TaskData("/nowhere", { heldOut: join(directory, held) });
      await services.startAggregator(index, { heldOutData: data.heldOutData });
    }
    physical = await followed(network.client("physical"), network.subchain("physical").contracts);
    running.push(physical);
  });
  after(async () => {
    await sender?.endAsync(true);
    for (const part of running.reverse()) await part.stop();
    await broker?.kill();
  });

  it("trains on what really came, agrees on what is held out, and is audited", async () => {
    const places: DataPlace[] = [
      { directory: join(directory, "pump-1") },
      { csv: join(directory, "log.csv") },
      { mqtt: broker!.url, topic: TOPIC, format: "json" },
    ];
    const names = ["directory", "table", "topic"];
    const devices = places.map((data, i) => ({
      ...WILLING_DEVICE,
      name: names[i]!,
      // A table's columns have names.
      privacyPolicy: (i === 1
        ? { kind: "columns", hide: ["right"] }
        : { kind: "fraction", fraction: 0.7 }) as PrivacyPolicy,
      data,
    }));
    const start = () =>
      services.startWorkers({ devices, directory: join(directory, "kept") }, { trainingData: nobody });
    const first = await start();
    const send = () => sender!.publishAsync(TOPIC, JSON.stringify({ ...reading(), at: "now" }), { qos: 1 });
    for (let i = 0; i < 60; i++) await send();
    // Two rows a second from then on.
    const sending = new AbortController();
    let written = 60;
    const writing = (async () => {
      while (!sending.signal.aborted) {
        await appendFile(join(directory, "log.csv"), line());
        written++;
        await send();
        await systemClock.sleep(500, sending.signal);
      }
    })();

    const { dataset: _, model: __, training, ...rest } = smallSpec();
    const digest = heldOutDigest(
      await ownSamples(datasetSpecSchema.parse(DATASET), join(directory, "held-out", "csv"), "test"),
    );
    spec = parseTaskSpec({
      ...rest,
      dataset: DATASET,
      heldOut: { digest },
      model: { kind: "mlp", inputs: 2, hidden: [], outputs: 2 },
      training: { ...(training as object), samplesPerRound: 200, epochs: 3 },
      rounds: ROUNDS,
      schedule: {
        // Relays are slow on a busy machine.
        enrolSeconds: 20,
        epochSeconds: EPOCH,
        commitSeconds: 60,
        revealSeconds: 40,
        reportSeconds: 60,
        deadlineSeconds: 900,
        claimSeconds: 1000,
      },
      aggregators: { attestations: 2, of: 3 },
      reward: { policy: "aoi-contract", menu: { items: [{ period: 10, reward: "100", cost: "1" }] } },
    });
    const publisher = await network.account("main", "publisher");
    const { file, main, storage } = network;
    const { task } = await publishTask(spec, { network: file, main, publisher, storage });
    // Stopped between a commit and its reveal, all of them come to the same update again.
    await services.workers.until(
      (event) => event.type === "committed" && event.worker === "table" && event.round === 1,
    );
    await first.stop();
    await start();
    for (const name of names) {
      for (const worker of [name, `${name} (twin)`]) {
        await services.workers.until((event) => event.type === "claimed" && event.worker === worker);
      }
    }
    sending.abort();
    await writing;

    const { events } = services.workers;
    const missed = events.filter(({ type }) => type === "round-missed");
    expect(
      missed,
      JSON.stringify(missed, (_key, value) => String(value?.message ?? value)),
    ).to.deep.equal([]);
    expect(events.filter(({ type }) => type === "nothing-sensed")).to.deep.equal([]);
    // What a refresh told is what came: the whole of it, once.
    const sensed = new Map<string, number[]>();
    for (const { args } of physical.past({ name: "DataRefreshed", task })) {
      sensed.set(args.worker, [...(sensed.get(args.worker) ?? []), Number(args.samples)]);
    }
    const table = sensed.get((await network.account("physical", "device", 1)).address)!;
    expect(table[0]).to.be.at.least(60);
    expect(table.reduce((sum, samples) => sum + samples, 0)).to.be.at.most(written);
    expect(table.reduce((sum, samples) => sum + samples, 0)).to.be.at.least(60 + EPOCH / 2);
    expect(Math.max(...table.slice(1))).to.be.at.most(60);

    // One that holds out something else tells so, and attests nothing.
    const told = services.aggregators.events.filter(
      (event) =>
        event.type === "trouble" &&
        event.error instanceof BaseError &&
        event.error.code === "HELD_OUT_DIFFERS",
    );
    expect(new Set(told.map(({ aggregator }) => aggregator))).to.deep.equal(new Set(["aggregator 3"]));
    const attested = services.aggregators.events.filter(({ type }) => type === "attested");
    expect(attested.map(({ aggregator }) => aggregator)).to.not.include("aggregator 3");

    const audited = (data: TaskData) =>
      auditTask(file, task, {
        storage,
        evaluate: heldOutEvaluation(services.pool, data),
        scoring: { pool: services.pool, heldOutData: data.heldOutData },
        reexecute: { updates: 3, seed: 1, trainer: trainerOn(services.pool) },
      });
    const good = await audited(new TaskData("/nowhere", { heldOut: join(directory, "held-out") }));
    expect(good.outcome, good.failure?.message).to.equal("holds");
    expect(good.checks.find(({ name }) => name === "re-execution")!.examined).to.equal(3);
    for (const [data, said] of [
      [new TaskData("/nowhere"), /cannot be evaluated: 1 file is not in/],
      [
        new TaskData("/nowhere", { heldOut: join(directory, "others") }),
        /cannot be evaluated: The held-out data here/,
      ],
    ] as const) {
      const blind = await audited(data);
      expect([blind.outcome, blind.ok]).to.deep.equal(["unexamined", false]);
      const { unexamined } = blind.checks.find(({ name }) => name === "aggregates")!;
      expect(JSON.stringify(unexamined)).to.match(said);
    }
  });
});
