import { expect } from "chai";
import { type Contract, getBytes, hexlify, Interface, keccak256, zeroPadValue } from "ethers";

import { measureMenuGas } from "../../bench/aoi-contract/menuGas.ts";
import { termsForEthers } from "../../bench/termsForEthers.ts";
import { gasOfRefresh } from "../../chains/clients/Subchain.ts";
import { hardhat } from "../../chains/networks/hardhat.ts";
import { aoiContracts } from "../../mechanisms/aoi-contract/contracts.ts";
import {
  type AoITotals,
  type AoIWork,
  decodeTotals,
  decodeWork,
  encodeChoice,
  encodeTerms,
  encodeTotals,
  encodeWork,
} from "../../mechanisms/aoi-contract/encodings.ts";
import { type MenuItem, verifyIntegerMenu } from "../../mechanisms/aoi-contract/mathematics/integerMenu.ts";
import { settleCoverage } from "../../mechanisms/aoi-contract/mathematics/settlement.ts";
import { task as aoiTask } from "../../mechanisms/aoi-contract/task.ts";
import { mechanismId } from "../../mechanisms/mechanismId.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import type { Arguments, FunctionName } from "../../protocol/abiTypes.ts";
import { contracts } from "../../protocol/contracts.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { decodeMessage, encodeMessage, type MessageBodies } from "../../protocol/messages.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";
import {
  type DrawnMenu,
  drawBehaviour,
  drawMenu,
  EPOCH,
  onTime,
} from "../property/mechanisms/aoi-contract/draws.ts";

const SEED = 20_220_828;
const BONUS = 3n;
const RELAY_CHAIN = 31_402n;
const DELAY_SECONDS = 60;
const RELAY_APP = `0x${"44".repeat(20)}`;
const PHYSICAL = 4;
/** Of a call whose cost depends on its block's time, which an estimate does not know. */
const GENEROUS = { gasLimit: 300_000 };
const DIGEST = `0x${"11".repeat(32)}`;

/** The contract's error for each condition of the pure check. */
const ERRORS = {
  PERIOD: "InvalidPeriod",
  COST_ORDER: "CostNotMonotone",
  PERIOD_ORDER: "NotMonotone",
  REWARD_ORDER: "NotMonotone",
  IR: "IndividualRationalityViolated",
  LDIC: "DownwardIncentiveViolated",
  LUIC: "UpwardIncentiveViolated",
} as const;

type Connection = Awaited<ReturnType<Awaited<ReturnType<typeof hardhat>>["network"]["create"]>>;

