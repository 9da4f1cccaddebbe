import { getAddress, getBytes, hexlify, isHexString } from "ethers";

import { BaseError } from "./BaseError.ts";

/** An account on an EVM chain. */
export interface EvmAccount {
  chainId: bigint;
  address: string;
}

/**
 * ERC-7930 binary interoperable address, version 1, of an EVM account.
 *
 * @example formatInteroperable({ chainId: 31401n, address }) // "0x00010000027aa914…"
 */
export function formatInteroperable({ chainId, address }: EvmAccount): string {
  const digits = chainId.toString(16);
  const reference = digits.length % 2 === 0 ? digits : `0${digits}`;
  const length = (reference.length / 2).toString(16).padStart(2, "0");
  return `0x00010000${length}${reference}14${getAddress(address).slice(2).toLowerCase()}`;
}

/** Accounts read before: a checksum costs a hash, and outboxes name few accounts often. */
const known = new Map<string, EvmAccount>();
const MOST_KNOWN = 1000;

/** Reads an ERC-7930 address of an EVM account; throws `NOT_INTEROPERABLE` on anything else. */
export function parseInteroperable(value: string): EvmAccount {
  const before = known.get(value);
  if (before !== undefined) return before;
  const account = parse(value);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(value, account);
  return account;
}

function parse(value: string): EvmAccount {
  const bytes = isHexString(value) && value.length % 2 === 0 ? getBytes(value) : new Uint8Array();
  const length = bytes[4] ?? 0;
  const isEvm = bytes.length === 26 + length && hexlify(bytes.subarray(0, 4)) === "0x00010000";
  if (!isEvm || bytes[5 + length] !== 20) {
    throw new BaseError("NOT_INTEROPERABLE", `${value} is not the ERC-7930 address of an EVM account.`);
  }
  return {
    chainId: length === 0 ? 0n : BigInt(hexlify(bytes.subarray(5, 5 + length))),
    address: getAddress(hexlify(bytes.subarray(6 + length))),
  };
}
