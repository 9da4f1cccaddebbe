import { SeededRandom } from "../../../../numerics/SeededRandom.ts";
import { ContractError } from "../ContractError.ts";
import { type ContractParameters, solveContract } from "../optimalContract.ts";
import { type Item, itemsOf, misreportGain, multiItemGain, playMenu, sampleWorkers } from "../population.ts";
import type { ContractReader } from "./ContractReader.ts";
import { readContract, TABLE_I } from "./readContract.ts";
import { readFrequencies, readRewards } from "./readMenu.ts";
import { checkPaired } from "./readTypes.ts";

/** No more than this many utilities are looked at. */
const MOST_UTILITIES = 20_000_000;

/**
 * Kind `population`: draws the types of `M` workers from `Q` by `seed` (0) and lets each choose from the menu `f` or
 * `theta` and `R`, or from the optimal contract's where `R` is not given. Tells how many are of each type (`drawn`),
 * took each item (`chosen`) or stayed `away`, what both sides realized beside its expectation, and what lying about
 * its type gains each type at best; with `copies`, also what holding that many items under several identities does.
 */
export function populationSpec(spec: ContractReader): Record<string, unknown> {
  const workers = spec.has("M") ? spec.natural("M") : TABLE_I.M;
  const parameters = { ...readContract(spec), workers };
  const { types } = parameters;
  checkPaired(types.length);
  if (workers * types.length > MOST_UTILITIES) {
    const most = Math.floor(MOST_UTILITIES / types.length);
    throw new ContractError(
      "PARAM",
      `M out of range: with ${types.length} types at most ${most}, not ${workers}`,
    );
  }
  const items = readItems(spec, parameters);
  const probabilities = types.map(({ probability }) => probability);
  const seed = spec.has("seed") ? spec.natural("seed", 0) : 0;
  const drawn = sampleWorkers(workers, probabilities, new SeededRandom(seed, "population"));
  const { choices, providerUtility, workersUtility, welfare } = playMenu(parameters, items, drawn);
  const alone = types.map((_, n) => playMenu(parameters, items, [n]));
  const expected = (utility: "providerUtility" | "workersUtility") =>
    workers * alone.reduce((sum, outcome, n) => sum + probabilities[n]! * outcome[utility], 0);
  const chosen = choices.filter((choice) => choice !== undefined);
  return {
    f: items.map(({ frequency }) => frequency),
    R: items.map(({ reward }) => reward),
    drawn: counts(drawn, types.length),
    chosen: counts(chosen, types.length),
    away: workers - chosen.length,
    Us: providerUtility,
    W: workersUtility,
    welfare,
    Us_expected: expected("providerUtility"),
    W_expected: expected("workersUtility"),
    misreport_gain: types.map(({ unitCost }, n) => misreportGain(unitCost, n, items)),
    ...(spec.has("copies") && { multi_item_gain: multiItemGains(spec, parameters, items) }),
  };
}

function readItems(spec: ContractReader, parameters: ContractParameters): Item[] {
  if (!spec.has("R")) return itemsOf(solveContract(parameters));
  const count = parameters.types.length;
  return itemsOf({ frequencies: readFrequencies(spec, count), rewards: readRewards(spec, count) });
}

function multiItemGains(
  spec: ContractReader,
  { types }: ContractParameters,
  items: readonly Item[],
): number[] {
  const copies = spec.natural("copies");
  if (types.length ** (copies + 1) > MOST_UTILITIES) {
    throw new ContractError(
      "PARAM",
      `copies out of range: ${copies} are too many with ${types.length} types`,
    );
  }
  return types.map(({ unitCost }, n) => multiItemGain(unitCost, n, items, { copies }));
}

/** How often each of the numbers from 0 occurs. */
function counts(numbers: readonly number[], length: number): number[] {
  const found = new Array<number>(length).fill(0);
  for (const number of numbers) found[number]!++;
  return found;
}
