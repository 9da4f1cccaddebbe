import type { ValidatorSet } from "../../chains/clients/GatewayClient.ts";
import type { ProvenFact } from "./Fact.ts";
import type { Testimony } from "./gatherVouchers.ts";
import type { FactDomain, Vouching } from "./ProofScheme.ts";
import { quorum } from "./quorum.ts";
import { trueSignature } from "./trueSignature.ts";

/** A fact with its true signatures; undefined when too few of a set are among them. */
export function proveFact(
  vouching: Pick<Vouching, "signerOf">,
  domain: FactDomain,
  { place, hash, said }: Testimony,
  set: ValidatorSet,
): ProvenFact | undefined {
  // Signatures are looked at only where there may be enough of them: whoever makes up facts costs no more.
  if (new Set(said.map(({ validator }) => validator)).size < set.threshold) return undefined;
  const signatures: Record<string, string> = {};
  for (const { validator, signature } of said) {
    const found = trueSignature(signature, validator, (serialized) =>
      vouching.signerOf(domain, { place, hash }, serialized),
    );
    if (found !== undefined) signatures[validator] = found;
  }
  return quorum(signatures, set) === undefined ? undefined : { place, hash, signatures };
}
