import { type ChainEvidence, eventsOf } from "./ChainEvidence.ts";

/** What a subchain's events say that rounds' workers are drawn from; undefined where nothing was drawn. */
export function beaconOn(chain: ChainEvidence, task: bigint): string | undefined {
  return eventsOf(chain, task, "BeaconDrawn")[0]?.args.beacon;
}
