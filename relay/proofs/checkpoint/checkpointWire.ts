import { z } from "zod";

import { hex } from "../hex.ts";
import type { VoucherWire } from "../ProofScheme.ts";

/** Signed checkpoints as a validator's server gives them. */
export const checkpointWire: VoucherWire = {
  path: "checkpoints",
  from: "index",
  // The newest prove all before them.
  newestFirst: true,
  schema: z
    .object({ root: hex(32), index: z.int().min(0).max(0xffff_ffff), signature: hex(65) })
    .transform(({ root: hash, index: place, signature }) => ({ place, hash, signature })),
  write: ({ place: index, hash: root, signature }) => ({ index, root, signature }),
};
