import { join } from "node:path";
import { expect } from "chai";
import { AggregatorService } from "../../aggregators/AggregatorService.ts";
import type { AuditReport } from "../../audit/AuditReport.ts";
import { auditTask } from "../../audit/auditTask.ts";
import { type GatheredEvidence, gatherEvidence } from "../../audit/evidence/gatherEvidence.ts";
import { revealOf } from "../../audit/evidence/revealOf.ts";
import type { Reexecution } from "../../audit/reexecution/Reexecution.ts";
import { reexecuteUpdate } from "../../audit/reexecution/reexecuteUpdate.ts";
import { trainerOn } from "../../audit/reexecution/trainerOn.ts";
import type { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { ComputePool } from "../../learning/training/ComputePool.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { RelayService } from "../../relay/RelayService.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import type { WorkerEvent } from "../../workers/WorkerEvent.ts";
import { WorkerService } from "../../workers/WorkerService.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { followed } from "./followed.ts";
import { Heard } from "./Heard.ts";
import { Program } from "./Program.ts";
import { smallHeldOutData, smallTrainingData } from "./smallData.ts";
import { TamperingPool } from "./TamperingPool.ts";
import { TestNetwork } from "./TestNetwork.ts";

const DEVICES = Array.from({ length: 4 }, (_, i) => ({
  name: `device ${i}`,
  cost: 1n,
  twinCost: 1n,
  privacyPolicy: { kind: "fraction", fraction: 0.8 } as const,
}));
const twin = (i: number) => localKey("twin", i).address;

describe("repeating the training of updates", () => {
  let network: TestNetwork;
  let service: WorkerService;
  let main: ChainFollower;
  let honest: ComputePool;
  let workersPool: TamperingPool;
  const heard = new Heard<WorkerEvent>();
  const running: { stop(): Promise<unknown> }[] = [];

  const startWorkers = async () => {
    const modules = {
      storage: network.storage,
      pool: workersPool,
      trainingData: smallTrainingData,
      listener: heard.listener,
      clock: systemClock,
    };
    service = await WorkerService.start(network.file, { devices: DEVICES }, modules);
  };
  before(async () => {
    network = await TestNetwork.start({
      basePort: 9660,
      subchains: ["virtual", "physical"],
      devices: DEVICES.length,
    });
    running.push(network);
    const { file, main: chain, storage } = network;
    running.push(
      await RelayService.start(
        file,
        { directory: join(network.config.directory, "relay") },
        { listener: () => undefined, random: new SeededRandom(1, "relayer") },
      ),
    );
    honest = new ComputePool({ threads: 1 });
    workersPool = new TamperingPool({ threads: 2 });
    for (const pool of [honest, workersPool]) running.push({ stop: () => pool.close() });
    const modules = { storage, pool: honest, heldOutData: smallHeldOutData, clock: systemClock };
    running.push(
      await AggregatorService.start(file, 0, {
        ...modules,
        held: network.held(0),
        listener: () => undefined,
      }),
    );
    await startWorkers();
    running.push({ stop: () => service.stop() });
    main = await followed(chain.client, chain.contracts);
    running.push(main);
  });
  after(async () => {
    for (const part of running.reverse()) await part.stop();
  });

  /** Publishes a task of four rounds and lets it run; the workers are stopped after its first and started again. */
  async function run(change: Record<string, unknown>): Promise<bigint> {
    const base = smallSpec();
    const spec = parseTaskSpec({
      ...base,
      ...change,
      rounds: 4,
      schedule: {
        enrolSeconds: 8,
        epochSeconds: 12,
        commitSeconds: 20,
        revealSeconds: 10,
        reportSeconds: 20,
        deadlineSeconds: 240,
        claimSeconds: 1000,
      },
      aggregators: { attestations: 1, of: 1 },
      reward: { policy: "aoi-contract", menu: { items: [{ period: 2, reward: "100", cost: "1" }] } },
    });
    const publisher = await network.account("main", "publisher");
    const { file, main: chain, storage } = network;
    const { task } = await publishTask(spec, { network: file, main: chain, publisher, storage });
    const missed = heard
      .until(({ type }) => type === "round-missed")
      .then((event) => {
        throw new Error("A worker missed a round.", { cause: event });
      });
    await Promise.race([main.first({ name: "RoundFinalized", task }), missed]);
    await service.stop();
    await startWorkers();
    await Promise.race([main.first({ name: "TaskClosed", task }), missed]);
    workersPool.reset();
    return task;
  }

  async function repeated(
    { evidence }: GatheredEvidence,
    worker: string,
    round: number,
  ): Promise<Reexecution> {
    return reexecuteUpdate(evidence, await revealOf(evidence, round, worker), trainerOn(honest));
  }

  const audit = (task: bigint, updates: number, seed?: number): Promise<AuditReport> =>
    auditTask(network.file, task, {
      storage: network.storage,
      reexecute: { updates, trainer: trainerOn(honest), ...(seed === undefined ? {} : { seed }) },
    });

  describe("with plain averaging", () => {
    let task: bigint;
    let gathered: GatheredEvidence;

    before(async () => {
      // Round 2 of 4; everything else is honest.
      workersPool.tamper(twin(0), 1, (job) => ({ ...job, seed: job.seed + 1 }));
      workersPool.tamper(twin(1), 1, async (job) => {
        const { features, labels } = await smallHeldOutData();
        const count = job.dataset.labels.length;
        return {
          ...job,
          dataset: {
            ...job.dataset,
            features: features.slice(0, 784 * count),
            labels: labels.slice(0, count),
          },
        };
      });
      workersPool.tamper(twin(2), 1, (job) => {
        const labels = job.dataset.labels.slice();
        labels[17] = (labels[17]! + 1) % 10;
        return { ...job, dataset: { ...job.dataset, labels } };
      });
      task = await run({});
      const { storage } = network;
      gathered = await gatherEvidence(network.file, task, { storage, listener: () => undefined });
    });
    after(() => gathered.close());

    it("gives the same bytes for every honest update, also of workers that were stopped and started", async () => {
      for (const round of [0, 1, 2, 3]) {
        for (const i of round === 1 ? [3] : [0, 1, 2, 3]) {
          expect((await repeated(gathered, twin(i), round)).outcome, `${i} in ${round}`).to.equal("same");
        }
      }
    });

    const tampered = ["trained with another seed", "trained on other data", "trained with one label flipped"];
    for (const [i, what] of tampered.entries()) {
      it(`catches an update that was ${what}, which all aggregators took`, async () => {
        const finalized = main.past({ name: "RoundFinalized", task });
        expect(finalized[1]!.args.accepted[0]).to.deep.equal([0b1111n]);
        const result = await repeated(gathered, twin(i), 1);
        expect(result).to.include({ outcome: "differs", difference: "tensor" });
        expect((result as { why: string }).why).to.match(
          /^Tensor delta\/layer0\.kernel differs at \d+ of 7840 places, first at \d+: \S+ was revealed, \S+ comes out\.$/,
        );
      });
    }

    it("says that it cannot check what a physical worker did with its private data", async () => {
      const result = await repeated(gathered, localKey("device", 0).address, 1);
      expect(result.outcome).to.equal("unexamined");
      expect((result as { why: string }).why).to.contain("its data are private");
    });

    it("is what an audit does with updates that it draws, and names the worker, the round and the difference", async () => {
      const whole = await audit(task, 100, 5);
      const check = whole.checks.find(({ name }) => name === "re-execution")!;
      expect(whole.failure?.check).to.equal("re-execution");
      expect(check.failure).to.match(
        new RegExp(
          `^The update of worker (${[0, 1, 2].map(twin).join("|")}) of virtual in round 2 is not what its training gives\\. Tensor `,
        ),
      );
      expect(check.notes[0]).to.equal("Of 16 updates of virtual workers, up to 100 were drawn with seed 5.");
      // The same seed draws the same.
      const again = (await audit(task, 100, 5)).checks.find(({ name }) => name === "re-execution")!;
      expect(again).to.deep.equal(check);
    });

    it("is left out of an audit that is not asked for it, which says how much could be repeated", async () => {
      const { ok, checks } = await auditTask(network.file, task, { storage: network.storage });
      expect(ok).to.equal(true);
      expect(checks.map(({ name }) => name)).to.not.include("re-execution");
      expect(checks.find(({ name }) => name === "updates")!.notes).to.deep.equal([
        "The training of 16 of them can be repeated where storage has their batches: audit --re-execute N does it for N.",
      ]);
    });

    const commands: [what: string, worker: () => string, round: number, code: number, outcome: object][] = [
      ["0 for an honest update", () => twin(3), 2, 0, { outcome: "same" }],
      ["1 for a tampered one", () => twin(2), 2, 1, { outcome: "differs", difference: "tensor" }],
      ["3 for a physical worker's", () => localKey("device", 1).address, 2, 3, { outcome: "unexamined" }],
    ];
    for (const [what, worker, round, code, outcome] of commands) {
      it(`is a command that exits with ${what}`, async () => {
        const words = ["verify-update", String(task), String(round), worker(), "--network", network.path];
        const command = new Program(...words, "--json");
        expect(await command.exitCode(), command.stderr).to.equal(code);
        expect(JSON.parse(command.stdout)).to.include({ worker: worker(), round, ...outcome });
      });
    }

    it("is a command that says when a worker revealed nothing", async () => {
      const words = ["verify-update", String(task), "2", `0x${"11".repeat(20)}`, "--network", network.path];
      const command = new Program(...words, "--json");
      expect(await command.exitCode()).to.equal(2);
      expect(JSON.parse(command.stdout)).to.include({ ok: false, error: "UPDATE_NOT_REVEALED" });
    });
  });

  describe("with control variates and error feedback", () => {
    let task: bigint;
    let gathered: GatheredEvidence;

    before(async () => {
      // A worker that trains without the control variate that its state and the server's give it.
      workersPool.tamper(twin(1), 2, ({ correction: _, ...job }) => job);
      task = await run({ strategy: { kind: "scaffold" }, update: { encoding: "int8" } });
      const { storage } = network;
      gathered = await gatherEvidence(network.file, task, { storage, listener: () => undefined });
    });
    after(() => gathered.close());

    it("goes on from the state that each worker's last accepted update left, also across a restart", async () => {
      for (const round of [0, 1, 2, 3]) {
        for (const i of round === 2 ? [0, 2, 3] : [0, 1, 2, 3]) {
          const result = await repeated(gathered, twin(i), round);
          // What twin 1 left in round 2 is what its later update has to go on from.
          expect(result.outcome, `${i} in ${round}: ${JSON.stringify(result)}`).to.equal("same");
        }
      }
    });

    it("catches a worker that left its control variate out", async () => {
      const result = await repeated(gathered, twin(1), 2);
      expect(result).to.include({ outcome: "differs", difference: "tensor" });
    });

    it("lets an audit hold that repeats honest updates only", async () => {
      for (let seed = 0; ; seed++) {
        const { ok, checks, failure } = await audit(task, 2, seed);
        if (failure !== undefined) {
          // The one that cheated was drawn: another seed draws others.
          expect(failure.check).to.equal("re-execution");
          continue;
        }
        expect(ok).to.equal(true);
        expect(checks.find(({ name }) => name === "re-execution")!.examined).to.equal(2);
        return;
      }
    });
  });
});
