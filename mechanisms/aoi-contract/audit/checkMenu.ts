import { keccak256 } from "ethers";

import type { AuditedTask, CheckTally } from "../../MechanismAudit.ts";
import { type AoITerms, decodeTerms, type MenuItem } from "../encodings.ts";
import { menuTerms } from "../menuTerms.ts";
import { rewardSchema } from "../rewardSchema.ts";

/**
 * The menu that the reward policy pinned is the published one, individually rational and incentive compatible for
 * every pair of type and item, its budget covers the dearest outcome, and it is the menu that the specification asks
 * for. Counts pairs.
 */
export async function checkMenu(task: AuditedTask, tally: CheckTally): Promise<void> {
  const { terms, mechanismTerms, policy } = task;
  const published = decodeTerms(mechanismTerms);
  const pinned = policy
    .events("MenuPinned")
    .find((event) => event.task === task.task && event.manager === policy.application);
  tally.require(
    pinned?.menuHash === keccak256(mechanismTerms),
    `The reward policy pinned a menu with hash ${pinned?.menuHash ?? "none"}, but the task was opened with terms that hash to ${keccak256(mechanismTerms)}.`,
  );
  await checkStoredMenu(task, published, tally);
  checkConstraints(published.menu, terms.schedule.epochSeconds, tally);
  tally.require(published.bonus >= 1n, "The bonus is 0 wei; the mechanism needs at least 1.");

  const [dearest = 0n] = published.menu.map(({ reward }) => reward).toSorted((a, b) => (a > b ? -1 : 1));
  const worstCase = (dearest + published.bonus) * BigInt(terms.maxWorkers) * BigInt(terms.subchains.length);
  tally.require(
    task.budget >= worstCase && task.worstCase === worstCase,
    `The menu can cost ${worstCase} wei; ${task.budget} wei were put up against a stated worst case of ${task.worstCase}.`,
  );
  const wanted = menuTerms(rewardSchema.parse(task.reward), terms.schedule.epochSeconds);
  tally.require(
    text(published) === text(wanted),
    `The specification asks for the menu ${text(wanted)}, but ${text(published)} was pinned.`,
  );
}

/**
 * IR and IC in exact integers. Item i promises T/θ_i updates for R_i, at δ_n each to
 * type n; both sides are multiplied by θ_n θ_i, so nothing is divided.
 *
 * @param epochSeconds - T.
 */
export function checkConstraints(menu: readonly MenuItem[], epochSeconds: number, tally: CheckTally): void {
  const T = BigInt(epochSeconds);
  for (const [n, own] of menu.entries()) {
    const period = BigInt(own.period);
    tally.require(
      own.reward * period >= own.cost * T,
      `Individual rationality: type ${n + 1} gets ${own.reward} wei for item ${n + 1}, whose updates every ${period} s cost it ${own.cost} wei each.`,
    );
    for (const [i, other] of menu.entries()) {
      const otherPeriod = BigInt(other.period);
      const utility = own.reward * period * otherPeriod - own.cost * T * otherPeriod;
      const alternative = other.reward * period * otherPeriod - own.cost * T * period;
      tally.require(
        utility >= alternative,
        `Incentive compatibility: type ${n + 1} with ${own.cost} wei an update gains more from item ${i + 1} (${other.reward} wei, every ${otherPeriod} s) than from its own (${own.reward} wei, every ${period} s).`,
      );
      tally.count();
    }
  }
}

/** What the policy's storage holds is what was published. */
async function checkStoredMenu(
  { policy, task }: AuditedTask,
  { menu }: AoITerms,
  tally: CheckTally,
): Promise<void> {
  const { application } = policy;
  const count = await policy.read<bigint>("itemCount", application, task);
  tally.require(
    count === BigInt(menu.length),
    `The policy holds ${count} items, ${menu.length} were published.`,
  );
  const stored = await Promise.all(
    menu.map((_, n) => policy.read<MenuItem>("itemOf", application, task, BigInt(n))),
  );
  for (const [n, { period, reward, cost }] of menu.entries()) {
    const held = stored[n]!;
    tally.require(
      held.period === period && held.reward === reward && held.cost === cost,
      `The policy holds (${held.period} s, ${held.reward} wei, cost ${held.cost}) as item ${n + 1}; (${period} s, ${reward} wei, cost ${cost}) was published.`,
    );
  }
}

function text({ bonus, menu }: AoITerms): string {
  const items = menu.map(({ period, reward, cost }) => `(${period} s, ${reward} wei, cost ${cost})`);
  return `${items.join(", ")} with a bonus of ${bonus}`;
}
