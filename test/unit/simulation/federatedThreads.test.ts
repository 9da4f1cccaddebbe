import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { sharedDataset } from "../../../learning/datasets/sharedDataset.ts";
import { initialGlobalModel } from "../../../learning/federated/initialGlobalModel.ts";
import type { LearningTask } from "../../../learning/federated/LearningTask.ts";
import { encodeModel } from "../../../learning/federated/modelCodec.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { FederatedClients } from "../../../simulation/federated/FederatedClients.ts";
import { listedClients } from "../../../simulation/federated/FederatedClients.ts";
import type { FederatedRound } from "../../../simulation/federated/FederatedRound.ts";
import { FederationPool } from "../../../simulation/federated/FederationPool.ts";
import {
  type FederatedRoundsParameters,
  federatedRounds,
} from "../../../simulation/federated/federatedRounds.ts";
import type { Progress } from "../../../simulation/federated/RoundsProgress.ts";
import { blobs } from "../learning/blobs.ts";
import { learningTask } from "../learning/learningTask.ts";
import { digestsOf, KNOWN_RUNS } from "./federatedRuns.ts";

describe("federatedRounds in threads", () => {
  const pools = new Map<number, FederationPool>();
  let directory: string;
  before(async () => {
    for (const threads of [1, 2, 4]) pools.set(threads, new FederationPool({ threads }));
    directory = await mkdtemp(join(tmpdir(), "freshet-test-"));
  });
  after(async () => {
    await Promise.all([...pools.values()].map((pool) => pool.close()));
    await rm(directory, { recursive: true });
  });

  for (const known of KNOWN_RUNS) {
    it(`have known bits on 1, 2 and 4 threads: ${known.name}`, async () => {
      for (const pool of pools.values()) {
        expect(await digestsOf(known, { pool }), `${pool.threads} threads`).to.deep.equal(known.digests);
      }
    });
  }

  const scaffold = KNOWN_RUNS.find(({ name }) => name === "scaffold, int8")!;
  const judged = KNOWN_RUNS.find(({ strategy }) => strategy !== undefined)!;

  it("have the same bits with all states on disk", async () => {
    const pool = pools.get(2)!;
    const before = await temporaryStates();
    expect(await digestsOf(scaffold, { pool, stateBytes: 0 })).to.deep.equal(scaffold.digests);
    expect(await temporaryStates()).to.deep.equal(before);
  });

  for (const known of [scaffold, judged]) {
    it(`go on bit for bit from every round at which they were stopped: ${known.name}`, async () => {
      const checkpoint = { directory: join(directory, known.name), identity: "seven" };
      const found: string[] = [];
      for (let rounds = 1; rounds <= 3; rounds++) {
        const resumedAt: number[] = [];
        const pool = pools.get(rounds === 2 ? 1 : 2)!;
        const resumed = (next: number) => {
          resumedAt.push(next);
        };
        const told = { ...checkpoint, resumed };
        found.push(...(await digestsOf(known, { pool, rounds, checkpoint: told })));
        expect(resumedAt).to.deep.equal(rounds === 1 ? [] : [rounds - 1]);
      }
      expect(found).to.deep.equal(known.digests);
      // What no later round needs is gone: there are the model, and a state of each worker that has one.
      const files = (await readdir(checkpoint.directory)).filter((name) => name.endsWith(".safetensors"));
      expect(files).to.have.length(known === scaffold ? 8 : 1 + (await statesOf(checkpoint.directory)));
    });
  }

  it("go on after a round that was broken off in the middle, as if it had never begun", async () => {
    const pool = pools.get(2)!;
    const checkpoint = { directory: join(directory, "broken"), identity: "seven" };
    await digestsOf(scaffold, { pool, rounds: 1, checkpoint });
    const listed = listedClients(scaffold.workers);
    const breaking: FederatedClients = {
      ...listed,
      dataFor(client, round) {
        if (round === 1 && client === 5) throw new BaseError("TEST_BROKEN", "Broken off.");
        return listed.dataFor(client, round);
      },
    };
    const error = await refusal(digestsOf(scaffold, { pool, clients: breaking, checkpoint }));
    expect(error.code).to.equal("TEST_BROKEN");
    expect(await digestsOf(scaffold, { pool, checkpoint })).to.deep.equal(scaffold.digests.slice(1));
  });

  describe("refuse a checkpoint", () => {
    const resume = (name: string, given: Partial<FederatedRoundsParameters> = {}, identity = "seven") =>
      refusal(
        digestsOf(scaffold, {
          pool: pools.get(2)!,
          checkpoint: { directory: join(directory, name), identity },
          ...given,
        }),
      );
    const start = async (name: string) => {
      const checkpoint = { directory: join(directory, name), identity: "seven" };
      await digestsOf(scaffold, { pool: pools.get(2)!, rounds: 1, checkpoint });
      return checkpoint.directory;
    };
    const damage = async (path: string, change: (bytes: Buffer) => Buffer) =>
      writeFile(path, change(await readFile(path)));

    it("of another run with CHECKPOINT_OTHER", async () => {
      await start("other");
      expect((await resume("other", {}, "eight")).code).to.equal("CHECKPOINT_OTHER");
      expect((await resume("other", { weights: "equal" })).code).to.equal("CHECKPOINT_OTHER");
      const task = { ...scaffold.task, seed: 2 };
      expect((await resume("other", { task })).code).to.equal("CHECKPOINT_OTHER");
    });

    it("that was changed or cut with CHECKPOINT_DAMAGED", async () => {
      const path = join(await start("changed"), "checkpoint.json");
      await damage(path, (bytes) => Buffer.from(bytes.toString().replace('"next":1', '"next":2')));
      expect((await resume("changed")).code).to.equal("CHECKPOINT_DAMAGED");
      await damage(path, (bytes) => bytes.subarray(0, 100));
      expect((await resume("changed")).code).to.equal("CHECKPOINT_DAMAGED");
    });

    it("whose model was damaged with CHECKPOINT_DAMAGED", async () => {
      const path = join(await start("model"), "model-before-round-1.safetensors");
      await damage(path, (bytes) => bytes.fill(1, bytes.length - 1));
      expect((await resume("model")).code).to.equal("CHECKPOINT_DAMAGED");
      await rm(path);
      expect((await resume("model")).code).to.equal("CHECKPOINT_DAMAGED");
    });

    it("one of whose states was damaged with CLIENT_STATE_DAMAGED", async () => {
      const path = join(await start("state"), "client-3-round-0.safetensors");
      await damage(path, (bytes) => bytes.fill(1, bytes.length - 1));
      expect((await resume("state")).code).to.equal("CLIENT_STATE_DAMAGED");
    });

    it("of a newer version with FILE_NEWER", async () => {
      const path = join(await start("newer"), "checkpoint.json");
      await damage(path, (bytes) => Buffer.from(bytes.toString().replace('"version":2', '"version":3')));
      expect((await resume("newer")).code).to.equal("FILE_NEWER");
    });

    it("that is in use with CHECKPOINT_IN_USE", async () => {
      const checkpoint = { directory: await start("used"), identity: "seven" };
      const clients = listedClients(scaffold.workers);
      const rounds = federatedRounds({ ...scaffold, clients, rounds: 3, pool: pools.get(2)!, checkpoint });
      await rounds.next();
      expect((await resume("used")).code).to.equal("CHECKPOINT_IN_USE");
      await rounds.return();
      expect(await digestsOf(scaffold, { pool: pools.get(2)!, checkpoint })).to.deep.equal(
        scaffold.digests.slice(2),
      );
    });
  });

  /** A thousand clients with twelve rows each of data that they share. */
  const shared = sharedDataset(blobs(600, new SeededRandom(1, "shared")));
  const thousand = (asked: number[] = []): FederatedClients => ({
    count: 1000,
    nameOf: (client) => `client ${client}`,
    dataFor(client) {
      asked.push(client);
      const random = new SeededRandom(1, "rows", client);
      return { of: shared, rows: Uint32Array.from({ length: 12 }, () => random.integer(600)) };
    },
  });
  const model: LearningTask["model"] = { kind: "mlp", inputs: 12, hidden: [4], outputs: 3 };

  it("ask nothing of clients that are not chosen", async () => {
    const asked: number[] = [];
    const sampling = { kind: "uniform", clients: 20 } as const;
    const parameters = { task: learningTask({ model }), rounds: 3, sampling, pool: pools.get(2)! };
    const finished: FederatedRound[] = [];
    for await (const round of federatedRounds({ ...parameters, clients: thousand(asked) })) {
      finished.push(round);
    }
    const names = finished.map(({ updates }) => updates.map(({ worker }) => worker));
    expect(asked.map((client) => `client ${client}`).sort()).to.deep.equal(names.flat().sort());
    for (const chosen of names) expect(new Set(chosen).size).to.equal(20);
    expect(names[0]).not.to.deep.equal(names[1]);
  });

  for (const kind of ["loss", "freshness"] as const) {
    it(`choose by ${kind} the same clients whether they were stopped or not`, async () => {
      const sampling = kind === "loss" ? { kind, clients: 20 } : { kind, clients: 20, power: 2 };
      const parameters = { task: learningTask({ model }), sampling, clients: thousand() };
      const play = async (rounds: number, checkpoint?: FederatedRoundsParameters["checkpoint"]) => {
        const names: string[][] = [];
        const given = { ...parameters, rounds, pool: pools.get(2)!, ...(checkpoint && { checkpoint }) };
        for await (const { updates } of federatedRounds(given))
          names.push(updates.map(({ worker }) => worker));
        return names;
      };
      const checkpoint = { directory: join(directory, kind), identity: "thousand" };
      const whole = await play(4);
      const stopped = [...(await play(2, checkpoint)), ...(await play(4, checkpoint))];
      expect(stopped).to.deep.equal(whole);
    });
  }

  it("train on rows of shared data as on the samples themselves", async () => {
    const task = learningTask({ model });
    const rows = Uint32Array.of(5, 3, 3, 599, 0);
    const models: Uint8Array[] = [];
    const plain = {
      ...shared,
      features: Uint8Array.from(shared.features),
      labels: Uint8Array.from(shared.labels),
    };
    for (const dataset of [shared, plain]) {
      const clients = listedClients([{ name: "one", dataFor: () => ({ of: dataset, rows }) }]);
      for await (const { global } of federatedRounds({ task, rounds: 1, clients, pool: pools.get(1)! })) {
        models.push(encodeModel(global));
      }
    }
    expect(models[0]).to.deep.equal(models[1]);
    expect(models[0]).not.to.deep.equal(encodeModel(initialGlobalModel(task)));
  });

  it("tell how far they are and how long it takes", async () => {
    const told: Progress[] = [];
    let seconds = 0;
    const progress = { now: () => 1000 * seconds++, tell: (now: Progress) => told.push(now) };
    const sampling = { kind: "uniform", clients: 20 } as const;
    const parameters = { task: learningTask({ model }), rounds: 2, sampling, pool: pools.get(1)!, progress };
    for await (const _ of federatedRounds({ ...parameters, clients: thousand() }));
    const last = told.at(-1)!;
    expect(last).to.include({ round: 1, rounds: 2, done: 20, chosen: 20, secondsLeft: 0 });
    expect(last.updatesPerSecond).to.be.closeTo(40 / told.length, 1e-9);
    const half = told.find(({ round, done }) => round === 0 && done === 20)!;
    expect(half.secondsLeft).to.be.closeTo(told.indexOf(half) + 1, 1e-9);
    expect(told.length).to.be.lessThan(40);
  });

  it("pass on why a client cannot train, and leave the pool as it was", async () => {
    const pool = pools.get(2)!;
    const known = KNOWN_RUNS[0]!;
    const task = { ...known.task, training: { ...known.task.training, learningRate: 1e30 } };
    const error = await refusal(digestsOf({ ...known, task }, { pool }));
    expect(error.code).to.equal("TRAINING_DIVERGED");
    expect(await digestsOf(known, { pool })).to.deep.equal(known.digests);
  });
});

async function refusal(run: Promise<unknown>): Promise<BaseError> {
  const error = await run.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).to.be.instanceOf(BaseError);
  return error as BaseError;
}

async function temporaryStates(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith("freshet-states-"));
}

async function statesOf(directory: string): Promise<number> {
  const { content } = JSON.parse(await readFile(join(directory, "checkpoint.json"), "utf8"));
  return content.states.length;
}
