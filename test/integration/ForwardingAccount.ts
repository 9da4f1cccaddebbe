import { concat, getAddress, getBytes } from "ethers";

import type { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import type { ContractPlace } from "../../chains/clients/ChainEvent.ts";
import type { Receipt } from "../../chains/rpc/readReceipt.ts";

/** Where the contract is, on every chain. */
export const FORWARDER = getAddress(`0x${"f0".repeat(20)}`);

/**
 * A contract that is given an address and inverted calldata, and makes the call that its calldata nowhere spell:
 *
 *     n = calldatasize − 20; calldatacopy(0, 20, n)
 *     for (i = 0; i < n; i += 32) mstore(i, not(mload(i)))
 *     call(gas, calldataload(0) >> 96, 0, 0, n, 0, 0), and reverts as it does
 */
const CODE = [
  "60143603", // n
  "8060145f37", // calldatacopy(0, 20, n)
  "5f", // i
  "5b", // 0x0a: next word
  "8051198152", // mstore(i, not(mload(i)))
  "602001", // i += 32
  "818110600a57", // while i < n
  "50",
  "5f5f825f5f5f3560601c5af1",
  "603057", // went well
  "3d5f5f3e3d5ffd",
  "5b00", // 0x30
].join("");

/** A smart account: whoever holds the inner account calls from it. */
export class ForwardingAccount {
  readonly address = FORWARDER;
  readonly #inner: ChainAccount;

  private constructor(inner: ChainAccount) {
    this.#inner = inner;
  }

  /** Puts the contract on the account's chain. */
  static async deploy(inner: ChainAccount): Promise<ForwardingAccount> {
    await inner.client.provider.send("hardhat_setCode", [FORWARDER, `0x${CODE}`]);
    return new ForwardingAccount(inner);
  }

  /** As the account of whoever sends by it, for those who take one. */
  get asAccount(): ChainAccount {
    return this as unknown as ChainAccount;
  }

  async send(
    { contract, address }: ContractPlace,
    method: string,
    values: readonly unknown[],
  ): Promise<Receipt> {
    const data = contract.encodeCall(method, values);
    const inverted = getBytes(data).map((byte) => 0xff - byte);
    return this.#inner.call(`${contract.name}.${method}`, FORWARDER, concat([address, inverted]));
  }
}
