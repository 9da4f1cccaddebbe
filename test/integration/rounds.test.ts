import { writeFile } from "node:fs/promises";
import { expect } from "chai";
import type { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import {
  type ChainEvent,
  type EventNamed,
  isAbout,
  type TaskEventName,
} from "../../chains/clients/ChainEvent.ts";
import type { ChainFollower, KeptSizes } from "../../chains/clients/ChainFollower.ts";
import { applicationOf } from "../../chains/networks/applicationOf.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { concatDatasets } from "../../learning/datasets/concatDatasets.ts";
import { type Dataset, featureCount } from "../../learning/datasets/Dataset.ts";
import { decodeDataset } from "../../learning/datasets/datasetCodec.ts";
import { partitionIid } from "../../learning/datasets/partitionIid.ts";
import { selectSamples } from "../../learning/datasets/selectSamples.ts";
import { decodeModel } from "../../learning/federated/modelCodec.ts";
import { decodeChoice, decodeWork } from "../../mechanisms/aoi-contract/encodings.ts";
import { settleCoverage } from "../../mechanisms/aoi-contract/mathematics/settlement.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { systemClock } from "../../protocol/Clock.ts";
import type { ContentStore, Digest } from "../../storage/ContentStore.ts";
import type { EmbeddedStore } from "../../storage/EmbeddedStore.ts";
import { TaskHistory } from "../../tasks/history/TaskHistory.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { parseTaskSpec, type TaskSpec } from "../../tasks/taskSpec.ts";
import { concernsTask } from "../../tasks/view/concernsTask.ts";
import { foldTask } from "../../tasks/view/foldTask.ts";
import { LiveTask } from "../../tasks/view/LiveTask.ts";
import { unheardTask } from "../../tasks/view/TaskView.ts";
import type { PrivacyPolicy } from "../../workers/privacyPolicy.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { rejected } from "../unit/thrown.ts";
import { expectAsGetters } from "./expectAsGetters.ts";
import { followed } from "./followed.ts";
import { claimAll, HandWorker } from "./HandWorker.ts";
import { smallTrainingData } from "./smallData.ts";
import { someUpdate } from "./someUpdate.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices } from "./TestServices.ts";

const UNIT = 10n ** 15n;
const ITEMS = [
  { period: 4, reward: 10n * UNIT, cost: 5n * UNIT },
  { period: 2, reward: 16n * UNIT, cost: 3n * UNIT },
];
const BONUS = UNIT / 10n;
const EPOCH = 8;
const ROUNDS = 2;

const HIDDEN = Array.from({ length: 392 }, (_, column) => column);
const POLICIES: PrivacyPolicy[] = [
  { kind: "labels", allow: [1, 3, 5] },
  { kind: "fraction", fraction: 0.4 },
  { kind: "columns", hide: HIDDEN },
];
/** Run by the worker service, on both subchains; physical workers 3, 4 and 5 are the test's. */
const DEVICES = POLICIES.map((privacyPolicy, i) => ({
  name: `device ${i}`,
  cost: ITEMS[i % 2]!.cost,
  twinCost: ITEMS[i % 2]!.cost,
  privacyPolicy,
}));

/** A store that remembers what was put into it. */
class RecordingStore implements ContentStore {
  readonly digests: Digest[] = [];
  readonly #store: ContentStore;
  constructor(store: ContentStore) {
    this.#store = store;
  }
  async put(bytes: Uint8Array): Promise<Digest> {
    const digest = await this.#store.put(bytes);
    this.digests.push(digest);
    return digest;
  }
  get(digest: Digest, mostBytes?: number): Promise<Uint8Array> {
    return this.#store.get(digest, mostBytes);
  }
  has(digest: Digest): Promise<boolean> {
    return this.#store.has(digest);
  }
}

describe("a task with workers of all kinds", () => {
  let network: TestNetwork;
  let services: TestServices;
  let publisher: ChainAccount;
  let spec: TaskSpec;
  let task: bigint;
  let live: LiveTask;
  let startTime: number;
  let balanceBefore: bigint;
  let storage: RecordingStore;
  const running: { stop(): Promise<unknown> }[] = [];
  const followers = new Map<string, ChainFollower>();
  const programs: { kept: ReadonlyMap<string, KeptSizes> }[] = [];
  let vanishing: HandWorker;
  let wrong: HandWorker;
  let half: HandWorker;

  const once = <N extends TaskEventName>(chain: string, name: N, round?: number): Promise<EventNamed<N>> =>
    followers.get(chain)!.first({
      name,
      where: (event) => isAbout(event, task) && (round === undefined || roundOf(event) === round),
    });
  const all = <N extends TaskEventName>(chain: string, name: N): EventNamed<N>[] =>
    followers.get(chain)!.past({ name, where: (event) => isAbout(event, task) });

  before(async () => {
    network = await TestNetwork.start({
      basePort: 9330,
      subchains: ["virtual", "physical"],
      devices: 6,
      aggregators: 2,
    });
    running.push(network);
    const { file, main } = network;
    storage = new RecordingStore(network.storage);
    services = new TestServices(network);
    running.push(services);
    await services.startRelay();
    for (const index of [0, 1]) programs.push(await services.startAggregator(index));
    programs.push(await services.startWorkers({ devices: DEVICES }, { storage }));
    for (const [chain, { client, contracts }] of [
      ["main", main],
      ["virtual", network.subchain("virtual")],
      ["physical", network.subchain("physical")],
    ] as const) {
      const follower = await followed(client, contracts);
      running.push(follower);
      followers.set(chain, follower);
    }

    spec = parseTaskSpec({
      ...smallSpec(),
      rounds: ROUNDS,
      schedule: {
        enrolSeconds: 8,
        epochSeconds: EPOCH,
        commitSeconds: 20,
        revealSeconds: 3,
        reportSeconds: 20,
        deadlineSeconds: 100,
        claimSeconds: 1000,
      },
      maxWorkers: 6,
      reward: {
        policy: "aoi-contract",
        bonus: String(BONUS),
        menu: {
          items: ITEMS.map(({ period, reward, cost }) => ({
            period,
            reward: String(reward),
            cost: String(cost),
          })),
        },
      },
    });
    publisher = await network.account("main", "publisher");
    balanceBefore = await main.balanceOf(publisher.address);
    const published = await publishTask(spec, { network: file, main, publisher, storage: network.storage });
    task = published.task;
    startTime = published.terms.schedule.startTime;
    live = new LiveTask(unheardTask(task, published.terms, applicationOf(file.main)), {
      followers: [...followers.values()],
      onError: (error) => {
        throw error;
      },
    });

    await once("physical", "TaskArrived");
    [vanishing, wrong, half] = (await Promise.all(
      [3, 4, 5].map(async (i) => {
        const account = await network.account("physical", "device", i);
        const worker = new HandWorker(account, network, task);
        await worker.enrol(0);
        return worker;
      }),
    )) as [HandWorker, HandWorker, HandWorker];
  });

  after(async () => {
    for (const part of running.reverse()) await part.stop();
  });

  /** Stores an update of the task on a round's global model: random numbers of a seed. */
  const update = async (round: number, seed: number, change: Partial<TaskSpec> = {}) => {
    const started = await once("physical", "RoundStarted", round);
    return network.storage.put(someUpdate({ ...spec, ...change }, started.args.globalModel, seed));
  };
  /** Workers of a chain whose updates a round accepted. */
  const acceptedIn = (round: number, chain: number) => {
    const { args } = all("main", "RoundFinalized").find((event) => event.args.round === round)!;
    const words = args.accepted[chain]!;
    const enrolled = all(["virtual", "physical"][chain]!, "WorkerEnrolled");
    const at = (index: number) => ((words[Math.floor(index / 256)] ?? 0n) >> BigInt(index % 256)) & 1n;
    return enrolled.filter(({ args: { index } }) => at(index) === 1n).map(({ args: { worker } }) => worker);
  };
  const addressOf = (role: "device" | "twin", i: number) => localKey(role, i).address;

  it("leaves out of round 1 what was not stored or is of another shape; a reveal that does not match is refused", async () => {
    // A block at or after the start: on a local chain it takes a transaction.
    await once("physical", "DataRefreshed");
    await Promise.all([vanishing, wrong, half].map((worker, i) => worker.refresh(`0x${`a${i}`.repeat(32)}`)));
    const good = await update(0, 101);
    const misshapen = await update(0, 102, { model: { ...spec.model, hidden: [2] } as TaskSpec["model"] });
    const missing = `0x${"cd".repeat(32)}`;
    await vanishing.commit(0, good);
    await wrong.commit(0, misshapen);
    await half.commit(0, missing);
    await once("physical", "RevealsStarted", 0);

    const stolen = await rejected(wrong.reveal(0, good, { receipts: "0x" }));
    expect(stolen.code).to.equal("CommitmentMismatch");
    expect((await rejected(wrong.reveal(0, misshapen, { samples: 11, receipts: "0x" }))).code).to.equal(
      "CommitmentMismatch",
    );
    await vanishing.reveal(0, good);
    await wrong.reveal(0, misshapen);
    await half.reveal(0, missing, { receipts: "0x" });
    const again = await rejected(half.reveal(0, missing, { receipts: "0x" }));
    expect(again.code).to.equal("NothingToReveal");

    await once("main", "RoundFinalized", 0);
    expect(acceptedIn(0, 1)).to.have.members(
      [0, 1, 2].map((i) => addressOf("device", i)).concat(vanishing.account.address),
    );
    expect(acceptedIn(0, 0)).to.have.members([0, 1, 2].map((i) => addressOf("twin", i)));
    for (const name of ["aggregator 1", "aggregator 2"]) {
      const leftOut = services.aggregators.events.filter(
        (event) => event.type === "left-out" && event.aggregator === name && event.round === 0,
      ) as { worker: string; reason: string }[];
      expect(leftOut.map(({ worker }) => worker)).to.have.members([
        wrong.account.address,
        half.account.address,
      ]);
      expect(leftOut.find(({ worker }) => worker === wrong.account.address)!.reason).to.contain(
        "not of the task's model",
      );
      expect(leftOut.find(({ worker }) => worker === half.account.address)!.reason).to.contain(
        "enough aggregators hold",
      );
    }
  });

  it("closes round 2 without the worker that vanished after its commit, and leaves out corrupted bytes", async () => {
    await once("physical", "RoundStarted", 1);
    const corrupted = await update(1, 103);
    await writeFile((network.storage as EmbeddedStore).blocks.pathOf(corrupted), "corrupted");
    const good = await update(1, 104);
    await vanishing.commitOnceOpen(1, await update(1, 105));
    await wrong.commitOnceOpen(1, corrupted);
    await half.commitOnceOpen(1, good);
    const begun = await once("physical", "RevealsStarted", 1);
    await wrong.reveal(1, corrupted, { receipts: "0x" });
    await half.reveal(1, good);
    const ended = await once("physical", "RoundClosed", 1);
    expect([ended.args.committed, ended.args.revealed]).to.deep.equal([6, 5]);
    const times = await Promise.all(
      [begun, ended].map(({ blockNumber }) => network.client("physical").blockTime(blockNumber)),
    );
    expect(times[1]! - times[0]!).to.be.at.least(spec.schedule.revealSeconds);

    await once("main", "TaskClosed");
    expect(acceptedIn(1, 1)).to.have.members(
      [0, 1, 2].map((i) => addressOf("device", i)).concat(half.account.address),
    );
    expect(acceptedIn(1, 0)).to.have.members([0, 1, 2].map((i) => addressOf("twin", i)));
    expect((await network.main.taskOf(task)).status).to.equal("Completed");
    const late = await rejected(vanishing.reveal(1, corrupted, { receipts: "0x" }));
    expect(["TaskNotOpen", "RoundNotOpen"]).to.include(late.code);
  });

  it("pays for the accepted share of rounds and the fresh share of time, to the wei, and refunds the rest", async () => {
    await Promise.all(
      ["virtual", "physical"].map((chain) =>
        followers.get("main")!.first({
          name: "EpochSettled",
          where: ({ args }) => args.chainId === network.client(chain).chainId,
        }),
      ),
    );
    await Promise.all(
      DEVICES.flatMap(({ name }) =>
        [name, `${name} (twin)`].map((worker) =>
          services.workers.until((event) => event.type === "claimed" && event.worker === worker),
        ),
      ),
    );
    await claimAll(network, await network.account("main", "keeper"), "physical", task);
    await followers.get("main")!.poll();
    const claims = all("main", "RewardClaimed");
    expect(claims).to.have.length(9);
    let paid = 0n;
    for (const { args } of claims) {
      const chain = args.chainId === network.client("virtual").chainId ? "virtual" : "physical";
      const refreshed =
        chain === "virtual"
          ? all(chain, "TwinSynchronized").filter((event) => event.args.twin === args.worker)
          : all(chain, "DataRefreshed").filter((event) => event.args.worker === args.worker);
      const commitSeconds = await Promise.all(
        refreshed.map(async ({ blockNumber }) => BigInt(await network.client(chain).blockTime(blockNumber))),
      );
      const enrolment = all(chain, "WorkerEnrolled").find((event) => event.args.worker === args.worker)!;
      const { period, reward } = ITEMS[decodeChoice(enrolment.args.choice).item]!;
      const { covered } = settleCoverage(
        {
          startSeconds: BigInt(startTime),
          epochSeconds: BigInt(EPOCH),
          periodSeconds: BigInt(period),
          commitSeconds,
        },
        { reward },
      );
      const accepted = [0, 1].filter((round) =>
        acceptedIn(round, chain === "virtual" ? 0 : 1).includes(args.worker),
      ).length;
      const full = covered === BigInt(EPOCH) && accepted === ROUNDS;
      const amount = (reward * covered * BigInt(accepted)) / BigInt(EPOCH * ROUNDS) + (full ? BONUS : 0n);
      const recorded = all(chain, "WorkRecorded").find((event) => event.args.worker === args.worker)!;
      expect(decodeWork(recorded.args.work).coveredSeconds, `${args.worker} covered`).to.equal(covered);
      expect(args.amount, `${args.worker} is paid`).to.equal(amount);
      expect(await network.main.balanceOf(args.worker)).to.equal(amount);
      paid += amount;
    }
    const amountOf = ({ account }: HandWorker) =>
      claims.find(({ args }) => args.worker === account.address)!.args.amount;
    expect(amountOf(wrong)).to.equal(0n);
    expect(amountOf(half)).to.equal(amountOf(vanishing));
    // One refresh of four seconds in eight, one round of two.
    expect(amountOf(half)).to.equal(ITEMS[0]!.reward / 4n);

    await network.main.refund(publisher, task);
    const escrow = await network.main.escrowOf(task);
    expect(escrow.paid).to.equal(paid);
    expect(escrow.paid + escrow.refunded).to.equal(escrow.funded);
    expect(await network.main.balanceOf(publisher.address)).to.equal(balanceBefore - paid);
  });

  describe("a twin", () => {
    /** What was synchronized to a twin, batch after batch, as storage has it. */
    async function synchronized(i: number): Promise<Dataset> {
      const events = all("virtual", "TwinSynchronized").filter(
        ({ args }) => args.twin === addressOf("twin", i),
      );
      const batches = await Promise.all(
        events.map(async ({ args }) => {
          const batch = decodeDataset(await network.storage.get(args.dataDigest as Digest));
          expect(batch.labels.length).to.equal(args.samples);
          expect(args.device).to.equal(addressOf("device", i));
          const policy = new TextDecoder().decode(
            await network.storage.get(args.privacyPolicyDigest as Digest),
          );
          expect(JSON.parse(policy)).to.deep.equal(POLICIES[i]);
          return batch;
        }),
      );
      return concatDatasets(batches);
    }

    /** All that a device ever sensed. */
    async function sensed(i: number): Promise<Dataset> {
      const data = await smallTrainingData();
      const parts = partitionIid(
        data.labels.length,
        DEVICES.length,
        new SeededRandom(spec.seed, "partition"),
      );
      return selectSamples(data, parts[i]!);
    }

    const rowsOf = ({ features, labels, ...rest }: Dataset) => {
      const width = featureCount(rest);
      return Array.from(labels, (label, row) =>
        [label, ...features.subarray(row * width, (row + 1) * width)].join(),
      );
    };

    it("gets the samples with the labels that its policy allows, all of them, and no other", async () => {
      const allowed = (POLICIES[0] as { allow: number[] }).allow;
      const device = await sensed(0);
      const leaving = rowsOf(device).filter((_, row) => allowed.includes(device.labels[row]!));
      expect(leaving).to.have.length.above(20);
      expect(rowsOf(await synchronized(0))).to.deep.equal(leaving);
    });

    it("gets the share of the samples that its policy allows, each once", async () => {
      const rows = rowsOf(await sensed(1));
      const got = rowsOf(await synchronized(1));
      expect(got).to.have.length(Math.floor(rows.length * 0.4));
      expect(new Set(got)).to.have.length(got.length);
      // In the order in which they were sensed.
      const places = got.map((row) => rows.indexOf(row));
      expect(places).to.not.include(-1);
      expect(places).to.deep.equal(places.toSorted((a, b) => a - b));
    });

    it("gets all samples with the hidden columns blanked", async () => {
      const device = await sensed(2);
      const width = featureCount(device);
      const blanked = device.features.map((value, i) =>
        HIDDEN.includes(i % width) ? 0 : value,
      ) as Uint8Array;
      expect(rowsOf(await synchronized(2))).to.deep.equal(rowsOf({ ...device, features: blanked }));
    });

    it("gets nothing past the chain: all that workers stored is what was recorded there", async () => {
      const recorded = new Set<string>([
        ...all("virtual", "TwinSynchronized").flatMap(({ args }) => [
          args.dataDigest,
          args.privacyPolicyDigest,
        ]),
        ...["virtual", "physical"].flatMap((chain) =>
          all(chain, "UpdateRevealed").map(({ args }) => args.update),
        ),
      ]);
      expect(storage.digests.filter((digest) => !recorded.has(digest))).to.deep.equal([]);
      for (const { args } of all("physical", "DataRefreshed")) {
        expect(await network.storage.has(args.dataDigest as Digest)).to.equal(false);
      }
    });
  });

  it("is told by its events what its chains' getters tell, after every block", async () => {
    const { clients, config } = network;
    // It hears of events from the same followers, so these have them all by then.
    const ended = await live.until(({ escrow }) => escrow.refunded > 0n);
    const events = await Promise.all(
      [...followers.values()].map(async ({ client, events }) => {
        const own = events.filter((event) => concernsTask(live.view, event));
        const times = await Promise.all(own.map(({ blockNumber }) => client.blockTime(blockNumber)));
        return own.map((event, i) => ({ ...event, chainId: client.chainId, time: times[i]! }));
      }),
    );
    for (const own of events) {
      let view = unheardTask(task, live.view.terms, live.view.manager);
      for (const [i, event] of own.entries()) {
        view = foldTask(view, event);
        if (own[i + 1]?.blockNumber !== event.blockNumber) {
          await expectAsGetters(network, view, event.chainId, event.blockNumber);
        }
      }
    }
    const whole = events.flat().reduce(foldTask, unheardTask(task, live.view.terms, live.view.manager));
    expect(ended).to.deep.equal(whole);
    const history = new TaskHistory(clients, config.directory);
    expect(await history.task(task)).to.deep.equal(whole);
    expect(await history.task(task)).to.deep.equal(whole);
    const [listed] = await history.tasks();
    expect(listed).to.deep.include({ status: "Completed", escrow: whole.escrow, payments: whole.payments });
  });

  it("leaves no event of it in any program's memory once it is over, on any chain", async () => {
    const left = () => programs.flatMap(({ kept }) => [...kept.values()].map(({ events }) => events));
    // Whoever has claimed forgets within moments.
    while (left().some((events) => events > 0)) await systemClock.sleep(50);
    expect(left()).to.deep.equal(Array(9).fill(0));
    const told = programs.flatMap(({ kept }) => [...kept.values()].map((sizes) => sizes.told));
    expect(Math.min(...told), "events heard by each on each chain").to.be.above(0);
  });

  it("ends with the model that both aggregators attested, which storage has", async () => {
    const last = all("main", "RoundFinalized").at(-1)!;
    expect(last.args.globalModel).to.equal((await network.main.taskOf(task)).globalModel);
    const attested = all("main", "AggregateAttested").filter(({ args }) => args.round === 1);
    expect(new Set(attested.map(({ args }) => args.aggregateHash))).to.have.length(1);
    expect(new Set(attested.map(({ args }) => args.aggregator))).to.have.length(2);
    const bytes = await network.storage.get(last.args.globalModel as Digest);
    decodeModel(bytes, spec);
    expect(
      services.workers.events.filter(({ type }) => type === "trouble" || type === "round-missed"),
    ).to.deep.equal([]);
    expect(services.aggregators.events.filter(({ type }) => type === "trouble")).to.deep.equal([]);
  });
});

function roundOf({ args }: ChainEvent): number | undefined {
  return "round" in args ? args.round : undefined;
}
