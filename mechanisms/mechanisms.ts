import { BaseError } from "../protocol/BaseError.ts";
import { aoiContract } from "./aoi-contract/aoiContract.ts";
import type { Mechanism } from "./Mechanism.ts";
import { modelTrading } from "./model-trading/modelTrading.ts";

/** The table: a mechanism a line. */
const table: Mechanism[] = [aoiContract, modelTrading];

/** The mechanisms that there are. Whoever needs them looks when it needs them: more may have been added. */
export const MECHANISMS: readonly Mechanism[] = table;

/**
 * Adds a mechanism that is not this project's own. On the command line a module that does so comes before all others:
 * `NODE_OPTIONS=--import=/path/to/it.ts ./freshet …`.
 *
 * @returns A function that takes it out again.
 * @throws BaseError `MECHANISM_EXISTS` when there is one of its name.
 */
export function addMechanism(mechanism: Mechanism): () => void {
  if (table.some(({ name }) => name === mechanism.name)) {
    throw new BaseError("MECHANISM_EXISTS", `There is a mechanism ${mechanism.name} already.`, {
      next: "Give it another name; its contracts answer an id that follows from it.",
    });
  }
  table.push(mechanism);
  return () => void table.splice(table.indexOf(mechanism), 1);
}
