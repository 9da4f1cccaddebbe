/**
 * A population of workers with private types that meets a menu: who chooses what, what both sides realize, and what
 * a lie would gain.
 *
 * Paper: Kang et al., "… Incentive Scheme with Optimal AoI", equations 10, 13 and 14 and Fig. 2.
 *
 * | symbol   | identifier         | meaning                                                   |
 * | -------- | ------------------ | --------------------------------------------------------- |
 * | M        | `workers`          | one entry a worker: the index of its private type         |
 * | Q_n      | `probabilities`    | from which the types are drawn                            |
 * | (f, R)   | `Item`             | an item: frequency and reward                             |
 * | U, U_s   | `workersUtility`, `providerUtility` | realized utilities of both sides         |
 */
import { greatest } from "../../../numerics/extremes.ts";
import type { RandomSource } from "../../../numerics/RandomSource.ts";
import { ContractError } from "./ContractError.ts";
import type { ContractParameters } from "./optimalContract.ts";
import { satisfaction } from "./performance.ts";

/** A contract item as a worker sees it. */
export interface Item {
  /** f, updates a second. */
  frequency: number;
  /** R, a second. */
  reward: number;
}

/** The items of a contract, one a type. */
export function itemsOf(contract: { frequencies: readonly number[]; rewards: readonly number[] }): Item[] {
  return contract.frequencies.map((frequency, n) => ({ frequency, reward: contract.rewards[n]! }));
}

/** Draws the private type of each of `count` workers, as indices of types. */
export function sampleWorkers(
  count: number,
  probabilities: readonly number[],
  random: RandomSource,
): number[] {
  return Array.from({ length: count }, () => {
    let left = random.uniform();
    const drawn = probabilities.findIndex((probability) => {
      left -= probability;
      return left < 0;
    });
    // Rounding may leave a sliver above the last probability.
    return drawn < 0 ? probabilities.findLastIndex((probability) => probability > 0) : drawn;
  });
}

/**
 * The item a worker chooses: the greatest R − δf, the highest among equals; undefined when every utility is negative.
 *
 * @example
 * selfSelect(2, [{ frequency: 1, reward: 4 }, { frequency: 3, reward: 8 }]); // 1, a tie
 */
export function selfSelect(unitCost: number, items: readonly Item[]): number | undefined {
  let chosen: number | undefined;
  let best = 0;
  for (const [index, { frequency, reward }] of items.entries()) {
    const utility = reward - unitCost * frequency;
    // A binding LDIC is a tie up to rounding.
    if (utility < best - 1e-9 * Math.max(1, Math.abs(reward))) continue;
    chosen = index;
    best = Math.max(best, utility);
  }
  return chosen;
}

/** What a population made of a menu. */
export interface MenuOutcome {
  /** Each worker's item; undefined for those who stay away. */
  choices: (number | undefined)[];
  providerUtility: number;
  workersUtility: number;
  welfare: number;
}

/**
 * Lets every worker choose for itself and adds up what both sides realize. Its expectation over workers drawn from Q
 * is the contract's `providerUtility` and `workersUtility`.
 *
 * @throws ContractError `PARAM` for a worker of no known type.
 */
export function playMenu(
  parameters: ContractParameters,
  items: readonly Item[],
  workers: readonly number[],
): MenuOutcome {
  let [providerUtility, workersUtility] = [0, 0];
  const choices = workers.map((typeIndex) => {
    const type = parameters.types[typeIndex];
    if (type === undefined) throw new ContractError("PARAM", `there is no type ${typeIndex + 1}`);
    const choice = selfSelect(type.unitCost, items);
    if (choice === undefined) return undefined;
    const { frequency, reward } = items[choice]!;
    providerUtility += satisfaction(parameters.model, parameters, type.agePreference, frequency) - reward;
    workersUtility += reward - type.unitCost * frequency;
    return choice;
  });
  return { choices, providerUtility, workersUtility, welfare: providerUtility + workersUtility };
}

/** What the best lie about its type gains a worker; not positive (up to rounding) if the menu satisfies IC. */
export function misreportGain(unitCost: number, own: number, items: readonly Item[]): number {
  const utility = ({ frequency, reward }: Item) => reward - unitCost * frequency;
  return greatest(items.map(utility)) - utility(items[own]!);
}

/** How one device may hold several items. */
export interface MultiItemOptions {
  /** Items it can hold, 1…4: a multiset, so twice the same counts as two. Default: 2. */
  copies?: number;
  /** Total updates a second it can make. Default: those of its own item, so that it works no more than it should. */
  frequencyLimit?: number;
  /** Hand the same update in for every item, so that only the fastest costs. Default: false. */
  sharedUpdates?: boolean;
}

/**
 * What a device gains by holding several items under several identities instead of its own item. Usually positive:
 * per update, low items pay more. IC does not exclude it; one identity a device does.
 *
 * @throws ContractError `PARAM` for more than 4 copies.
 *
 * @example
 * const items = [{ frequency: 1, reward: 4 }, { frequency: 2, reward: 5 }];
 * multiItemGain(1, 1, items); // 3: two small items pay 8 for the work of the large one, which pays 5
 */
export function multiItemGain(
  unitCost: number,
  own: number,
  items: readonly Item[],
  { copies = 2, frequencyLimit = items[own]!.frequency, sharedUpdates = false }: MultiItemOptions = {},
): number {
  if (!(Number.isInteger(copies) && copies >= 1 && copies <= 4)) {
    throw new ContractError("PARAM", "copies out of range", { details: `${copies} is not 1, 2, 3 or 4.` });
  }
  const slack = frequencyLimit * (1 + 1e-12);
  let best = 0;
  const hold = (from: number, left: number, work: number, reward: number): void => {
    best = Math.max(best, reward - unitCost * work);
    if (left === 0) return;
    for (let index = from; index < items.length; index++) {
      const item = items[index]!;
      const more = sharedUpdates ? Math.max(work, item.frequency) : work + item.frequency;
      if (more <= slack) hold(index, left - 1, more, reward + item.reward);
    }
  };
  hold(0, copies, 0, 0);
  return best - (items[own]!.reward - unitCost * items[own]!.frequency);
}
