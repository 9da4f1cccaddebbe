import type { ContractFuture, IgnitionModuleBuilder } from "@nomicfoundation/ignition-core";

import type { ChainAccount } from "../clients/ChainAccount.ts";
import type { Step } from "./deployment/Step.ts";
import type { ChainPlace } from "./networkFile.ts";
import type { TimedChain } from "./wayToMain.ts";

/** What a chain's module has for an application's contract, besides the module's parameters. */
export interface ApplicationParts {
  role: ChainPlace["role"];
  owner: ReturnType<IgnitionModuleBuilder["getAccount"]>;
  /** The escrow, on the main chain. */
  escrow?: ContractFuture<string>;
  /** The network's token, on the main chain. */
  token?: ContractFuture<string> | string;
  /** The workers' registry, on a subchain. */
  registry?: ContractFuture<string>;
  /** The mechanisms' policies, or meters on a subchain. */
  mechanisms: readonly ContractFuture<string>[];
}

/**
 * An application: a contract on every chain that talks to its counterparts through the gateways (CrossChainApp.sol).
 * A deployment links those of each application to each other.
 */
export interface Application {
  /** Its name in the network file. */
  readonly name: string;
  /** Adds its contract to a chain's module. */
  deploy(m: IgnitionModuleBuilder, parts: ApplicationParts): ContractFuture<string>;
  /**
   * Parameters of the main chain's module that follow from how fast the chains are, by name.
   *
   * @param given - What who deploys it wants of times, seconds.
   * @throws BaseError where it cannot work on such chains, or not with what is given.
   */
  timesOn?(
    chains: readonly TimedChain[],
    given: { messageSeconds?: number | undefined },
  ): Readonly<Record<string, number>>;
  /** What its contract on a chain must be told of another chain before they are linked. */
  meet?(owner: ChainAccount, place: ChainPlace, other: ChainPlace): Step[];
  /** Decimals of the token that it counts on; any unless given. */
  readonly tokenDecimals?: number;
}
