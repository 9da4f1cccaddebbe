/**
 * Gas of a trade's calls on chain: writes snapshots/trade-gas.json and the README's table.
 *
 *     node bench/model-trading/tradeGas.ts
 *
 * One task of two rounds with four workers on an in-process chain, which plays all three: gateways are its own, and what
 * they would deliver is sent in their name, so that messages cost nothing of what is measured.
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { Signature, ZeroHash } from "ethers";

import { hardhat } from "../../chains/networks/hardhat.ts";
import { mechanismId } from "../../mechanisms/mechanismId.ts";
import { ITradingEncodings } from "../../mechanisms/model-trading/abi/ITradingEncodings.ts";
import { greatest, least } from "../../numerics/extremes.ts";
import { enums } from "../../protocol/abi/enums.ts";
import { IEncodings } from "../../protocol/abi/IEncodings.ts";
import { ContractAbi } from "../../protocol/ContractAbi.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";
import { markdownTable } from "../../reports/markdownTable.ts";
import { median } from "../median.ts";
import { writeReadmeTable } from "../readmeTable.ts";
import { termsForEthers } from "../termsForEthers.ts";

/** Calls in the README's table. */
const ROWS: readonly { call: string; what: string }[] = [
  { call: "TaskManager.publish", what: "publish a trade of four offers" },
  { call: "TradingPolicy.lockBond", what: "lock a bond" },
  { call: "LearningSubchain.enrol", what: "take an offer" },
  { call: "LearningSubchain.reveal (co-signed)", what: "a round's leaf: reveal with a co-signed sale" },
  {
    call: "LearningSubchain.reveal (block times)",
    what: "a round's leaf without a signature, by the blocks' times",
  },
  { call: "LearningSubchain.settle (4 workers)", what: "settle an epoch of 4 workers" },
  { call: "TaskManager.claim", what: "claim" },
  { call: "TradingPolicy.settleBond (returned)", what: "have a bond returned" },
  { call: "TradingPolicy.settleBond (forfeited)", what: "have a bond forfeited" },
];

const CHAIN = 31_337n;
const RELAY_CHAIN = 31_402n;
const WORKERS = 4;
const EPOCH = 600;
const COMMIT = 60;
const ANY_DIGEST = `0x${"11".repeat(32)}`;
const ANY_ADDRESS = `0x${"22".repeat(20)}`;
const ENGINE = `0x${"33".repeat(32)}`;
const SALT = `0x${"44".repeat(32)}`;
const TASK = 1n;
const SAMPLES = 100;
const ETHER = 10n ** 18n;
const CAP = 1000n * ETHER;
const BOND = ETHER;

const core = new ContractAbi(IEncodings);
const trading = new ContractAbi(ITradingEncodings);

/** Gas of each call: of one that is made several times, from the first to the last. */
export type TradeGas = Record<string, number[]>;

