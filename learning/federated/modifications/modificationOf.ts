import { clip } from "./clip.ts";
import type { ModificationSpec } from "./modificationSpec.ts";
import type { UpdateModification } from "./UpdateModification.ts";

/** The modification that a task names. */
export function modificationOf(spec: ModificationSpec): UpdateModification {
  switch (spec.kind) {
    case "clip":
      return clip(spec);
    default:
      return spec.kind satisfies never;
  }
}
