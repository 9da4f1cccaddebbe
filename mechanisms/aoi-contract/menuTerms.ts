import { BaseError } from "../../protocol/BaseError.ts";
import type { AoITerms } from "./encodings.ts";
import { type MenuItem as IncentiveItem, onChainMenu } from "./mathematics/integerMenu.ts";
import { type Contract, solveContract } from "./mathematics/optimalContract.ts";
import type { AoIReward, MenuTypes } from "./rewardSchema.ts";

/**
 * The AoI contract's terms that a task's reward asks for: its items as given, or
 * the optimal menu for its types in exact integers, with periods that divide the
 * epoch so that a type's updates cover all of it.
 *
 * @throws `MENU_INFEASIBLE` when no menu exists for the types.
 */
export function menuTerms({ menu, bonus }: AoIReward, epochSeconds: number): AoITerms {
  if ("items" in menu) {
    return {
      bonus: BigInt(bonus),
      menu: menu.items.map(({ period, reward, cost }) => ({
        period,
        reward: BigInt(reward),
        cost: BigInt(cost),
      })),
    };
  }
  const { types } = menu;
  const costs = types.costs.map(BigInt);
  const items = integerMenu(types, costs, epochSeconds);
  return {
    bonus: BigInt(bonus),
    menu: items.map(({ periodSeconds, reward }, n) => ({
      period: Number(periodSeconds),
      reward,
      cost: costs[n]!,
    })),
  };
}

/** The optimal contract (scheme CA) for a task's types, per epoch: rewards and profits in wei. */
export function optimalContract(types: MenuTypes, epochSeconds: number): Contract {
  return solveContract({
    model: {
      mode: types.fixedPhase === "collection" ? "fixed_c" : "fixed_a",
      fixedPeriods: types.fixedPeriods,
      periodSeconds: types.periodSeconds,
      latency: types.latency,
      age: "exact",
    },
    // A frequency of f a second is f·T updates an epoch, each at δ wei.
    types: types.costs.map((cost, n) => ({
      unitCost: Number(cost) * epochSeconds,
      probability: types.probabilities[n]!,
      agePreference: types.agePreference,
    })),
    workers: 1,
    toleratedAgeSeconds: types.toleratedAgeSeconds,
    toleratedLatencySeconds: types.toleratedLatencySeconds,
    unitProfit: Number(types.unitProfit),
  });
}

function integerMenu(types: MenuTypes, unitCosts: bigint[], epochSeconds: number): IncentiveItem[] {
  try {
    const { frequencies } = optimalContract(types, epochSeconds);
    return onChainMenu({ frequencies, unitCosts, epochSeconds: BigInt(epochSeconds), wholePeriods: true });
  } catch (cause) {
    if (!(cause instanceof BaseError) || cause.code === "MENU_INFEASIBLE") throw cause;
    throw new BaseError("MENU_INFEASIBLE", "No menu exists for these types.", {
      details: cause.message,
      next: "Change the costs, probabilities or tolerances under reward.menu.types.",
      cause,
    });
  }
}
