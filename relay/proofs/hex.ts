import { z } from "zod";

/** So many bytes in hexadecimal. */
export function hex(bytes: number): z.ZodString {
  return z.string().regex(new RegExp(`^0x[0-9a-f]{${2 * bytes}}$`, "i"));
}
