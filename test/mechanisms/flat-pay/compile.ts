import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

import type { Artifact } from "@nomicfoundation/ignition-core";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const FOLDER = "test/mechanisms/flat-pay/contracts";
const NAMES = ["FlatPayPolicy", "FlatPayMeter"] as const;

interface Output {
  contracts: Record<
    string,
    Record<string, { abi: Artifact["abi"]; evm: Record<"bytecode" | "deployedBytecode", { object: string }> }>
  >;
  errors?: { severity: string; formattedMessage: string }[];
}

let artifacts: { policy: Artifact; meter: Artifact } | undefined;

/** Compiles the contracts, once a process, with the project's compiler. */
export function compile(): { policy: Artifact; meter: Artifact } {
  if (artifacts !== undefined) return artifacts;
  const solc = createRequire(import.meta.url)("solc") as {
    compile(input: string, callbacks: { import: (path: string) => { contents: string } }): string;
  };
  const read = (path: string) => readFileSync(`${ROOT}${path}`, "utf8");
  const paths = NAMES.map((name) => `${FOLDER}/${name}.sol`);
  const settings = {
    evmVersion: "prague",
    optimizer: { enabled: true, runs: 200 },
    outputSelection: { "*": { "*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"] } },
  };
  const sources = Object.fromEntries(paths.map((path) => [path, { content: read(path) }]));
  const input = JSON.stringify({ language: "Solidity", sources, settings });
  const output = JSON.parse(solc.compile(input, { import: (path) => ({ contents: read(path) }) })) as Output;
  const wrong = (output.errors ?? []).filter(({ severity }) => severity === "error");
  if (wrong.length > 0) throw new Error(wrong.map(({ formattedMessage }) => formattedMessage).join("\n"));
  const [policy, meter] = NAMES.map((contractName, i): Artifact => {
    const sourceName = paths[i]!;
    const { abi, evm } = output.contracts[sourceName]![contractName]!;
    return {
      _format: "hh3-artifact-1",
      contractName,
      sourceName,
      abi,
      bytecode: `0x${evm.bytecode!.object}`,
      deployedBytecode: `0x${evm.deployedBytecode!.object}`,
      linkReferences: {},
      deployedLinkReferences: {},
    };
  });
  artifacts = { policy: policy!, meter: meter! };
  return artifacts;
}
