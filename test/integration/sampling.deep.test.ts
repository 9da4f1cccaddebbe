import { expect } from "chai";

import { auditTask } from "../../audit/auditTask.ts";
import type { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import type { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import { selectSamples } from "../../learning/datasets/selectSamples.ts";
import { encodeModel } from "../../learning/federated/modelCodec.ts";
import type { SamplingSpec } from "../../learning/federated/sampling/samplingSpec.ts";
import { mechanismNamed } from "../../mechanisms/mechanismOf.ts";
import { drawnRounds, drawnWorkers, type Sampling } from "../../protocol/draws.ts";
import { FederationPool } from "../../simulation/federated/FederationPool.ts";
import { federatedRounds } from "../../simulation/federated/federatedRounds.ts";
import { digestOf } from "../../storage/contentId.ts";
import { dealtRows } from "../../tasks/dealtRows.ts";
import { TaskHistory } from "../../tasks/history/TaskHistory.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { taskStatement } from "../../tasks/statement/taskStatement.ts";
import { parseTaskSpec, type TaskSpec } from "../../tasks/taskSpec.ts";
import { samplesForRound } from "../../workers/samplesForRound.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { FaultyProxy } from "./FaultyProxy.ts";
import { followed } from "./followed.ts";
import { smallTrainingData } from "./smallData.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices, WILLING_DEVICE } from "./TestServices.ts";

const DEVICES = 4;
const DRAWN = 2;
const ROUNDS = 4;
/** How a task draws, in its file and on its chains. */
const KINDS = [
  ["uniform", "Uniform"],
  ["freshness", "Freshness"],
] as const;

interface Published {
  task: bigint;
  spec: TaskSpec;
}

describe("one task in the whole system and in the laboratory", () => {
  let network: TestNetwork;
  let services: TestServices;
  let publisher: ChainAccount;
  let main: ChainFollower;
  let physical: ChainFollower;
  let pool: FederationPool;
  let all: Published;
  const some: Partial<Record<Sampling, Published>> = {};
  const running: { stop(): Promise<unknown> }[] = [];

  before(async () => {
    network = await TestNetwork.start({ basePort: 9420, subchains: ["physical"], devices: DEVICES });
    running.push(network);
    services = new TestServices(network);
    running.push(services);
    await services.startRelay();
    await services.startAggregator();
    const devices = Array.from({ length: DEVICES }, (_, i) => ({ ...WILLING_DEVICE, name: `device ${i}` }));
    await services.startWorkers({ devices });
    main = await followed(network.client("main"), network.main.contracts);
    running.push(main);
    physical = await followed(network.client("physical"), network.subchain("physical").contracts);
    running.push(physical);
    publisher = await network.account("main", "publisher");
    pool = new FederationPool({ threads: 2 });
  });

  after(async () => {
    await pool?.close();
    for (const part of running.reverse()) await part.stop();
  });

  /** Has the network carry out a task to its last claim. */
  async function carriedOut(change: Record<string, unknown>): Promise<Published> {
    const spec = parseTaskSpec({
      ...smallSpec(),
      ...{ subchains: ["physical"], aggregators: { attestations: 1, of: 1 }, rounds: ROUNDS },
      schedule: {
        ...{ enrolSeconds: 6, epochSeconds: 16, commitSeconds: 20, revealSeconds: 4, reportSeconds: 20 },
        ...{ deadlineSeconds: 300, claimSeconds: 1000 },
      },
      reward: {
        policy: "aoi-contract",
        menu: {
          items: [
            { period: 8, reward: "10", cost: "5" },
            { period: 4, reward: "16", cost: "3" },
          ],
        },
      },
      ...change,
    });
    const { file, storage } = network;
    const { task } = await publishTask(spec, { network: file, main: network.main, publisher, storage });
    const closed = await main.first({ name: "TaskClosed", task });
    expect(closed.args.status).to.equal("Completed");
    await main.collect({ name: "RewardClaimed", task }, ({ length }) => length === DEVICES);
    return { task, spec };
  }

  const finalModels = (task: bigint) =>
    main.past({ name: "RoundFinalized", task }).map(({ args }) => args.globalModel);

  /** The digests of the global models that the laboratory gets, each with who took part. */
  async function inLaboratory({ task, spec }: Published, sampling: SamplingSpec) {
    const [terms, train] = [await network.main.termsOf(task), await smallTrainingData()];
    const rows = dealtRows(spec, train, DEVICES);
    const published = main.past({ name: "TaskPublished", task })[0]!;
    const enrolled = physical
      .past({ name: "WorkerEnrolled", task })
      .toSorted((a, b) => a.args.index - b.args.index);
    const addresses = await Promise.all(
      Array.from(
        { length: DEVICES },
        async (_, i) => (await network.account("physical", "device", i)).address,
      ),
    );
    const { worker } = mechanismNamed("aoi-contract");
    const clients = enrolled.map(({ args }) => ({
      name: args.worker.toLowerCase(),
      stream: selectSamples({ ...train, clients: undefined }, rows[addresses.indexOf(args.worker)]!),
      schedule: worker.schedule(published.args.mechanismTerms, args.choice, terms.schedule),
    }));
    const times = { ...terms.schedule, rounds: terms.rounds };
    const found: { digest: string; took: string[] }[] = [];
    for await (const { global, updates } of federatedRounds({
      task: spec,
      rounds: ROUNDS,
      pool,
      sampling,
      clients: {
        count: clients.length,
        nameOf: (client) => clients[client]!.name,
        dataFor: (client, round) => {
          const { stream, schedule } = clients[client]!;
          return samplesForRound(stream, { times, schedule, round, most: spec.training.samplesPerRound });
        },
      },
    })) {
      found.push({
        digest: await digestOf(encodeModel(global)),
        took: updates.map((update) => update.worker),
      });
    }
    return found;
  }

  it("has the same bits in every round", async () => {
    all = await carriedOut({});
    const found = await inLaboratory(all, { kind: "all" });
    expect(found.map(({ digest }) => digest)).to.deep.equal(finalModels(all.task));
    expect(found[0]!.took).to.have.length(DEVICES);
  });

  const beaconOf = (task: bigint) => physical.past({ name: "BeaconDrawn", task })[0]!.args.beacon;

  for (const [kind, sampling] of KINDS) {
    it(`has them where the subchain draws who takes part, too (${kind})`, async () => {
      const published = await carriedOut({ sampling: { kind, clients: DRAWN } });
      some[sampling] = published;
      const { task } = published;
      const beacons = [{ beacon: beaconOf(task), enrolled: DEVICES }];
      const found = await inLaboratory(published, { kind, clients: DRAWN, beacons });
      expect(found.map(({ digest }) => digest)).to.deep.equal(finalModels(task));
      for (const [round, { took }] of found.entries()) {
        expect(took).to.have.length(DRAWN);
        const committed = physical
          .past({ name: "UpdateCommitted", task })
          .filter(({ args }) => args.round === round)
          .map(({ args }) => args.worker.toLowerCase());
        expect(committed).to.have.members(took);
      }
      // Who is not drawn does not train, and is not told to have missed anything.
      const of = (type: string) =>
        services.workers.events.filter((event) => event.type === type && event.task === task);
      expect(of("trained")).to.have.length(DRAWN * ROUNDS);
      expect(of("not-drawn")).to.have.length((DEVICES - DRAWN) * ROUNDS);
      expect([...of("round-missed"), ...of("trouble")]).to.deep.equal([]);
      if (sampling === "Uniform") return;
      // Two of four take turns: whoever has one has the round after the next, too, and nobody has two in a row.
      for (const [round, { took }] of found.entries()) {
        if (round >= 2) expect(took).to.deep.equal(found[round - 2]!.took);
        if (round >= 1) expect(took).not.to.have.any.members(found[round - 1]!.took);
      }
    });

    it(`pays each for the rounds that it was drawn for (${kind})`, async () => {
      const { task } = some[sampling]!;
      const facts = { sampling, beacon: beaconOf(task), enrolled: DEVICES, drawn: DRAWN };
      expect(drawnWorkers(facts, 0)).to.have.length(DRAWN);
      for (const { args } of main.past({ name: "RewardClaimed", task })) {
        const own = physical
          .past({ name: "WorkerEnrolled", task })
          .find(({ args: enrolled }) => enrolled.worker === args.worker)!;
        const rounds = drawnRounds(facts, ROUNDS, own.args.index);
        expect(args.acceptedRounds).to.equal(rounds === 0 ? ROUNDS : rounds);
      }
      const history = new TaskHistory(network.clients, network.config.directory);
      const statement = taskStatement(await history.task(task), {
        network: network.file,
        now: await network.main.client.time(),
      });
      for (const { entries, earned, paid } of statement.workers) {
        expect(entries.filter(({ kind }) => kind !== "late-refresh" && kind !== "bonus")).to.deep.equal([]);
        expect(paid).to.equal(earned);
      }
    });
  }

  it("is audited with its draws, whose lies are found", async () => {
    for (const { task } of [all, some.Uniform!, some.Freshness!]) {
      const { ok, failure } = await auditTask(network.file, task, { storage: network.storage });
      expect(ok, JSON.stringify(failure)).to.equal(true);
    }
    for (const { task } of [some.Uniform!, some.Freshness!]) {
      const { args, transactionHash } = physical.past({ name: "BeaconDrawn", task })[0]!;
      const failure = await overLying(task, (log) =>
        log.transactionHash === transactionHash
          ? { ...log, data: log.data.replace(args.beacon.slice(2), "5a".repeat(32)) }
          : log,
      );
      expect(failure?.check).to.equal("updates");
      expect(failure?.message).to.contain("The beacon of physical, drawn in transaction");
    }
  });

  /** What an audit finds over a node of the subchain that changes logs. */
  async function overLying(
    task: bigint,
    change: (log: { transactionHash: string; data: string }) => unknown,
  ) {
    const proxy = new FaultyProxy(network.place("physical").url, 9429);
    const lie: FaultyProxy["lie"] = (_, result) => (Array.isArray(result) ? result.map(change) : result);
    Object.assign(proxy, { fault: "lying", lie });
    await proxy.start();
    try {
      const subchains = network.file.subchains.map((place) => ({ ...place, url: proxy.url }));
      const file: NetworkFile = { ...network.file, subchains };
      return (await auditTask(file, task, { storage: network.storage })).failure;
    } finally {
      await proxy.stop();
    }
  }
});