describe(`AoI contract in Solidity, on the draws of its properties (seed ${SEED})`, function () {
  this.timeout(120_000);
  let connection: Connection;
  let policy: Contract;

  before(async () => {
    connection = await (await hardhat()).network.create("local");
    policy = (await connection.ethers.deployContract("AoIContractPolicy")) as unknown as Contract;
  });
  after(() => connection.close());

  const encode = ({ menu, unitCosts }: DrawnMenu) =>
    encodeTerms({
      bonus: BONUS,
      menu: menu.map(({ periodSeconds, reward }, n) => ({
        period: Number(periodSeconds),
        reward,
        cost: unitCosts[n]!,
      })),
    });

  it("accepts 300 drawn menus, and can cost the largest reward and the bonus for every place, as task files say", async () => {
    const random = new SeededRandom(SEED, "menus");
    for (let draw = 0; draw < 300; draw++) {
      const wholePeriods = draw % 2 === 0;
      const epochSeconds = wholePeriods ? EPOCH : BigInt(1 + random.integer(100_000));
      const drawn = drawMenu(random, { epochSeconds, wholePeriods });
      const places = { maxWorkers: 1 + random.integer(100), subchains: 1 + random.integer(3) };
      const terms = termsForEthers(termsOf({ start: 1, epochSeconds, ...places }));
      const worstCase = await policy.getFunction("check").staticCall(terms, encode(drawn));
      const most = BigInt(places.maxWorkers * places.subchains);
      expect(worstCase, `draw ${draw}`).to.equal((drawn.menu.at(-1)!.reward + BONUS) * most);
      const items = drawn.menu.map(({ periodSeconds, reward }, n) => ({
        period: Number(periodSeconds),
        reward: String(reward),
        cost: String(drawn.unitCosts[n]!),
      }));
      const frame = { epochSeconds: Number(epochSeconds), rounds: 1, ...places };
      expect(aoiTask.terms({ bonus: String(BONUS), menu: { items } }, frame)).to.deep.equal({
        encoded: encode(drawn),
        worstCase,
      });
    }
  });

  it("refuses 300 disturbed menus for the reason that the pure check names", async () => {
    const random = new SeededRandom(SEED, "disturbed");
    const reasons = new Set<string>();
    for (let draw = 0; draw < 300; ) {
      const drawn = drawMenu(random);
      const disturbed = { ...drawn, menu: disturb(random, drawn.menu) };
      const verdict = verifyIntegerMenu(disturbed.menu, disturbed.unitCosts, EPOCH);
      if (verdict.ok || verdict.condition === "LENGTH") continue;
      const error = ERRORS[verdict.condition];
      reasons.add(error);
      const reason = await refusal(policy, encode(disturbed));
      expect(reason, `draw ${draw}`).to.equal(`${error} at item ${verdict.item}`);
      draw++;
    }
    expect([...reasons]).to.include.members(["IndividualRationalityViolated", "DownwardIncentiveViolated"]);
    expect(reasons.size).to.be.at.least(4);
  });

  it("pays 400 drawn behaviours what the pure settlement pays, and never more than honest work earns", async () => {
    const random = new SeededRandom(SEED, "deviations");
    const manager = await (await connection.ethers.provider.getSigner(0)).getAddress();
    for (let task = 1; task <= 80; task++) {
      const drawn = drawMenu(random);
      await (
        await policy.getFunction("open").send(task, termsForEthers(termsOf({ start: 1 })), encode(drawn))
      ).wait();
      const payOf = async (item: number, coveredSeconds: bigint): Promise<bigint> => {
        const work = encodeWork({ item, coveredSeconds, ageSquares: 0n });
        const record = { chainId: 1, task, index: 0, worker: manager, workHash: keccak256(work) };
        const participation = { accepted: 1, counted: 1, score: "0x" };
        return policy.getFunction("pay").staticCall(manager, record, work, participation);
      };
      for (let k = 0; k < 5; k++) {
        const { type, item, refreshes } = drawBehaviour(random, drawn);
        const { periodSeconds, reward } = drawn.menu[item]!;
        const epoch = { startSeconds: 0n, epochSeconds: EPOCH, periodSeconds, commitSeconds: refreshes };
        const { covered, pay } = settleCoverage(epoch, { reward, bonus: BONUS });
        const paid = await payOf(item, covered);
        expect(paid, `task ${task}, behaviour ${k}`).to.equal(pay);
        const cost = drawn.unitCosts[type]!;
        const honest = (await payOf(type, EPOCH)) - cost * BigInt(onTime(drawn.menu[type]!).length);
        expect(paid - cost * BigInt(refreshes.length) <= honest, `task ${task}, behaviour ${k}`).to.equal(
          true,
        );
      }
    }
  });

  it("measures 300 behaviours on a subchain, block by block, as the pure settlement does", async () => {
    const chain = await Subchain.deploy(connection);
    const random = new SeededRandom(SEED, "subchain");
    for (let task = 1; task <= 100; task++) {
      const drawn = drawMenu(random, { mostUpdates: 12 });
      const type = random.integer(drawn.menu.length);
      const honest = { type, item: type, refreshes: onTime(drawn.menu[type]!) };
      const behaviours = [honest, drawBehaviour(random, drawn), drawBehaviour(random, drawn)];
      const { works, totals } = await chain.run(BigInt(task), encode(drawn), behaviours);
      for (const [i, { item, refreshes }] of behaviours.entries()) {
        const { periodSeconds } = drawn.menu[item]!;
        const epoch = { startSeconds: 0n, epochSeconds: EPOCH, periodSeconds, commitSeconds: refreshes };
        const { covered, meanAgeSeconds } = settleCoverage(epoch, { reward: 0n });
        expect(works[i], `task ${task}, worker ${i}`).to.deep.equal({
          item,
          coveredSeconds: covered,
          ageSquares: BigInt(Math.round(meanAgeSeconds * Number(2n * EPOCH))),
        });
      }
      expect(works[0]!.coveredSeconds).to.equal(EPOCH);
      expect(totals).to.deep.equal({
        coveredSeconds: works.reduce((sum, work) => sum + work.coveredSeconds, 0n),
        ageSquares: works.reduce((sum, work) => sum + work.ageSquares, 0n),
      });
      const extent = { epochSeconds: EPOCH, rounds: 1, workers: works.length };
      await policy.getFunction("checkTotals").staticCall(extent, encodeTotals(totals));
    }
  });
});

