import { z } from "zod";

/**
 * Names the arithmetic that an update was computed with: `strict/N` or `fast/N`,
 * N the version of the kernel pack. Updates of one class can be repeated bit by
 * bit by whoever has it; classes are never mixed in one task.
 */
export const numericClassSchema = z
  .string()
  .max(16)
  .regex(/^(strict|fast)\/[1-9][0-9]*$/, "a numeric class is strict/N or fast/N");
