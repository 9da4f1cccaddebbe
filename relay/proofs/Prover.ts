import type { GatewayClient, ValidatorSet } from "../../chains/clients/GatewayClient.ts";
import type { MerkleTree } from "../../protocol/MerkleTree.ts";
import type { KnownMessage } from "../store/MessageTable.ts";

/** Messages that are to be proven. */
export interface ProvenRoute {
  origin: GatewayClient;
  /** The origin's outbox as far as it was read. */
  tree: MerkleTree;
  /** Who vouches for the origin at the destination. */
  set: ValidatorSet;
  /** Messages that wait, at least one; those that shall go first come first. */
  waiting: readonly KnownMessage[];
  /** Whose they are: a prover keeps apart what each asks of validators. */
  asker: string;
}

/** What can be proven of a route now. */
export interface Provable {
  /** Those of the messages that wait which one proof covers, in the order that they have; at least one. */
  messages: readonly KnownMessage[];
  /** What the destination's verifier wants to see of some of them, in the order of their numbers. */
  prove(messages: readonly KnownMessage[]): Promise<string>;
}

/** Gathers what a kind of verifier wants to see. */
export interface Prover {
  /** Undefined while nothing can be proven. */
  prepare(route: ProvenRoute): Promise<Provable | undefined>;
}
