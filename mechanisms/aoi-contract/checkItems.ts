import { BaseError } from "../../protocol/BaseError.ts";
import { ordinal } from "../../protocol/ordinal.ts";
import type { MenuItem } from "./encodings.ts";
import { type MenuVerdict, verifyIntegerMenu } from "./mathematics/integerMenu.ts";

type Condition = Extract<MenuVerdict, { ok: false }>["condition"];

/** Each condition in words: what an item (its number, and that of the one before) does wrong, and what mends it. */
const WORDS: Record<Condition, (item: string, before: string) => { fault: string; next: string }> = {
  LENGTH: () => ({ fault: "The menu has no items.", next: "Give at least one." }),
  PERIOD: (item) => ({
    fault: `Item ${item} has a period that is longer than the epoch, or shorter than a 65,536th of it.`,
    next: "Change its period or schedule.epochSeconds.",
  }),
  COST_ORDER: (item, before) => ({
    fault: `Item ${item} has a higher cost than item ${before}.`,
    next: "Order the items from the dearest cost to the cheapest.",
  }),
  PERIOD_ORDER: (item, before) => ({
    fault: `Item ${item} has a longer period than item ${before}, though its type's updates are no dearer.`,
    next: "Order the items so that periods fall with costs.",
  }),
  REWARD_ORDER: (item, before) => ({
    fault: `Item ${item} pays less than item ${before}.`,
    next: "Raise its reward.",
  }),
  IR: (item) => ({
    fault: `Item ${item} pays less than its type's updates cost (individual rationality: reward × period ≥ cost × epochSeconds).`,
    next: "Raise its reward, or lower its cost.",
  }),
  LDIC: (item, before) => ({
    fault: `Item ${item} pays so little more than item ${before} that its own type prefers that one (downward incentive compatibility).`,
    next: "Raise its reward.",
  }),
  LUIC: (item, before) => ({
    fault: `Item ${item} pays so much more than item ${before} that the type of that one prefers it (upward incentive compatibility).`,
    next: "Lower its reward.",
  }),
};

/**
 * Checks a menu as the contracts do when a task is funded (Lemma 1 in integers).
 *
 * @param epochSeconds - T.
 * @throws `MENU_REFUSED` with the first condition that does not hold.
 */
export function checkItems(menu: readonly MenuItem[], epochSeconds: number): void {
  const verdict = verifyIntegerMenu(
    menu.map(({ period, reward }) => ({ periodSeconds: BigInt(period), reward })),
    menu.map(({ cost }) => cost),
    BigInt(epochSeconds),
  );
  if (verdict.ok) return;
  const { fault, next } = WORDS[verdict.condition](ordinal(verdict.item), ordinal(verdict.item - 1));
  throw new BaseError("MENU_REFUSED", "No chain would take this menu.", {
    details: fault,
    next: `${next} Or have the menu solved from types (reward.menu.types).`,
  });
}
