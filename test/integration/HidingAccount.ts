import { concat, getAddress } from "ethers";

import type { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import type { ContractPlace } from "../../chains/clients/ChainEvent.ts";
import type { Receipt } from "../../chains/rpc/readReceipt.ts";

/** Where the contract is, on every chain. */
export const HIDER = getAddress(`0x${"f1".repeat(20)}`);
/** Logs that it leaves, of 32,767 bytes each: 416 KiB in all. */
const LOGS = 13;

/** Makes 32 KiB of memory other than zero, as bytes that are zero are cheap to show: 18 bytes of code from 0x20 on. */
const FILL = "5f5b5f198152602001806180001160215750";

/**
 * A contract that is given an address and calldata, makes the call, and then leaves logs in the same transaction:
 *
 *     n = calldatasize − 20; calldatacopy(0, 20, n)
 *     call(gas, calldataload(0) >> 96, 0, 0, n, 0, 0), and reverts as it does
 *     for (i = 0; i < 32768; i += 32) mstore(i, not(0))
 *     …
 *
 * @param logs - What leaves them, from 0x32 on.
 */
function leaving(logs: string): string {
  const call = "601436038060145f375f5f825f5f5f3560601c5af1";
  return `0x${call}601f573d5f5f3e3d5ffd5b${FILL}${logs}00`;
}

/** Leaves so many logs that its receipt is too large to be shown to a verifier: log0(0, 32767), thirteen times. */
export const HIDER_CODE = leaving("617fff5fa0".repeat(LOGS));

/** Leave nearly as many as can still be shown: in two logs, or in 2,650 without data. */
export const NEARLY_HIDING = {
  "two logs": leaving("617d005fa0".repeat(2)),
  "2,650 empty logs": leaving("610a5a5b5f5fa06001900380603557"),
} as const;

/** Calldata for the contract. */
export function hiding({ to, data }: { to: string; data: string }): { to: string; data: string } {
  return { to: HIDER, data: concat([to, data]) };
}

/** A stranger who makes calls that anybody may make, through that contract. */
export class HidingAccount {
  readonly #inner: ChainAccount;

  private constructor(inner: ChainAccount) {
    this.#inner = inner;
  }

  /** Puts the contract on the account's chain. */
  static async deploy(inner: ChainAccount): Promise<HidingAccount> {
    await inner.client.provider.send("hardhat_setCode", [HIDER, HIDER_CODE]);
    return new HidingAccount(inner);
  }

  async send(
    { contract, address }: ContractPlace,
    method: string,
    values: readonly unknown[],
  ): Promise<Receipt> {
    const call = hiding({ to: address, data: contract.encodeCall(method, values) });
    return this.#inner.call(`${contract.name}.${method}`, call.to, call.data);
  }
}
