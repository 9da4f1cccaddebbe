/**
 * Gas of checking and pinning a menu on chain, by its number of items: writes snapshots/menu-gas.json.
 *
 *     node bench/menuGas.ts
 */
import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import hre from "hardhat";

import { onChainMenu } from "../incentives/aoi-contract/integerMenu.ts";
import { solveContract } from "../incentives/aoi-contract/optimalContract.ts";
import { type AoITerms, encodeAoITerms } from "../protocol/taskTerms.ts";
import { benchParameters } from "./aoiContract.ts";

/** T, seconds: with many divisors, so that many items differ. */
const EPOCH = 5040;
/** Currency in wei: costs of the bench's types are 100 to 1,000 an update. */
const WEI = 10n ** 15n;

/** Gas of one menu. */
export interface MenuGas {
  items: number;
  /** Of a transaction that checks the menu, stores it and logs it. */
  open: number;
  openPerItem: number;
  /** Of a transaction that only checks it: Lemma 1's conditions and the worst case. */
  check: number;
  checkPerItem: number;
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
  const connection = await hre.network.create();
  try {
    const { ethers } = connection;
    const policy = await ethers.deployContract("AoIContractPolicy");
    const [sender] = await ethers.getSigners();
    const measured: MenuGas[] = [];
    for (const [index, items] of sizes.entries()) {
      const terms = encodeAoITerms(menuOf(items));
      const opened = await (await policy.getFunction("open").send(index + 1, terms, EPOCH)).wait();
      const data = policy.interface.encodeFunctionData("check", [terms, EPOCH]);
      const checked = await (await sender!.sendTransaction({ to: policy, data })).wait();
      const open = Number(opened!.gasUsed);
      const check = Number(checked!.gasUsed);
      measured.push({
        items,
        open,
        openPerItem: Math.round(open / items),
        check,
        checkPerItem: Math.round(check / items),
      });
    }
    return measured;
  } finally {
    await connection.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const measured = await measureMenuGas([1, 10, 100, 256]);
  const path = fileURLToPath(new URL("../snapshots/menu-gas.json", import.meta.url));
  await writeFile(path, `${JSON.stringify(measured, null, 2)}\n`);
  for (const { items, open, openPerItem, check, checkPerItem } of measured) {
    process.stdout.write(
      `${items} items: open ${open} gas, ${openPerItem} an item; check ${check}, ${checkPerItem} an item\n`,
    );
  }
}
