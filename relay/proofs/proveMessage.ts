import { type SentMessage, toDeliverable } from "../../chains/clients/GatewayClient.ts";
import type { ProofKind } from "../../chains/proofs/proofKinds.ts";
import { ReceiptTooLarge } from "../../chains/proofs/ReceiptTooLarge.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { PROOF_SCHEMES } from "./proofSchemes.ts";
import { type RouteState, routeAndSet } from "./routeAndSet.ts";
import { type FoundMessage, type SearchedChain, searchMessage } from "./searchMessage.ts";
import type { VoucherSource } from "./VoucherSource.ts";

/** What delivers a message, for whoever wants to. */
export interface MessageProof {
  message: SentMessage;
  origin: bigint;
  destination: bigint;
  /** The destination's gateway, which takes `data` from anyone. */
  gateway: string;
  proof: string;
  data: string;
  /** What kind of proof it is, and how many of how many validators signed for it. */
  provenBy: { kind: ProofKind; threshold: number; validators: number };
  isDelivered: boolean;
}

/**
 * Proves a message from the chains and the validators' signatures alone: no
 * relayer is asked, and none has to run.
 *
 * @throws `MESSAGE_NOT_FOUND`; `NOT_PROVEN` (retryable) while too few validators have signed; `NO_ROUTE`;
 * `RECEIPT_TOO_LARGE` when it has to be announced again before (`announcementOf`).
 */
export function proveMessage(
  id: string,
  chains: readonly SearchedChain[],
  modules: { sources: readonly VoucherSource[] },
): Promise<MessageProof> {
  return searchMessage(id, chains, async (found) => {
    const { message, origin } = found;
    const to = chains.find(({ gateway }) => gateway.chainId === message.destination)?.gateway;
    if (to === undefined) {
      throw new BaseError("NO_ROUTE", `Message ${id} is for a chain that is not of this network.`);
    }
    const route = await routeAndSet(to, origin.chainId);
    const { set, kind } = route;
    const proof = await prove(found, route, modules);
    return {
      message,
      origin: origin.chainId,
      destination: to.chainId,
      gateway: to.address,
      proof,
      data: to.deliveryData(origin.chainId, [toDeliverable(message)], proof),
      provenBy: { kind, threshold: set.threshold, validators: set.validators.length },
      isDelivered: await to.isDelivered(origin.chainId, message.nonce),
    };
  });
}

async function prove(
  { message: { id }, origin, follower, store }: FoundMessage,
  { set, kind }: RouteState,
  modules: { sources: readonly VoucherSource[] },
): Promise<string> {
  // Nothing else is held up, so all are waited for that may be needed.
  const graceMilliseconds = Number.POSITIVE_INFINITY;
  const common = { clock: systemClock, listener: () => undefined, graceMilliseconds };
  const prover = PROOF_SCHEMES[kind].prover({ ...modules, ...common, store });
  for (;;) {
    const message = store.messages.byId(id)!;
    const provable = await prover.prepare({
      origin,
      tree: follower.tree,
      set,
      waiting: [message],
      asker: "by hand",
    });
    if (provable === undefined) {
      throw new BaseError("NOT_PROVEN", `Message ${id} cannot be proven yet.`, {
        details: `Fewer than ${set.threshold} of ${set.validators.length} validators have signed for it, or do not answer.`,
        next: "Wait until its block is final on its chain, then try again.",
        retryable: true,
      });
    }
    try {
      return await provable.prove([message]);
    } catch (error) {
      // Each block whose receipt is too large is tried once; another may have announced it again.
      const next = store.messages.byId(id);
      const canGoOn = next !== undefined && store.announcements.placesOf(next).length > 0;
      if (!(error instanceof ReceiptTooLarge) || !canGoOn) throw error;
    }
  }
}
