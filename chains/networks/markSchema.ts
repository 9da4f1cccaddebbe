import { z } from "zod";

/** A block's place in its chain, in a file. */
export const markSchema = z.strictObject({
  number: z.int().min(0),
  hash: z.string().regex(/^0x[0-9a-f]{64}$/i),
});
