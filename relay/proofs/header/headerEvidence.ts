import { z } from "zod";

import { readAncestors } from "../../../chains/proofs/readAncestors.ts";
import { signersPart } from "../../../protocol/checkpoint.ts";
import { encodeHeaderContradiction } from "../../../protocol/header.ts";
import type { ProvenFact } from "../Fact.ts";
import { hex } from "../hex.ts";
import type { EvidenceForm, EvidencePart } from "../ProofScheme.ts";
import { signaturesOf } from "../signaturesOf.ts";
import { findHeaderContradiction } from "./findHeaderContradiction.ts";

/** Two attested blocks of one number, or of which the later one does not descend from the earlier. */
export const headerEvidence: EvidenceForm = {
  part: "attested block",
  form: "{ blockHash, number, signatures: { validator: signature } }",

  schema: z
    .strictObject({
      blockHash: hex(32),
      number: z.int().min(0),
      /** By validator. */
      signatures: z.record(z.string(), z.string()),
      /** RLP headers of the block and its ancestors, for a block that the chain's node does not know. */
      headers: z.array(z.string().regex(/^0x([0-9a-fA-F]{2})+$/)).optional(),
    })
    .transform(({ blockHash: hash, number: place, ...rest }) => ({ place, hash, ...rest })),

  async complete(parts, origin) {
    const [earlier, later] = [...parts].sort((a, b) => a.place - b.place) as [EvidencePart, EvidencePart];
    const count = later.place - earlier.place;
    const headers = later.headers ?? (await readAncestors(origin.rpc, later.hash, count)).headers;
    return { earlier, later, headers: headers.slice(0, count) };
  },

  find: findHeaderContradiction,

  encode({ earlier, later, headers }, set) {
    const signed = ({ place, hash: blockHash, signatures }: ProvenFact) => ({
      number: BigInt(place),
      blockHash,
      signers: signersPart({ ...set, signatures: signaturesOf(signatures, set) }),
    });
    return encodeHeaderContradiction(signed(later), signed(earlier), headers);
  },

  told: (facts) => `attested blocks of two histories, ${facts.map(({ place }) => place).join(" and ")}`,
};
