import { keccak256, ZeroHash } from "ethers";
import { Evidence } from "../../../audit/evidence/Evidence.ts";
import type { SentMessage } from "../../../audit/evidence/OutboxReader.ts";
import { aggregateUpdates } from "../../../learning/federated/aggregateUpdates.ts";
import { decodeModel, encodeModel } from "../../../learning/federated/modelCodec.ts";
import { strategyOf } from "../../../learning/federated/strategies/strategyOf.ts";
import { decodeUpdate, encodeUpdate } from "../../../learning/federated/updateCodec.ts";
import {
  encodeChoice,
  encodeTerms,
  encodeTotals,
  encodeWork,
} from "../../../mechanisms/aoi-contract/encodings.ts";
import { mechanismId } from "../../../mechanisms/mechanismId.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { encodeEngineId, FRESHET_VERSION } from "../../../protocol/engineId.ts";
import {
  aggregateHash,
  type RevealedUpdate,
  recordLeaf,
  updateCommitment,
  updateLeaf,
} from "../../../protocol/leaves.ts";
import { MerkleTree } from "../../../protocol/MerkleTree.ts";
import { decodeMessage, type Message } from "../../../protocol/messages.ts";
import { NO_SCORES } from "../../../protocol/scores.ts";
import type { TaskTerms } from "../../../protocol/taskTerms.ts";
import { initialModel } from "../../../tasks/initialModel.ts";
import { encodeTaskSpec, parseTaskSpec } from "../../../tasks/taskSpec.ts";
import { receiptsFor } from "../tasks/receipting.ts";
import { accountOf, FakeChain } from "./FakeChain.ts";
import { connect, NETWORK, VALIDATORS } from "./fakeNetwork.ts";
import { MemoryStore } from "./MemoryStore.ts";

/** The task's id. */
export const TASK = 1n;
const START = 1100;
const EPOCH = 60;
const SALT = `0x${"5a".repeat(32)}`;
const ENGINE = encodeEngineId({ numericClass: "strict/1", kind: "wasm", version: FRESHET_VERSION });
const SPEC = parseTaskSpec({
  name: "tiny",
  dataset: "mnist",
  model: { kind: "mlp", inputs: 784, hidden: [], outputs: 10 },
  training: { batchSize: 1, learningRate: 0.1, samplesPerRound: 50 },
  rounds: 1,
  schedule: {
    enrolSeconds: 100,
    epochSeconds: EPOCH,
    commitSeconds: 20,
    revealSeconds: 20,
    reportSeconds: 20,
    deadlineSeconds: 400,
    claimSeconds: 1000,
  },
  subchains: ["physical"],
  maxWorkers: 2,
  aggregators: { attestations: 2, of: 2 },
  reward: {
    policy: "aoi-contract",
    bonus: "7",
    menu: {
      items: [
        { period: 60, reward: "1000", cost: "1000" },
        { period: 20, reward: "2003", cost: "500" },
      ],
    },
  },
});

/** Two workers, one round, all as it should be; a test changes one thing and looks which check names it. */
export interface HonestTask {
  evidence: Evidence;
  main: FakeChain;
  relay: FakeChain;
  physical: FakeChain;
  storage: MemoryStore;
  workers: string[];
  updates: RevealedUpdate[];
  globalModel: string;
  terms: TaskTerms;
}