describe("Gas of a refresh", function () {
  this.timeout(60_000);
  let connection: Connection;

  before(async () => {
    connection = await (await hardhat()).network.create("local");
  });
  after(() => connection.close());

  it("is at most what the meter states, of which a quarter is to spare", async () => {
    const { ethers } = connection;
    const worker = RELAY_APP;
    const meter = await ethers.deployContract("AoIMeter");
    const menu = [{ period: 60, reward: 10n ** 18n, cost: 1n }];
    await (
      await meter
        .getFunction("open")
        .send(1, termsForEthers(termsOf({ start: 1 })), encodeTerms({ bonus: 1n, menu }))
    ).wait();
    await (await meter.getFunction("enrol").send(1, worker, encodeChoice({ item: 0 }))).wait();
    const start = (await ethers.provider.getBlock("latest"))!.timestamp;
    const stated = Number(await meter.getFunction("refreshGas").staticCall());
    const taken: number[] = [];
    for (let second = 10; second <= 40; second += 10) {
      await ethers.provider.send("evm_setNextBlockTimestamp", [start + second]);
      const sent = await meter
        .getFunction("refresh")
        .send(1, worker, 5, { start, end: start + 60 }, GENEROUS);
      const { gasUsed } = (await sent.wait())!;
      const bytes = getBytes(sent.data);
      const zeros = bytes.filter((byte) => byte === 0).length;
      // Without what is the transaction's, with what the subchain's call takes for the first touch of an account.
      taken.push(Number(gasUsed) - 21_000 - 16 * (bytes.length - zeros) - 4 * zeros + 2600);
    }
    expect(Math.max(...taken)).to.equal(taken[0]);
    expect(taken[0]).to.be.within(20_000, 0.75 * stated);
  });

  it("with the subchain's own is at most what workers give", async () => {
    const chain = await Subchain.deploy(connection);
    const terms = encodeTerms({ bonus: 1n, menu: [{ period: 60, reward: 10n ** 18n, cost: 1n }] });
    const { refreshGas } = await chain.run(1n, terms, [{ item: 0, refreshes: [1n, 2n, 3n] }]);
    const given = Number(gasOfRefresh(chain.meterGas));
    expect(refreshGas).to.have.length(3);
    for (const gas of refreshGas) expect(gas).to.be.within(50_000, 0.75 * given);
  });
});

describe("Gas of a menu", function () {
  this.timeout(60_000);

  it("checks, pins and publishes 256 items, each in one transaction of at most 2²⁴ gas", async () => {
    const [small, largest] = await measureMenuGas([1, 256]);
    for (const gas of [largest!.check, largest!.open, largest!.publish]) expect(gas).to.be.below(2 ** 24);
    // Two storage slots an item; the rest of publishing does not grow with the menu.
    const perItem = (largest!.publish - small!.publish) / 255;
    expect(perItem).to.be.within(20_000, 30_000);
  });
});

/** A menu with one reward or period changed a little or a lot. */
function disturb(random: SeededRandom, menu: readonly MenuItem[]): MenuItem[] {
  const at = random.integer(menu.length);
  return menu.map((item, n) => {
    if (n !== at) return item;
    switch (random.integer(5)) {
      case 0:
        return { ...item, reward: item.reward - 1n };
      case 1:
        return { ...item, reward: item.reward + 1n + item.reward / 3n };
      case 2:
        return { ...item, periodSeconds: 0n };
      case 3:
        return { ...item, periodSeconds: item.periodSeconds + 1n };
      default:
        return { ...item, reward: item.reward / 2n };
    }
  });
}

