import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** A contract of bench/contracts, ready to be deployed. */
export interface CompiledContract {
  abi: never[];
  bytecode: string;
}

interface Output {
  contracts: Record<string, Record<string, { abi: never[]; evm: { bytecode: { object: string } } }>>;
  errors?: { severity: string; formattedMessage: string }[];
}

/** Compiles a contract of bench/contracts with the project's compiler: it imports nothing, so it takes a moment only. */
export function compileBench(name: string): CompiledContract {
  const solc = createRequire(import.meta.url)("solc") as { compile(input: string): string };
  const file = `${name}.sol`;
  const content = readFileSync(new URL(`contracts/${file}`, import.meta.url), "utf8");
  const settings = {
    evmVersion: "prague",
    optimizer: { enabled: true, runs: 200 },
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } },
  };
  const input = { language: "Solidity", sources: { [file]: { content } }, settings };
  const { contracts, errors = [] } = JSON.parse(solc.compile(JSON.stringify(input))) as Output;
  const wrong = errors.filter(({ severity }) => severity === "error");
  if (wrong.length > 0) throw new Error(wrong.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const { abi, evm } = contracts[file]![name]!;
  return { abi, bytecode: `0x${evm.bytecode.object}` };
}
