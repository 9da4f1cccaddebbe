import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { expect } from "chai";
import { Wallet } from "ethers";

import { auditTask } from "../../audit/auditTask.ts";
import type { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import type { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { readContract } from "../../chains/clients/readContract.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import type { RunningService } from "../../mechanisms/MechanismService.ts";
import { tradingContracts } from "../../mechanisms/model-trading/contracts.ts";
import { decodeTerms, decodeWork, encodeChoice } from "../../mechanisms/model-trading/encodings.ts";
import { modelTrading } from "../../mechanisms/model-trading/modelTrading.ts";
import { choiceOf } from "../../mechanisms/model-trading/offers.ts";
import { signSale } from "../../mechanisms/model-trading/sales/sale.ts";
import { readSaleRequest, saleAnswer } from "../../mechanisms/model-trading/sales/saleRequest.ts";
import { lockBond } from "../../mechanisms/model-trading/workers/bond.ts";
import { ownerSchema } from "../../mechanisms/model-trading/workers/ownerSchema.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { contracts } from "../../protocol/contracts.ts";
import { digestOf } from "../../storage/contentId.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { refundWhenDue } from "../../tasks/refundWhenDue.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import { tiered } from "../tier.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { followed } from "./followed.ts";
import { smallHeldOutData } from "./smallData.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices } from "./TestServices.ts";

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

/** What both devices' owners say: an update takes some seconds, and a fair price is worth it. */
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
const DEVICES = [0, 1].map((i) => ({
  name: `device ${i}`,
  cost: 1n,
  twinCost: 1n,
  privacyPolicy: { kind: "fraction", fraction: 1 } as const,
  mechanisms: { "model-trading": OWNER },
}));

/** A test of the deep tier among quick ones, which share its network. */
const deepOnly = tiered(0, 1) === 1 ? it : it.skip;

describe("model trading on a network", () => {
  let network: TestNetwork;
  let services: TestServices;
  let publisher: ChainAccount;
  let main: ChainFollower;
  let directory: string;
  let service: RunningService | undefined;
  let dated = 0n;
  /** Its cosigner's service signs with another key. */
  let forged = 0n;
  const running: { stop(): Promise<unknown> }[] = [];

  const publish = (
    cosigner?: string,
    sellers = [0, 1],
    quorum = 1,
    { seed = 1, storage = network.storage } = {},
  ) => {
    const workers = sellers.map((i) => localKey("device", i).address);
    const spec = parseTaskSpec({
      ...smallSpec(),
      seed,
      rounds: ROUNDS,
      subchains: ["physical"],
      maxWorkers: sellers.length,
      quorum,
      schedule: SCHEDULE,
      reward: {
        policy: "model-trading",
        cap: String(CAP),
        bond: String(BOND),
        scale: 1,
        dataWeight: 0.01,
        startSlackSeconds: 8,
        ...(cosigner === undefined ? {} : { cosigner }),
        prices: { offers: workers.map((worker) => ({ worker, price: String(TOKEN / 2n) })) },
      },
    });
    return publishTask(spec, { network: network.file, main: network.main, publisher, storage });
  };
  const bondOf = (task: bigint, worker: string) =>
    readContract(
      network.main.client,
      {
        contract: tradingContracts.TradingPolicy,
        address: network.main.place.contracts.policies["model-trading"]!,
      },
      "bondOf",
      [
        network.main.place.contracts.applications.tasks,
        task,
        network.subchain("physical").client.chainId,
        worker,
      ],
    );
  const auditOf = (task: bigint) =>
    auditTask(network.file, task, {
      storage: network.storage,
      scoring: { pool: services.pool, heldOutData: smallHeldOutData },
    });
  const works = async (task: bigint) => {
    const { client, contracts: places, place } = network.subchain("physical");
    const events = await client.eventsOfTask(places, task, place.fromBlock);
    return events.flatMap((event) =>
      event.name === "WorkRecorded" && event.args.task === task ? [decodeWork(event.args.work)] : [],
    );
  };

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-sales-"));
    network = await TestNetwork.start({
      basePort: 9780,
      subchains: ["physical"],
      devices: 3,
      aggregators: 2,
    });
    running.push(network);
    const forger = await forgingService(network.subchain("physical").place.contracts.applications.tasks);
    running.push(forger);
    const file = {
      ...network.file,
      services: {
        "model-trading": [
          ...(network.file.services?.["model-trading"] ?? []),
          { address: localKey("publisher", 3).address, url: forger.url },
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
    publisher = await network.account("main", "publisher");
    const token = { contract: contracts.LocalToken, address: network.main.place.contracts.token };
    for (const i of [0, 1, 2]) {
      await publisher.send(token, "transfer", [localKey("device", i).address, 3n * BOND]);
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

  it("runs two tasks with the same workers to their end: one co-signed, one whose cosigner forges", async () => {
    ({ task: dated } = await publish());
    ({ task: forged } = await publish(localKey("publisher", 3).address));
    for (const task of [dated, forged]) {
      const closed = await main.first({ name: "TaskClosed", task });
      expect(closed.args.status).to.equal("Completed");
      await main.collect({ name: "RewardClaimed", task }, ({ length }) => length === 2);
    }
    const missed = services.workers.events.filter(
      ({ type }) => type === "round-missed" || type === "abstained",
    );
    expect(missed).to.deep.equal([]);
    // Each forged signature was looked at before it was shown.
    const troubles = services.workers.events.flatMap((event) =>
      event.type === "trouble" && event.task === forged ? [event] : [],
    );
    expect(troubles).to.have.length(2 * ROUNDS);
    for (const { doing, error } of troubles) {
      expect(doing).to.match(/^having its sale of round \d co-signed$/);
      expect(error).to.have.property("code", "SALE_INVALID");
    }
  });

  it("pays by realized age, scores and samples, no more than the cap, and the rest goes back", async () => {
    for (const task of [dated, forged]) {
      for (const { args } of main.past({ name: "RewardClaimed", task })) {
        expect(args.amount > 0n && args.amount <= CAP, String(args.amount)).to.equal(true);
        expect(args.acceptedRounds).to.equal(ROUNDS);
      }
      await refundWhenDue(network.main, publisher, task);
      const { funded, paid, refunded } = await network.main.escrowOf(task);
      expect(paid + refunded).to.equal(funded);
    }
  });

  it("dates co-signed sales more precisely than blocks, and never to the worker's loss", async () => {
    const [precise, coarse] = [await works(dated), await works(forged)];
    expect([precise.length, coarse.length]).to.deep.equal([2, 2]);
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
      for (const i of [0, 1]) {
        const { address } = localKey("device", i);
        for (let looks = 0; Number(await bondOf(task, address)) === 1 && looks < 100; looks++) {
          await systemClock.sleep(100);
        }
        expect(Number(await bondOf(task, address))).to.equal(2);
      }
    }
  });

  it("is audited, scores and all", async () => {
    for (const task of [dated, forged]) {
      const { ok, failure, checks } = await auditOf(task);
      expect(ok, JSON.stringify(failure ?? checks.filter((check) => !check.ok))).to.equal(true);
      const names = checks.map(({ name }) => name);
      expect(names).to.include.members(["offers", "bonds", "sales"]);
      expect(checks.find(({ name }) => name === "bonds")).to.include({ examined: 2 });
      expect(decodeTerms(await auditedTerms(task)).offers).to.have.length(2);
    }
  });

  it("puts up no bond for a task whose first model nobody can have", async () => {
    const { storage } = network;
    const withoutModel: typeof storage = {
      get: (digest, most) => storage.get(digest, most),
      has: (digest) => storage.has(digest),
      put: (bytes) => (bytes[0] === "{".charCodeAt(0) ? storage.put(bytes) : digestOf(bytes)),
    };
    const { task } = await publish(undefined, [0, 1], 1, { seed: 2, storage: withoutModel });
    await services.workers.until((event) => event.type === "trouble" && event.task === task);
    // Until nobody can enrol any more.
    await systemClock.sleep(1000 * SCHEDULE.enrolSeconds);
    const enrolled = services.workers.events.filter(
      (event) => event.type === "enrolled" && event.task === task,
    );
    expect(enrolled).to.deep.equal([]);
    for (const i of [0, 1]) expect(Number(await bondOf(task, localKey("device", i).address))).to.equal(0);
  });

  // A minute of waiting for the epoch.
  deepOnly("collects for its publisher the bond of one that takes an offer and never sells", async () => {
    const { task, mechanismTerms } = await publish(undefined, [0, 1, 2], 0.6);
    const idle = localKey("device", 2).address;
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

  const auditedTerms = async (task: bigint) =>
    (await main.first({ name: "TaskPublished", task })).args.mechanismTerms;
});

/** A publisher's service that answers in time, and with a signature that is not the cosigner's. */
async function forgingService(subchain: string): Promise<{ url: string; stop(): Promise<void> }> {
  const signer = Wallet.createRandom();
  const server = createServer(async (request, response) => {
    const { request: asked } = readSaleRequest(await text(request));
    const sale = { ...asked, receivedAtMs: BigInt(Math.max(Date.now(), Number(asked.generatedAtMs))) };
    const signature = await signSale(signer, { chainId: asked.chainId, subchain }, sale);
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
