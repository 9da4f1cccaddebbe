import { expect } from "chai";
import { type Contract, hexlify, Interface, zeroPadValue } from "ethers";

import { measureMenuGas } from "../../bench/menuGas.ts";
import { hardhat } from "../../chains/networks/hardhat.ts";
import { AOI_CONTRACT_POLICY, encodeAoITerms } from "../../mechanisms/aoi-contract/aoiTerms.ts";
import { type MenuItem, verifyIntegerMenu } from "../../mechanisms/aoi-contract/mathematics/integerMenu.ts";
import { settleCoverage } from "../../mechanisms/aoi-contract/mathematics/settlement.ts";
import { policyContract } from "../../mechanisms/aoi-contract/policyContract.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import type { Arguments, FunctionName } from "../../protocol/abiTypes.ts";
import { contracts } from "../../protocol/contracts.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import { encodeMessage } from "../../protocol/messages.ts";
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
    encodeAoITerms({
      bonus: BONUS,
      menu: menu.map(({ periodSeconds, reward }, n) => ({
        period: Number(periodSeconds),
        reward,
        cost: unitCosts[n]!,
      })),
    });

  it("accepts 300 drawn menus, with the largest reward and the bonus as the worst case", async () => {
    const random = new SeededRandom(SEED, "menus");
    for (let draw = 0; draw < 300; draw++) {
      const wholePeriods = draw % 2 === 0;
      const epochSeconds = wholePeriods ? EPOCH : BigInt(1 + random.integer(100_000));
      const drawn = drawMenu(random, { epochSeconds, wholePeriods });
      const worstCase = await policy.getFunction("check").staticCall(encode(drawn), epochSeconds);
      expect(worstCase, `draw ${draw}`).to.equal(drawn.menu.at(-1)!.reward + BONUS);
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
      await (await policy.getFunction("open").send(task, encode(drawn), EPOCH)).wait();
      const payOf = async (item: number, covered: bigint): Promise<bigint> => {
        const record = {
          chainId: 1,
          task,
          index: 0,
          worker: manager,
          item,
          coveredSeconds: covered,
          ageSquares: 0,
        };
        return policy.getFunction("pay").staticCall(manager, record, 1, 1);
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
    const chain = await Subchain.deploy(connection, policy);
    const random = new SeededRandom(SEED, "subchain");
    for (let task = 1; task <= 100; task++) {
      const drawn = drawMenu(random, { mostUpdates: 12 });
      const type = random.integer(drawn.menu.length);
      const honest = { type, item: type, refreshes: onTime(drawn.menu[type]!) };
      const behaviours = [honest, drawBehaviour(random, drawn), drawBehaviour(random, drawn)];
      const records = await chain.run(BigInt(task), encode(drawn), behaviours);
      for (const [i, { item, refreshes }] of behaviours.entries()) {
        const { periodSeconds } = drawn.menu[item]!;
        const epoch = { startSeconds: 0n, epochSeconds: EPOCH, periodSeconds, commitSeconds: refreshes };
        const { covered, meanAgeSeconds } = settleCoverage(epoch, { reward: 0n });
        expect(records[i]!.coveredSeconds, `task ${task}, worker ${i}`).to.equal(covered);
        expect(records[i]!.ageSquares).to.equal(BigInt(Math.round(meanAgeSeconds * Number(2n * EPOCH))));
      }
      expect(records[0]!.coveredSeconds).to.equal(EPOCH);
    }
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
async function refusal(policy: Contract, terms: string): Promise<string> {
  try {
    await policy.getFunction("check").staticCall(terms, EPOCH);
    return "accepted";
  } catch (cause) {
    const data = (cause as { data?: string }).data ?? "";
    const error = policyContract.decodeError(data);
    return `${error?.name} at item ${error && Object.values(error.values)[0]}`;
  }
}

type Learning = typeof contracts.LearningSubchain.abi;

/** A learning subchain of the physical space whose gateway does what the test says. */
class Subchain {
  readonly #connection: Connection;
  readonly #gateway: string;
  readonly #subchain: string;
  readonly #workers: readonly string[];

  private constructor(connection: Connection, gateway: string, subchain: string, workers: readonly string[]) {
    this.#connection = connection;
    this.#gateway = gateway;
    this.#subchain = subchain;
    this.#workers = workers;
  }

  static async deploy(connection: Connection, policy: Contract): Promise<Subchain> {
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
    await (await subchain.getFunction("addPolicy").send(await policy.getAddress())).wait();
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
    return new Subchain(connection, addresses[0]!, await subchain.getAddress(), workers);
  }

  /** Runs a task's epoch in which each worker refreshes at its times; the work records. */
  async run(
    task: bigint,
    policyTerms: string,
    behaviours: readonly { item: number; refreshes: readonly bigint[] }[],
  ): Promise<{ coveredSeconds: bigint; ageSquares: bigint }[]> {
    const now = BigInt((await this.#connection.ethers.provider.getBlock("latest"))!.timestamp);
    const start = now + 100n;
    await this.#open(task, policyTerms, start);
    for (const [i, { item }] of behaviours.entries())
      await this.#call(this.#workers[i]!, "enrol", task, item);
    const refreshes = behaviours
      .flatMap((behaviour, i) => behaviour.refreshes.map((time) => ({ i, time: start + time })))
      .sort((a, b) => Number(a.time - b.time));
    for (const [nonce, { i, time }] of refreshes.entries()) {
      const block = (await this.#connection.ethers.provider.getBlock("latest"))!;
      const digest = zeroPadValue(hexlify(Uint8Array.of(1 + (nonce >> 8), nonce & 255)), 32);
      const anchor = { number: block.number, blockHash: block.hash! };
      await this.#at(time);
      await this.#call(this.#workers[i]!, "refresh", task, digest, 1, anchor);
    }
    await this.#at(start + EPOCH);
    const receipt = await this.#call(this.#workers[0]!, "settle", task, behaviours.length);
    return receipt.logs.flatMap((log) => {
      const event = contracts.LearningSubchain.decodeEvent(log);
      return event?.name === "WorkRecorded"
        ? [
            {
              coveredSeconds: event.args.coveredSeconds,
              ageSquares: event.args.ageSquares,
            },
          ]
        : [];
    });
  }

  async #open(task: bigint, policyTerms: string, start: bigint): Promise<void> {
    const digest = `0x${"11".repeat(32)}`;
    const schedule = {
      startTime: Number(start),
      deadline: Number(start + 2n * EPOCH),
      epochSeconds: Number(EPOCH),
      commitSeconds: 60,
      revealSeconds: 30,
      reportSeconds: 30,
      claimSeconds: 3600,
    };
    const terms = {
      specDigest: digest,
      initialModel: digest,
      policy: AOI_CONTRACT_POLICY,
      rounds: 1,
      targetAccuracyBps: 0,
      quorumBps: 10_000,
      minUpdates: 1,
      attestations: 1,
      maxWorkers: 10,
      maxSamples: 1,
      schedule,
      subchains: [31_404n],
      aggregators: [RELAY_APP],
    };
    const payload = encodeMessage({ kind: "TaskOpened", body: { task, terms, policyTerms } });
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
