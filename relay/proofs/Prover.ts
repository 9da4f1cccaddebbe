import type { GatewayClient, ValidatorSet } from "../../chains/clients/GatewayClient.ts";
import type { MerkleTree } from "../../protocol/MerkleTree.ts";
import type { KnownMessage } from "../store/MessageTable.ts";

/** A route whose messages are to be proven. */
export interface ProvenRoute {
  origin: GatewayClient;
  /** Chain id of the destination. */
  destination: bigint;
  /** The origin's outbox as far as it was read. */
  tree: MerkleTree;
  /** Who vouches for the origin at the destination. */
  set: ValidatorSet;
  /** Nonces of the lowest and the highest message that waits. */
  open: { lowest: number; highest: number };
}

/** What can be proven of a route now. */
export interface Provable {
  /** Nonce of the last message that can be proven. */
  index: number;
  /** Those of some messages, in order, that one proof covers. */
  together(messages: readonly KnownMessage[]): readonly KnownMessage[];
  /** What the destination's verifier wants to see of them. */
  prove(messages: readonly KnownMessage[]): Promise<string>;
}

/** Gathers what a kind of verifier wants to see. */
export interface Prover {
  /** Undefined while nothing can be proven. */
  prepare(route: ProvenRoute): Promise<Provable | undefined>;
}
