import { HEADER_TYPES, headerDomain, headerSigner } from "../../../protocol/header.ts";
import type { Fact } from "../Fact.ts";
import type { Vouching } from "../ProofScheme.ts";
import { wouldEquivocate } from "../wouldEquivocate.ts";

/** Validators attest number and hash of every final block with messages. */
export const headerVouching: Vouching = {
  follows: { needsAncestors: true },

  async due({ gateway, leaves }, last, limit) {
    const blocks = leaves.blocksAfter(gateway.chainId, last?.place ?? -1, limit);
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

function headerOf({ place, hash: blockHash }: Fact) {
  return { blockHash, number: BigInt(place) };
}