/** Plays the task and measures. */
export async function measureTradeGas(): Promise<TradeGas> {
  const connection = await (await hardhat()).network.create();
  const { ethers, networkHelpers } = connection;
  const gas: TradeGas = {};
  try {
    const [owner, cosigner, aggregator, ...others] = await ethers.getSigners();
    const workers = others.slice(0, WORKERS).sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
    const gateway = await ethers.deployContract("Gateway", [owner, 60]);
    const gatewayAddress = await gateway.getAddress();
    await gateway.getFunction("openRoute")(RELAY_CHAIN, ANY_ADDRESS, ANY_ADDRESS);
    const counterpart = formatInteroperable({ chainId: RELAY_CHAIN, address: ANY_ADDRESS });
    await networkHelpers.impersonateAccount(gatewayAddress);
    await networkHelpers.setBalance(gatewayAddress, 10n ** 24n);
    const asGateway = await ethers.getSigner(gatewayAddress);

    type Contract = typeof gateway;
    type Sender = typeof owner;
    const send = async (name: string, by: Sender, to: Contract, method: string, ...values: unknown[]) => {
      const data = to.interface.encodeFunctionData(method, values);
      const receipt = await (await by!.sendTransaction({ to, data })).wait();
      const used = gas[name] ?? [];
      gas[name] = used;
      used.push(Number(receipt!.gasUsed));
    };
    let messages = 0n;
    const deliver = async (
      name: string,
      to: Contract,
      kind: (typeof enums.MessageKind)[number],
      body: string,
    ) => {
      const payload = core.encodeArguments("message", [kind, body]);
      messages += 1n;
      const id = ethers.toBeHex(messages, 32);
      await send(name, asGateway, to, "receiveMessage", id, counterpart, payload);
    };

    // The subchain.
    const registry = await ethers.deployContract("WorkerRegistry", [owner, enums.Space.indexOf("Physical")]);
    const subchain = await ethers.deployContract("LearningSubchain", [
      owner,
      RELAY_CHAIN,
      enums.Space.indexOf("Physical"),
      registry,
    ]);
    const subchainAddress = await subchain.getAddress();
    await subchain.getFunction("addMeter")(await ethers.deployContract("TradingMeter"));
    await subchain.getFunction("link")(gatewayAddress, counterpart);
    for (const worker of workers) await registry.getFunction("register")(worker, worker);
    // The main chain.
    const escrow = await ethers.deployContract("RewardEscrow");
    const policy = await ethers.deployContract("TradingPolicy");
    const manager = await ethers.deployContract(
      "TaskManager",
      [
        owner,
        RELAY_CHAIN,
        escrow,
        await ethers.deployContract("TermsCheck", [2, 10]),
        await ethers.deployContract("CreditCheck"),
        0,
        owner,
      ],
      { libraries: { Agreement: await ethers.deployContract("Agreement") } },
    );
    await manager.getFunction("addPolicy")(policy);
    await manager.getFunction("link")(gatewayAddress, counterpart);
    const token = await ethers.deployContract("LocalToken", [owner, 10n ** 27n]);
    await token.getFunction("approve")(manager, 10n ** 27n);

    const start = (await networkHelpers.time.latest()) + 1_000;
    const terms = taskTerms(start, aggregator!.address);
    const offers = workers.map(({ address }) => ({ worker: address, price: 3n * ETHER }));
    const mechanismTerms = trading.encodeArguments("terms", [
      {
        periodMs: 60_000,
        scale: 250_000_000n,
        dataWeight: ETHER / 100n,
        leastTheta: 100_000_000,
        mostOmega: 2_000_000_000,
        startSlackMs: 5_000,
        cap: CAP,
        bond: BOND,
        cosigner: cosigner!.address,
        offers,
      },
    ]);
    await send(
      "TaskManager.publish",
      owner,
      manager,
      "publish",
      termsForEthers(terms),
      mechanismTerms,
      await token.getAddress(),
      CAP * 8n,
    );
    const opened = core.encodeArguments("taskOpened", [{ task: TASK, terms, mechanismTerms }]);
    await deliver("LearningSubchain: task opens", subchain, "TaskOpened", opened);

    // Acceptance: an offer on the subchain, a bond on main.
    const leaves = offers.map((offer) => ethers.keccak256(trading.encodeArguments("offer", [offer])));
    const pair = (a: string, b: string) => ethers.keccak256(ethers.concat([a, b]));
    for (const [index, worker] of workers.entries()) {
      const far = index < 2 ? pair(leaves[2]!, leaves[3]!) : pair(leaves[0]!, leaves[1]!);
      const branch = [leaves[index ^ 1]!, far];
      const choice = trading.encodeArguments("choice", [
        { offer: index, price: offers[index]!.price, branch },
      ]);
      await send("LearningSubchain.enrol", worker, subchain, "enrol", TASK, choice);
      await token.getFunction("transfer")(worker, BOND);
      await (
        await worker.sendTransaction({
          to: token,
          data: token.interface.encodeFunctionData("approve", [await policy.getAddress(), BOND]),
        })
      ).wait();
      await send(
        "TradingPolicy.lockBond",
        worker,
        policy,
        "lockBond",
        await manager.getAddress(),
        TASK,
        CHAIN,
      );
    }

    // Two rounds: co-signed sales of all but the last worker, whose publisher does not answer.
    const domain = { name: "Freshet", version: "1", chainId: CHAIN, verifyingContract: subchainAddress };
    const types = { Sale: saleFields() };
    for (const round of [0, 1]) {
      const openedAt = start + 60 * round;
      if (round === 0) await networkHelpers.time.increaseTo(openedAt);
      else {
        await networkHelpers.time.increaseTo(openedAt);
        const body = core.encodeArguments("roundOpened", [
          { task: TASK, round, globalModel: ANY_DIGEST, openedAt },
        ]);
        await deliver("LearningSubchain: round opens", subchain, "RoundOpened", body);
      }
      const updates = workers.map(({ address }, index) => ({
        chainId: CHAIN,
        task: TASK,
        round,
        index,
        worker: address,
        update: ethers.id(`update ${round} of ${index}`),
        samples: SAMPLES,
        engine: ENGINE,
      }));
      const commitments = updates.map((update) =>
        ethers.keccak256(core.encodeArguments("commitment", [subchainAddress, update, SALT])),
      );
      for (const [index, worker] of workers.entries()) {
        await send("LearningSubchain.commit", worker, subchain, "commit", TASK, round, commitments[index]);
      }
      await send("LearningSubchain.closeCommits", owner, subchain, "closeCommits", TASK);
      const begin = core.encodeArguments("revealsOpened", [{ task: TASK, round }]);
      await deliver("LearningSubchain: reveals begin", subchain, "RevealsOpened", begin);
      for (const [index, worker] of workers.entries()) {
        const { update, samples, engine } = updates[index]!;
        const signed = index < WORKERS - 1;
        let evidence = "0x";
        if (signed) {
          const [generatedAtMs, receivedAtMs] = [
            BigInt(openedAt) * 1000n + 250n,
            BigInt(openedAt) * 1000n + 900n,
          ];
          const sale = {
            chainId: CHAIN,
            task: TASK,
            round,
            worker: worker.address,
            commitment: commitments[index]!,
            generatedAtMs,
            receivedAtMs,
            samples,
          };
          const { r, yParityAndS } = Signature.from(await cosigner!.signTypedData(domain, types, sale));
          evidence = trading.encodeArguments("evidence", [{ generatedAtMs, receivedAtMs, r, yParityAndS }]);
        }
        const name = signed ? "LearningSubchain.reveal (co-signed)" : "LearningSubchain.reveal (block times)";
        const opening = { update, samples, engine, salt: SALT };
        await send(name, worker, subchain, "reveal", TASK, round, opening, evidence, "0x");
      }
      await send("LearningSubchain.closeRound", owner, subchain, "closeRound", TASK);
    }

    // The end: work on the subchain, pay and bonds on main, of the first worker.
    const score = trading.encodeArguments("score", [
      { omegaPpb: 900_000_000, thetaPpb: 600_000_000, rounds: 2 },
    ]);
    const scoreRoot = ethers.keccak256(
      core.encodeArguments("score", [{ chainId: CHAIN, task: TASK, index: 0, score }]),
    );
    for (const round of [0, 1]) {
      const report = {
        chainId: CHAIN,
        task: TASK,
        round,
        enrolled: WORKERS,
        committed: WORKERS,
        revealed: WORKERS,
        updatesRoot: ANY_DIGEST,
        totals: "0x",
      };
      await deliver(
        "TaskManager: round reported",
        manager,
        "RoundReported",
        core.encodeArguments("roundReported", [report]),
      );
      const aggregate = {
        globalModel: ANY_DIGEST,
        scorePpb: 500_000_000,
        accepted: [[1n]],
        scores: { root: scoreRoot, digest: ANY_DIGEST },
      };
      const aggregateHash = ethers.keccak256(core.encodeArguments("aggregate", [aggregate]));
      const committed = ethers.keccak256(
        core.encodeArguments("attestation", [aggregateHash, SALT, aggregator!.address]),
      );
      await send(
        "TaskManager.commitAttestation",
        aggregator,
        manager,
        "commitAttestation",
        TASK,
        round,
        committed,
      );
      await send("TaskManager.attest", aggregator, manager, "attest", TASK, round, aggregate, SALT);
    }
    await networkHelpers.time.increaseTo(start + EPOCH);
    await send(
      `LearningSubchain.settle (${WORKERS} workers)`,
      owner,
      subchain,
      "settle",
      TASK,
      workers.map(({ address }) => address),
    );
    const works = new Map<bigint, string>();
    for (const event of await subchain.queryFilter(subchain.getEvent("WorkRecorded"))) {
      const { index, work } = (event as unknown as { args: { index: bigint; work: string } }).args;
      works.set(index, work);
    }
    const records = workers.map(({ address }, index) => ({
      chainId: CHAIN,
      task: TASK,
      index,
      worker: address,
      workHash: ethers.keccak256(works.get(BigInt(index))!),
    }));
    const ends = records.map((record) => ethers.keccak256(core.encodeArguments("record", [record])));
    const recordsRoot = pair(pair(ends[0]!, ends[1]!), pair(ends[2]!, ends[3]!));
    const settled = core.encodeArguments("epochSettled", [
      { chainId: CHAIN, task: TASK, workers: WORKERS, recordsRoot, beacon: ZeroHash, totals: "0x" },
    ]);
    await deliver("TaskManager: epoch settled", manager, "EpochSettled", settled);
    const branch = [ends[1]!, pair(ends[2]!, ends[3]!)];
    const shown = { value: score, position: 0, branch: [] };
    const before = (await token.getFunction("balanceOf")(workers[0])) as bigint;
    await send("TaskManager.claim", workers[0], manager, "claim", records[0], branch, works.get(0n), shown);
    const paid = ((await token.getFunction("balanceOf")(workers[0])) as bigint) - before;
    if (paid === 0n) throw new Error("the claim paid nothing");
    const managerAddress = await manager.getAddress();
    await send(
      "TradingPolicy.settleBond (returned)",
      owner,
      policy,
      "settleBond",
      managerAddress,
      records[0],
      branch,
      works.get(0n),
    );
    const other = [ends[0]!, pair(ends[2]!, ends[3]!)];
    await send(
      "TradingPolicy.settleBond (forfeited)",
      owner,
      policy,
      "settleBond",
      managerAddress,
      records[1],
      other,
      works.get(1n),
    );
    return gas;
  } finally {
    await connection.close();
  }
}

