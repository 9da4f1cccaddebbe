import { z } from "zod";
import { modificationOf } from "./modifications/modificationOf.ts";
import { modificationSpecSchema } from "./modifications/modificationSpec.ts";
import { repeatableMismatch } from "./modifications/repeatableMismatch.ts";
import { updateEncodingSchema } from "./updateEncoding.ts";

/** The schema of {@link UpdateSpec}. Fields without a default are left out of stored tasks that do not need them. */
export const updateSpecSchema = z
  .strictObject({
    encoding: updateEncodingSchema
      .default("float32")
      .describe("Form of an update's numbers: float32, or integers of 16 or 8 bits with error feedback."),
    modifications: z
      .array(modificationSpecSchema)
      .min(1)
      .max(8)
      .optional()
      .describe(
        "What is done to an update after training, before encoding, in this order; nothing unless given.",
      ),
    repeatable: z
      .boolean()
      .optional()
      .describe(
        "Whether others can repeat an update from its data; true unless given. Must be false where a modification draws secrets.",
      ),
  })
  .superRefine((update, context) => {
    const mismatch = repeatableMismatch(
      isRepeatable(update),
      (update.modifications ?? []).map(modificationOf),
    );
    if (mismatch !== undefined) context.addIssue({ code: "custom", path: ["repeatable"], message: mismatch });
  });

/** How a task's updates are made of what training changed, and sent. */
export type UpdateSpec = Readonly<z.infer<typeof updateSpecSchema>>;

/** Whether whoever has an update's data can repeat it: so a task says. */
export function isRepeatable({ repeatable = true }: Pick<UpdateSpec, "repeatable">): boolean {
  return repeatable;
}
