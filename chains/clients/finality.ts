import { z } from "zod";

/**
 * When a block of a chain counts as final: `{ confirmations: n }` once n blocks are on top of it (0: at once), or
 * `"finalized"` once the chain's own finalized block has reached it.
 */
export const finalityPolicySchema = z.union([
  z.strictObject({ confirmations: z.int().min(0).max(100_000) }),
  z.literal("finalized"),
]);
export type FinalityPolicy = z.infer<typeof finalityPolicySchema>;

/** A policy in words: what a block waits for. */
export function describeFinality(policy: FinalityPolicy): string {
  if (policy === "finalized") return "finalized by its chain";
  const { confirmations } = policy;
  if (confirmations === 0) return "final at once";
  return `final under ${confirmations} more ${confirmations === 1 ? "block" : "blocks"}`;
}
