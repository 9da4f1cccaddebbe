import { z } from "zod";

import type { Rpc } from "../rpc/Rpc.ts";
import { type Header, readHeader } from "../rpc/readHeader.ts";

/**
 * When a block of a chain counts as final: `{ confirmations: n }` once n blocks are on top of it (0: at once), or
 * `"finalized"` once the chain's own finalized block has reached it.
 */
export const finalityPolicySchema = z.union([
  z.strictObject({ confirmations: z.int().min(0).max(100_000) }),
  z.literal("finalized"),
]);
export type FinalityPolicy = z.infer<typeof finalityPolicySchema>;

/** The rule of whoever goes by a chain's newest block and puts up with its being replaced. */
export const AT_ONCE: FinalityPolicy = { confirmations: 0 };

/** A policy in words: what a block waits for. */
export function describeFinality(policy: FinalityPolicy): string {
  if (policy === "finalized") return "finalized by its chain";
  const { confirmations } = policy;
  if (confirmations === 0) return "final at once";
  return `final under ${confirmations} more ${confirmations === 1 ? "block" : "blocks"}`;
}

/** The newest block that is final under a chain's rule; undefined while there is none. */
export async function finalHeader(rpc: Rpc, policy: FinalityPolicy): Promise<Header | undefined> {
  if (policy === "finalized") return readHeader(rpc, "finalized");
  const head = await readHeader(rpc, "latest");
  if (head === undefined || policy.confirmations === 0) return head;
  const number = head.number - policy.confirmations;
  return number < 0 ? undefined : readHeader(rpc, number);
}
