import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { AggregatorService } from "../../aggregators/AggregatorService.ts";
import { auditTask } from "../../audit/auditTask.ts";
import { trainerOn } from "../../audit/reexecution/trainerOn.ts";
import {
  type ChainEvent,
  type EventNamed,
  isAbout,
  type TaskEventName,
} from "../../chains/clients/ChainEvent.ts";
import type { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { ComputePool } from "../../learning/training/ComputePool.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { RelayService } from "../../relay/RelayService.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { TaskData } from "../../tasks/TaskData.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import { WorkerService } from "../../workers/WorkerService.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { followed } from "./followed.ts";
import { Program } from "./Program.ts";
import { TestNetwork } from "./TestNetwork.ts";

const ROUNDS = 3;
/** Seconds; data are refreshed once, when it begins: a part that is dead then would train on other data. */
const EPOCH = 15;
const data = new TaskData("data");
const POLICY = { kind: "fraction", fraction: 0.7 } as const;
const DEVICES = [0, 1].map((i) => ({ name: `device ${i}`, privacyPolicy: POLICY }));

describe("a task whose workers and aggregator are killed", function () {
  // Programs take long to start on a busy machine.
  this.timeout(400_000);
  let network: TestNetwork;
  let pool: ComputePool;
  const followers = new Map<string, ChainFollower>();
  const running: { stop(): Promise<unknown> }[] = [];
  const programs = new Set<Program>();

  before(async () => {
    network = await TestNetwork.start({ basePort: 9670, subchains: ["virtual", "physical"], devices: 2 });
    running.push(network);
    running.push(
      await RelayService.start(
        network.file,
        { directory: join(network.config.directory, "relay") },
        { listener: () => undefined, random: new SeededRandom(1, "relayer") },
      ),
    );
    pool = new ComputePool({ threads: 1 });
    running.push({ stop: () => pool.close() });
    for (const [chain, { client, contracts }] of [
      ["main", network.main],
      ["virtual", network.subchain("virtual")],
    ] as const) {
      const follower = await followed(client, contracts);
      running.push(follower);
      followers.set(chain, follower);
    }
  });
  afterEach(async () => {
    for (const program of programs) await program.kill();
    programs.clear();
  });
  after(async () => {
    for (const part of running.reverse()) await part.stop();
  });

  const once = <N extends TaskEventName>(
    chain: string,
    task: bigint,
    name: N,
    round?: number,
  ): Promise<EventNamed<N>> =>
    followers.get(chain)!.first({
      name,
      where: (event) => isAbout(event, task) && (round === undefined || roundOf(event) === round),
    });

  const committed = (task: bigint, round: number, worker: string): Promise<ChainEvent> =>
    followers.get("virtual")!.first({
      name: "UpdateCommitted",
      task,
      where: ({ args }) => args.round === round && args.worker === worker,
    });

  async function publish(setting: Record<string, unknown>): Promise<bigint> {
    const { training, ...rest } = smallSpec();
    const spec = parseTaskSpec({
      ...rest,
      ...setting,
      training: { ...(training as object), samplesPerRound: 300, batchSize: 50 },
      rounds: ROUNDS,
      schedule: {
        // Relays are slow on a busy machine.
        enrolSeconds: 8,
        epochSeconds: EPOCH,
        commitSeconds: 60,
        revealSeconds: 60,
        reportSeconds: 60,
        deadlineSeconds: 600,
        claimSeconds: 1000,
      },
      aggregators: { attestations: 1, of: 1 },
      reward: { policy: "aoi-contract", menu: { items: [{ period: EPOCH, reward: "100", cost: "1" }] } },
    });
    const publisher = await network.account("main", "publisher");
    const { file, main, storage } = network;
    return (await publishTask(spec, { network: file, main, publisher, storage })).task;
  }

  async function started(words: string[], said: string): Promise<Program> {
    const program = new Program(...words, "--network", network.path);
    programs.add(program);
    await program.said(said);
    return program;
  }

  /** Kills a program and starts it again. */
  async function restarted(program: Program, start: () => Promise<Program>): Promise<Program> {
    await program.kill();
    programs.delete(program);
    return start();
  }

  async function stopped(program: Program): Promise<void> {
    expect(await program.stop()).to.equal(0);
    programs.delete(program);
    expect(program.stdout).to.not.match(/missed|left out/);
  }

  const modules = () => ({ storage: network.storage, pool, listener: () => undefined, clock: systemClock });
  const aggregatorHere = () =>
    AggregatorService.start(network.file, 0, {
      ...modules(),
      held: network.held(0),
      heldOutData: data.heldOutData,
    });
  const workersHere = () =>
    WorkerService.start(
      network.file,
      { devices: DEVICES.map((device) => ({ ...device, cost: 1n, twinCost: 1n })) },
      { ...modules(), trainingData: data.trainingData },
    );

  /** Plays a task with nobody killed; the model it ends with. */
  async function undisturbed(setting: Record<string, unknown>): Promise<string> {
    const parts = [await aggregatorHere(), await workersHere()];
    const closed = await once("main", await publish(setting), "TaskClosed");
    for (const part of parts) await part.stop();
    return closed.args.globalModel;
  }

  /** All that an audit can re-derive holds: every aggregate, and every twin's update, whose training is repeated. */
  async function expectHonest(task: bigint): Promise<void> {
    const { storage, file } = network;
    const reexecute = { updates: ROUNDS * DEVICES.length, seed: 1, trainer: trainerOn(pool) };
    const { ok, failure, checks } = await auditTask(file, task, { storage, reexecute });
    expect(ok, failure?.message).to.equal(true);
    expect(checks.find(({ name }) => name === "re-execution")!.examined).to.equal(reexecute.updates);
    expect(checks.find(({ name }) => name === "aggregates")!.examined).to.equal(ROUNDS);
  }

  it("ends with the same model when workers are killed that remember control variates and errors", async () => {
    const setting = { strategy: { kind: "scaffold" }, update: { encoding: "int8" } };
    const expected = await undisturbed(setting);
    const aggregator = await aggregatorHere();
    const path = join(network.config.directory, "workers.json");
    const devices = DEVICES.map((device) => ({ ...device, cost: "1", twinCost: "1" }));
    await writeFile(path, JSON.stringify({ devices }));
    const start = () => started(["worker", "start", "--workers", path], "ready for tasks");
    let workers = await start();
    const task = await publish(setting);

    // Between commits and reveals, and when all remember what was accepted.
    for (const i of DEVICES.keys()) await committed(task, 0, localKey("twin", i).address);
    workers = await restarted(workers, start);
    await once("main", task, "RoundFinalized", 0);
    workers = await restarted(workers, start);
    const closed = await once("main", task, "TaskClosed");
    expect(closed.args.globalModel).to.equal(expected);
    await stopped(workers);
    await aggregator.stop();
    await expectHonest(task);
  });

  it("goes on with the moments that a killed aggregator's strategy remembers", async () => {
    const workers = await workersHere();
    const start = () => started(["aggregator", "start"], "is running");
    let aggregator = await start();
    const task = await publish({ strategy: { kind: "fedadam" } });

    await once("main", task, "RoundReported", 1);
    aggregator = await restarted(aggregator, start);
    await once("main", task, "TaskClosed");
    await stopped(aggregator);
    await workers.stop();
    await expectHonest(task);
  });
});

function roundOf({ args }: ChainEvent): number | undefined {
  return "round" in args ? args.round : undefined;
}
