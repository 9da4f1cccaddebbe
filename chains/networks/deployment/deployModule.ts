import { join } from "node:path";

import {
  type ArtifactResolver,
  DeploymentResultType,
  deploy,
  type EIP1193Provider,
  type IgnitionModule,
  type SolidityParameterType,
} from "@nomicfoundation/ignition-core";

import { BaseError } from "../../../protocol/BaseError.ts";
import type { ChainClient } from "../../clients/ChainClient.ts";
import type { KeySigner } from "../../keys/KeySigner.ts";
import { DeployerProvider } from "./DeployerProvider.ts";
import { sentPath, settleJournal } from "./settleJournal.ts";

/** Most confirmations that Ignition waits for with every batch: what else is undone is found at the end. */
const MOST_CONFIRMATIONS = 6;
/** How long a transaction may wait before it bids more, milliseconds. */
const BUMP_MILLISECONDS = 180_000;
/** The same where nothing is asked for: a higher bid would cost what nobody has. */
const NEVER_MILLISECONDS = 2 ** 31 - 1;

/** What a module is deployed with. */
export interface DeployModuleOptions {
  client: ChainClient;
  deployer: KeySigner;
  /** The contracts' code. */
  artifacts: ArtifactResolver;
  parameters: Readonly<Record<string, SolidityParameterType>>;
  /** Where its journal is kept; in memory unless given. */
  journal?: string | undefined;
  /** Seconds from block to block. */
  blockSeconds: number;
  /** Blocks on top of one that count it as final. */
  finalityBlocks: number;
}

/**
 * Deploys a chain's module with Ignition, and goes on where an earlier process stopped.
 *
 * @returns Addresses by the module's names.
 * @throws `DEPLOYMENT_REFUSED` when the chain or Ignition refuses; the errors of `Rpc.request`.
 */
export async function deployModule(
  module: IgnitionModule,
  options: DeployModuleOptions,
): Promise<Record<string, string>> {
  const { client, deployer, artifacts, parameters, journal, blockSeconds, finalityBlocks } = options;
  if (journal !== undefined) await settleJournal(journal, client.rpc);
  const provider: EIP1193Provider = new DeployerProvider({
    rpc: client.rpc,
    chainId: client.chainId,
    signer: deployer,
    ...(journal === undefined ? {} : { keptIn: sentPath(journal) }),
  });
  const { maxFeePerGas } = await client.feesOf(deployer.address);
  const isFree = maxFeePerGas === 0n;
  const result = await refusedAsTold(client.name, () =>
    deploy({
      ignitionModule: module,
      deploymentParameters: { [module.id]: { ...parameters } },
      provider,
      accounts: [deployer.address],
      artifactResolver: artifacts,
      ...(journal === undefined ? {} : { deploymentDir: journal }),
      config: {
        requiredConfirmations: confirmationsFor(finalityBlocks),
        blockPollingInterval: Math.min(2000, Math.max(20, blockSeconds * 250)),
        timeBeforeBumpingFees: isFree
          ? NEVER_MILLISECONDS
          : Math.max(BUMP_MILLISECONDS, blockSeconds * 20_000),
        disableFeeBumping: isFree,
      },
    }),
  );
  if (result.type !== DeploymentResultType.SUCCESSFUL_DEPLOYMENT) {
    const { errorDeploymentResultToExceptionMessage } = await import(
      "@nomicfoundation/hardhat-ignition/helpers"
    );
    throw refused(client.name, errorDeploymentResultToExceptionMessage(result));
  }
  return Object.fromEntries(
    Object.entries(module.results).map(([name, { id }]) => [name, result.contracts[id]!.address]),
  );
}

/** How many blocks have a transaction before Ignition goes on: its own is the first. */
export function confirmationsFor(finalityBlocks: number): number {
  return Math.min(finalityBlocks + 1, MOST_CONFIRMATIONS);
}

/** Where a chain's journal is, in the directory of all. */
export function chainJournal(directory: string, chain: string): string {
  return join(directory, chain);
}

async function refusedAsTold<T>(chain: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    if (cause instanceof BaseError) throw cause;
    throw refused(chain, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function refused(chain: string, details: string, cause?: unknown): BaseError {
  return new BaseError("DEPLOYMENT_REFUSED", `What is to be deployed to ${chain} was not.`, {
    details: details.replaceAll(/\n{2,}/g, "\n").trim(),
    next: "Put that right and deploy again: it goes on from there. With another deployment file, name another --journal.",
    cause,
  });
}
