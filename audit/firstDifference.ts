import type { CompressedTensor, UpdateFile } from "../learning/federated/UpdateFile.ts";
import { parameterShapes } from "../learning/models/parameterShapes.ts";
import type { Difference } from "./reexecution/Reexecution.ts";

/**
 * The first thing in which a revealed update is not the one that repeating its
 * training gave: a tensor with the place and both values, else the state that it
 * leaves, else how the same content was written.
 *
 * @param revealed - As the worker revealed it.
 * @param repeated - As it came out, of the same task.
 */
export function firstDifference(
  revealed: UpdateFile,
  repeated: UpdateFile,
): { difference: Difference; why: string } {
  const shapes = parameterShapes(repeated.spec);
  for (const group of ["delta", "control"] as const) {
    for (const [index, expected] of (repeated[group] ?? []).entries()) {
      const why = tensorDifference(revealed[group]![index]!, expected);
      if (why !== undefined) {
        return { difference: "tensor", why: `Tensor ${group}/${shapes[index]!.name} differs ${why}` };
      }
    }
  }
  if (revealed.stateAfter !== repeated.stateAfter) {
    return {
      difference: "worker state",
      why: `The update says that it leaves state ${revealed.stateAfter}; repeating it leaves ${repeated.stateAfter}.`,
    };
  }
  return { difference: "file", why: "All tensors are the same, but written into another file." };
}

function tensorDifference(revealed: CompressedTensor, expected: CompressedTensor): string | undefined {
  // Object.is: the bits of −0 are not those of 0.
  const places = [...expected.values.keys()].filter(
    (i) => !Object.is(expected.values[i], revealed.values[i]),
  );
  const [first] = places;
  if (first !== undefined) {
    return `at ${places.length} of ${expected.values.length} places, first at ${first}: ${revealed.values[first]} was revealed, ${expected.values[first]} comes out.`;
  }
  if (revealed.scale === expected.scale) return undefined;
  return `in its scale: ${revealed.scale} was revealed, ${expected.scale} comes out.`;
}
