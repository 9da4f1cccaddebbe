import { z } from "zod";

import { type Rpc, RpcRefusal, RpcUnavailable } from "../rpc/Rpc.ts";
import { type Header, readHeader } from "../rpc/readHeader.ts";
import { RpcMissing } from "../rpc/rpcErrors.ts";

/** A chain that is so high and has had no final block does not get one: the others need a hundred blocks at the most. */
const BLOCKS_WITHOUT_FINAL = 256;
/** Contracts know the hashes of 256 blocks: so many are left for those that come until a transaction is in one. */
const ANCHOR_BLOCKS = 192;

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

/** A final block, as contracts are asked as of it. */
export interface FinalBlock {
  /** A JSON-RPC quantity. */
  number: string;
  /** Unix seconds. */
  timestamp: number;
}

/** Whether each block is final as soon as it is there. */
export function isFinalAtOnce(rule: FinalityRule): boolean {
  return rule !== "finalized" && rule.confirmations === 0;
}

/** A rule in words: what a block waits for. */
export function describeFinality(rule: FinalityRule): string {
  if (rule === "finalized") return "finalized by its chain";
  const { confirmations } = rule;
  if (confirmations === 0) return "final at once";
  return `final under ${confirmations} more ${confirmations === 1 ? "block" : "blocks"}`;
}

/**
 * The newest block that is final under a chain's rule; undefined while there is none.
 *
 * @throws the errors of `Rpc.request`; `RPC_UNAVAILABLE` also when the node does not know such a thing as a finalized
 * block, or its chain has grown for long and none is.
 */
export async function finalHeader(rpc: Rpc, rule: FinalityRule): Promise<Header | undefined> {
  if (rule === "finalized") return finalizedHeader(rpc);
  const head = await readHeader(rpc, "latest");
  if (head === undefined || rule.confirmations === 0) return head;
  const number = head.number - rule.confirmations;
  return number < 0 ? undefined : readHeader(rpc, number);
}

/**
 * A block for a transaction to name that must not be signed before it (`Anchor`): the newest that no reorganization is
 * to take, but none so old that contracts have forgotten its hash by the time the transaction is in a block.
 *
 * @throws as `finalHeader`.
 */
export async function anchorHeader(rpc: Rpc, rule: FinalityRule): Promise<Header | undefined> {
  const final = await finalHeader(rpc, rule);
  if (isFinalAtOnce(rule)) return final;
  const head = await readHeader(rpc, "latest");
  if (head === undefined) return undefined;
  const oldest = Math.max(0, head.number - ANCHOR_BLOCKS);
  return final !== undefined && final.number >= oldest ? final : readHeader(rpc, oldest);
}

/** Before the first one, some nodes answer null, others with an error. */
async function finalizedHeader(rpc: Rpc): Promise<Header | undefined> {
  try {
    const final = await readHeader(rpc, "finalized");
    if (final !== undefined) return final;
  } catch (error) {
    if (error instanceof RpcRefusal) throw noFinality(error.shortMessage, error);
    if (!(error instanceof RpcMissing)) throw error;
  }
  const head = await readHeader(rpc, "latest");
  if (head === undefined || head.number < BLOCKS_WITHOUT_FINAL) return undefined;
  throw noFinality(`It has ${head.number} blocks, and none is final.`);
}

function noFinality(details: string, cause?: unknown): RpcUnavailable {
  return new RpcUnavailable("A node does not say which of its chain's blocks are final.", {
    details,
    next: 'Ask another node, or give the chain a rule of confirmations in the network file: "finality": { "confirmations": 3 }.',
    cause,
  });
}
