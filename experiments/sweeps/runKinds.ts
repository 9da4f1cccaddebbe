import { laboratoryRun } from "./laboratoryRun.ts";
import { learningRun } from "./learningRun.ts";
import type { RunKind } from "./RunKind.ts";

/** The kinds of runs, in the order of the documentation. */
export const RUN_KINDS: readonly RunKind[] = [
  learningRun as unknown as RunKind,
  laboratoryRun as unknown as RunKind,
];

/** The kind of a name that the schema of sweeps let through. */
export function runKindOf(name: string): RunKind {
  const kind = RUN_KINDS.find(({ kind }) => kind === name);
  if (kind === undefined) throw new RangeError(`no kind of runs ${name}`);
  return kind;
}
