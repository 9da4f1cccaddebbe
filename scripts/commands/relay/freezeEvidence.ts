import type { z } from "zod";

import type { GatewayClient, ValidatorSet } from "../../../chains/clients/GatewayClient.ts";
import type { ProofKind } from "../../../chains/proofs/proofKinds.ts";
import { checked, readJson } from "../../../files/readJson.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { EvidencePart } from "../../../relay/proofs/ProofScheme.ts";
import { PROOF_SCHEMES } from "../../../relay/proofs/proofSchemes.ts";
import type { RelayerStore } from "../../../relay/store/RelayerStore.ts";

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
 * Evidence that a chain's validators signed two histories, as the `freeze` of a gateway takes it.
 *
 * @throws `NO_EVIDENCE`, `EVIDENCE_INVALID`, `MALFORMED_PROOF` when too few of the route's validators signed, and what
 * the origin's endpoints throw.
 */
export async function freezeEvidence(parameters: FreezeEvidenceParameters): Promise<string> {
  const { origin, set, kind, files, openStore } = parameters;
  const { evidence } = PROOF_SCHEMES[kind];
  if (files !== undefined) {
    return evidence.encode(await evidence.complete(await readPair(files, kind), origin), set);
  }
  const store = openStore();
  try {
    const found = await evidence.find(origin, store.facts);
    if (found !== undefined) return evidence.encode(found, set);
  } finally {
    store.close();
  }
  throw new BaseError("NO_EVIDENCE", "This relayer has seen no contradiction of that chain's validators.", {
    next: `Give two files with --evidence, each a ${evidence.part}: ${evidence.form}.`,
  });
}

async function readPair(files: readonly string[], kind: ProofKind): Promise<[EvidencePart, EvidencePart]> {
  const [first, second] = files;
  if (first === undefined || second === undefined || files.length > 2) {
    throw new BaseError("EVIDENCE_INVALID", "Evidence is of two parts, each in a file of its own.", {
      details: `Given were ${files.length} files.`,
    });
  }
  return Promise.all([readPart(first, kind), readPart(second, kind)]);
}

async function readPart(path: string, kind: ProofKind): Promise<EvidencePart> {
  const { schema, part, form } = PROOF_SCHEMES[kind].evidence;
  return checked(await readJson(path, "EVIDENCE_INVALID"), {
    schema: schema as z.ZodType<EvidencePart>,
    code: "EVIDENCE_INVALID",
    message: `${path} is no ${part}.`,
    next: `Give ${form}: that route is verified by a ${kind}.`,
  });
}
