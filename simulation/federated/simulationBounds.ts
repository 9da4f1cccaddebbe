/**
 * What a simulation may come to. A sweep's file may be somebody else's, and each of its numbers by itself says little of
 * what they come to together: so much of that is decided here, and refused before anything runs.
 */
export const SIMULATION_BOUNDS = {
  /** Passes of clients over their data in a run: clients a round × rounds × epochs. A millisecond each is a day of a core. */
  passes: 100_000_000,
  /** The same of all runs of a sweep. */
  sweepPasses: 1_000_000_000,
  /** Clients of a laboratory, each asked, told apart and paid by itself: some KiB each, and a third of one in its record. */
  playedClients: 250_000,
  /** Updates that a laboratory remembers until it pays for them, of some hundred bytes each. */
  paidUpdates: 10_000_000,
  /** Refreshes of all its clients, eight bytes each. */
  refreshes: 50_000_000,
  /** Bytes of a round's updates, where all of them are kept to be scored or copied. */
  roundBytes: 2 ** 32,
  /** Runs of a sweep, each a file of its own. */
  runs: 10_000,
  /** Points of the curves of all its runs, which a report has in memory together. */
  points: 10_000_000,
} as const;

/** A number of one of the bounds, in words. */
export const BOUNDED = {
  passes: "passes of clients over their data in a run",
  sweepPasses: "passes of clients over their data in a sweep",
  playedClients: "clients that are paid",
  paidUpdates: "updates that are paid for",
  refreshes: "refreshes",
  roundBytes: "bytes of updates in a round, all of which are kept to be scored or copied",
  runs: "runs",
  points: "points of curves",
} as const satisfies Record<keyof typeof SIMULATION_BOUNDS, string>;

/**
 * What is too much of something, as an error says it; undefined where it is not.
 *
 * @param factors - What the number is the product of, by what each is called.
 * @example
 * excess("passes", { "clients a round": 1000, rounds: 4000, epochs: 50 });
 * // "1,000 clients a round × 4,000 rounds × 50 epochs come to 200,000,000 passes …, above 100,000,000"
 */
export function excess(
  bound: keyof typeof SIMULATION_BOUNDS,
  factors: Readonly<Record<string, number>>,
): string | undefined {
  const product = Object.values(factors).reduce((all, factor) => all * factor, 1);
  if (product <= SIMULATION_BOUNDS[bound]) return undefined;
  const words = Object.entries(factors).map(([name, factor]) => `${grouped(factor)} ${name}`);
  const what = BOUNDED[bound];
  const whole = words.length === 1 ? words[0]! : `${words.join(" × ")} come to ${grouped(product)} ${what}`;
  return `${whole}, above ${grouped(SIMULATION_BOUNDS[bound])}${words.length === 1 ? ` ${what}` : ""}`;
}

/** What of a federation its bounds are about. */
export interface FederationSize {
  readonly clientsPerRound: number;
  readonly rounds: number;
  readonly epochs: number;
}

/** The product of that. */
export function passesOf({ clientsPerRound, rounds, epochs }: FederationSize): number {
  return clientsPerRound * rounds * epochs;
}

/** Why a federation takes too long; undefined where it does not. */
export function tooManyPasses({ clientsPerRound, rounds, epochs }: FederationSize): string | undefined {
  const found = excess("passes", { "clients a round": clientsPerRound, rounds, epochs });
  return found && `${found}; take fewer of one, or have fewer clients take part in a round (sampling)`;
}

function grouped(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 0 });
}
