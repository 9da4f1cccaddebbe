import { globSync } from "node:fs";
import { join } from "node:path";

import type { GatewayClient } from "../chains/clients/GatewayClient.ts";
import { type ChainPlace, chainsOf, type NetworkFile } from "../chains/networks/networkFile.ts";
import { BaseError } from "../protocol/BaseError.ts";
import type { Voucher } from "./proofs/Fact.ts";
import { holdDatabase } from "./store/holdDatabase.ts";
import { ValidatorStore } from "./store/ValidatorStore.ts";

/** A chain that has less than validators signed of it. */
export interface SetBackChain {
  chain: string;
  /** What was signed and is gone: messages of an outbox, or the attested block. */
  gone: { messages: number } | { block: number };
}

/**
 * The chains that were set back behind what validators with databases in a directory signed, as a killed process goes
 * on from what it had saved. Validators that run are left out: they tell of it themselves.
 *
 * @param directory - Of the relay.
 * @throws what the chains throw that do not answer.
 */
export async function chainsSetBack(
  network: NetworkFile,
  directory: string,
  gatewayOf: (place: ChainPlace) => Pick<GatewayClient, "outbox" | "header">,
): Promise<SetBackChain[]> {
  const signed = lastSigned(chainsOf(network), directory);
  const found = await Promise.all(
    [...signed].map(async ([place, last]): Promise<SetBackChain | undefined> => {
      const gateway = gatewayOf(place);
      if (place.proofs === "header") {
        const isThere = (await gateway.header(last.place))?.hash === last.hash;
        return isThere ? undefined : { chain: place.name, gone: { block: last.place } };
      }
      const { count } = await gateway.outbox();
      const messages = last.place + 1 - count;
      return messages > 0 ? { chain: place.name, gone: { messages } } : undefined;
    }),
  );
  return found.filter((one) => one !== undefined);
}

/** What was signed last of each chain, by any validator. */
function lastSigned(places: readonly ChainPlace[], directory: string): ReadonlyMap<ChainPlace, Voucher> {
  const last = new Map<ChainPlace, Voucher>();
  for (const name of globSync("validator-*.sqlite", { cwd: directory })) {
    withStore(join(directory, name), (store) => {
      for (const place of places) {
        const { chainId, proofs: kind, contracts } = place;
        const own = store.vouchers.last({ kind, chainId: BigInt(chainId), gateway: contracts.gateway });
        if (own !== undefined && own.place > (last.get(place)?.place ?? -1)) last.set(place, own);
      }
    });
  }
  return last;
}

function withStore(path: string, look: (store: ValidatorStore) => void): void {
  try {
    const lock = holdDatabase(path);
    try {
      const store = new ValidatorStore(path);
      look(store);
      store.close();
    } finally {
      lock.release();
    }
  } catch (error) {
    if (!(error instanceof BaseError) || error.code !== "DATABASE_IN_USE") throw error;
  }
}
