import { isRepeatable } from "../../learning/federated/updateSpec.ts";
import { counted } from "../../reports/counted.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { repeatableUpdates } from "./checkReexecution.ts";
import { UNREPEATABLE } from "./reexecuteUpdate.ts";
import { readRepeatableFiles } from "./repeatableFiles.ts";

/**
 * What can be said of the updates that could be repeated, when none is to be.
 *
 * @param options - `isAll`: whether `evidence.storage` is all that there is, as of a bundle: then what their training takes
 * is looked for, and not taken to be somewhere.
 */
export async function repeatableNote(evidence: Evidence, { isAll }: { isAll: boolean }): Promise<string> {
  // That the specification cannot be read is for the check `terms` to say.
  const spec = await evidence.spec().catch(() => undefined);
  if (spec !== undefined && !isRepeatable(spec.update)) return UNREPEATABLE;
  if (!isAll) {
    const { length } = await repeatableUpdates(evidence);
    return `The training of ${length} of them can be repeated where storage has their batches: audit --re-execute N does it for N.`;
  }
  const { updates, whole } = await readRepeatableFiles(evidence);
  const how = "audit --re-execute N does it for N";
  if (whole === updates)
    return `The training of ${whole} of them can be repeated by the bundle alone: ${how}.`;
  const lacks = `the bundle lacks files that the training of ${counted(updates - whole, "update")} of virtual workers was made of or with; one that is gathered without --digests-only, while storage still has them, has them too`;
  return whole === 0
    ? `No training can be repeated: ${lacks}.`
    : `The training of ${whole} of them can be repeated by the bundle alone: ${how}. Not of all: ${lacks}.`;
}
