import { join } from "node:path";

import { HeldStore } from "../aggregators/HeldStore.ts";

/** The own store of an aggregator of a network's, in the network's directory. */
export function heldUpdates(directory: string, index: number): HeldStore {
  return new HeldStore({ directory: join(directory, "held", String(index)) });
}
