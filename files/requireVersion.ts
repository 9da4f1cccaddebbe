import { BaseError } from "../protocol/BaseError.ts";

/**
 * Says so when a file is of another version than is read here, before its fields are looked at: what a field means, its
 * version says.
 *
 * @param value - The file as JSON; whatever has no whole number as its `version` is left to who looks at the fields.
 * @throws `FILE_NEWER`, `FILE_OLDER`.
 */
export function requireVersion(
  value: unknown,
  { path, what, version: known, older }: { path: string; what: string; version: number; older: string },
): void {
  const { version } = (typeof value === "object" && value !== null ? value : {}) as { version?: unknown };
  if (!Number.isSafeInteger(version) || version === known) return;
  const found = version as number;
  if (found > known) {
    throw new BaseError("FILE_NEWER", `${path} was written by a newer Freshet.`, {
      details: `It is ${what} of version ${found}; this Freshet knows version ${known}.`,
      next: "Use the newer Freshet here, or have the file written for this one.",
    });
  }
  throw new BaseError("FILE_OLDER", `${path} is ${what} of an earlier version, ${found}.`, {
    details: `This Freshet knows version ${known}.`,
    next: older,
  });
}
