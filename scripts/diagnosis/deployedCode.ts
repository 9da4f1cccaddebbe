import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import type { Abi } from "abitype";
import { Interface, type InterfaceAbi } from "ethers";

/** Where something stands in code, bytes. */
interface Span {
  start: number;
  length: number;
}

/** What a compiled contract says of its code. */
export interface CompiledContract {
  contractName: string;
  abi: Abi;
  /** Hex, with placeholders where libraries' addresses come. */
  deployedBytecode: string;
  immutableReferences?: Readonly<Record<string, readonly Span[]>>;
  deployedLinkReferences?: Readonly<Record<string, Readonly<Record<string, readonly Span[]>>>>;
}

/** Contracts that were compiled into a directory of artifacts, by name; none where nothing was. */
export function compiledContracts(directory: string): ReadonlyMap<string, CompiledContract> {
  const found = new Map<string, CompiledContract>();
  let names: string[];
  try {
    names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  } catch {
    return found;
  }
  for (const name of names) {
    if (!/\.sol[\\/]\w+\.json$/.test(name)) continue;
    const artifact = JSON.parse(readFileSync(join(directory, name), "utf8")) as CompiledContract;
    if (artifact.deployedBytecode.length > 2) found.set(artifact.contractName, artifact);
  }
  return found;
}

/**
 * Whether code is that of a compiled contract: without what only a deployment knows, which are immutable values and
 * libraries' addresses, and without the compiler's note of the sources at the end.
 *
 * @param code - As `eth_getCode` answers, hex.
 */
export function isCodeOf(code: string, contract: CompiledContract): boolean {
  const { deployedBytecode, immutableReferences = {}, deployedLinkReferences = {} } = contract;
  const spans = [
    ...Object.values(immutableReferences).flat(),
    ...Object.values(deployedLinkReferences).flatMap((libraries) => Object.values(libraries).flat()),
  ];
  const masked = (hex: string) => {
    let digits = hex.slice(2).toLowerCase();
    for (const { start, length } of spans) {
      digits = digits.slice(0, 2 * start) + "0".repeat(2 * length) + digits.slice(2 * (start + length));
    }
    return withoutNote(digits);
  };
  return code.length === deployedBytecode.length && masked(code) === masked(deployedBytecode);
}

/** Code without the compiler's note, whose length is its last two bytes. */
function withoutNote(digits: string): string {
  const bytes = Number.parseInt(digits.slice(-4), 16);
  const end = digits.length - 2 * (bytes + 2);
  return end > 0 ? digits.slice(0, end) : digits;
}

/**
 * Functions of an interface that code does not know, by their signatures: whatever optimized it, a contract compares what
 * it is called with to each of its functions' first four bytes.
 */
export function missingFunctions(code: string, abi: Abi): string[] {
  const missing: string[] = [];
  new Interface(abi as unknown as InterfaceAbi).forEachFunction((one) => {
    // A number in code has no leading zeros.
    const selector = one.selector.slice(2).replace(/^(00)+/, "");
    if (!hasBytes(code, selector)) missing.push(one.format());
  });
  return missing;
}

function hasBytes(code: string, bytes: string): boolean {
  const digits = code.toLowerCase();
  for (let at = digits.indexOf(bytes, 2); at >= 0; at = digits.indexOf(bytes, at + 1)) {
    if (at % 2 === 0) return true;
  }
  return false;
}
