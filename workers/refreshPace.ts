import { isFinalAtOnce } from "../chains/clients/finality.ts";
import type { Subchain } from "../chains/clients/Subchain.ts";
import type { RefreshPace } from "../mechanisms/MechanismWorker.ts";

/** How many blocks a refresh is early on a chain that may replace some, unless its worker's owner says otherwise. */
const SPARE_BLOCKS = 1;

/** How refreshes come into a subchain's blocks, and by how many they are early there. */
export function refreshPace(
  { client, place }: Pick<Subchain, "client" | "place">,
  spareBlocks: number | undefined,
): RefreshPace {
  const { blockSeconds } = client;
  return { blockSeconds, spareBlocks: spareBlocks ?? (isFinalAtOnce(place.finality) ? 0 : SPARE_BLOCKS) };
}
