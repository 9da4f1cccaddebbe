import type { UpdateModification } from "./UpdateModification.ts";

/**
 * Why a task may not call its updates repeatable: others cannot repeat what draws secrets.
 *
 * @returns One sentence, or undefined when the mark is right.
 */
export function repeatableMismatch(
  isRepeatable: boolean,
  modifications: readonly Pick<UpdateModification, "drawsSecrets">[],
): string | undefined {
  if (!isRepeatable || modifications.every(({ drawsSecrets }) => !drawsSecrets)) return undefined;
  return "Its updates are modified with secret draws, so the task must say update.repeatable: false.";
}
