import { portableLog } from "../../../numerics/portableLog.ts";
import { offerAt, type ProviderColumn, pricesForSet } from "./ProviderColumn.ts";
import { comesFirst, tieAround } from "./setOrder.ts";

/** The MUs that an MSP serves. */
export interface ServedUsers {
  /** Ascending. */
  users: Int32Array;
  /** Ψ with them, currency. */
  utility: number;
  /** No other set brings more than `utility` + `gap`; 0 when the search was complete. */
  gap: number;
}

/** Rational MUs join from u = 2F on. */
const JOINING = 2;
/** The search ends after so many looks at an MU. */
const MOST_LOOKS = 500_000;

/**
 * The set of rational MUs that brings an MSP most, of all 2^M: each either joins, at no less than four times its entry
 * price, or is priced out.
 *
 * By branch and bound. An upper bound lets MUs join in part: of MUs that are still open those with the lowest entry
 * prices join as long as 4F²/I ≤ λ = μ/(1 + S), and at most one of them in part, at the price 4F²/I. If none does, the
 * set is the best one of its branch; otherwise that MU is put in, then out. Of equal MUs the first ones join.
 */
export function bestServedUsers(column: ProviderColumn): ServedUsers {
  const { entryPrice, mostValue, profit } = column;
  const users = entryPrice.length;
  const order = Int32Array.from({ length: users }, (_, m) => m).sort(
    (a, b) => entryPrice[a]! - entryPrice[b]! || mostValue[a]! - mostValue[b]! || a - b,
  );
  const equal = (a: number, b: number) => entryPrice[a] === entryPrice[b] && mostValue[a] === mostValue[b];
  /** 1 in, −1 out, 0 open; by MU. */
  const state = new Int8Array(users);
  let best: ServedUsers = { users: new Int32Array(0), utility: 0, gap: 0 };
  let looks = 0;
  let complete = true;

  const consider = (set: Int32Array) => {
    const ascending = set.slice().sort();
    const { utility } = pricesForSet(column, ascending, ascending.length, JOINING);
    const tie = tieAround(best.utility);
    const better =
      utility > best.utility + tie || (utility >= best.utility - tie && comesFirst(ascending, best.users));
    if (better) best = { users: ascending, utility, gap: 0 };
  };

  /** Searches below the present state. Returns an upper bound of what is there. */
  const search = (): number => {
    looks += users;
    const inside = order.filter((m) => state[m] === 1);
    const open = order.filter((m) => state[m] === 0);
    const demand = (joined: number, lambda: number) => {
      let sum = 0;
      for (const m of inside) sum += mostValue[m]! * (1 - 1 / offerAt(lambda, entryPrice[m]!, JOINING));
      for (let i = 0; i < joined; i++) {
        const m = open[i]!;
        sum += mostValue[m]! * (1 - 1 / offerAt(lambda, entryPrice[m]!, JOINING));
      }
      return sum;
    };
    const joiningAt = (i: number) => JOINING * JOINING * entryPrice[open[i]!]!;
    /** Whether λ stays at least at `lambda` with so many joined. */
    const wanted = (joined: number, lambda: number) => demand(joined, lambda) <= profit / lambda - 1;
    let joined = 0;
    for (let tooMany = open.length + 1; tooMany - joined > 1; ) {
      const middle = (joined + tooMany) >> 1;
      if (wanted(middle, joiningAt(middle - 1))) joined = middle;
      else tooMany = middle;
    }
    const taken = concatenated(inside, open.subarray(0, joined));
    consider(taken);
    if (joined === open.length || !wanted(joined, joiningAt(joined))) return best.utility;

    const divided = open[joined]!;
    consider(concatenated(taken, open.subarray(joined, joined + 1)));
    const bound = relaxedUtility(column, taken, joiningAt(joined));
    if (bound < best.utility - tieAround(best.utility)) return bound;
    if (looks > MOST_LOOKS) {
      complete = false;
      return bound;
    }
    const like = open.filter((m) => equal(m, divided));
    const earlier = like.filter((m) => m <= divided);
    const later = like.filter((m) => m >= divided);
    for (const m of earlier) state[m] = 1;
    const withIt = search();
    for (const m of earlier) state[m] = 0;
    for (const m of later) state[m] = -1;
    const withoutIt = search();
    for (const m of later) state[m] = 0;
    return Math.max(withIt, withoutIt);
  };

  const bound = search();
  return complete ? best : { ...best, gap: Math.max(0, bound - best.utility) };
}

/** Ψ when one more MU joins in part at the price λ, as far as λ = μ/(1 + S) has it. */
function relaxedUtility(
  { profit, entryPrice, mostValue }: ProviderColumn,
  taken: Int32Array,
  lambda: number,
): number {
  const bought = profit / lambda - 1;
  let sum = 0;
  let paid = 0;
  for (const m of taken) {
    const w = offerAt(lambda, entryPrice[m]!, JOINING);
    const value = mostValue[m]! * (1 - 1 / w);
    sum += value;
    paid += w * w * entryPrice[m]! * value;
  }
  return profit * portableLog(1 + bought) - paid - lambda * (bought - sum);
}

function concatenated(...parts: readonly Int32Array[]): Int32Array {
  const whole = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
