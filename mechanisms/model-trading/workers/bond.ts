import type { Claim, MainChain } from "../../../chains/clients/MainChain.ts";
import { type ReadBlock, readContract } from "../../../chains/clients/readContract.ts";
import { ContractRevert } from "../../../protocol/ContractRevert.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { formatTokens } from "../../../reports/formatTokens.ts";
import type { WorkerTools } from "../../MechanismWorker.ts";
import { tradingContracts } from "../contracts.ts";

/** How a bond stands (ITradingPolicy.Bond). */
export const BOND = { none: 0, locked: 1, returned: 2, forfeited: 3 } as const;

/** An account's approvals are for one bond, so its bonds are locked one after the other. */
const locking = new WeakMap<object, Promise<unknown>>();

type Tools = Pick<WorkerTools, "main" | "mainAccount" | "policy">;

/** Where bonds are. */
interface BondPlace {
  main: Pick<MainChain, "client" | "place">;
  /** The policy's address on the main chain. */
  policy: string;
}

/**
 * Locks a worker's bond in a task, unless it is locked already.
 *
 * @returns Why it cannot; undefined when it is locked.
 */
export async function lockBond(
  task: bigint,
  chainId: bigint,
  bond: bigint,
  tools: Tools,
): Promise<string | undefined> {
  const { main, mainAccount } = tools;
  if (bond === 0n || (await bondOf({ task, chainId, worker: mainAccount.address }, tools)) !== BOND.none)
    return undefined;
  const { token: address } = await main.escrowOf(task);
  const balance = await main.balanceOf(mainAccount.address, address);
  if (balance < bond) {
    return `it asks for a bond of ${formatTokens(bond)}, and the worker has ${formatTokens(balance)}`;
  }
  const token = { contract: contracts.LocalToken, address };
  const policy = { contract: tradingContracts.TradingPolicy, address: tools.policy };
  const before = locking.get(mainAccount) ?? Promise.resolve();
  const own = before.then(async () => {
    await mainAccount.send(token, "approve", [policy.address, bond]);
    await mainAccount.send(policy, "lockBond", [managerOf(tools), task, chainId]);
  });
  locking.set(
    mainAccount,
    own.catch(() => undefined),
  );
  try {
    await own;
    return undefined;
  } catch (error) {
    if (!(error instanceof ContractRevert)) throw error;
    // Started again before the block that locked it.
    if (error.code === "BondAlreadyLocked") return undefined;
    return `its bond cannot be locked: ${error.shortMessage}`;
  }
}

/** Has a worker's bond decided on, by its record if there is one. */
export async function takeBondBack(
  task: bigint,
  chainId: bigint,
  claim: Claim | undefined,
  tools: Tools,
): Promise<void> {
  const { main, mainAccount } = tools;
  const isLocked = async () =>
    (await bondOf({ task, chainId, worker: mainAccount.address }, tools)) === BOND.locked;
  if (!(await isLocked())) return;
  const policy = { contract: tradingContracts.TradingPolicy, address: tools.policy };
  const manager = managerOf(tools);
  try {
    const { status } = await main.taskOf(task);
    if (claim !== undefined && status === "Completed") {
      const { record, branch, work } = claim;
      await mainAccount.send(policy, "settleBond", [manager, record, branch, work]);
    } else {
      await mainAccount.send(policy, "returnBond", [manager, task, chainId, mainAccount.address]);
    }
  } catch (error) {
    // Anybody may have done it meanwhile.
    if (error instanceof ContractRevert && !(await isLocked())) return;
    throw error;
  }
}

/**
 * How a worker's bond in a task stands.
 *
 * @param block - As of which; the newest unless given.
 */
export async function bondOf(
  { task, chainId, worker }: { task: bigint; chainId: bigint; worker: string },
  tools: BondPlace,
  block?: ReadBlock,
): Promise<number> {
  const policy = { contract: tradingContracts.TradingPolicy, address: tools.policy };
  const asked = [managerOf(tools), task, chainId, worker] as const;
  return Number(await readContract(tools.main.client, policy, "bondOf", asked, block));
}

function managerOf({ main }: BondPlace): string {
  return main.place.contracts.applications.tasks;
}
