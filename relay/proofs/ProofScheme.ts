import type { z } from "zod";
import type { GatewayClient, ValidatorSet } from "../../chains/clients/GatewayClient.ts";
import type { KeySigner } from "../../chains/keys/KeySigner.ts";
import type { ProofKind } from "../../chains/proofs/proofKinds.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { RelayListener } from "../RelayEvent.ts";
import type { GatewayFollower } from "../reading/GatewayFollower.ts";
import type { FactTable } from "../store/FactTable.ts";
import type { LeafTable } from "../store/LeafTable.ts";
import type { KnownMessage } from "../store/MessageTable.ts";
import type { RelayerStore } from "../store/RelayerStore.ts";
import type { Fact, ProvenFact, Voucher } from "./Fact.ts";
import type { Prover } from "./Prover.ts";
import type { VoucherSource } from "./VoucherSource.ts";

/** A gateway's place: validators sign for one chain and one contract. */
export interface FactDomain {
  chainId: bigint;
  gateway: string;
}

/** A chain as a validator has read it. */
export interface ReadChain {
  gateway: GatewayClient;
  follower: GatewayFollower;
  leaves: LeafTable;
}

/** How validators vouch for a chain's history. */
export interface Vouching {
  /** What the follower of a chain must compare beside the numbers of its messages. */
  readonly follows: { needsOutbox?: boolean; needsAncestors?: boolean };
  /**
   * Facts that a validator may vouch for now, in the order of their places; undefined while nothing can be told.
   *
   * @param last - The fact of the highest place that it vouched for.
   * @param limit - Most facts: of a longer past those that are of most use.
   * @param fence - Nothing is due up to this place; -1 unless given.
   * @throws `WOULD_EQUIVOCATE` when the history read now is not that of `last`.
   */
  due(chain: ReadChain, last: Fact | undefined, limit: number, fence?: number): Promise<Fact[] | undefined>;
  /** Signs a fact. */
  sign(wallet: KeySigner, domain: FactDomain, fact: Fact): Promise<string>;
  /** Who signed a fact; throws when the signature is malformed. */
  signerOf(domain: FactDomain, fact: Fact, signature: string): string;
}

/** How vouchers are asked for over HTTP. */
export interface VoucherWire {
  /** First part of the path. */
  readonly path: string;
  /** What a place is, as documentation of the path says it. */
  readonly from: string;
  /** Which come first where there are more than are given at once. */
  readonly newestFirst: boolean;
  /** One voucher as JSON. */
  readonly schema: z.ZodType<Voucher>;
  write(voucher: Voucher): unknown;
}

/** A fact as evidence, with headers for what the chain's node may not know. */
export interface EvidencePart extends ProvenFact {
  /** RLP headers of a block and its ancestors. */
  headers?: readonly string[] | undefined;
}

/** Two facts that cannot be of one history, and what shows it. */
export interface Contradiction {
  earlier: ProvenFact;
  later: ProvenFact;
  /** RLP headers of the later block and its ancestors, where it takes them. */
  headers: readonly string[];
}

/** How it is shown that validators vouched for two histories. */
export interface EvidenceForm {
  /** What a file of evidence holds. */
  readonly part: string;
  /** The JSON of such a file, for people. */
  readonly form: string;
  readonly schema: z.ZodType<EvidencePart>;
  /** What two files show. @throws what the origin's endpoints throw. */
  complete(parts: readonly [EvidencePart, EvidencePart], origin: GatewayClient): Promise<Contradiction>;
  /** A contradiction among the facts that a relayer kept. @throws what the origin's endpoints throw. */
  find(origin: GatewayClient, facts: FactTable): Promise<Contradiction | undefined>;
  /** Evidence as a gateway's `freeze` takes it. @throws `MALFORMED_PROOF` when too few of the set signed. */
  encode(contradiction: Contradiction, set: ValidatorSet): string;
  /** What the validators did, after "validators …". */
  told(facts: readonly Fact[]): string;
}

/** What provers work with. */
export interface ProverModules {
  sources: readonly VoucherSource[];
  store: RelayerStore;
  clock: Clock;
  listener: RelayListener;
  /** How long it is waited for validators that were just asked, milliseconds; what a relayer waits unless given. */
  graceMilliseconds?: number | undefined;
}

/**
 * A kind of proof: how validators vouch for a chain, how their vouchers are had, how messages are proven by them and
 * how it is found, and shown, that they contradict themselves. Whoever needs one asks the table `PROOF_SCHEMES`.
 */
export interface ProofScheme {
  readonly kind: ProofKind;
  readonly vouching: Vouching;
  readonly wire: VoucherWire;
  readonly evidence: EvidenceForm;
  prover(modules: ProverModules): Prover;
  /** Whether a message can be proven by what a relayer kept, as far as that alone tells. */
  proves(message: KnownMessage, store: RelayerStore): boolean;
  /** How far an origin's messages are proven, in words; empty where it is not up to a place, undefined where nothing is. */
  progress(origin: bigint, facts: FactTable): string | undefined;
}