/** Name and item of the error with which the policy refuses terms. */
async function refusal(policy: Contract, mechanismTerms: string): Promise<string> {
  try {
    await policy.getFunction("check").staticCall(termsForEthers(termsOf({ start: 1 })), mechanismTerms);
    return "accepted";
  } catch (cause) {
    const data = (cause as { data?: string }).data ?? "";
    const error = aoiContracts.AoIContractPolicy.decodeError(data);
    return `${error?.name} at item ${error && Object.values(error.values)[0]}`;
  }
}

/** Terms of a task of the AoI contract of which only what it looks at matters. */
function termsOf({
  start,
  epochSeconds = EPOCH,
  maxWorkers = 10,
  subchains = 1,
}: {
  start: number;
  epochSeconds?: bigint;
  maxWorkers?: number;
  subchains?: number;
}): TaskTerms {
  return {
    specDigest: DIGEST,
    initialModel: DIGEST,
    mechanism: mechanismId("aoi-contract"),
    rounds: 1,
    targetScorePpb: 0,
    quorumPpb: 1_000_000_000,
    minUpdates: 1,
    attestations: 1,
    maxWorkers,
    maxSamples: 1,
    workersPerRound: 0,
    sampling: "Uniform",
    schedule: {
      startTime: start,
      deadline: start + 2 * Number(epochSeconds),
      epochSeconds: Number(epochSeconds),
      commitSeconds: 60,
      revealSeconds: 30,
      reportSeconds: 30,
      claimSeconds: 3600,
    },
    subchains: Array.from({ length: subchains }, (_, i) => 31_403n + BigInt(i)),
    aggregators: [RELAY_APP],
  };
}

type Learning = typeof contracts.LearningSubchain.abi;

/** A learning subchain of the physical space whose gateway does what the test says. */
class Subchain {
  readonly #connection: Connection;
  readonly #gateway: string;
  readonly #subchain: string;
  readonly #workers: readonly string[];
  /** What the meter states that a refresh takes of it. */
  readonly meterGas: bigint;

  private constructor(
    connection: Connection,
    {
      gateway,
      subchain,
      workers,
      meterGas,
    }: { gateway: string; subchain: string; workers: readonly string[]; meterGas: bigint },
  ) {
    this.#connection = connection;
    this.#gateway = gateway;
    this.#subchain = subchain;
    this.#workers = workers;
    this.meterGas = meterGas;
  }

  static async deploy(connection: Connection): Promise<Subchain> {
    const { ethers, provider } = connection;
    const owner = await (await ethers.provider.getSigner(0)).getAddress();
    const gateway = await ethers.deployContract("Gateway", [owner, DELAY_SECONDS]);
    const registry = await ethers.deployContract("WorkerRegistry", [owner, PHYSICAL]);
    const subchain = await ethers.deployContract("LearningSubchain", [
      owner,
      RELAY_CHAIN,
      PHYSICAL,
      await registry.getAddress(),
    ]);
    const counterpart = formatInteroperable({ chainId: RELAY_CHAIN, address: RELAY_APP });
    await (await subchain.getFunction("link").send(await gateway.getAddress(), counterpart)).wait();
    const meter = await ethers.deployContract("AoIMeter");
    await (await subchain.getFunction("addMeter").send(await meter.getAddress())).wait();
    await (await gateway.getFunction("openRoute").send(RELAY_CHAIN, RELAY_APP, RELAY_APP)).wait();
    const workers = [1, 2, 3].map((i) => zeroPadValue(hexlify(Uint8Array.of(0xa0, i)), 20));
    const addresses = [await gateway.getAddress(), ...workers];
    for (const address of addresses) {
      await provider.request({ method: "hardhat_impersonateAccount", params: [address] });
      await provider.request({ method: "hardhat_setBalance", params: [address, "0xffffffffffffffffff"] });
    }
    for (const worker of workers) {
      await (await registry.getFunction("register").send(worker, worker)).wait();
    }
    return new Subchain(connection, {
      gateway: addresses[0]!,
      subchain: await subchain.getAddress(),
      workers,
      meterGas: await meter.getFunction("refreshGas").staticCall(),
    });
  }

