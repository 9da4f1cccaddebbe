import type { Abi } from "abitype";

import type { FunctionName, NamedArguments } from "../../protocol/abiTypes.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { ContractAbi } from "../../protocol/ContractAbi.ts";

/**
 * The arguments of a call inside a transaction's calldata: the transaction itself,
 * or one that another contract passes on (a batch). Every place where the function's
 * selector stands is tried; the chain has seen to it that the call was made.
 *
 * @param fits - Which of several calls is meant.
 *
 * @example findCall(data, contracts.Gateway, "deliver", ({ message }) => message.nonce === 3)?.proof
 */
export function findCall<A extends Abi, N extends FunctionName<A>>(
  data: string,
  contract: ContractAbi<string, A>,
  method: N,
  fits: (args: NamedArguments<A, N>) => boolean,
): NamedArguments<A, N> | undefined {
  const selector = contract.selectorOf(method).slice(2);
  for (let at = data.indexOf(selector, 2); at !== -1; at = data.indexOf(selector, at + 1)) {
    // Bytes are two digits each: a selector cannot begin in the middle of one.
    if (at % 2 === 1) continue;
    const args = tryDecode(() => contract.decodeArguments(method, `0x${data.slice(at + selector.length)}`));
    if (args !== undefined && fits(args)) return args;
  }
  return undefined;
}

function tryDecode<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof BaseError && error.code === "MALFORMED_DATA") return undefined;
    throw error;
  }
}
