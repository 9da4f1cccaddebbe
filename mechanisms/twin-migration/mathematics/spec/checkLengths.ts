import { MigrationError } from "../MigrationError.ts";

/**
 * Refuses lists whose lengths contradict each other, once all fields were read.
 *
 * @param lengths - Name, length and what it should be.
 * @throws MigrationError `SHAPE`.
 */
export function checkLengths(
  lengths: readonly (readonly [name: string, length: number, expected: number])[],
): void {
  for (const [name, length, expected] of lengths) {
    if (length === expected) continue;
    throw new MigrationError("SHAPE", `${name} must have ${expected} entries`, {
      details: `It has ${length}.`,
    });
  }
}
