/** Coverage, age and pay of one worker. */
import { draw, range } from "./definitions.ts";

const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const sum = (values: readonly bigint[]): bigint => values.reduce((all, value) => all + value, 0n);

interface Worked {
  name: string;
  start: bigint;
  epochSeconds: bigint;
  period: bigint;
  reward: bigint;
  bonus: bigint;
  refreshes: bigint[];
  acceptedRounds: bigint;
  rounds: bigint;
}

function settle(worked: Worked) {
  const { start, epochSeconds, period, reward, bonus, refreshes, acceptedRounds, rounds } = worked;
  const end = start + epochSeconds;
  const times = [...refreshes, end];
  const gaps = refreshes.map((time, index) => times[index + 1]! - time);
  const covered = sum(gaps.map((gap) => min(gap, period)));
  const ageSquares = sum([times[0]! - start, ...gaps].map((gap) => gap * gap));
  const earned = rounds === 0n ? 0n : (reward * covered * acceptedRounds) / (epochSeconds * rounds);
  const complete = rounds > 0n && covered === epochSeconds && acceptedRounds === rounds;
  return { ...worked, coveredSeconds: covered, ageSquares, pay: complete ? earned + bonus : earned };
}

export function coverage() {
  const base = { start: 1000n, epochSeconds: 300n, period: 60n, reward: 1003n, bonus: 7n };
  const all = { acceptedRounds: 4n, rounds: 4n };
  const onTime = [1000n, 1060n, 1120n, 1180n, 1240n];
  const cases: Worked[] = [
    { name: "the reading's worked example", ...base, ...all, refreshes: [1000n, 1075n, 1180n, 1241n] },
    { name: "no refresh", ...base, ...all, refreshes: [] },
    { name: "every refresh on time", ...base, ...all, refreshes: onTime },
    { name: "one second late once", ...base, ...all, refreshes: [1000n, 1060n, 1121n, 1180n, 1240n] },
    {
      name: "the first refresh a second late",
      ...base,
      ...all,
      refreshes: [1001n, 1060n, 1120n, 1180n, 1240n],
    },
    { name: "one missed", ...base, ...all, refreshes: [1000n, 1060n, 1180n, 1240n] },
    { name: "a burst", ...base, ...all, refreshes: [1100n, 1100n, 1100n, 1101n] },
    { name: "only in the last second", ...base, ...all, refreshes: [1299n] },
    { name: "one of four rounds accepted", ...base, acceptedRounds: 1n, rounds: 4n, refreshes: onTime },
    { name: "no round accepted", ...base, acceptedRounds: 0n, rounds: 4n, refreshes: onTime },
    { name: "no round at all", ...base, acceptedRounds: 0n, rounds: 0n, refreshes: onTime },
    {
      name: "the widest reward",
      ...base,
      ...all,
      reward: 2n ** 96n - 1n,
      bonus: 2n ** 96n - 1n,
      refreshes: onTime,
    },
    {
      name: "the longest epoch",
      ...base,
      ...all,
      epochSeconds: 2n ** 32n - 1n,
      period: 2n ** 32n - 1n,
      reward: 10n ** 24n,
      refreshes: [1000n, 2_000_000_000n],
    },
  ];
  for (const index of range(20)) {
    const stream = `coverage ${index}`;
    const epochSeconds = 1n + draw(stream, 0, 10_000n);
    const start = 1_800_000_000n + draw(stream, 1, 10n ** 6n);
    const rounds = 1n + draw(stream, 2, 20n);
    cases.push({
      name: `random ${index}`,
      start,
      epochSeconds,
      period: 1n + draw(stream, 3, epochSeconds),
      reward: draw(stream, 4, 10n ** 21n),
      bonus: 1n + draw(stream, 5, 10n ** 9n),
      refreshes: range(Number(draw(stream, 6, 12n)))
        .map((refresh) => start + draw(stream, 10 + refresh, epochSeconds))
        .sort((a, b) => (a < b ? -1 : 1)),
      acceptedRounds: draw(stream, 7, rounds + 1n),
      rounds,
    });
  }
  return { cases: cases.map(settle) };
}
