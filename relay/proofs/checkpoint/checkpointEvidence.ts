import { z } from "zod";

import { encodeContradiction } from "../../../protocol/checkpoint.ts";
import type { ProvenFact } from "../Fact.ts";
import { hex } from "../hex.ts";
import type { EvidenceForm } from "../ProofScheme.ts";
import { signaturesOf } from "../signaturesOf.ts";

/** Two checkpoints of one index with different roots. */
export const checkpointEvidence: EvidenceForm = {
  part: "signed checkpoint",
  form: "{ root, index, signatures: { validator: signature } }",

  schema: z
    .strictObject({
      root: hex(32),
      index: z.int().min(0),
      /** By validator. */
      signatures: z.record(z.string(), z.string()),
    })
    .transform(({ root: hash, index: place, signatures }) => ({ place, hash, signatures })),

  async complete([earlier, later]) {
    return { earlier, later, headers: [] };
  },

  async find({ chainId }, facts) {
    const [pair] = facts.contradictions("checkpoint", chainId);
    return pair && { earlier: pair[0], later: pair[1], headers: [] };
  },

  encode({ earlier, later }, set) {
    const signed = ({ hash: root, place: index, signatures }: ProvenFact) => ({
      root,
      index,
      ...set,
      signatures: signaturesOf(signatures, set),
    });
    return encodeContradiction({ a: signed(earlier), b: signed(later) });
  },

  told: (facts) => `signed two roots for index ${facts[0]?.place}`,
};
