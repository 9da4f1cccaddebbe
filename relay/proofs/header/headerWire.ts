import { z } from "zod";

import { hex } from "../hex.ts";
import type { VoucherWire } from "../ProofScheme.ts";

/** Attested blocks as a validator's server gives them. */
export const headerWire: VoucherWire = {
  path: "blocks",
  from: "number",
  // Each proves its own messages only.
  newestFirst: false,
  schema: z
    .object({ number: z.int().min(0), blockHash: hex(32), signature: hex(65) })
    .transform(({ number: place, blockHash: hash, signature }) => ({ place, hash, signature })),
  write: ({ place: number, hash: blockHash, signature }) => ({ number, blockHash, signature }),
};
