import { ZeroHash } from "ethers";

import { BaseError } from "../../protocol/BaseError.ts";
import { contracts } from "../../protocol/contracts.ts";
import type { ChainAccount } from "../clients/ChainAccount.ts";
import { type ReadableChain, readContract } from "../clients/readContract.ts";
import { REGISTRAR_ROLE } from "../networks/deployment/handOver.ts";
import type { SubchainPlace } from "../networks/networkFile.ts";
import { mayPropose, proposeOrExecute, type TimelockCall } from "./timelockCalls.ts";

/** Role of the admin of OpenZeppelin's AccessControl. */
const ADMIN_ROLE = ZeroHash;

/** Who is to be a registrar from now on, and who no more. */
export interface RegistrarChange {
  add: readonly string[];
  remove: readonly string[];
}

/** How far a change of a subchain's registrars has come. */
export type RegistrarState =
  | { chain: string; state: "in-force" }
  /** Proposed to the timelock, which lets it be executed from then on (Unix seconds). */
  | { chain: string; state: "proposed"; from: number; operation: string };

/** Of some accounts, those that are registrars of a subchain. */
export async function registrarsAmong(
  chain: ReadableChain,
  place: SubchainPlace,
  accounts: readonly string[],
): Promise<string[]> {
  const are = await Promise.all(
    accounts.map((account) => readContract(chain, registryOf(place), "hasRole", [REGISTRAR_ROLE, account])),
  );
  return accounts.filter((_, i) => are[i]);
}

/**
 * What is still to be called at a subchain's registry, by its admin, for a change to be so: nothing once it is.
 *
 * @throws `REGISTRARS_UNSOUND` for an account that is to come and to go.
 */
export async function registrarCalls(
  chain: ReadableChain,
  place: SubchainPlace,
  { add, remove }: RegistrarChange,
): Promise<TimelockCall[]> {
  const both = add.find((one) => remove.includes(one));
  if (both !== undefined) {
    throw new BaseError("REGISTRARS_UNSOUND", `${both} cannot become a registrar and cease to be one.`, {
      next: "Name it once.",
    });
  }
  const now = await registrarsAmong(chain, place, [...add, ...remove]);
  const { contract, address: target } = registryOf(place);
  const call = (method: "grantRole" | "revokeRole", account: string) => ({
    target,
    payload: contract.encodeCall(method, [REGISTRAR_ROLE, account]),
  });
  return [
    ...add.filter((one) => !now.includes(one)).map((one) => call("grantRole", one)),
    ...remove.filter((one) => now.includes(one)).map((one) => call("revokeRole", one)),
  ];
}

/**
 * Brings a change of a subchain's registrars as far as it can be brought now: an admin's own key makes it at once; a
 * proposer's has the admin, a timelock, told of it, and executes it there when its delay is over. Repeated with the same
 * accounts, it goes on from there.
 *
 * @param account - The admin's key, or a proposer's of the timelock that is the admin.
 * @param reads - The chain as it is asked who is one now; over the account's connection unless given.
 * @throws `NOT_OWNER` when the account may do none of it; `REGISTRARS_UNSOUND`; those of `ChainAccount.send`.
 */
export async function changeRegistrarsOn(
  account: ChainAccount,
  place: SubchainPlace,
  change: RegistrarChange,
  reads: ReadableChain = account.client,
): Promise<RegistrarState> {
  const { client } = account;
  const chain = place.name;
  const calls = await registrarCalls(reads, place, change);
  if (calls.length === 0) return { chain, state: "in-force" };
  const isAdmin = (who: string) => readContract(client, registryOf(place), "hasRole", [ADMIN_ROLE, who]);
  if (await isAdmin(account.address)) {
    await Promise.all(
      calls.map(({ target, payload }) => account.call("WorkerRegistry: a registrar", target, payload)),
    );
    return { chain, state: "in-force" };
  }
  const { timelock } = place.contracts;
  if (timelock === undefined || !(await isAdmin(timelock)) || !(await mayPropose(account, timelock))) {
    throw new BaseError("NOT_OWNER", `${account.address} may not name registrars of ${chain}.`, {
      details: `The registry's admin may${timelock === undefined ? "" : `, which is ${timelock}, a timelock`}.`,
      next: "Use the admin's key, or one of its timelock's proposers (keys.proposer in the node file); --print shows what a contract that is a proposer has to call.",
    });
  }
  const proposal = await proposeOrExecute(account, timelock, calls, "freshet: registrars");
  return proposal === undefined ? { chain, state: "in-force" } : { chain, state: "proposed", ...proposal };
}

function registryOf(place: SubchainPlace) {
  return { contract: contracts.WorkerRegistry, address: place.contracts.registry };
}
