import { createHash } from "node:crypto";
import { canonicalJson } from "./canonicalJson.ts";
import type { RunKind } from "./RunKind.ts";

/** Hex digits of a run's name: 128 bits, so that no two runs that anybody makes share one. */
const DIGITS = 32;

/** Names a run by all that its numbers follow from: SHA-256 of its canonical settings. */
export function runName(
  { kind, version }: Pick<RunKind, "kind" | "version">,
  setting: unknown,
  seed: number,
): string {
  return createHash("sha256")
    .update(canonicalJson({ kind, version, setting, seed }))
    .digest("hex")
    .slice(0, DIGITS);
}
