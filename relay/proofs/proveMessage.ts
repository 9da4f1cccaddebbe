import { AT_ONCE } from "../../chains/clients/finality.ts";
import { type GatewayClient, type SentMessage, toDeliverable } from "../../chains/clients/GatewayClient.ts";
import type { ProofKind } from "../../chains/proofs/proofKinds.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { GatewayFollower } from "../reading/GatewayFollower.ts";
import { RelayerStore } from "../store/RelayerStore.ts";
import { PROOF_SCHEMES } from "./proofSchemes.ts";
import { routeAndSet } from "./routeAndSet.ts";
import type { VoucherSource } from "./VoucherSource.ts";

/** A chain to look for a message on. */
export interface SearchedChain {
  gateway: GatewayClient;
  fromBlock: number;
}

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
 * @throws `MESSAGE_NOT_FOUND`; `NOT_PROVEN` (retryable) while too few validators have signed; `NO_ROUTE`.
 */
export async function proveMessage(
  id: string,
  chains: readonly SearchedChain[],
  modules: { sources: readonly VoucherSource[] },
): Promise<MessageProof> {
  for (const { gateway, fromBlock } of chains) {
    const store = new RelayerStore(":memory:");
    try {
      const follower = new GatewayFollower({ fromBlock, finality: AT_ONCE }, { gateway, store });
      while ((await follower.step()).type !== "idle");
      const message = store.messages.byId(id);
      if (message === undefined) continue;
      const to = chains.find(({ gateway: other }) => other.chainId === message.destination)?.gateway;
      if (to === undefined) {
        throw new BaseError("NO_ROUTE", `Message ${id} is for a chain that is not of this network.`);
      }
      const { set, kind } = await routeAndSet(to, gateway.chainId);
      // Nothing else is held up, so all are waited for that may be needed.
      const graceMilliseconds = Number.POSITIVE_INFINITY;
      const common = { clock: systemClock, listener: () => undefined, graceMilliseconds };
      const prover = PROOF_SCHEMES[kind].prover({ ...modules, ...common, store });
      const provable = await prover.prepare({
        origin: gateway,
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
      const proof = await provable.prove([message]);
      return {
        message,
        origin: gateway.chainId,
        destination: to.chainId,
        gateway: to.address,
        proof,
        data: to.deliveryData(gateway.chainId, [toDeliverable(message)], proof),
        provenBy: { kind, threshold: set.threshold, validators: set.validators.length },
        isDelivered: await to.isDelivered(gateway.chainId, message.nonce),
      };
    } finally {
      store.close();
    }
  }
  throw new BaseError("MESSAGE_NOT_FOUND", `No chain of this network sent a message ${id}.`, {
    next: "See ./freshet relay status for those that were sent.",
  });
}
