import { join } from "node:path";

import { EmbeddedStore } from "../storage/EmbeddedStore.ts";

/** The own store of an aggregator of a network's, in the network's directory. */
export function heldUpdates(directory: string, index: number): EmbeddedStore {
  return new EmbeddedStore({ directory: join(directory, "held", String(index)) });
}
