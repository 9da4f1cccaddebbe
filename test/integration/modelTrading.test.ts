import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { expect } from "chai";
import { Wallet } from "ethers";

import { auditTask } from "../../audit/auditTask.ts";
import { reportLines } from "../../audit/report.ts";
import type { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import type { EventNamed } from "../../chains/clients/ChainEvent.ts";
import type { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { readContract } from "../../chains/clients/readContract.ts";
import { CURSOR_DIRECTORY } from "../../chains/networks/CursorFile.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { decodeDataset } from "../../learning/datasets/datasetCodec.ts";
import { fromFixedPoint } from "../../learning/federated/fixedPoint.ts";
import { decodeModel } from "../../learning/federated/modelCodec.ts";
import type { RunningService } from "../../mechanisms/MechanismService.ts";
import { tradingContracts } from "../../mechanisms/model-trading/contracts.ts";
import {
  decodeScore,
  decodeTerms,
  decodeWork,
  encodeChoice,
} from "../../mechanisms/model-trading/encodings.ts";
import { modelTrading } from "../../mechanisms/model-trading/modelTrading.ts";
import { choiceOf } from "../../mechanisms/model-trading/offers.ts";
import { signSale } from "../../mechanisms/model-trading/sales/sale.ts";
import { readSaleRequest, saleAnswer } from "../../mechanisms/model-trading/sales/saleRequest.ts";
import { lockBond } from "../../mechanisms/model-trading/workers/bond.ts";
import { ownerSchema } from "../../mechanisms/model-trading/workers/ownerSchema.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { contracts } from "../../protocol/contracts.ts";
import { decodeScores } from "../../protocol/scores.ts";
import type { ContentStore, Digest } from "../../storage/ContentStore.ts";
import { digestOf } from "../../storage/contentId.ts";
import { scoredAnew } from "../../tasks/compare/scoredAnew.ts";
import { taskComparison } from "../../tasks/compare/taskComparison.ts";
import { TaskHistory } from "../../tasks/history/TaskHistory.ts";
import { initialModel } from "../../tasks/initialModel.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { refundWhenDue } from "../../tasks/refundWhenDue.ts";
import { scoringTools } from "../../tasks/scoringTools.ts";
import { readScores } from "../../tasks/statement/readScores.ts";
import { storedTaskSpec } from "../../tasks/storedTaskSpec.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import type { PrivacyPolicy } from "../../workers/privacyPolicy.ts";
import type { WorkerEvent } from "../../workers/WorkerEvent.ts";
import { deepOnly } from "../tier.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { followed } from "./followed.ts";
import { Heard } from "./Heard.ts";
import { smallHeldOutData } from "./smallData.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices } from "./TestServices.ts";
import { auditCommand, throughBundle } from "./throughBundle.ts";

const TOKEN = 10n ** 18n;
const ROUNDS = 2;
const BOND = 2n * TOKEN;
const CAP = 100n * TOKEN;
const SCHEDULE = {
  enrolSeconds: 12,
  epochSeconds: 40,
  commitSeconds: 20,
  revealSeconds: 10,
  reportSeconds: 20,
  deadlineSeconds: 160,
  claimSeconds: 1000,
};

/** What the devices' owners say of them and their twins: an update takes some seconds, and a fair price is worth it. */
const OWNER = ownerSchema.parse({
  computationCost: String(TOKEN),
  bandwidthCost: String(TOKEN),
  cpuGigahertz: 3,
  radioMegahertz: 3,
  gigacyclesPerSample: 0.05,
  samplesPerSecond: 2.5,
  accuracy: 0.4,
  uploadMegabits: 2,
  signalToNoise: 100,
});
const POLICIES: PrivacyPolicy[] = [
  { kind: "labels", allow: [0, 1, 2] },
  { kind: "fraction", fraction: 1 },
];
const DEVICES = POLICIES.map((privacyPolicy, i) => ({
  name: `device ${i}`,
  cost: 1n,
  twinCost: 1n,
  privacyPolicy,
  mechanisms: { "model-trading": OWNER },
}));
/** Who sells: the devices on the physical subchain, their twins on the virtual one. */
const SELLERS = (["device", "twin"] as const).flatMap((role) =>
  [0, 1].map((i) => ({
    worker: localKey(role, i).address,
    chain: role === "device" ? ("physical" as const) : ("virtual" as const),
  })),
);

/** Storage that keeps the batches which are put to itself. */
function withholdingBatches(storage: ContentStore): ContentStore {
  const own = new Map<string, Uint8Array>();
  return {
    async put(bytes) {
      if (!Buffer.from(bytes.subarray(0, 256)).includes("freshet-dataset")) return storage.put(bytes);
      const digest = await digestOf(bytes);
      own.set(digest, bytes);
      return digest;
    },
    get: async (digest, mostBytes) => own.get(digest) ?? storage.get(digest, mostBytes),
    has: async (digest) => own.has(digest) || storage.has(digest),
  };
}

describe("model trading on a network", () => {
  let network: TestNetwork;
  let services: TestServices;
  let publishers: ChainAccount[];
  let main: ChainFollower;
  let directory: string;
  let service: RunningService | undefined;
  let dated = 0n;
  /** Its publisher's service signs with another key. */
  let forged = 0n;
  const running: { stop(): Promise<unknown> }[] = [];

  /** A task of one of the publishers, of whom the second's service forges. */
  const publish = (
    by: number,
    {
      sellers = SELLERS.map(({ worker }) => worker),
      subchains = ["virtual", "physical"],
      quorum = 1,
      seed = 1,
      storage = network.storage,
    } = {},
  ) => {
    const spec = parseTaskSpec({
      ...smallSpec(),
      seed,
      rounds: ROUNDS,
      subchains,
      maxWorkers: sellers.length / subchains.length,
      quorum,
      schedule: SCHEDULE,
      reward: {
        policy: "model-trading",
        cap: String(CAP),
        bond: String(BOND),
        scale: 1,
        dataWeight: 0.01,
        startSlackSeconds: 8,
        mostOmega: 2,
        prices: { offers: sellers.map((worker) => ({ worker, price: String(TOKEN / 2n) })) },
      },
    });
    return publishTask(spec, {
      network: network.file,
      main: network.main,
      publisher: publishers[by]!,
      storage,
    });
  };
  const bondOf = (task: bigint, worker: string, chain: "virtual" | "physical" = "physical") =>
    readContract(
      network.main.client,
      {
        contract: tradingContracts.TradingPolicy,
        address: network.main.place.contracts.policies["model-trading"]!,
      },
      "bondOf",
      [network.main.place.contracts.applications.tasks, task, network.subchain(chain).client.chainId, worker],
    );
  const auditOf = (task: bigint) =>
    auditTask(network.file, task, {
      storage: network.storage,
      scoring: { pool: services.pool, heldOutData: smallHeldOutData },
    });
  /** All events of a task on a subchain. */
  const eventsOn = (chain: "virtual" | "physical", task: bigint) => {
    const { client, contracts: places, place } = network.subchain(chain);
    return client.eventsOfTask(places, task, place.fromBlock);
  };
  const works = async (task: bigint) => {
    const events = await Promise.all(
      (["virtual", "physical"] as const).map((chain) => eventsOn(chain, task)),
    );
    return events
      .flat()
      .flatMap((event) => (event.name === "WorkRecorded" ? [decodeWork(event.args.work)] : []));
  };
  /** ω as it was attested last, by worker. */
  const omegas = async (task: bigint) => {
    const { digest } = main.past({ name: "RoundFinalized", task }).at(-1)!.args.scores;
    const records = decodeScores(await network.storage.get(digest as Digest));
    const found = new Map<string, number>();
    for (const chain of ["virtual", "physical"] as const) {
      for (const { name, args } of await eventsOn(chain, task)) {
        if (name !== "WorkerEnrolled") continue;
        const { chainId } = network.subchain(chain).client;
        const own = records.find((record) => record.chainId === chainId && record.index === args.index);
        found.set(args.worker, decodeScore(own!.score).omegaPpb);
      }
    }
    return found;
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-sales-"));
    network = await TestNetwork.start({
      basePort: 9780,
      subchains: ["virtual", "physical"],
      devices: 3,
      aggregators: 2,
    });
    running.push(network);
    const places = (["virtual", "physical"] as const).map(
      (chain) =>
        [
          network.subchain(chain).client.chainId,
          network.subchain(chain).place.contracts.applications.tasks,
        ] as const,
    );
    const forger = await forgingService(new Map(places));
    running.push(forger);
    const file = {
      ...network.file,
      services: {
        "model-trading": [
          ...(network.file.services?.["model-trading"] ?? []),
          { address: localKey("publisher", 1).address, url: forger.url },
        ],
      },
    };
    services = new TestServices(network, { file });
    running.push(services);
    await services.startRelay();
    for (const index of [0, 1]) await services.startAggregator(index);
    await services.startWorkers({ devices: DEVICES });
    main = await followed(network.client("main"), network.main.contracts);
    running.push(main);
    publishers = [await network.account("main", "publisher"), await network.account("main", "publisher", 1)];
    const [publisher] = publishers as [ChainAccount];
    const token = { contract: contracts.LocalToken, address: network.main.place.contracts.token };
    await publisher.send(token, "transfer", [publishers[1]!.address, 10n * CAP]);
    const others = [localKey("device", 2).address, localKey("twin", 2).address];
    for (const worker of [...SELLERS.map((seller) => seller.worker), ...others]) {
      await publisher.send(token, "transfer", [worker, 3n * BOND]);
    }
    service = await modelTrading.service!.start(
      { network: network.file, index: 0, directory },
      { clock: systemClock, onDone: () => undefined, onError: (error) => expect.fail(String(error)) },
    );
    running.push(service);
  });

  after(async () => {
    for (const part of running.reverse()) await part.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it("has devices and twins sell to two publishers at once, of whom one forges signatures", async () => {
    ({ task: dated } = await publish(0));
    ({ task: forged } = await publish(1));
    for (const task of [dated, forged]) {
      const closed = await main.first({ name: "TaskClosed", task });
      expect(closed.args.status).to.equal("Completed");
      await main.collect({ name: "RewardClaimed", task }, ({ length }) => length === SELLERS.length);
    }
    const missed = services.workers.events.filter(
      ({ type }) => type === "round-missed" || type === "abstained",
    );
    expect(missed).to.deep.equal([]);
    // Each forged signature was looked at before it was shown.
    const troubles = services.workers.events.flatMap((event) =>
      event.type === "trouble" && event.task === forged ? [event] : [],
    );
    expect(troubles).to.have.length(SELLERS.length * ROUNDS);
    for (const { doing, error } of troubles) {
      expect(doing).to.match(/^having its sale of round \d co-signed$/);
      expect(error).to.have.property("code", "SALE_INVALID");
    }
  });

  it("pays by realized age, scores and samples, no more than the cap, and the rest goes back", async () => {
    for (const [by, task] of [dated, forged].entries()) {
      for (const { args } of main.past({ name: "RewardClaimed", task })) {
        expect(args.amount > 0n && args.amount <= CAP, String(args.amount)).to.equal(true);
        expect(args.acceptedRounds).to.equal(ROUNDS);
      }
      await refundWhenDue(network.main, publishers[by]!, task);
      const { funded, paid, refunded } = await network.main.escrowOf(task);
      expect(paid + refunded).to.equal(funded);
    }
  });

  it("dates co-signed sales more precisely than blocks, and never to the worker's loss", async () => {
    const [precise, coarse] = [await works(dated), await works(forged)];
    expect([precise.length, coarse.length]).to.deep.equal([4, 4]);
    for (const { sales, firstDelayMs } of precise) {
      expect(sales).to.equal(ROUNDS);
      expect(firstDelayMs % 1000).to.not.equal(0);
    }
    // The blocks' times: whole seconds, from the round's opening.
    for (const { sales, firstDelayMs } of coarse) {
      expect(sales).to.equal(ROUNDS);
      expect(firstDelayMs % 1000).to.equal(0);
    }
  });

  it("returns the bonds of those who sold", async () => {
    for (const task of [dated, forged]) {
      for (const { worker, chain } of SELLERS) {
        for (let looks = 0; Number(await bondOf(task, worker, chain)) === 1 && looks < 100; looks++) {
          await systemClock.sleep(100);
        }
        expect(Number(await bondOf(task, worker, chain)), `${worker} of ${chain}`).to.equal(2);
      }
    }
  });

  it("measures ω of each twin on what its device synchronized first, and of devices on held-out samples", async () => {
    for (const task of [dated, forged]) {
      const measured = await omegas(task);
      const [one, other, ...twins] = SELLERS.map(({ worker }) => measured.get(worker)!);
      expect(one).to.equal(other);
      expect(new Set([one, ...twins]).size, `${one}, ${twins}`).to.equal(3);
      const spec = await storedTaskSpec(network.storage, (await network.main.termsOf(task)).specDigest);
      const parameters = fromFixedPoint(decodeModel(initialModel(spec), spec));
      const events = await eventsOn("virtual", task);
      for (const { worker } of SELLERS.slice(2)) {
        const first = events.find(({ name, args }) => name === "TwinSynchronized" && args.twin === worker);
        const { dataDigest } = (first as EventNamed<"TwinSynchronized">).args;
        const dataset = decodeDataset(await network.storage.get(dataDigest as Digest));
        const parts = await services.pool.evaluateEach({ spec: spec.model, parameters, dataset });
        const losses = parts.flatMap(({ squares }) => [...squares]);
        const mean = losses.reduce((sum, loss) => sum + loss, 0) / losses.length;
        // Of two folds the median is the mean of their means: that of all, but for the size of folds that differ by one.
        expect(Math.abs(measured.get(worker)! / 1e9 - mean), `${worker}: ${mean}`).to.be.below(0.01);
      }
    }
  });

  it("is audited, scores and all", async () => {
    for (const task of [dated, forged]) {
      const { ok, failure, checks } = await auditOf(task);
      expect(ok, JSON.stringify(failure ?? checks.filter((check) => !check.ok))).to.equal(true);
      const names = checks.map(({ name }) => name);
      expect(names).to.include.members(["offers", "bonds", "sales"]);
      expect(checks.find(({ name }) => name === "bonds")).to.include({ examined: 4 });
      expect(decodeTerms(await auditedTerms(task)).offers).to.have.length(4);
    }
  });

  deepOnly("is audited from a file as from the chains, sales and all, by whoever has it", async () => {
    const about = { network: network.file, storage: network.storage, directory };
    for (const task of [dated, forged]) {
      const scoring = { pool: services.pool, heldOutData: smallHeldOutData };
      const { path, live, offline, believed } = await throughBundle(
        { task: String(task) },
        about,
        (sources) => auditTask(network.file, task, { ...sources, scoring }),
      );
      expect(offline.outcome, reportLines(offline).join("\n")).to.equal("holds");
      expect(reportLines(offline)).to.deep.equal(reportLines(live));
      const sales = offline.checks.find(({ name }) => name === "sales")!;
      expect([sales.outcome, sales.examined > 0]).to.deep.equal(["holds", true]);
      expect(believed.words, JSON.stringify(believed.words)).to.deep.equal([]);
      // On the command line: scores are looked at on held-out data of the specification's, which this test has not.
      const { address } = localKey("aggregator");
      const right = await auditCommand(path, "--signer", address.toLowerCase(), "--json");
      const told = JSON.parse(right.stdout) as {
        bundle: { signer: string };
        checks: { name: string; outcome: string }[];
      };
      expect(told.bundle.signer, right.stderr).to.equal(address);
      expect(told.checks.find(({ name }) => name === "sales")).to.include({ outcome: "holds" });
      const wrong = await auditCommand(path, "--signer", localKey("device").address);
      expect(wrong.code).to.equal(2);
      expect(wrong.stdout + wrong.stderr).to.contain(
        `is signed by ${address}, not by ${localKey("device").address}`,
      );
    }
  });

  it("comes to the very scores that were attested when they are derived again from storage, batches included", async () => {
    const history = new TaskHistory(network.clients, directory);
    const { storage } = network;
    for (const task of [dated, forged]) {
      const view = await history.task(task);
      const spec = await storedTaskSpec(storage, view.terms.specDigest);
      const tools = scoringTools(
        { spec, terms: view.terms },
        { models: storage, updates: storage, pool: services.pool, heldOutData: smallHeldOutData },
      );
      const scored = { scores: modelTrading.scores!, mechanismTerms: view.mechanismTerms! };
      const again = await scoredAnew(view, { ...scored, batches: true }, tools);
      const scores = await readScores(view, storage);
      const about = { network: network.file, now: await network.main.client.time(), scores };
      const policies = [{ kind: "recorded" as const }];
      const { rescored } = taskComparison(view, { ...about, policies, again });
      expect(rescored).to.deep.equal({ attested: SELLERS.length, anew: SELLERS.length, differences: [] });
      // Without their batches twins have another ω, and it is said of whom and what.
      const without = await scoredAnew(view, scored, tools);
      const { differences } = taskComparison(view, { ...about, policies, again: without }).rescored!;
      expect(differences.map(({ chain }) => chain)).to.deep.equal(["virtual", "virtual"]);
      for (const { attested, anew } of differences)
        expect(attested)
          .to.match(/^ω 0\.\d+, θ/)
          .and.not.equal(anew);
    }
  });

  deepOnly("puts up no bond for a task whose first model nobody can have", async () => {
    const { storage } = network;
    const withoutModel: typeof storage = {
      get: (digest, most) => storage.get(digest, most),
      has: (digest) => storage.has(digest),
      put: (bytes) => (bytes[0] === "{".charCodeAt(0) ? storage.put(bytes) : digestOf(bytes)),
    };
    const { task } = await publish(0, { seed: 2, storage: withoutModel });
    await services.workers.until((event) => event.type === "trouble" && event.task === task);
    // Until nobody can enrol any more.
    await systemClock.sleep(1000 * SCHEDULE.enrolSeconds);
    const enrolled = services.workers.events.filter(
      (event) => event.type === "enrolled" && event.task === task,
    );
    expect(enrolled).to.deep.equal([]);
    for (const { worker, chain } of SELLERS) expect(Number(await bondOf(task, worker, chain))).to.equal(0);
  });

  // A minute of waiting for the epoch.
  deepOnly("collects for its publisher the bond of one that takes an offer and never sells", async () => {
    const sellers = [0, 1, 2].map((i) => localKey("device", i).address);
    const { task, mechanismTerms } = await publish(0, { sellers, subchains: ["physical"], quorum: 0.6 });
    const idle = sellers[2]!;
    const mainAccount = await network.account("main", "device", 2);
    const policy = network.main.place.contracts.policies["model-trading"]!;
    const physical = network.subchain("physical");
    const tools = { main: network.main, mainAccount, policy };
    expect(await lockBond(task, physical.client.chainId, BOND, tools)).to.equal(undefined);
    const account = await network.account("physical", "device", 2);
    for (;;) {
      if ((await physical.taskOf(task)).status === "Open") break;
      await systemClock.sleep(200);
    }
    await physical.enrol(account, task, encodeChoice(choiceOf(decodeTerms(mechanismTerms), idle)!));
    const closed = await main.first({ name: "TaskClosed", task });
    expect(closed.args.status).to.equal("Completed");
    for (let looks = 0; Number(await bondOf(task, idle)) === 1 && looks < 200; looks++) {
      await systemClock.sleep(200);
    }
    expect(Number(await bondOf(task, idle))).to.equal(3);
    // Who sold has its bond back.
    expect(Number(await bondOf(task, localKey("device", 0).address))).to.be.oneOf([1, 2]);
    const { ok, failure, checks } = await auditOf(task);
    expect(ok, JSON.stringify(failure ?? checks.filter((check) => !check.ok))).to.equal(true);
  });

  // A task more, to see that it still serves.
  deepOnly("has its publisher's service read nothing of what is over when it is started again", async () => {
    const cursors = join(directory, CURSOR_DIRECTORY);
    const { client } = network.main;
    const { blockNumber } = await main.first({ name: "TaskClosed", task: dated });
    const kept = async () => {
      const [name] = (await readdir(cursors)).filter((file) => file.includes(`-${client.chainId}-`));
      return JSON.parse(await readFile(join(cursors, name!), "utf8")).cursor.begin.number as number;
    };
    for (let looks = 0; looks < 300; looks++) {
      if ((await kept().catch(() => 0)) > blockNumber) break;
      await systemClock.sleep(100);
    }
    expect(await kept()).to.be.above(blockNumber);
    await service!.stop();
    const errors: unknown[] = [];
    service = await modelTrading.service!.start(
      { network: network.file, index: 0, directory },
      { clock: systemClock, onDone: () => undefined, onError: (error) => errors.push(error) },
    );
    running.push(service);
    expect(errors).to.deep.equal([]);
    // It serves the next one as before.
    const { task } = await publish(0, { subchains: ["physical"], sellers: [localKey("device", 0).address] });
    const closed = await main.first({ name: "TaskClosed", task });
    expect(closed.args.status).to.equal("Completed");
    for (const { firstDelayMs } of await works(task)) expect(firstDelayMs % 1000).to.not.equal(0);
  });

  deepOnly(
    "takes no update of a twin whose first batch nobody is given, and goes on without it",
    async () => {
      const heard = new Heard<WorkerEvent>();
      const device = { ...DEVICES[1]!, name: "device 2" };
      await services.startWorkers(
        { devices: [...DEVICES, device], run: { devices: [2], twins: [2] } },
        { storage: withholdingBatches(network.storage), listener: heard.listener },
      );
      const [honest, liar] = [localKey("device", 0).address, localKey("twin", 2).address];
      const { task } = await publish(0, { sellers: [honest, liar] });
      const closed = await main.first({ name: "TaskClosed", task });
      expect(closed.args.status).to.equal("Completed");
      const virtual = await eventsOn("virtual", task);
      const names = virtual.map(({ name }) => name);
      // It did all that others see of an honest twin.
      expect(names).to.include.members(["TwinSynchronized", "UpdateCommitted", "UpdateRevealed"]);
      const left = services.aggregators.events.filter(
        (event) => event.type === "left-out" && event.task === task,
      );
      expect(left.length).to.be.at.least(2 * ROUNDS);
      for (const event of left) expect(event).to.include({ worker: liar, code: "NO_RECEIPTS" });
      const { digest } = main.past({ name: "RoundFinalized", task }).at(-1)!.args.scores;
      const records = decodeScores(await network.storage.get(digest as Digest));
      expect(records.map(({ chainId }) => chainId)).to.deep.equal([
        network.subchain("physical").client.chainId,
      ]);
      // What is left is the settlement.
      await main.collect({ name: "EpochSettled", task }, ({ length }) => length === 2);
      const { ok, failure, checks } = await auditOf(task);
      expect(ok, JSON.stringify(failure ?? checks.filter((check) => !check.ok))).to.equal(true);
    },
  );

  const auditedTerms = async (task: bigint) =>
    (await main.first({ name: "TaskPublished", task })).args.mechanismTerms;
});

/** A publisher's service that answers in time, and with a signature that is not the cosigner's. */
async function forgingService(
  subchains: ReadonlyMap<bigint, string>,
): Promise<{ url: string; stop(): Promise<void> }> {
  const signer = Wallet.createRandom();
  const server = createServer(async (request, response) => {
    const { request: asked } = readSaleRequest(await text(request));
    const sale = { ...asked, receivedAtMs: BigInt(Math.max(Date.now(), Number(asked.generatedAtMs))) };
    const signature = await signSale(
      signer,
      { chainId: asked.chainId, subchain: subchains.get(asked.chainId)! },
      sale,
    );
    response.end(JSON.stringify(saleAnswer({ ...sale, signature })));
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The forger has no port.");
  return {
    url: `http://127.0.0.1:${address.port}`,
    stop: () =>
      new Promise((stopped) => {
        server.close(() => stopped());
        server.closeAllConnections();
      }),
  };
}
