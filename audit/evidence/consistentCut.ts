import type { ChainEvidence } from "./ChainEvidence.ts";

/** What {@link consistentCut} looks at of a chain. */
export type CutChain = Pick<ChainEvidence, "chainId" | "head" | "events" | "outbox">;

/**
 * Blocks, one a chain, up to which no chain shows the effect of a message whose
 * sending another does not show yet. Chains cannot be read at one instant; without
 * such a cut a task that goes on during its audit would seem to contradict itself.
 *
 * Starts from the blocks up to which the chains were read and goes back, so it
 * always ends. A delivery of a message that no outbox holds is no reason to go
 * back: it stays, for the audit to find.
 *
 * @param chains - With outboxes that were read after all heads.
 * @returns Block numbers by chain id.
 */
export function consistentCut(chains: readonly CutChain[]): Map<bigint, number> {
  const heads = new Map(chains.map(({ chainId, head }) => [chainId, head]));
  const sentAt = new Map(chains.map(({ chainId, outbox }) => [chainId, outbox.sentAt]));
  for (let stable = false; !stable; ) {
    stable = true;
    for (const { chainId, events } of chains) {
      const early = events.find(({ name, args, blockNumber }) => {
        if (name !== "MessageDelivered" || blockNumber > heads.get(chainId)!) return false;
        const sent = sentAt.get(args.originChainId)?.get(args.messageId);
        return sent !== undefined && sent > heads.get(args.originChainId)!;
      });
      if (early === undefined) continue;
      heads.set(chainId, early.blockNumber - 1);
      stable = false;
    }
  }
  return heads;
}
