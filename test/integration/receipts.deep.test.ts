import { expect } from "chai";
import type { AggregatorEvent } from "../../aggregators/AggregatorEvent.ts";
import type { AggregatorService } from "../../aggregators/AggregatorService.ts";
import { type EventNamed, isAbout } from "../../chains/clients/ChainEvent.ts";
import type { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { acceptedCount } from "../../protocol/acceptance.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { ContentStore, Digest } from "../../storage/ContentStore.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { parseTaskSpec, type TaskSpec } from "../../tasks/taskSpec.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { followed } from "./followed.ts";
import { HandWorker } from "./HandWorker.ts";
import { Heard } from "./Heard.ts";
import { someUpdate } from "./someUpdate.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices } from "./TestServices.ts";

/** A store that keeps files from one aggregator, and remembers what it asked for. */
class PartialStore implements ContentStore {
  readonly withheld = new Set<string>();
  readonly asked = new Set<string>();
  readonly #store: ContentStore;
  constructor(store: ContentStore) {
    this.#store = store;
  }
  put(bytes: Uint8Array): Promise<Digest> {
    return this.#store.put(bytes);
  }
  async get(digest: Digest): Promise<Uint8Array> {
    this.asked.add(digest);
    if (this.withheld.has(digest)) throw new BaseError("STORAGE_NOT_FOUND", "It is not stored.");
    return this.#store.get(digest);
  }
  has(digest: Digest): Promise<boolean> {
    return this.#store.has(digest);
  }
}

describe("aggregators that see different files", () => {
  let network: TestNetwork;
  let spec: TaskSpec;
  let task: bigint;
  let main: ChainFollower;
  let physical: ChainFollower;
  let honest: HandWorker;
  let other: HandWorker;
  const stores: PartialStore[] = [];
  const heard = new Heard<AggregatorEvent>();
  const aggregators: (AggregatorService | undefined)[] = [];
  const running: { stop(): Promise<unknown> }[] = [];
  let startAggregator: (index: number) => Promise<void>;

  before(async () => {
    network = await TestNetwork.start({
      basePort: 9390,
      subchains: ["physical"],
      devices: 2,
      aggregators: 3,
    });
    running.push(network);
    const services = new TestServices(network, { threads: 1 });
    running.push(services);
    await services.startRelay();
    startAggregator = async (index) => {
      stores[index] ??= new PartialStore(network.storage);
      aggregators[index] = await services.startAggregator(index, {
        storage: stores[index],
        listener: heard.listener,
      });
    };
    for (const index of [0, 1, 2]) await startAggregator(index);
    main = await followed(network.main.client, network.main.contracts);
    const subchain = network.subchain("physical");
    physical = await followed(subchain.client, subchain.contracts);
    running.push(main, physical);

    spec = parseTaskSpec({
      ...smallSpec(),
      subchains: ["physical"],
      rounds: 3,
      minUpdates: 2,
      maxWorkers: 2,
      aggregators: { attestations: 2, of: 3 },
      schedule: {
        enrolSeconds: 5,
        epochSeconds: 8,
        commitSeconds: 30,
        revealSeconds: 8,
        reportSeconds: 6,
        deadlineSeconds: 300,
        claimSeconds: 1000,
      },
      reward: { policy: "aoi-contract", menu: { items: [{ period: 8, reward: "1000", cost: "5" }] } },
    });
    const publisher = await network.account("main", "publisher");
    const published = { network: network.file, main: network.main, publisher, storage: network.storage };
    ({ task } = await publishTask(spec, published));
    await physical.first({ name: "TaskArrived", where: (event) => isAbout(event, task) });
    [honest, other] = (await Promise.all(
      [0, 1].map(async (i) => {
        const worker = new HandWorker(await network.account("physical", "device", i), network, task);
        await worker.enrol(0);
        return worker;
      }),
    )) as [HandWorker, HandWorker];
  });

  after(async () => {
    for (const part of running.reverse()) await part.stop();
  });

  /** Both workers commit to updates of a round, which storage has. */
  const committed = async (round: number): Promise<[Digest, Digest]> => {
    const started = await physical.first({
      name: "RoundStarted",
      where: ({ args }) => args.round === round,
    });
    const store = (seed: number) => network.storage.put(someUpdate(spec, started.args.globalModel, seed));
    const updates: [Digest, Digest] = [await store(10 * round + 1), await store(10 * round + 2)];
    await Promise.all([honest.commitOnceOpen(round, updates[0]), other.commitOnceOpen(round, updates[1])]);
    await physical.first({ name: "RevealsStarted", where: ({ args }) => args.round === round });
    return updates;
  };
  const finalized = (round: number): Promise<EventNamed<"RoundFinalized">> =>
    main.first({ name: "RoundFinalized", where: ({ args }) => args.round === round });
  const leftOut = (round: number) =>
    heard.events.flatMap((event) => (event.type === "left-out" && event.round === round ? [event.code] : []));
  const ask = (index: number, body: string, method = "POST") =>
    fetch(`${network.file.aggregators[index]!.url}/receipts`, { method, ...(method === "POST" && { body }) });

  it("take an update that one of them cannot see, from those who gave receipts for it", async () => {
    const [seen, withheld] = await committed(0);
    stores[2]!.withheld.add(withheld);
    await honest.reveal(0, seen);
    const receipts = await other.receipts(0, withheld);
    expect((receipts.length - 2) / 2).to.equal(2 * 65, "of the two that see it");
    await other.reveal(0, withheld, { receipts });
    const { args } = await finalized(0);
    expect(acceptedCount(args.accepted[0]!)).to.equal(2);
    expect(leftOut(0)).to.deep.equal([]);
    await heard.until((event) => event.type === "aggregated" && event.aggregator === "aggregator 3");
    expect(heard.events.filter(({ type }) => type === "differed")).to.deep.equal([]);
  });

  it("all leave out an update that too few of them held when it was revealed, wherever it appears later", async () => {
    const [seen, late] = await committed(1);
    stores[1]!.withheld.add(late);
    stores[2]!.withheld.add(late);
    await honest.reveal(1, seen);
    const receipts = await other.receipts(1, late, 1500);
    expect((receipts.length - 2) / 2).to.equal(65, "of the one that sees it");
    await other.reveal(1, late, { receipts });
    for (const store of stores) store.withheld.clear();
    const { args } = await finalized(1);
    // One of the two that the task asks for: the worker is credited, and the model stays.
    expect(args.accepted).to.deep.equal([[1n]]);
    const before = await finalized(0);
    expect(args.globalModel).to.equal(before.args.globalModel);
    expect(new Set(leftOut(1))).to.deep.equal(new Set(["NO_RECEIPTS"]));
  });

  it("give strangers nothing, and fetch nothing for them", async () => {
    const subchain = network.subchain("physical");
    const wanted = {
      chainId: String(subchain.client.chainId),
      task: String(task),
      round: 2,
      index: 0,
      worker: honest.account.address,
      update: `0x${"77".repeat(32)}`,
      samples: 10,
      engine: `0x${"00".repeat(32)}`,
      salt: `0x${"5a".repeat(32)}`,
    };
    const answers = await Promise.all([
      ask(0, JSON.stringify(wanted)),
      ask(0, JSON.stringify({ ...wanted, chainId: "7" })),
      ask(0, JSON.stringify({ ...wanted, task: "99" })),
      ask(0, JSON.stringify({ ...wanted, more: 1 })),
      ask(0, "{"),
      ask(0, "x".repeat(5000)),
      ask(0, "", "GET"),
    ]);
    expect(answers.map(({ status }) => status)).to.deep.equal([403, 403, 403, 400, 400, 413, 404]);
    const blocks = `${network.file.aggregators[0]!.url}/blocks/bafkqaaa`;
    expect((await fetch(blocks, { method: "PUT", body: "x" })).status).to.equal(404);
    expect(stores[0]!.asked).not.to.include(wanted.update);
  });

  it("attest after a restart what they committed to before it, also if one of them is gone", async () => {
    await aggregators[2]!.stop();
    aggregators[2] = undefined;
    const updates = await committed(2);
    await Promise.all([honest.reveal(2, updates[0]), other.reveal(2, updates[1])]);
    // With one of the three silent, the others wait for it as long as reports have.
    const ofSecond = (type: AggregatorEvent["type"]) => (event: AggregatorEvent) =>
      event.type === type && event.aggregator === "aggregator 2" && "round" in event && event.round === 2;
    await heard.until(ofSecond("committed"));
    await aggregators[1]!.stop();
    aggregators[1] = undefined;
    expect(heard.events.filter(ofSecond("attested"))).to.deep.equal([]);
    await startAggregator(1);
    const { args } = await finalized(2);
    expect(args.accepted).to.deep.equal([[0b11n]]);
    expect(
      (await network.main.attemptOf(task, 2, network.file.aggregators[0]!.address)).attempt.number,
    ).to.equal(0);
    expect((await network.main.taskOf(task)).status).to.equal("Completed");
  });
});