  /**
   * Runs a task's epoch in which each worker refreshes at its times; what it recorded, the totals it reports, and the gas
   * of each refresh.
   */
  async run(
    task: bigint,
    mechanismTerms: string,
    behaviours: readonly { item: number; refreshes: readonly bigint[] }[],
  ): Promise<{ works: AoIWork[]; totals: AoITotals; refreshGas: number[] }> {
    const now = BigInt((await this.#connection.ethers.provider.getBlock("latest"))!.timestamp);
    const start = now + 100n;
    await this.#open(task, mechanismTerms, start);
    for (const [i, { item }] of behaviours.entries())
      await this.#call(this.#workers[i]!, "enrol", task, encodeChoice({ item }));
    const refreshes = behaviours
      .flatMap((behaviour, i) => behaviour.refreshes.map((time) => ({ i, time: start + time })))
      .sort((a, b) => Number(a.time - b.time));
    const refreshGas: number[] = [];
    for (const [nonce, { i, time }] of refreshes.entries()) {
      const block = (await this.#connection.ethers.provider.getBlock("latest"))!;
      const digest = zeroPadValue(hexlify(Uint8Array.of(1 + (nonce >> 8), nonce & 255)), 32);
      const anchor = { number: block.number, blockHash: block.hash! };
      await this.#at(time);
      const { gasUsed } = await this.#call(this.#workers[i]!, "refresh", task, digest, 1, anchor);
      refreshGas.push(Number(gasUsed));
    }
    await this.#at(start + EPOCH);
    const workers = this.#workers.slice(0, behaviours.length);
    const { logs } = await this.#call(this.#workers[0]!, "settle", task, workers);
    const works = logs.flatMap((log) => {
      const event = contracts.LearningSubchain.decodeEvent(log);
      return event?.name === "WorkRecorded" ? [decodeWork(event.args.work)] : [];
    });
    const [reported] = logs.flatMap((log) => {
      const event = contracts.Gateway.decodeEvent(log);
      return event?.name === "MessageSent" ? [decodeMessage(event.args.payload)] : [];
    });
    expect(reported?.kind).to.equal("EpochSettled");
    const { totals } = reported!.body as MessageBodies["EpochSettled"];
    return { works, totals: decodeTotals(totals), refreshGas };
  }

  async #open(task: bigint, mechanismTerms: string, start: bigint): Promise<void> {
    const terms = termsOf({ start: Number(start) });
    const payload = encodeMessage({ kind: "TaskOpened", body: { task, terms, mechanismTerms } });
    const sender = formatInteroperable({ chainId: RELAY_CHAIN, address: RELAY_APP });
    const recipient = new Interface(["function receiveMessage(bytes32, bytes, bytes) payable"]);
    const id = zeroPadValue(hexlify(Uint8Array.of(Number(task))), 32);
    await this.#send(this.#gateway, recipient.encodeFunctionData("receiveMessage", [id, sender, payload]));
  }

  /** The next block has this time. */
  async #at(time: bigint): Promise<void> {
    const params = [`0x${time.toString(16)}`];
    await this.#connection.provider.request({ method: "evm_setNextBlockTimestamp", params });
  }

  async #call<N extends FunctionName<Learning>>(from: string, method: N, ...values: Arguments<Learning, N>) {
    return this.#send(from, contracts.LearningSubchain.encodeCall(method, values));
  }

  async #send(from: string, data: string) {
    const { provider, ethers } = this.#connection;
    const transaction = { from, to: this.#subchain, data, gas: "0xf00000" };
    const hash = await provider.request({ method: "eth_sendTransaction", params: [transaction] });
    const receipt = await ethers.provider.getTransactionReceipt(hash as string);
    expect(receipt?.status).to.equal(1);
    return receipt!;
  }
}
