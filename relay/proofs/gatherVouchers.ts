import type { GatewayClient, ValidatorSet } from "../../chains/clients/GatewayClient.ts";
import type { RelayListener } from "../RelayEvent.ts";
import { askSources } from "./askSources.ts";
import type { Fact } from "./Fact.ts";
import type { ProofScheme } from "./ProofScheme.ts";
import type { VoucherSource } from "./VoucherSource.ts";

/** A fact with all that is said to be a validator's signature under it, true or not. */
export interface Testimony extends Fact {
  said: { validator: string; signature: string }[];
}

/**
 * Asks a set's validators for their vouchers, fact by fact.
 *
 * @param from - Facts of earlier places are of no use.
 */
export async function gatherVouchers(
  { kind }: Pick<ProofScheme, "kind">,
  { origin, from, set }: { origin: GatewayClient; from: number; set: ValidatorSet },
  modules: { sources: readonly VoucherSource[]; listener: RelayListener },
): Promise<Testimony[]> {
  const answers = await askSources(
    modules.sources,
    set,
    (source) => source.vouchers(kind, origin.chainId, origin.address, from),
    { chain: origin.name, listener: modules.listener },
  );
  const testimonies = new Map<string, Testimony>();
  for (const { validator, answer } of answers) {
    for (const { place, hash, signature } of answer) {
      if (place < from) continue;
      const key = `${place} ${hash}`;
      const testimony = testimonies.get(key) ?? { place, hash, said: [] };
      testimony.said.push({ validator, signature });
      testimonies.set(key, testimony);
    }
  }
  return [...testimonies.values()];
}
