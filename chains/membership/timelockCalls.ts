import { AbiCoder, keccak256, toUtf8Bytes, ZeroHash } from "ethers";

import { contracts } from "../../protocol/contracts.ts";
import type { ChainAccount } from "../clients/ChainAccount.ts";
import { readContract } from "../clients/readContract.ts";
import { batchId, TIMELOCK_ROLES } from "../networks/deployment/timelock.ts";

/** A call that a timelock is to make. */
export interface TimelockCall {
  target: string;
  payload: string;
}

/** A batch that waits in a timelock. */
export interface Proposal {
  /** When it may be executed, Unix seconds. */
  from: number;
  /** Its id. */
  operation: string;
}

/** Whether an account may propose to a timelock, and execute there. */
export async function mayPropose(account: ChainAccount, timelock: string): Promise<boolean> {
  const place = { contract: contracts.TimelockController, address: timelock };
  return readContract(account.client, place, "hasRole", [TIMELOCK_ROLES.proposer, account.address]);
}

/**
 * Has a timelock make calls together, as far as that can be done now: proposes them, and executes them once its delay is
 * over. Repeated with the same calls, it goes on from there.
 *
 * @param purpose - Tells the batch apart from others of the same calls: `freshet: validators`.
 * @returns What waits; undefined once the calls were made.
 * @throws those of `ChainAccount.send`.
 */
export async function proposeOrExecute(
  account: ChainAccount,
  address: string,
  calls: readonly TimelockCall[],
  purpose: string,
): Promise<Proposal | undefined> {
  const { client } = account;
  const timelock = { contract: contracts.TimelockController, address };
  const targets = calls.map(({ target }) => target);
  const values = calls.map(() => 0n);
  const payloads = calls.map(({ payload }) => payload);
  for (let turn = 0; ; turn++) {
    const salt = saltOf(purpose, turn);
    const operation = batchId({ targets, values, payloads, predecessor: ZeroHash, salt });
    const from = Number(await readContract(client, timelock, "getTimestamp", [operation]));
    // Executed once before: this is another time that the same is wanted.
    if (from === 1) continue;
    if (from === 0) {
      const delay = await readContract(client, timelock, "getMinDelay", []);
      await account.send(timelock, "scheduleBatch", [targets, values, payloads, ZeroHash, salt, delay]);
      if (delay > 0n) {
        const proposed = Number(await readContract(client, timelock, "getTimestamp", [operation]));
        return { from: proposed, operation };
      }
    } else if (from > (await client.nextTime())) return { from, operation };
    await account.send(timelock, "executeBatch", [targets, values, payloads, ZeroHash, salt]);
    return undefined;
  }
}

/** Of the same calls, each time has a salt of its own. */
function saltOf(purpose: string, turn: number): string {
  const types = ["bytes32", "uint256"];
  return keccak256(AbiCoder.defaultAbiCoder().encode(types, [keccak256(toUtf8Bytes(purpose)), turn]));
}
