/** Storage receipts of a task's aggregators, packed as reveals carry them, and what is none. */
import { computeAddress, concat, Signature, SigningKey, TypedDataEncoder, toBeHex } from "ethers";

import { address, digest, range } from "./definitions.ts";

const CHAIN = 31_401n;
const TASK_MANAGER = address("task manager");
const KEYS = range(4).map((index) => digest(`aggregator ${index}`));
const STRANGER = digest("stranger");

function digestOf(leaf: string, chainId = CHAIN): string {
  const domain = { name: "Freshet", version: "1", chainId, verifyingContract: TASK_MANAGER };
  return TypedDataEncoder.hash(domain, { StorageReceipt: [{ name: "leaf", type: "bytes32" }] }, { leaf });
}

function receipt(place: number, leaf: string, key = KEYS[place]!, chainId = CHAIN): string {
  const { compactSerialized } = new SigningKey(key).sign(digestOf(leaf, chainId));
  return concat([toBeHex(place, 1), compactSerialized]);
}

export function receipts() {
  const leaf = digest("leaf");
  const all = concat(range(4).map((place) => receipt(place, leaf)));
  const two = concat([receipt(1, leaf), receipt(3, leaf)]);
  const cases: [name: string, packed: string, needed: number, enough: 0 | 1][] = [
    ["all", all, 4, 1],
    ["two of two", two, 2, 1],
    ["more than are needed", two, 1, 1],
    ["none", "0x", 1, 0],
    ["too few", two, 3, 0],
    ["in another order", concat([receipt(3, leaf), receipt(1, leaf)]), 2, 0],
    ["twice the same", concat([receipt(1, leaf), receipt(1, leaf)]), 2, 0],
    ["of another update", concat([two, receipt(0, digest("other"))]), 2, 0],
    ["a stranger's among them", concat([receipt(0, leaf, STRANGER), two]), 2, 0],
    ["another's signature", concat([receipt(0, leaf, KEYS[2]), two]), 2, 0],
    ["for another chain", concat([receipt(0, leaf, KEYS[0], 7n), two]), 2, 0],
    ["of no aggregator", concat([two, receipt(4, leaf, KEYS[3])]), 2, 0],
    ["a byte too many", concat([two, "0x00"]), 2, 0],
    ["zeros", concat([toBeHex(0, 1), `0x${"00".repeat(64)}`, two]), 2, 0],
    ["cut short", `0x${two.slice(2, -2)}`, 1, 0],
  ];
  return {
    chainId: CHAIN,
    taskManager: TASK_MANAGER,
    aggregators: KEYS.map((key) => computeAddress(key)),
    leaf,
    digest: digestOf(leaf),
    signatures: KEYS.map((key) => Signature.from(new SigningKey(key).sign(digestOf(leaf))).compactSerialized),
    cases: cases.map(([name, packed, needed, enough]) => ({ name, packed, needed, enough })),
  };
}
