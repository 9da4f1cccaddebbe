import { eventsOf } from "../../../audit/evidence/ChainEvidence.ts";
import type { Evidence } from "../../../audit/evidence/Evidence.ts";
import type { Tally } from "../../../audit/Tally.ts";
import type { AoITerms, MenuItem } from "../aoiTerms.ts";
import { menuTerms } from "../menuTerms.ts";
import { policyContract } from "../policyContract.ts";

/**
 * The menu that the reward policy pinned is individually rational and incentive
 * compatible for every pair of type and item, its budget covers the dearest
 * outcome, and it is the menu that the specification asks for. Counts pairs.
 *
 * @throws AuditFailure naming the first type and item that break a constraint.
 */
export async function checkMenu(evidence: Evidence, tally: Tally): Promise<void> {
  const terms = await evidence.terms();
  const pinned = evidence.menu();
  await checkStoredMenu(evidence, pinned, tally);
  checkConstraints(pinned.menu, terms.schedule.epochSeconds, tally);
  tally.require(pinned.bonus >= 1n, "The bonus is 0 wei; the mechanism needs at least 1.");

  const [dearest = 0n] = pinned.menu.map(({ reward }) => reward).toSorted((a, b) => (a > b ? -1 : 1));
  const worstCase = (dearest + pinned.bonus) * BigInt(terms.maxWorkers) * BigInt(terms.subchains.length);
  const [published] = eventsOf(evidence.main, evidence.task, "TaskPublished");
  tally.require(
    published !== undefined && published.args.budget >= worstCase && published.args.worstCase === worstCase,
    `The menu can cost ${worstCase} wei; ${published?.args.budget} wei were put up against a stated worst case of ${published?.args.worstCase}.`,
  );
  const wanted = menuTerms(await evidence.spec());
  tally.require(
    text(pinned) === text(wanted),
    `The specification asks for the menu ${text(wanted)}, but ${text(pinned)} was pinned.`,
  );
}

/**
 * IR and IC in exact integers. Item i promises T/θ_i updates for R_i, at δ_n each to
 * type n; both sides are multiplied by θ_n θ_i, so nothing is divided.
 *
 * @param epochSeconds - T.
 */
export function checkConstraints(menu: readonly MenuItem[], epochSeconds: number, tally: Tally): void {
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
  { main, network, task }: Evidence,
  { menu }: AoITerms,
  tally: Tally,
): Promise<void> {
  const { policy, manager } = network.main.contracts;
  const count = await main.state(policyContract, policy, "itemCount", manager, task);
  tally.require(
    count === BigInt(menu.length),
    `The policy holds ${count} items, ${menu.length} were published.`,
  );
  const stored = await Promise.all(
    menu.map((_, n) => main.state(policyContract, policy, "itemOf", manager, task, BigInt(n))),
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
