import { z } from "zod";

import type { Rpc } from "../rpc/Rpc.ts";
import { type Header, readHeader } from "../rpc/readHeader.ts";

/**
 * When a block of a chain counts as final: `{ confirmations: n }` once n blocks are on top of it (0: at once), or
 * `"finalized"` once the chain's own finalized block has reached it.
 */
export const finalityRuleSchema = z.union([
  z.strictObject({ confirmations: z.int().min(0).max(100_000) }),
  z.literal("finalized"),
]);
export type FinalityRule = z.infer<typeof finalityRuleSchema>;

/** The rule of whoever goes by a chain's newest block and puts up with its being replaced. */
export const AT_ONCE: FinalityRule = { confirmations: 0 };

/** A rule in words: what a block waits for. */
export function describeFinality(rule: FinalityRule): string {
  if (rule === "finalized") return "finalized by its chain";
  const { confirmations } = rule;
  if (confirmations === 0) return "final at once";
  return `final under ${confirmations} more ${confirmations === 1 ? "block" : "blocks"}`;
}

/** The newest block that is final under a chain's rule; undefined while there is none. */
export async function finalHeader(rpc: Rpc, rule: FinalityRule): Promise<Header | undefined> {
  if (rule === "finalized") return readHeader(rpc, "finalized");
  const head = await readHeader(rpc, "latest");
  if (head === undefined || rule.confirmations === 0) return head;
  const number = head.number - rule.confirmations;
  return number < 0 ? undefined : readHeader(rpc, number);
}
