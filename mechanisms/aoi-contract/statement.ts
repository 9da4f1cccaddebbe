import type { MechanismStatement, StatedPlace } from "../MechanismStatement.ts";
import { PayLadder } from "../PayLadder.ts";
import { decodeChoice, decodeTerms, decodeWork } from "./encodings.ts";

/** A time in which a worker's data were older than its period allows, seconds since the epoch's beginning. */
export interface Gap {
  from: number;
  to: number;
  /** The refresh whose data grew old, and the one that ended it; undefined where there is none. */
  before: StatedPlace | undefined;
  after: StatedPlace | undefined;
}

/**
 * Why a worker of the AoI contract was paid what it was paid. What it could have earned is its item's reward R and the
 * bonus B. Then, with T the epoch, n the rounds that count and P(c, a) = ⌊R · c · a / (T · n)⌋ as the policy has it:
 *
 * 1. Each gap in its coverage, in the order of time, costs P(c, n) − P(c − gap, n): coverage is counted first, as if all
 *    rounds had taken its update.
 * 2. Each round that did not take its update, in its order, costs P(c, a) − P(c, a − 1), with c what was covered.
 * 3. The bonus is lost whole with the first second or round.
 */
export const statement: MechanismStatement = {
  rules: [
    "What could have been earned is the item's whole reward and the bonus.",
    "Gaps in the freshness of data are taken off first, in the order of time, as if all rounds had taken the worker's update; then the rounds that did not, each of what freshness left; then the bonus, which the first second or round costs whole.",
  ],

  account(worker, task) {
    const { bonus, menu } = decodeTerms(task.mechanismTerms);
    const recorded = worker.work === undefined ? undefined : decodeWork(worker.work);
    const item = menu[recorded?.item ?? decodeChoice(worker.choice).item];
    const ladder = new PayLadder((item?.reward ?? 0n) + bonus);
    if (item === undefined || worker.countedRounds === 0) {
      const text = item === undefined ? "the item is none of the menu" : "no round counts";
      ladder.step(0n, { kind: "nothing-counts", isOpen: false, text, evidence: [] });
      return ladder.account;
    }
    const { startTime, epochSeconds } = task.terms.schedule;
    const { countedRounds } = worker;
    const whole = BigInt(epochSeconds) * BigInt(countedRounds);
    const earned = (covered: number, accepted: number) =>
      (item.reward * BigInt(covered) * BigInt(accepted)) / whole;

    const elapsed =
      recorded === undefined
        ? Math.max(0, Math.min(epochSeconds, Math.floor(task.now) - startTime))
        : epochSeconds;
    const gaps = gapsOf(worker.refreshes, { startTime, until: elapsed, period: item.period });
    let covered = epochSeconds;
    for (const gap of gaps) {
      const seconds = gap.to - gap.from;
      covered -= seconds;
      ladder.step(earned(covered, countedRounds) + bonus, {
        kind: "late-refresh",
        isOpen: false,
        seconds,
        text: `${seconds} s not fresh: ${why(gap, { startTime, epochSeconds, period: item.period })}`,
        evidence: [gap.before, gap.after].filter((place) => place !== undefined),
      });
    }
    const counted =
      recorded === undefined ? covered : Math.min(Number(recorded.coveredSeconds), epochSeconds);
    if (counted !== covered) {
      ladder.step(earned(counted, countedRounds) + bonus, {
        kind: "recorded-otherwise",
        isOpen: false,
        seconds: covered - counted,
        text: `its subchain recorded ${counted} s as fresh, where its refreshes make ${covered} s: audit the task`,
        evidence: [],
      });
      covered = counted;
    }

    let accepted = countedRounds;
    const missRounds = (isOpen: boolean) => {
      for (const missed of worker.missed.filter((one) => one.isOpen === isOpen)) {
        accepted--;
        ladder.step(earned(covered, accepted) + bonus, {
          kind: "missed-round",
          isOpen,
          round: missed.round,
          text: missed.why,
          evidence: missed.evidence,
        });
      }
    };
    missRounds(false);
    const isWhole = covered === epochSeconds && accepted === countedRounds;
    const toCome = epochSeconds - elapsed;
    if (toCome > 0) {
      covered -= toCome;
      ladder.step(earned(covered, accepted) + bonus, {
        kind: "to-come",
        isOpen: true,
        seconds: toCome,
        text: `${toCome} s of the epoch are to come`,
        evidence: [],
      });
    }
    missRounds(true);
    if (covered === epochSeconds && accepted === countedRounds) return ladder.account;
    ladder.step(earned(covered, accepted), {
      kind: "bonus",
      isOpen: isWhole,
      text: isWhole
        ? "the bonus, which is for the whole epoch and all rounds"
        : `the bonus, which is for ${epochSeconds} s fresh and ${countedRounds} of ${countedRounds} rounds`,
      evidence: [],
    });
    return ladder.account;
  },
};

/** What {@link gapsOf} measures by. */
interface Measure {
  /** Unix seconds. */
  startTime: number;
  /** How much of the epoch is looked at, seconds. */
  until: number;
  /** θ, seconds. */
  period: number;
}

/**
 * When a worker's data were not fresh, from the epoch's beginning on: between what each refresh makes fresh, a period
 * from its block on.
 *
 * @example
 * gapsOf([refreshAt(1000), refreshAt(1075)], { startTime: 1000, until: 100, period: 60 }); // [{ from: 60, to: 75, … }]
 */
export function gapsOf(refreshes: readonly StatedPlace[], { startTime, until, period }: Measure): Gap[] {
  const gaps: Gap[] = [];
  let fresh = 0;
  let before: StatedPlace | undefined;
  for (const after of refreshes.toSorted((a, b) => a.time - b.time)) {
    const at = after.time - startTime;
    if (at > fresh && fresh < until)
      gaps.push({ from: fresh, to: Math.min(at, until), before, after: at < until ? after : undefined });
    fresh = Math.max(fresh, at + period);
    before = after;
  }
  if (fresh < until) gaps.push({ from: fresh, to: until, before, after: undefined });
  return gaps.filter(({ from, to }) => to > from);
}

/** Why data were not fresh, in words; times in seconds of the epoch. */
function why(
  { from, to, before, after }: Gap,
  { startTime, epochSeconds, period }: { startTime: number; epochSeconds: number; period: number },
): string {
  const end = to === epochSeconds ? "to the end" : `up to second ${to}`;
  if (before === undefined) {
    if (after === undefined) return `there was no refresh ${end}`;
    return `the first refresh came at second ${after.time - startTime}`;
  }
  if (after === undefined) {
    return `after the refresh of second ${before.time - startTime}, good until second ${from}, none came ${end}`;
  }
  const missed = Math.floor((to - from) / period);
  const others = missed === 0 ? "" : `, ${missed === 1 ? "one" : missed} left out`;
  return `the refresh due by second ${from} came at second ${to}${others}`;
}
