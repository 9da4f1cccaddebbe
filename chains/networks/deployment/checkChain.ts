import type { ArtifactResolver, Future, IgnitionModule } from "@nomicfoundation/ignition-core";
import { formatEther } from "ethers";

import { BaseError } from "../../../protocol/BaseError.ts";
import { contracts as abis } from "../../../protocol/contracts.ts";
import type { ChainClient } from "../../clients/ChainClient.ts";
import { readContract } from "../../clients/readContract.ts";
import { RpcRefusal } from "../../rpc/Rpc.ts";

/** Most bytes of a contract's code (EIP-170). */
const MOST_CODE_BYTES = 24_576;
/** Most bytes of what deploys a contract (EIP-3860), of which arguments are a part. */
const MOST_INIT_BYTES = 49_152;
/** Bytes that the arguments of a contract's deployment take at the most here. */
const ARGUMENT_BYTES = 2048;

/** Gas of a transaction that creates a contract, of a byte of its code, and of a byte of what deploys it. */
const GAS = { create: 53_000n, codeByte: 200n, initByte: 16n + 1n };
/** Gas of what a constructor does besides, or of a call of the wiring or the hand-over; more than any takes. */
const CALL_GAS = 250_000n;

/** Code that deploys an empty contract: with nothing that is newer than EVM chains are, and with each opcode that is. */
const PLAIN_PROBE = "0x60006000f3";
const OPCODE_PROBES = {
  PUSH0: { fork: "Shanghai", code: "0x5f5ff3" },
  MCOPY: { fork: "Cancun", code: "0x6000600060005e60006000f3" },
  TSTORE: { fork: "Cancun", code: "0x600060005d60006000f3" },
} as const;

/**
 * Tries the opcodes that the contracts are compiled to, in a call that changes nothing.
 *
 * @throws `OPCODE_MISSING`.
 */
export async function checkOpcodes(
  { name, rpc }: Pick<ChainClient, "name" | "rpc">,
  from: string,
): Promise<void> {
  const runs = async (data: string) => {
    try {
      await rpc.request("eth_call", [{ from, data }, "latest"]);
      return true;
    } catch (error) {
      if (error instanceof RpcRefusal) return false;
      throw error;
    }
  };
  // A node that lets nobody try this shows with the first contract what it cannot do.
  if (!(await runs(PLAIN_PROBE))) return;
  for (const [opcode, { fork, code }] of Object.entries(OPCODE_PROBES)) {
    if (await runs(code)) continue;
    throw new BaseError("OPCODE_MISSING", `${name} does not know the opcode ${opcode}.`, {
      details: `It came with the hard fork ${fork}; the contracts are compiled for Prague.`,
      next: "Upgrade the chain's nodes and genesis, or choose another chain.",
    });
  }
}

/**
 * Looks at the sizes of all that a module deploys.
 *
 * @throws `CODE_TOO_LARGE`.
 */
export async function checkSizes(
  chain: string,
  module: IgnitionModule,
  artifacts: ArtifactResolver,
): Promise<void> {
  for (const { contractName, bytecode, deployedBytecode } of await artifactsOf(module, artifacts)) {
    const code = bytesOf(deployedBytecode);
    const init = bytesOf(bytecode) + ARGUMENT_BYTES;
    if (code <= MOST_CODE_BYTES && init <= MOST_INIT_BYTES) continue;
    throw new BaseError("CODE_TOO_LARGE", `${contractName} is too large for ${chain}.`, {
      details:
        code > MOST_CODE_BYTES
          ? `Its code takes ${code} bytes; chains take ${MOST_CODE_BYTES} (EIP-170).`
          : `What deploys it takes ${init} bytes; chains take ${MOST_INIT_BYTES} (EIP-3860).`,
    });
  }
}

/**
 * Whether the deployer can pay for what remains to be deployed and wired, by a reckoning that is above what it takes.
 *
 * @param options - `deployed`: what of it is there, by the ids of the module's parts; `calls`: transactions besides.
 * @throws `INSUFFICIENT_FUNDS` (retryable).
 */
export async function checkBalance(
  client: ChainClient,
  module: IgnitionModule,
  options: { account: string; artifacts: ArtifactResolver; deployed: ReadonlySet<string>; calls: number },
): Promise<void> {
  const { account, artifacts, deployed, calls } = options;
  const { maxFeePerGas } = await client.feesOf(account);
  if (maxFeePerGas === 0n) return;
  let gas = BigInt(calls) * CALL_GAS;
  for (const { bytecode, deployedBytecode } of await artifactsOf(module, artifacts, deployed)) {
    const code = BigInt(bytesOf(deployedBytecode)) * GAS.codeByte;
    gas += GAS.create + code + BigInt(bytesOf(bytecode)) * GAS.initByte + CALL_GAS;
  }
  const needed = gas * maxFeePerGas;
  const balance = BigInt((await client.rpc.request("eth_getBalance", [account, "latest"])) as string);
  if (balance >= needed) return;
  throw new BaseError("INSUFFICIENT_FUNDS", `The deployer ${account} has too little on ${client.name}.`, {
    details: `It has ${formatEther(balance)} of the chain's coin; with up to ${maxFeePerGas} wei a gas, ${gas} gas may take ${formatEther(needed)}. What is left over stays with it.`,
    next: "Send it some, then deploy again.",
    retryable: true,
  });
}

/**
 * Looks at the token that tasks are to be paid in.
 *
 * @param decimals - Those that applications count on, by their names.
 * @throws `NOT_A_TOKEN`.
 */
export async function checkToken(
  client: ChainClient,
  address: string,
  decimals: ReadonlyMap<string, number>,
): Promise<void> {
  const refused = (details: string, cause?: unknown) =>
    new BaseError("NOT_A_TOKEN", `What is at ${address} on ${client.name} is not the token to pay in.`, {
      details,
      next: "Correct token.address, or have a token deployed (token.deploy).",
      cause,
    });
  const code = (await client.rpc.request("eth_getCode", [address, "latest"])) as string;
  if (code === "0x") throw refused("There is no contract.");
  const token = { contract: abis.LocalToken, address };
  try {
    await readContract(client, token, "totalSupply", []);
    await readContract(client, token, "balanceOf", [address]);
  } catch (cause) {
    if (cause instanceof BaseError && cause.retryable) throw cause;
    throw refused("It does not answer as an ERC-20.", cause);
  }
  for (const [application, wanted] of decimals) {
    const found = await readContract(client, token, "decimals", []).catch(() => undefined);
    if (found === wanted) continue;
    throw refused(
      `The application ${application} counts in tokens of ${wanted} decimals; this one has ${found ?? "none"}.`,
    );
  }
}

interface Sized {
  contractName: string;
  bytecode: string;
  deployedBytecode: string;
}

/** What a module deploys, without those of its parts that are there. */
async function artifactsOf(
  module: IgnitionModule,
  artifacts: ArtifactResolver,
  without: ReadonlySet<string> = new Set(),
): Promise<Sized[]> {
  const futures = [...module.futures].filter(({ id }) => !without.has(id));
  const found = await Promise.all(futures.map((future) => artifactOf(future, artifacts)));
  return found.filter((artifact) => artifact !== undefined);
}

async function artifactOf(future: Future, artifacts: ArtifactResolver): Promise<Sized | undefined> {
  if (!("constructorArgs" in future) && !("libraries" in future)) return undefined;
  if ("artifact" in future) return future.artifact as Sized;
  return "contractName" in future ? artifacts.loadArtifact(future.contractName) : undefined;
}

function bytesOf(hex: string): number {
  return (hex.length - 2) / 2;
}
