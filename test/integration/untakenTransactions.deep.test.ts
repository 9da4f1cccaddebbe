import { expect } from "chai";
import { Interface, Transaction } from "ethers";
import type { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { contracts } from "../../protocol/contracts.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { FaultyProxy } from "./FaultyProxy.ts";
import { followed } from "./followed.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices, WILLING_DEVICE } from "./TestServices.ts";

const BASE_PORT = 9400;
const ROUNDS = 3;
const REWARD = 1000n;
const METHODS = new Interface(
  [...contracts.LearningSubchain.abi, ...contracts.TaskManager.abi].filter(({ type }) => type === "function"),
);

/** What becomes of a transaction instead of a block. */
type Fate =
  /** Its node says that it has it, and gives it to nobody. */
  | "dropped"
  /** The key is used elsewhere just before, and the node refuses the nonce: in its own words, or in these. */
  | { nonceUsed: string | undefined };

const DROPPED: Fate = "dropped";
const NONCE_USED: Fate = { nonceUsed: undefined };

/** By method: what becomes of its first transaction, its second, and so on; those after them are taken. */
const FATES: Readonly<Record<string, readonly Fate[]>> = {
  commit: [{ nonceUsed: "invalid sequence" }, DROPPED, NONCE_USED],
  reveal: [NONCE_USED, { nonceUsed: "Transaction is outdated" }, DROPPED],
  claim: [{ nonceUsed: "Priority is too low: (12 vs 9)" }, NONCE_USED, DROPPED],
};

describe("a worker whose transactions are not taken", () => {
  let network: TestNetwork;
  let services: TestServices;
  let physical: ChainFollower;
  const running: { stop(): Promise<unknown> }[] = [];
  const { address } = localKey("device");
  /** What became of the worker's transactions. */
  const fated: [method: string, fate: Fate][] = [];

  before(async () => {
    network = await TestNetwork.start({ basePort: BASE_PORT, subchains: ["physical"] });
    running.push(network);
    const { file } = network;
    services = new TestServices(network);
    running.push(services);
    await services.startRelay();
    await services.startAggregator();
    await services.startWorkers(
      { devices: [WILLING_DEVICE], run: { devices: [0], twins: [] } },
      {},
      {
        ...file,
        main: { ...file.main, url: await fatefulUrl("main", BASE_PORT + 6) },
        subchains: [{ ...file.subchains[0]!, url: await fatefulUrl("physical", BASE_PORT + 7) }],
      },
    );
    const { client, contracts: followable } = network.subchain("physical");
    physical = await followed(client, followable);
    running.push(physical);
  });
  after(async () => {
    for (const part of running.reverse()) await part.stop();
  });

  /** A way to a chain on which the worker's transactions meet their fates. */
  async function fatefulUrl(chain: string, port: number): Promise<string> {
    const proxy = new FaultyProxy(network.client(chain).url, port);
    const left = new Map(Object.entries(FATES).map(([method, fates]) => [method, [...fates]]));
    const met = new Set<string>();
    proxy.keep = async (raw) => {
      const { hash, data, nonce } = Transaction.from(raw);
      const method = METHODS.parseTransaction({ data })?.name ?? "";
      // What was dropped is sent as it was.
      const fate = met.has(hash!) ? undefined : left.get(method)?.shift();
      met.add(hash!);
      if (fate === undefined) return undefined;
      fated.push([method, fate]);
      if (fate === "dropped") return { result: hash! };
      await useNonce(chain, nonce);
      return fate.nonceUsed === undefined ? undefined : { error: fate.nonceUsed };
    };
    await proxy.start();
    running.push(proxy);
    return proxy.url;
  }

  /** The worker's key, used by another program. */
  async function useNonce(chain: string, nonce: number): Promise<void> {
    const { rpc, chainId } = network.client(chain);
    const fees = { maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 9n, gasLimit: 21_000n, type: 2 };
    const raw = await localKey("device").signTransaction({ chainId, nonce, to: address, ...fees });
    await rpc.request("eth_sendRawTransaction", [raw]);
  }

  it("sends its commits, reveals and claim again, and loses neither a round nor its pay", async () => {
    const spec = parseTaskSpec({
      ...smallSpec(),
      subchains: ["physical"],
      rounds: ROUNDS,
      aggregators: { attestations: 1, of: 1 },
      schedule: {
        enrolSeconds: 3,
        epochSeconds: 6,
        commitSeconds: 15,
        revealSeconds: 15,
        reportSeconds: 2,
        deadlineSeconds: 180,
        claimSeconds: 60,
      },
      reward: {
        policy: "aoi-contract",
        menu: { items: [{ period: 6, reward: String(REWARD), cost: "5" }] },
      },
    });
    const { file, main, storage } = network;
    const publisher = await network.account("main", "publisher");
    const { task } = await publishTask(spec, { network: file, main, publisher, storage });
    await services.workers.until(({ type }) => type === "claimed");

    for (const [method, fates] of Object.entries(FATES)) {
      expect(
        fated.filter(([of]) => of === method).map(([, fate]) => fate),
        method,
      ).to.deep.equal(fates);
    }
    const rounds = Array.from({ length: ROUNDS }, (_, round) => round);
    for (const type of ["committed", "revealed"] as const) {
      const told = services.workers.events.filter((event) => event.type === type);
      expect(
        told.map((event) => "round" in event && event.round),
        type,
      ).to.deep.equal(rounds);
    }
    // Each once, whatever became of it before.
    await physical.poll();
    for (const name of ["UpdateCommitted", "UpdateRevealed"] as const) {
      expect(
        physical.past({ name, task }).map(({ args }) => args.round),
        name,
      ).to.deep.equal(rounds);
    }
    expect(
      services.workers.events.filter(({ type }) => type === "round-missed" || type === "trouble"),
    ).to.deep.equal([]);
    const { paid } = await main.escrowOf(task);
    expect(await main.balanceOf(address)).to.equal(paid);
    // Data that came some moments late are paid for a little less.
    expect(paid > (REWARD * 9n) / 10n, `paid ${paid}`).to.equal(true);
  });
});