/** Plays a whole task on fake chains. */
export async function honestTask(network = NETWORK): Promise<HonestTask> {
  const main = new FakeChain(network.main);
  const relay = new FakeChain(network.relay);
  const physical = new FakeChain(network.subchains[0]!);
  const storage = new MemoryStore();
  const chains = [main, relay, physical];
  for (const chain of chains) connect(chain, chain === relay ? [main, physical] : [relay]);
  const recorded = new Map<string, string>();

  const deliver = (to: FakeChain, from: FakeChain, sent: SentMessage, time: number) => {
    to.receive(from, sent, time, VALIDATORS.slice(0, 2));
  };
  /** Carries a message over the relay chain, which sends on the same unless it answers; the caller emits its effect. */
  const carry = (from: FakeChain, to: FakeChain, message: Message, time: number, answer?: Message) => {
    const sent = from.send(relay, message);
    deliver(relay, from, sent, time + 1);
    const round = "round" in message.body ? message.body.round : 0;
    const bodyHash = keccak256(bodyOf(sent.payload));
    recorded.set(`${message.kind}/${round}/${from.chainId}`, bodyHash);
    relay.emit("MessageRecorded", { task: TASK, kind: message.kind, round, receiveId: sent.id, bodyHash });
    const forwarded = relay.send(to, answer ?? decodeMessage(sent.payload));
    deliver(to, relay, forwarded, time + 2);
  };
  relay.answers.set("CrossChainManager.recordOf", (kind, _task, round, chainId) =>
    recorded.get(`${kind}/${round}/${chainId}`),
  );

  // Publication
  const specDigest = await storage.put(encodeTaskSpec(SPEC));
  const initial = initialModel(SPEC);
  const initialDigest = await storage.put(initial);
  const { schedule } = SPEC;
  const menu = [
    { period: 60, reward: 1000n, cost: 1000n },
    { period: 20, reward: 2003n, cost: 500n },
  ];
  const terms: TaskTerms = {
    specDigest,
    initialModel: initialDigest,
    mechanism: mechanismId("aoi-contract"),
    rounds: 1,
    targetScorePpb: 0,
    quorumPpb: 1_000_000_000,
    minUpdates: 1,
    attestations: 2,
    maxWorkers: 2,
    maxSamples: 50,
    workersPerRound: 0,
    sampling: "Uniform",
    schedule: {
      startTime: START,
      deadline: 1400,
      epochSeconds: EPOCH,
      commitSeconds: schedule.commitSeconds,
      revealSeconds: schedule.revealSeconds,
      reportSeconds: schedule.reportSeconds,
      claimSeconds: schedule.claimSeconds,
    },
    subchains: [4n],
    aggregators: NETWORK.aggregators.map(({ address }) => address),
  };
  const mechanismTerms = encodeTerms({ bonus: 7n, menu });
  const { escrow, token, policies } = NETWORK.main.contracts;
  const policy = policies["aoi-contract"]!;
  const manager = main.application;
  /** The task's account in the escrow. */
  const account = { application: manager, id: TASK };
  const publisher = accountOf("publisher");
  const budget = 2n * 2010n;
  const { registry, meters } = NETWORK.subchains[0]!.contracts;
  for (const chain of chains) chain.mine(900);
  main.emit("PolicyAdded", { mechanismId: terms.mechanism, policy });
  const relayPolicy = NETWORK.relay.contracts.policies["aoi-contract"]!;
  relay.emit("PolicyAdded", { mechanismId: terms.mechanism, policy: relayPolicy });
  physical.emit("MeterAdded", { mechanismId: terms.mechanism, meter: meters["aoi-contract"]! });
  main.mine(1000);
  main.emit("MenuPinned", { manager, task: TASK, menuHash: keccak256(mechanismTerms) }, policy);
  main.emit("TaskPublished", {
    task: TASK,
    publisher,
    specDigest,
    token,
    budget,
    worstCase: budget,
    mechanismTerms,
  });
  main.emit("Funded", { ...account, token, payer: publisher, amount: budget }, escrow);
  main.transfer(publisher, escrow, budget);
  carry(main, physical, { kind: "TaskOpened", body: { task: TASK, terms, mechanismTerms } }, 1000);
  physical.emit("TaskArrived", {
    task: TASK,
    specDigest,
    startTime: START,
    epochSeconds: EPOCH,
  });
  physical.emit("RoundStarted", { task: TASK, round: 0, globalModel: initialDigest, openedAt: START });

  // Workers: the first takes item 1 and refreshes once, the second item 2 and is late once.
  const workers = [accountOf("worker 1"), accountOf("worker 2")];
  for (const [index, worker] of workers.entries()) {
    physical.mine(1010);
    physical.emit("WorkerRegistered", { worker, device: worker }, registry);
    physical.mine(1020);
    physical.emit("WorkerEnrolled", { task: TASK, worker, index, choice: encodeChoice({ item: index }) });
  }
  const refreshes = [
    [0, START],
    [1, START],
    [1, START + 25],
    [1, START + 45],
  ] as const;
  for (const [worker, time] of refreshes.slice(0, 2)) refresh(worker, time);

  // Round 0
  const updates: RevealedUpdate[] = [];
  const global = decodeModel(initial, SPEC);
  const { model: spec, fractionBits, numericClass, update: form } = SPEC;
  for (const [index, worker] of workers.entries()) {
    const delta = global.tensors.map(({ length }) => ({
      values: new Float32Array(length).fill(index / 4),
      scale: 1,
    }));
    const bytes = encodeUpdate({ spec, fractionBits, numericClass, ...form, base: initialDigest, delta });
    updates.push({
      chainId: 4n,
      task: TASK,
      round: 0,
      index,
      worker,
      update: await storage.put(bytes),
      samples: 10 + 20 * index,
      engine: ENGINE,
    });
  }
  for (const update of updates) {
    physical.mine(START + 5);
    const commitment = updateCommitment(physical.application, update, SALT);
    physical.emit("UpdateCommitted", { task: TASK, round: 0, worker: update.worker, commitment });
  }
  physical.emit("CommitsClosed", { task: TASK, round: 0, committed: 2 });
  carry(
    physical,
    physical,
    { kind: "CommitsClosed", body: { chainId: 4n, task: TASK, round: 0, committed: 2 } },
    START + 5,
    { kind: "RevealsOpened", body: { task: TASK, round: 0 } },
  );
  physical.emit("RevealsStarted", { task: TASK, round: 0 });
  const domain = { chainId: 1n, taskManager: main.application };
  for (const revealed of updates) {
    const { worker, index, update, samples, engine } = revealed;
    const opening = { update, samples, engine, salt: SALT };
    const receipts = await receiptsFor(revealed, [0, 1], { domain });
    const data = contracts.LearningSubchain.encodeCall("reveal", [TASK, 0, opening, "0x", receipts]);
    physical.mine(START + 8, data);
    physical.emit("UpdateRevealed", {
      task: TASK,
      round: 0,
      worker,
      index,
      update,
      samples,
      engine,
      receipts,
    });
  }
  const updatesRoot = new MerkleTree(updates.map(updateLeaf)).root();
  physical.mine(START + 10);
  physical.emit("RoundClosed", { task: TASK, round: 0, updatesRoot, committed: 2, revealed: 2 });
  const report = {
    chainId: 4n,
    task: TASK,
    round: 0,
    enrolled: 2,
    committed: 2,
    revealed: 2,
    updatesRoot,
    totals: encodeTotals({ coveredSeconds: 0n, ageSquares: 0n }),
  };
  carry(physical, main, { kind: "RoundReported", body: report }, START + 10);
  main.emit("RoundReported", { task: TASK, round: 0, chainId: 4n, updatesRoot, revealed: 2 });

  const files = await Promise.all(
    updates.map(async ({ update, samples: weight }) => ({
      update: decodeUpdate(await storage.get(update as never), SPEC, initialDigest),
      weight,
    })),
  );
  const aggregate = encodeModel(
    aggregateUpdates({ strategy: strategyOf(SPEC.strategy), round: 0, global, updates: files }).global,
  );
  const globalModel = await storage.put(aggregate);
  const outcome = { globalModel, scorePpb: 500_000_000, accepted: [[0b11n]], scores: NO_SCORES };
  for (const { address: aggregator } of NETWORK.aggregators) {
    main.mine(START + 15);
    main.emit("AggregateAttested", {
      task: TASK,
      round: 0,
      aggregator,
      aggregateHash: aggregateHash(outcome),
      attempt: 0,
    });
  }
  main.emit("RoundFinalized", { task: TASK, round: 0, ...outcome });
  main.emit("TaskClosed", { task: TASK, status: "Completed", rounds: 1, globalModel });
  carry(
    main,
    physical,
    { kind: "TaskEnded", body: { task: TASK, status: "Completed", globalModel } },
    START + 15,
  );
  physical.emit("TaskFinished", { task: TASK, status: "Completed", globalModel });

  // Settlement: 1100 covers all of [1100, 1160) with 60 s; 1100, 1125, 1145 cover 20 + 20 + 15 with 20 s.
  for (const [worker, time] of refreshes.slice(2)) refresh(worker, time);
  physical.mine(START + EPOCH);
  const works = [
    encodeWork({ item: 0, coveredSeconds: 60n, ageSquares: 3600n }),
    encodeWork({ item: 1, coveredSeconds: 55n, ageSquares: 1250n }),
  ];
  for (const [index, work] of works.entries()) {
    physical.emit("WorkRecorded", { task: TASK, index, worker: workers[index]!, work });
  }
  const records = works.map((work, index) => ({
    chainId: 4n,
    task: TASK,
    index,
    worker: workers[index]!,
    workHash: keccak256(work),
  }));
  const recordsRoot = new MerkleTree(records.map(recordLeaf)).root();
  physical.emit("EpochClosed", { task: TASK, recordsRoot, workers: 2 });
  const settlement = {
    chainId: 4n,
    task: TASK,
    workers: 2,
    recordsRoot,
    beacon: ZeroHash,
    totals: encodeTotals({ coveredSeconds: 115n, ageSquares: 4850n }),
  };
  carry(physical, main, { kind: "EpochSettled", body: settlement }, START + EPOCH);
  main.emit("EpochSettled", { task: TASK, chainId: 4n, recordsRoot, workers: 2 });

  // Pay: 1000 + 7 for all of it; ⌊2003·55/60⌋ = 1836.
  const pays = [1007n, 1836n];
  for (const [i, { worker, chainId }] of records.entries()) {
    const amount = pays[i]!;
    main.mine(1200);
    main.emit("RewardClaimed", { task: TASK, chainId, worker, acceptedRounds: 1, amount });
    main.emit("Paid", { ...account, payee: worker, amount }, escrow);
    main.transfer(escrow, worker, amount);
  }
  main.mine(1210);
  const rest = budget - 2843n;
  main.emit("Refunded", { ...account, payer: publisher, amount: rest }, escrow);
  main.transfer(escrow, publisher, rest);

  const answers: [FakeChain, string, unknown][] = [
    [main, "TaskManager.termsOf", terms],
    [
      main,
      "TaskManager.taskOf",
      {
        status: "Completed",
        round: 1,
        roundOpenedAt: 1115,
        endedAt: 1115,
        workers: 2,
        claims: 2,
        globalModel,
      },
    ],
    [main, "TaskManager.reportOf", { received: true, revealed: 2, updatesRoot }],
    [main, "TaskManager.settlementOf", { received: true, workers: 2, recordsRoot }],
    [main, "TaskManager.isClaimed", true],
    [main, "TaskManager.escrow", escrow],
    [main, "TaskManager.RELAY_CHAIN_ID", 2n],
    [
      main,
      "RewardEscrow.accountOf",
      { token, payer: publisher, funded: budget, paid: 2843n, refunded: rest },
    ],
    [main, "RewardEscrow.heldBy", 0n],
    [main, "LocalToken.balanceOf", 0n],
    [main, "AoIContractPolicy.itemCount", 2n],
    [physical, "AoIMeter.periodsOf", [60, 20]],
    [relay, "CrossChainManager.MAIN_CHAIN_ID", 1n],
    [relay, "CrossChainManager.chainOf", { space: "Physical" }],
    [physical, "LearningSubchain.RELAY_CHAIN_ID", 2n],
    [physical, "LearningSubchain.SPACE", "Physical"],
    [physical, "LearningSubchain.REGISTRY", registry],
    [physical, "LearningSubchain.taskOf", { ...terms, ...terms.schedule, meter: meters["aoi-contract"] }],
  ];
  for (const [chain, method, answer] of answers) chain.answers.set(method, () => answer);
  main.answers.set("AoIContractPolicy.itemOf", (_manager, _task, n: bigint) => menu[Number(n)]!);

  const evidence = new Evidence({
    task: TASK,
    network,
    storage,
    chains: new Map(chains.map((chain) => [chain.chainId, chain])),
    unreadable: new Map(),
  });
  return { evidence, main, relay, physical, storage, workers, updates, globalModel, terms };

  function refresh(worker: number, time: number): void {
    physical.mine(time);
    const dataDigest = keccak256(new Uint8Array([worker, time % 256]));
    physical.emit("DataRefreshed", { task: TASK, worker: workers[worker]!, dataDigest, samples: 1 });
  }
}

/** The encoded body: what follows the payload's kind, offset and length. */
function bodyOf(payload: string): string {
  const length = Number.parseInt(payload.slice(2 + 128, 2 + 192), 16);
  return `0x${payload.slice(2 + 192, 2 + 192 + 2 * length)}`;
}
