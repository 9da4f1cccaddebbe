import { id } from "ethers";

import type { ChainClient } from "../../chains/clients/ChainClient.ts";

const selector = id("receiveMessage(bytes32,bytes,bytes)").slice(2, 10);
// PUSH4 selector, PUSH1 224, SHL, PUSH0, MSTORE, PUSH1 32, PUSH0, RETURN: the magic value of ERC-7786.
const ANSWER = `63${selector}60e01b5f5260205ff3`;

const WILLING = `0x${"e0".repeat(20)}`;
const MOODY = `0x${"e1".repeat(20)}`;

/** A contract that takes every message. */
export async function willingRecipient({ provider }: ChainClient): Promise<string> {
  await provider.send("hardhat_setCode", [WILLING, `0x${ANSWER}`]);
  return WILLING;
}

/** A contract that reverts on every message until it has a balance. */
export async function moodyRecipient({ provider }: ChainClient): Promise<string> {
  // SELFBALANCE, PUSH1 7, JUMPI, PUSH0, PUSH0, REVERT, JUMPDEST, then the answer.
  await provider.send("hardhat_setCode", [MOODY, `0x476007575f5ffd5b${ANSWER}`]);
  await provider.send("hardhat_setBalance", [MOODY, "0x0"]);
  return MOODY;
}

/** Makes the moody recipient willing. */
export async function cheerUp({ provider }: ChainClient): Promise<void> {
  await provider.send("hardhat_setBalance", [MOODY, "0x1"]);
}