function saleFields(): { name: string; type: string }[] {
  return [
    { name: "chainId", type: "uint64" },
    { name: "task", type: "uint256" },
    { name: "round", type: "uint16" },
    { name: "worker", type: "address" },
    { name: "commitment", type: "bytes32" },
    { name: "generatedAtMs", type: "uint64" },
    { name: "receivedAtMs", type: "uint64" },
    { name: "samples", type: "uint32" },
  ];
}

/** Terms of a task of two rounds with one subchain and one aggregator. */
function taskTerms(startTime: number, aggregator: string): TaskTerms {
  return {
    specDigest: ANY_DIGEST,
    initialModel: ANY_DIGEST,
    mechanism: mechanismId("model-trading"),
    rounds: 2,
    targetScorePpb: 0,
    quorumPpb: 1_000_000_000,
    minUpdates: 1,
    attestations: 1,
    maxWorkers: 8,
    maxSamples: 1500,
    workersPerRound: 0,
    sampling: "Uniform",
    schedule: {
      startTime,
      deadline: startTime + 10_000,
      epochSeconds: EPOCH,
      commitSeconds: COMMIT,
      revealSeconds: 30,
      reportSeconds: 30,
      claimSeconds: 86_400,
    },
    subchains: [CHAIN],
    aggregators: [aggregator],
  };
}

function tradeGasTable(measured: Readonly<Record<string, readonly number[]>>): string {
  const number = (value: number) => Math.round(value).toLocaleString("en-US");
  const columns = [
    { header: "call" },
    { header: "gas (median)", align: "right" },
    { header: "least – most", align: "right" },
  ] as const;
  const rows = ROWS.map(({ call, what }) => {
    const gas = measured[call]!;
    return [what, number(median(gas)), `${number(least(gas))} – ${number(greatest(gas))}`];
  });
  return markdownTable({ columns, rows });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const measured = await measureTradeGas();
  const path = fileURLToPath(new URL("../../snapshots/trade-gas.json", import.meta.url));
  await writeFile(path, `${JSON.stringify(measured, null, 2)}\n`);
  await writeReadmeTable("trade gas table", tradeGasTable(measured));
  for (const [call, gas] of Object.entries(measured)) process.stdout.write(`${call}: ${gas.join(", ")}\n`);
}
