import { CHECKPOINT_TYPES, checkpointDomain, checkpointSigner } from "../../../protocol/checkpoint.ts";
import type { Vouching } from "../ProofScheme.ts";
import { wasSetBack, wouldEquivocate } from "../wouldEquivocate.ts";

/**
 * Validators sign the root of a gateway's outbox at the end of every block with messages, so that independent ones have
 * checkpoints in common.
 */
export const checkpointVouching: Vouching = {
  follows: { needsOutbox: true },

  async due({ gateway, follower, leaves }, last, limit, fence = -1) {
    const { tree } = follower;
    // A history that is shorter than what was signed cannot be compared with it: not yet where it is only being read.
    if (last !== undefined && tree.count <= last.place) {
      const { count } = await gateway.outbox();
      if (count > last.place) return undefined;
      throw wasSetBack(
        `${gateway.name} has no message ${last.place}, which was signed.`,
        `Of ${last.place + 1} messages that were signed it has ${count}`,
      );
    }
    if (last !== undefined && tree.root(last.place + 1) !== last.hash) {
      throw wouldEquivocate(
        `${gateway.name} now shows another outbox than was signed at index ${last.place}.`,
        `Signed root ${last.hash}, the chain's events give ${tree.root(last.place + 1)}`,
      );
    }
    // The newest prove all before them.
    const indexes = leaves.boundaries(gateway.chainId, Math.max(last?.place ?? -1, fence), limit);
    // Roots that nobody compared with the gateway's own are not signed.
    if (indexes.length === 0 || !(await follower.check())) return [];
    return indexes.map((place) => ({ place, hash: tree.root(place + 1) }));
  },

  sign: (wallet, domain, { place: index, hash: root }) =>
    wallet.signTypedData(checkpointDomain(domain), CHECKPOINT_TYPES, { root, index }),

  signerOf: (domain, { place: index, hash: root }, signature) =>
    checkpointSigner(domain, { root, index }, signature),
};
