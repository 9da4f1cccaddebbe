import { HEADER_TYPES, headerDomain, headerSigner } from "../../../protocol/header.ts";
import type { LeafTable } from "../../store/LeafTable.ts";
import type { Fact } from "../Fact.ts";
import type { Vouching } from "../ProofScheme.ts";
import { wasSetBack, wouldEquivocate } from "../wouldEquivocate.ts";

/** Validators attest number and hash of every final block with messages. */
export const headerVouching: Vouching = {
  follows: { needsAncestors: true },

  async due({ gateway, leaves }, last, limit, fence = -1) {
    const blocks = leaves.blocksAfter(gateway.chainId, Math.max(last?.place ?? -1, fence), limit);
    if (blocks.length === 0 && last !== undefined && !isKnown(leaves, gateway.chainId, last.place)) {
      // It was forgotten with its branch, or is read again.
      const header = await gateway.header(last.place);
      if (header === undefined) {
        throw wasSetBack(
          `${gateway.name} has no block ${last.place}, which was attested.`,
          `Attested was ${last.hash}`,
        );
      }
    }
    if (blocks.length === 0) return undefined;
    if (last !== undefined && (await gateway.header(last.place))?.hash !== last.hash) {
      throw wouldEquivocate(
        `${gateway.name} no longer has the block ${last.place} that was attested.`,
        `Attested was ${last.hash}`,
      );
    }
    return blocks.map(({ number: place, hash }) => ({ place, hash }));
  },

  sign: (wallet, domain, fact) => wallet.signTypedData(headerDomain(domain), HEADER_TYPES, headerOf(fact)),

  signerOf: (domain, fact, signature) => headerSigner(domain, headerOf(fact), signature),
};

/** Whether a block with messages is among those that were read. */
function isKnown(leaves: LeafTable, chainId: bigint, block: number): boolean {
  return leaves.blocksAfter(chainId, block - 1, 1)[0]?.number === block;
}

function headerOf({ place, hash: blockHash }: Fact) {
  return { blockHash, number: BigInt(place) };
}
