import { z } from "zod";

/**
 * How an update's numbers are stored: float32, or whole multiples of one step a
 * tensor in 16 or 8 bits, whose rounding is made up for in the next update.
 */
export const updateEncodingSchema = z.enum(["float32", "int16", "int8"]);

/** @see updateEncodingSchema */
export type UpdateEncoding = z.infer<typeof updateEncodingSchema>;
