import { ordinal } from "../../protocol/ordinal.ts";
import { formatTokens } from "../../reports/formatTokens.ts";
import { MenuModel } from "./MenuModel.ts";
import { menuTerms, optimalContract } from "./menuTerms.ts";
import type { AoIReward } from "./rewardSchema.ts";

/** How many times longer or shorter than the best one a period may be. */
const MOST_STRAYED = 1.5;
/** Other epochs that are looked at on either side, seconds. */
const MOST_LOOKED_AT = 12;

/**
 * What a publisher should know of a menu that holds all the same: that it pays more for freshness than the freshness is
 * worth by its own types, or that the epoch has no divisors near the periods that are best.
 *
 * @param epochSeconds - T.
 * @returns Sentences; none of a menu that is given item by item, as what freshness is worth is not known then.
 */
export function menuWarnings(reward: AoIReward, epochSeconds: number): string[] {
  if (!("types" in reward.menu)) return [];
  return [...lossWarnings(reward, epochSeconds), ...divisorWarnings(reward, epochSeconds)];
}

/** Of the items: of one that loses, and of all by how likely their types are. */
function lossWarnings(reward: AoIReward, epochSeconds: number): string[] {
  if (!("types" in reward.menu)) return [];
  const { types } = reward.menu;
  const model = new MenuModel(types);
  const { menu } = menuTerms(reward, epochSeconds);
  const gains = menu.map(({ period, reward }) => model.satisfaction(1 / period) - Number(reward));
  const expected = gains.reduce((sum, gain, n) => sum + types.probabilities[n]! * gain, 0);
  const losing = gains.flatMap((gain, n) => (gain < 0 && types.probabilities[n]! > 0 ? [ordinal(n)] : []));
  if (losing.length === 0) return [];
  const which = losing.length === 1 ? `Item ${losing[0]} pays` : `Items ${losing.join(", ")} pay`;
  const all =
    expected < 0
      ? `the whole menu is expected to lose ${tokens(-expected)} tokens a worker and epoch`
      : `the whole menu is expected to gain ${tokens(expected)} tokens a worker and epoch`;
  return [
    `${which} more for freshness than it is worth by unitProfit and the tolerances of reward.menu.types: ${all}.`,
  ];
}

/** Of the periods: they divide the epoch, and so may be far from those that are best; where an epoch beside it is cheaper. */
function divisorWarnings(reward: AoIReward, epochSeconds: number): string[] {
  const found = strayed(reward, epochSeconds);
  if (found === undefined || found.ratio <= MOST_STRAYED) return [];
  const { n, best, period } = found;
  const others = Array.from({ length: 2 * MOST_LOOKED_AT }, (_, i) => {
    const away = Math.floor(i / 2) + 1;
    return i % 2 === 0 ? epochSeconds + away : epochSeconds - away;
  }).filter((seconds) => seconds > 0);
  const here = dearest(reward, epochSeconds);
  const better = others.find(
    (seconds) =>
      strayed(reward, seconds)!.ratio <= MOST_STRAYED && 10n * dearest(reward, seconds) <= 9n * here,
  );
  if (better === undefined) return [];
  const there = dearest(reward, better);
  return [
    `Periods divide schedule.epochSeconds, and ${epochSeconds} has no divisor near enough: a worker of type ${ordinal(n)} would best refresh every ${best.toPrecision(2)} s, and its item asks for every ${period} s. With ${better} s the dearest item pays ${formatTokens(there)} tokens instead of ${formatTokens(here)}.`,
  ];
}

/** The item whose period is farthest from the best one, as a ratio; of those that the epoch has room for. */
function strayed(
  reward: AoIReward,
  epochSeconds: number,
): { n: number; best: number; period: number; ratio: number } | undefined {
  if (!("types" in reward.menu)) return undefined;
  const { frequencies } = optimalContract(reward.menu.types, epochSeconds);
  const { menu } = menuTerms(reward, epochSeconds);
  return menu
    .map(({ period }, n) => {
      const best = Math.min(epochSeconds, Math.max(1, 1 / frequencies[n]!));
      return { n, best, period, ratio: Math.max(best / period, period / best) };
    })
    .reduce((worst, one) => (one.ratio > worst.ratio ? one : worst));
}

function dearest(reward: AoIReward, epochSeconds: number): bigint {
  return menuTerms(reward, epochSeconds).menu.reduce(
    (most, { reward }) => (reward > most ? reward : most),
    0n,
  );
}

function tokens(wei: number): string {
  return formatTokens(BigInt(Math.round(wei)));
}
