/**
 * Gas of checking, pinning and publishing a menu on chain, by its number of items: writes snapshots/menu-gas.json.
 *
 *     node bench/aoi-contract/menuGas.ts
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { hardhat } from "../../chains/networks/hardhat.ts";
import { type AoITerms, encodeTerms } from "../../mechanisms/aoi-contract/encodings.ts";
import { onChainMenu } from "../../mechanisms/aoi-contract/mathematics/integerMenu.ts";
import { solveContract } from "../../mechanisms/aoi-contract/mathematics/optimalContract.ts";
import { mechanismId } from "../../mechanisms/mechanismId.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import type { TaskTerms } from "../../protocol/taskTerms.ts";
import { termsForEthers } from "../termsForEthers.ts";
import { benchParameters } from "./solver.ts";

/** T, seconds: with many divisors, so that many items differ. */
const EPOCH = 5040;
/** Currency in wei: costs of the bench's types are 100 to 1,000 an update. */
const WEI = 10n ** 15n;
const RELAY_CHAIN = 31_402n;
const DELAY_SECONDS = 60;
const NO_FEE = 0;
const ANY_DIGEST = `0x${"11".repeat(32)}`;
const ANY_ADDRESS = `0x${"22".repeat(20)}`;

/** Gas of one menu. */
export interface MenuGas {
  items: number;
  /** Of a transaction that only checks the menu: Lemma 1's conditions and the worst case. */
  check: number;
  checkPerItem: number;
  /** Of a transaction that checks the menu, stores it and logs it. */
  open: number;
  openPerItem: number;
  /** Of publishing a task with it: open, compare the budget, pay the escrow, send the message. */
  publish: number;
  publishPerItem: number;
}

/** Terms with the optimal menu for as many types evenly in γ ∈ [0.001, 0.01]. */
export function menuOf(items: number): AoITerms {
  const parameters = benchParameters(items);
  const costs = parameters.types.map(({ unitCost }) => BigInt(Math.round(unitCost)) * WEI);
  const { frequencies } = solveContract(parameters);
  const menu = onChainMenu({
    frequencies,
    unitCosts: costs,
    epochSeconds: BigInt(EPOCH),
    wholePeriods: true,
  });
  return {
    bonus: 1n,
    menu: menu.map(({ periodSeconds, reward }, n) => ({
      period: Number(periodSeconds),
      reward,
      cost: costs[n]!,
    })),
  };
}

/** Measures menus on an in-process chain. */
export async function measureMenuGas(sizes: readonly number[]): Promise<MenuGas[]> {
  const connection = await (await hardhat()).network.create();
  const { ethers } = connection;
  try {
    const [publisher] = await ethers.getSigners();
    const policy = await ethers.deployContract("AoIContractPolicy");
    const gateway = await ethers.deployContract("Gateway", [publisher, DELAY_SECONDS]);
    const escrow = await ethers.deployContract("RewardEscrow");
    const termsCheck = await ethers.deployContract("TermsCheck", [2, 10]);
    const creditCheck = await ethers.deployContract("CreditCheck");
    const agreement = await ethers.deployContract("Agreement");
    const manager = await ethers.deployContract(
      "TaskManager",
      [publisher, RELAY_CHAIN, escrow, termsCheck, creditCheck, NO_FEE, publisher],
      { libraries: { Agreement: agreement } },
    );
    const token = await ethers.deployContract("LocalToken", [publisher, 10n ** 27n]);
    const gasOf = async (contract: typeof manager, method: string, ...values: unknown[]): Promise<number> => {
      const data = contract.interface.encodeFunctionData(method, values);
      const receipt = await (await publisher!.sendTransaction({ to: contract, data })).wait();
      return Number(receipt!.gasUsed);
    };
    await gasOf(gateway, "openRoute", RELAY_CHAIN, ANY_ADDRESS, ANY_ADDRESS);
    const counterpart = formatInteroperable({ chainId: RELAY_CHAIN, address: ANY_ADDRESS });
    await gasOf(manager, "link", await gateway.getAddress(), counterpart);
    await gasOf(manager, "addPolicy", await policy.getAddress());
    await gasOf(token, "approve", await manager.getAddress(), 10n ** 27n);
    const measured: MenuGas[] = [];
    for (const [index, items] of sizes.entries()) {
      const { menu, bonus } = menuOf(items);
      const encoded = encodeTerms({ menu, bonus });
      const terms = termsForEthers(taskTerms((await ethers.provider.getBlock("latest"))!.timestamp));
      const budget =
        (menu.at(-1)!.reward + bonus) * BigInt(terms.maxWorkers) * BigInt(terms.subchains.length);
      const check = await gasOf(policy, "check", terms, encoded);
      const open = await gasOf(policy, "open", index + 1, terms, encoded);
      const publish = await gasOf(manager, "publish", terms, encoded, await token.getAddress(), budget);
      const perItem = (gas: number) => Math.round(gas / items);
      measured.push({
        items,
        check,
        checkPerItem: perItem(check),
        open,
        openPerItem: perItem(open),
        publish,
        publishPerItem: perItem(publish),
      });
    }
    return measured;
  } finally {
    await connection.close();
  }
}

/** Terms of a task with two subchains and two aggregators. */
function taskTerms(now: number): TaskTerms {
  return {
    specDigest: ANY_DIGEST,
    initialModel: ANY_DIGEST,
    mechanism: mechanismId("aoi-contract"),
    rounds: 6,
    targetScorePpb: 0,
    quorumPpb: 1_000_000_000,
    minUpdates: 1,
    attestations: 2,
    maxWorkers: 10,
    maxSamples: 1500,
    workersPerRound: 0,
    sampling: "Uniform",
    schedule: {
      startTime: now + 1000,
      deadline: now + 10_000 + EPOCH,
      epochSeconds: EPOCH,
      commitSeconds: 60,
      revealSeconds: 30,
      reportSeconds: 30,
      claimSeconds: 86_400,
    },
    subchains: [31_403n, 31_404n],
    aggregators: [ANY_ADDRESS, `0x${"33".repeat(20)}`],
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const measured = await measureMenuGas([1, 10, 100, 256]);
  const path = fileURLToPath(new URL("../../snapshots/menu-gas.json", import.meta.url));
  await writeFile(path, `${JSON.stringify(measured, null, 2)}\n`);
  for (const { items, check, open, publish, publishPerItem } of measured) {
    process.stdout.write(
      `${items} items: check ${check} gas, open ${open}, publish ${publish}: ${publishPerItem} an item\n`,
    );
  }
}
