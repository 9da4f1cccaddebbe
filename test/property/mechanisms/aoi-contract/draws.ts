import { type MenuItem, onChainMenu } from "../../../../mechanisms/aoi-contract/mathematics/integerMenu.ts";
import type { RandomSource } from "../../../../numerics/RandomSource.ts";

/** T of the draws, seconds: it has 60 divisors. */
export const EPOCH = 5040n;

/** A menu with the types that it is for. */
export interface DrawnMenu {
  unitCosts: bigint[];
  menu: MenuItem[];
}

/** What a worker does in an epoch: which item it takes and when it refreshes. */
export interface DrawnBehaviour {
  /** Index of its type. */
  type: number;
  /** Index of the item it takes. */
  item: number;
  /** Distinct times, ascending, seconds from the epoch's start. */
  refreshes: bigint[];
}

/**
 * A random on-chain menu: 1 to 8 types, costs from 1 wei up to 21 digits, equal ones among them.
 *
 * @param options - `mostUpdates`: updates an epoch at most. `wholePeriods`: periods divide the epoch.
 */
export function drawMenu(
  random: RandomSource,
  options: { epochSeconds?: bigint; mostUpdates?: number; wholePeriods?: boolean } = {},
): DrawnMenu {
  const { epochSeconds = EPOCH, mostUpdates = 200, wholePeriods = true } = options;
  const count = 1 + random.integer(8);
  const digits = 1 + random.integer(21);
  const unitCosts = Array.from(
    { length: count },
    () => 1n + BigInt(Math.floor(random.uniform() * 10 ** digits)),
  ).sort((a, b) => (a > b ? -1 : a < b ? 1 : 0));
  const frequencies = Array.from(
    { length: count },
    () => mostUpdates ** random.uniform() / Number(epochSeconds),
  ).sort((a, b) => a - b);
  if (count > 1 && random.integer(4) === 0) unitCosts[1] = unitCosts[0]!;
  return { unitCosts, menu: onChainMenu({ frequencies, unitCosts, epochSeconds, wholePeriods }) };
}

/** The times at which an item's promise is kept exactly: 0, θ, 2θ, … */
export function onTime({ periodSeconds }: MenuItem, epochSeconds = EPOCH): bigint[] {
  const times: bigint[] = [];
  for (let time = 0n; time < epochSeconds; time += periodSeconds) times.push(time);
  return times;
}

/** A random behaviour: any type, any item; on time with some left out, all late, in a burst, or at random times. */
export function drawBehaviour(random: RandomSource, { menu }: DrawnMenu): DrawnBehaviour {
  const type = random.integer(menu.length);
  const item = random.integer(menu.length);
  const schedule = onTime(menu[item]!);
  switch (random.integer(4)) {
    case 0: {
      const skip = random.integer(7);
      return { type, item, refreshes: schedule.filter((_, k) => skip === 0 || k % skip !== 0) };
    }
    case 1: {
      const late = BigInt(random.integer(1 + Number(menu[item]!.periodSeconds)));
      return { type, item, refreshes: schedule.map((time) => time + late).filter((time) => time < EPOCH) };
    }
    case 2: {
      const start = random.integer(Number(EPOCH));
      const length = Math.min(1 + random.integer(40), Number(EPOCH) - start);
      return { type, item, refreshes: Array.from({ length }, (_, k) => BigInt(start + k)) };
    }
    default: {
      const times = new Set(Array.from({ length: random.integer(60) }, () => random.integer(Number(EPOCH))));
      return { type, item, refreshes: [...times].sort((a, b) => a - b).map(BigInt) };
    }
  }
}
