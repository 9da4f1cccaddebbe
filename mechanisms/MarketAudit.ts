import type { ChainEvent } from "../chains/clients/ChainEvent.ts";
import type { ChainPlace, NetworkFile } from "../chains/networks/networkFile.ts";
import type { AnyContract, AnyEvent } from "../protocol/ContractAbi.ts";
import type { ContentStore } from "../storage/ContentStore.ts";
import type { CheckTally } from "./MechanismAudit.ts";

/** A message of a market's contracts, as the chains show it. */
export interface SeenMessage {
  id: string;
  /** Chain ids. */
  origin: bigint;
  destination: bigint;
  /** Hex. */
  payload: string;
  /** The block that sent it. */
  blockNumber: number;
  /** Where it was delivered; undefined while it is under way. */
  delivered: { transactionHash: string; blockNumber: number } | undefined;
}

/** A chain as a market's audit sees it: all as of one block. */
export interface MarketChain {
  readonly place: ChainPlace;
  readonly name: string;
  readonly chainId: bigint;
  /** The block as of which it is read. */
  readonly head: number;
  /** Events of the market's contract, and of the escrow about its accounts, in the order of the chain. */
  readonly events: readonly ChainEvent<AnyEvent>[];
  /** Time of a block, Unix seconds. */
  blockTime(blockNumber: number): Promise<number>;
  /** A transaction: whom it called with what. */
  transaction(hash: string): Promise<{ from: string; to: string | null; data: string }>;
  /** The answer of a view function as of `head`. */
  read<T>(contract: AnyContract, address: string, method: string, values: readonly unknown[]): Promise<T>;
}

/** What a market's checks go by: chains and storage. */
export interface MarketEvidence {
  readonly network: NetworkFile;
  readonly storage: ContentStore;
  readonly main: MarketChain;
  readonly relay: MarketChain;
  readonly subchains: readonly MarketChain[];
  /** What the market's contracts sent each other, in the order of each origin. */
  readonly messages: readonly SeenMessage[];
  /** Asks a service of the network file for JSON: a hint where in storage something is, which proves nothing. */
  hint(url: string): Promise<unknown>;
}

/** A check of a market. */
export interface MarketCheck {
  name: string;
  /** What holds when it is ok. */
  title: string;
  /** What is counted. */
  unit: string;
  run(evidence: MarketEvidence, tally: MarketTally): Promise<void>;
}

/** As {@link CheckTally}, for what may be kept back. */
export interface MarketTally extends CheckTally {
  /** Something cannot be examined: what, and what to do about it. */
  skip(what: string, next: string): void;
}

/** What an audit re-derives of a market: written a second time, without a look at what is audited. */
export interface MarketAudit {
  /** The contract of each chain, by its role. */
  contractOf(role: ChainPlace["role"]): AnyContract;
  readonly checks: readonly MarketCheck[];
}
