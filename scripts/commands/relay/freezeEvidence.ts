import { readFile } from "node:fs/promises";

import { z } from "zod";
import type { GatewayClient, ProofKind, ValidatorSet } from "../../../chains/clients/GatewayClient.ts";
import { readAncestors } from "../../../chains/proofs/readAncestors.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { encodeContradiction, signersPart } from "../../../protocol/checkpoint.ts";
import { encodeHeaderContradiction } from "../../../protocol/header.ts";
import { findHeaderContradiction } from "../../../relay/proofs/header/findHeaderContradiction.ts";
import type { RelayerStore } from "../../../relay/store/RelayerStore.ts";

const hash = z.string().regex(/^0x[0-9a-fA-F]{64}$/);
/** By validator. */
const signatures = z.record(z.string(), z.string());

const SCHEMAS = {
  checkpoint: z.strictObject({ root: hash, index: z.int().min(0), signatures }),
  header: z.strictObject({
    blockHash: hash,
    number: z.int().min(0),
    signatures,
    /** RLP headers of the block and its ancestors, for a block that the chain's node does not know. */
    headers: z.array(z.string().regex(/^0x([0-9a-fA-F]{2})+$/)).optional(),
  }),
};
const FORMS = {
  checkpoint: "{ root, index, signatures: { validator: signature } }",
  header: "{ blockHash, number, signatures: { validator: signature } }",
};

/** What shall be frozen, and what it is verified with. */
export interface FreezeEvidenceParameters {
  /** The chain whose validators contradicted themselves. */
  origin: GatewayClient;
  /** Who vouches for it at the route's end. */
  set: ValidatorSet;
  /** What the route's verifier wants to see. */
  kind: ProofKind;
  /** Two files of evidence; what a relayer found when undefined. */
  files: readonly string[] | undefined;
  /** Opens the database of that relayer. */
  openStore: () => RelayerStore;
}

/**
 * Evidence that a chain's validators signed two histories, as the `freeze` of a gateway takes it: two checkpoints of
 * one index, or two attested blocks that cannot be of one chain.
 *
 * @throws `NO_EVIDENCE`, `EVIDENCE_INVALID`, `MALFORMED_PROOF` when too few of the route's validators signed, and what
 * the origin's endpoints throw.
 */
export async function freezeEvidence(parameters: FreezeEvidenceParameters): Promise<string> {
  return parameters.kind === "header" ? ofBlocks(parameters) : ofCheckpoints(parameters);
}

async function ofCheckpoints({ origin, set, files, openStore }: FreezeEvidenceParameters): Promise<string> {
  const pair =
    files === undefined
      ? await found(openStore, (store) => store.contradictions(origin.chainId)[0])
      : await readPair(files, "checkpoint");
  const [a, b] = pair.map(({ root, index, signatures }) => ({
    root,
    index,
    ...set,
    signatures: ofSet(signatures, set),
  }));
  return encodeContradiction({ a: a!, b: b! });
}

async function ofBlocks({ origin, set, files, openStore }: FreezeEvidenceParameters): Promise<string> {
  const { later, earlier, headers } =
    files === undefined
      ? await found(openStore, (store) => findHeaderContradiction(origin, store))
      : await blocksOf(await readPair(files, "header"), origin);
  const signed = ({ number, blockHash, signatures }: typeof later) => ({
    number: BigInt(number),
    blockHash,
    signers: signersPart({ ...set, signatures: ofSet(signatures, set) }),
  });
  return encodeHeaderContradiction(signed(later), signed(earlier), headers);
}

async function blocksOf(pair: readonly z.infer<typeof SCHEMAS.header>[], origin: GatewayClient) {
  const [earlier, later] = [...pair].sort((a, b) => a.number - b.number) as [
    (typeof pair)[number],
    (typeof pair)[number],
  ];
  const count = later.number - earlier.number;
  const headers = later.headers ?? (await readAncestors(origin.rpc, later.blockHash, count)).headers;
  return { later, earlier, headers: headers.slice(0, count) };
}

/** Signatures of a set's validators, in its order and not more than are wanted. */
function ofSet(signatures: Readonly<Record<string, string>>, { validators, threshold }: ValidatorSet) {
  return validators.flatMap((validator) => signatures[validator] ?? []).slice(0, threshold);
}

async function found<T>(
  openStore: () => RelayerStore,
  look: (store: RelayerStore) => T | undefined | Promise<T | undefined>,
): Promise<T> {
  const store = openStore();
  try {
    const evidence = await look(store);
    if (evidence !== undefined) return evidence;
  } finally {
    store.close();
  }
  throw new BaseError("NO_EVIDENCE", "This relayer has seen no contradiction of that chain's validators.", {
    next: "Give two checkpoints, or two attested blocks, that contradict each other with --evidence.",
  });
}

async function readPair<K extends ProofKind>(
  files: readonly string[],
  kind: K,
): Promise<z.infer<(typeof SCHEMAS)[K]>[]> {
  if (files.length !== 2) {
    throw new BaseError("EVIDENCE_INVALID", "Evidence is of two parts, each in a file of its own.", {
      details: `Given were ${files.length} files.`,
    });
  }
  return Promise.all(files.map((path) => readPart(path, kind)));
}

async function readPart<K extends ProofKind>(path: string, kind: K): Promise<z.infer<(typeof SCHEMAS)[K]>> {
  try {
    return SCHEMAS[kind].parse(JSON.parse(await readFile(path, "utf8"))) as z.infer<(typeof SCHEMAS)[K]>;
  } catch (cause) {
    const what = kind === "header" ? "attested block" : "signed checkpoint";
    throw new BaseError("EVIDENCE_INVALID", `${path} is no ${what}.`, {
      details: cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause),
      next: `Give ${FORMS[kind]}: that route is verified by a ${kind}.`,
      cause,
    });
  }
}
