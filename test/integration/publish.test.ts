import { expect } from "chai";
import type { AggregatorEvent } from "../../aggregators/AggregatorEvent.ts";
import { AggregatorService } from "../../aggregators/AggregatorService.ts";
import { checkEscrow } from "../../audit/escrow/checkEscrow.ts";
import { gatherEvidence } from "../../audit/evidence/gatherEvidence.ts";
import { Tally } from "../../audit/Tally.ts";
import type { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import { readContract } from "../../chains/clients/readContract.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { datasetSpecSchema } from "../../learning/datasets/DatasetSpec.ts";
import { loadTrainAndTest } from "../../learning/datasets/loadTrainAndTest.ts";
import { selectSamples } from "../../learning/datasets/selectSamples.ts";
import { ComputePool } from "../../learning/training/ComputePool.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { ContractRevert } from "../../protocol/ContractRevert.ts";
import { contracts } from "../../protocol/contracts.ts";
import { RelayService } from "../../relay/RelayService.ts";
import { buildTerms } from "../../tasks/buildTerms.ts";
import { TaskHistory } from "../../tasks/history/TaskHistory.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { parseTaskSpec, type TaskSpec } from "../../tasks/taskSpec.ts";
import type { PrivacyPolicy } from "../../workers/privacyPolicy.ts";
import type { WorkerEvent } from "../../workers/WorkerEvent.ts";
import { WorkerService } from "../../workers/WorkerService.ts";
import { failureOf } from "../unit/audit/failureOf.ts";
import { memoryFiles } from "../unit/learning/datasets/sharedData.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { rejected } from "../unit/thrown.ts";
import { followed } from "./followed.ts";
import { Heard } from "./Heard.ts";
import { smallTrainingData } from "./smallData.ts";
import { TestNetwork } from "./TestNetwork.ts";

/** A black image of 9 × 9 pixels. */
const SCENE = Uint8Array.of(...new TextEncoder().encode("P6\n9 9\n255\n"), ...new Uint8Array(9 * 9 * 3));

describe("publishing a task", () => {
  let network: TestNetwork;
  let publisher: ChainAccount;
  let balance: bigint;
  before(async () => {
    network = await TestNetwork.start({
      basePort: 9340,
      subchains: ["physical"],
      devices: 3,
      aggregators: 2,
    });
    publisher = await network.account("main", "publisher");
    balance = await network.main.balanceOf(publisher.address);
  });
  after(() => network?.stop());

  const specWith = (change: object, reward: object = {}): TaskSpec => {
    const spec = { ...smallSpec(), subchains: ["physical"], ...change };
    return parseTaskSpec({ ...spec, reward: { ...spec.reward, ...reward } });
  };
  const publish = (spec: TaskSpec, by: ChainAccount = publisher) =>
    publishTask(spec, { network: network.file, main: network.main, publisher: by, storage: network.storage });

  const fair = { period: 4, reward: "10", cost: "5" };
  const menus: [what: string, items: object[], code: string, item: number][] = [
    [
      "pays the first item less than it costs",
      [{ ...fair, reward: "9" }],
      "IndividualRationalityViolated",
      0,
    ],
    [
      "pays an item too little to be chosen by its type",
      [fair, { period: 2, reward: "15", cost: "3" }],
      "DownwardIncentiveViolated",
      1,
    ],
    [
      "pays an item so much that the type below takes it",
      [fair, { period: 2, reward: "21", cost: "3" }],
      "UpwardIncentiveViolated",
      1,
    ],
    [
      "breaks it at the third item",
      [fair, { period: 2, reward: "16", cost: "3" }, { period: 1, reward: "17", cost: "2" }],
      "DownwardIncentiveViolated",
      2,
    ],
    [
      "asks for fewer updates of a cheaper type",
      [fair, { period: 8, reward: "11", cost: "3" }],
      "NotMonotone",
      1,
    ],
    ["is in the wrong order of costs", [fair, { period: 4, reward: "10", cost: "6" }], "CostNotMonotone", 1],
    ["has a period longer than the epoch", [{ ...fair, period: 9 }], "InvalidPeriod", 0],
  ];
  for (const [what, items, code, item] of menus) {
    it(`is refused with ${code} (item ${item}) when the menu ${what}`, async () => {
      const error = await rejected(publish(specWith({}, { menu: { items } })));
      expect(error).to.be.instanceOf(ContractRevert).with.property("code", code);
      expect((error as ContractRevert).values.item ?? (error as ContractRevert).values.n).to.equal(
        BigInt(item),
      );
      expect(error.shortMessage).to.contain(`item = ${item + 1}`);
    });
  }

  it("is refused when the budget does not cover the worst case, and says what would", async () => {
    // Four workers at the dearest item and the bonus.
    const error = await rejected(publish(specWith({}, { budget: "67" })));
    expect(error.code).to.equal("BudgetTooSmall");
    expect(Object.values((error as ContractRevert).values)).to.deep.equal([67n, 68n]);
  });

  it("is refused before anything is sent when the publisher has less than the budget", async () => {
    const poor = await network.account("main", "device");
    const error = await rejected(publish(specWith({}), poor));
    expect(error.code).to.equal("BALANCE_TOO_SMALL");
    expect(error.details).to.contain("budget is 68 wei");
    expect(await network.client("main").provider.getTransactionCount(poor.address)).to.equal(0);
  });

  it("is refused when its token is none", async () => {
    const token = publisher.address;
    const error = await rejected(publish(specWith({}, { token })));
    expect(error.code).to.equal("NO_SUCH_CONTRACT");
    expect(error.shortMessage).to.contain(token);
  });

  it("is refused when its times do not fit, and says which", async () => {
    const schedule = { ...(smallSpec().schedule as object), claimSeconds: 1 };
    const error = await rejected(publish(specWith({ schedule })));
    expect(error.code).to.equal("InvalidTerms");
    expect(error.shortMessage).to.contain("schedule.claimSeconds");
  });

  it("has cost nothing so far but gas", async () => {
    expect(await network.main.balanceOf(publisher.address)).to.equal(balance);
    expect(await network.main.taskCount()).to.equal(0n);
  });

  it("is sent back by the relay chain when it names a chain that is no subchain; the escrow returns", async () => {
    const relay = await RelayService.start(
      network.file,
      { directory: `${network.config.directory}/relay` },
      { listener: () => undefined, random: new SeededRandom(1, "relayer") },
    );
    const { main } = network;
    const follower = await followed(main.client, main.contracts);
    try {
      const now = await main.client.time();
      const digests = { specDigest: `0x${"11".repeat(32)}`, initialModel: `0x${"22".repeat(32)}` };
      const built = buildTerms(specWith({}), network.file, digests, now + 10);
      const { task } = await main.publish(publisher, {
        ...built,
        terms: { ...built.terms, subchains: [BigInt(network.place("physical").chainId), 99n] },
        budget: 2n * built.budget,
      });
      expect(await main.balanceOf(publisher.address)).to.equal(balance - 2n * built.budget);
      const refused = await follower.first({ name: "TaskRefused", task });
      expect(new ContractRevert("verifyTask", refused.args.reason).shortMessage).to.contain("NotASubchain");
      expect(new ContractRevert("verifyTask", refused.args.reason).shortMessage).to.contain("99");
      expect((await main.taskOf(task)).status).to.equal("Rejected");
      await main.refund(publisher, task);
      expect(await main.balanceOf(publisher.address)).to.equal(balance);
      expect((await rejected(main.refund(publisher, task))).code).to.equal("AlreadyRefunded");
    } finally {
      await follower.stop();
      await relay.stop();
    }
  });

  it("has an account in the escrow that no other application's account of the same number is taken for", async () => {
    const { main, file, clients, config, storage } = network;
    const [{ chainId, contracts: places }, task] = [file.main, await main.taskCount()];
    const before = await main.escrowOf(task);
    expect(before.funded).to.equal(before.refunded);
    // Whoever calls the escrow is an application of its own.
    const escrow = { contract: contracts.RewardEscrow, address: places.escrow };
    const token = { contract: contracts.LocalToken, address: places.token };
    await publisher.send(token, "approve", [escrow.address, 9n]);
    await publisher.send(escrow, "fund", [task, token.address, publisher.address, 9n]);
    await publisher.send(escrow, "pay", [task, localKey("device").address, 4n]);
    const error = await rejected(publisher.send(escrow, "pay", [task, publisher.address, 6n]));
    expect(error.code).to.equal("InsufficientEscrow");
    const own = [publisher.address, task] as const;
    expect(await readContract(main.client, escrow, "heldBy", own)).to.equal(5n);

    expect(await main.escrowOf(task)).to.deep.equal(before);
    const history = new TaskHistory(clients, config.directory);
    const told = { funded: before.funded, paid: 0n, refunded: before.refunded };
    expect((await history.task(task)).escrow).to.deep.equal(told);
    expect((await history.tasks()).map((view) => view.escrow)).to.deep.equal([told]);
    const { evidence, close } = await gatherEvidence(file, task, { storage, listener: () => undefined });
    try {
      const tally = new Tally();
      expect(await failureOf(checkEscrow, evidence, tally)).to.equal("");
      // The task's funding and refund; what the other application moved explains the token's other transfers.
      expect(tally.examined).to.equal(2);
      const transfers = await evidence.chain(chainId).transfers(token.address, escrow.address);
      expect(transfers.map(({ args }) => args.value)).to.deep.equal([before.funded, before.refunded, 9n, 4n]);
    } finally {
      close();
    }
  });

  it("is refused by whoever has no data for it, by name", async () => {
    const { file, storage } = network;
    const clock = systemClock;
    const workers = new Heard<WorkerEvent>();
    const aggregators = new Heard<AggregatorEvent>();
    const pool = new ComputePool({ threads: 1 });
    const running: { stop(): Promise<unknown> }[] = [{ stop: () => pool.close() }];
    const privacyPolicy: PrivacyPolicy = { kind: "labels", allow: [] };
    const device = (name: string) => ({ name, cost: 1n, twinCost: 1n, privacyPolicy });
    // Two samples for three devices, and a data set whose every scene is learned from.
    const trainingData = async () => selectSamples(await smallTrainingData(), [0, 1]);
    const heldOutData = async () => {
      const scenes = datasetSpecSchema.parse({ kind: "gtsdb", trainScenes: 900 });
      return (
        await loadTrainAndTest(scenes, memoryFiles({ "gt.txt": "00000.ppm;1;1;8;8;1", "00000.ppm": SCENE }))
      ).test;
    };
    try {
      running.push(
        await RelayService.start(
          file,
          { directory: `${network.config.directory}/relay` },
          { listener: () => undefined, random: new SeededRandom(1, "relayer") },
        ),
        await WorkerService.start(
          file,
          { devices: ["first", "second", "third"].map(device) },
          { storage, pool, trainingData, listener: workers.listener, clock },
        ),
        await AggregatorService.start(file, 0, {
          held: network.held(0),
          storage,
          pool,
          heldOutData,
          listener: aggregators.listener,
          clock,
        }),
      );
      const { task } = await publish(specWith({}));
      const lacking = await workers.until((event) => event.type === "abstained" && event.task === task);
      expect(lacking).to.include({ worker: "first" });
      expect(lacking).to.have.property("reason", "The task's partition leaves device 1 without a sample.");
      const trouble = await aggregators.until((event) => event.type === "trouble" && event.task === task);
      expect(trouble).to.include({ doing: "reading the held-out data" });
      expect(trouble).to.have.nested.property("error.code", "DATASET_EMPTY");
      for (const name of ["second", "third"]) {
        await workers.until((event) => event.type === "enrolled" && event.worker === name);
      }
    } finally {
      for (const part of running.reverse()) await part.stop();
    }
  });
});
