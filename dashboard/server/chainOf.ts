import { BaseError } from "../../protocol/BaseError.ts";
import { parseInteroperable } from "../../protocol/interoperableAddress.ts";

/** The chain id of an ERC-7930 address; undefined of what is none of an EVM account. */
export function chainOf(address: string): bigint | undefined {
  try {
    return parseInteroperable(address).chainId;
  } catch (error) {
    if (error instanceof BaseError) return undefined;
    throw error;
  }
}
