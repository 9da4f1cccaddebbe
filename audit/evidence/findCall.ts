import type { Result } from "ethers";

import { type ContractName, contractInterfaces } from "../../protocol/contracts.ts";

/**
 * The arguments of a call inside a transaction's calldata: the transaction itself,
 * or one that another contract passes on (a batch). Every place where the function's
 * selector stands is tried; the chain has seen to it that the call was made.
 *
 * @param fits - Which of several calls is meant.
 *
 * @example findCall(data, "Gateway", "deliver", ({ message }) => message.nonce === 3n)?.proof
 */
export function findCall(
  data: string,
  contract: ContractName,
  method: string,
  fits: (args: Result) => boolean,
): Result | undefined {
  const contractInterface = contractInterfaces[contract];
  const selector = contractInterface.getFunction(method)!.selector.slice(2);
  for (let at = data.indexOf(selector, 2); at !== -1; at = data.indexOf(selector, at + 1)) {
    // Bytes are two digits each: a selector cannot begin in the middle of one.
    if (at % 2 === 1) continue;
    const args = tryDecode(() => contractInterface.decodeFunctionData(method, `0x${data.slice(at)}`));
    if (args !== undefined && fits(args)) return args;
  }
  return undefined;
}

function tryDecode(decode: () => Result): Result | undefined {
  try {
    const args = decode();
    // ethers decodes lazily: an argument that cannot be decoded throws when it is read.
    args.toArray(true);
    return args;
  } catch {
    return undefined;
  }
}
