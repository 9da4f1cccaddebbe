import { existsSync } from "node:fs";

import { BaseError } from "../../../protocol/BaseError.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import { relayerDatabase } from "../../../relay/store/relayerDatabase.ts";
import { wholeNumber } from "../../settings.ts";
import { relayDirectory } from "./relayView.ts";

/** How many relayers of a network have local development keys. */
export const MOST_RELAYERS = 4;

/**
 * The database of one of a network's relayers.
 *
 * @throws `NO_RELAYER` when that relayer was never started.
 */
export function openStore(options: { network: string; relayer: string }): RelayerStore {
  const index = wholeNumber(options.relayer, "--relayer", 0, MOST_RELAYERS - 1);
  const path = relayerDatabase(relayDirectory(options.network), index);
  if (existsSync(path)) return new RelayerStore(path);
  throw new BaseError("NO_RELAYER", `There is no relayer's database at ${path}.`, {
    details: "It is made when a relayer of this network is first started.",
    next: "Start one with ./freshet up or ./freshet relay start, or name the network with --network FILE. Without a relayer, ./freshet relay status --from-chains reads the chains alone.",
  });
}
