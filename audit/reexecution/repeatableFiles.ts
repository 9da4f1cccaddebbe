import { NUMERIC_CLASSES } from "../../learning/engine/NumericClass.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { repeatableUpdates } from "./checkReexecution.ts";
import type { Trainer } from "./Reexecution.ts";
import { reexecuteUpdate } from "./reexecuteUpdate.ts";

/** Told to train, it does not: by then all files are read that a repetition needs. */
class HasRead extends Error {}

const readOnly: Trainer = {
  numericClasses: [...Object.values(NUMERIC_CLASSES), "tfjs-node"],
  train: () => {
    throw new HasRead();
  },
};

/**
 * Reads from storage whatever the repetition of any update of virtual workers needs, so that whoever has what was read
 * can repeat those that are drawn later. What storage does not give is left out.
 *
 * @returns How many such updates there are, and of how many storage gave all that their repetition needs.
 */
export async function readRepeatableFiles(evidence: Evidence): Promise<{ updates: number; whole: number }> {
  const updates = await repeatableUpdates(evidence).catch((error: unknown) => {
    if (error instanceof BaseError) return [];
    throw error;
  });
  let whole = 0;
  for (const update of updates) {
    try {
      await reexecuteUpdate(evidence, update, readOnly);
    } catch (error) {
      if (error instanceof HasRead) whole++;
      else if (!(error instanceof BaseError)) throw error;
    }
  }
  return { updates: updates.length, whole };
}
