import type { ProofKind } from "../proofs/proofKinds.ts";

/**
 * Blocks of a chain that a message waits for, one after the other, where somebody hides it in a large receipt: its own, that
 * of a stranger's announcement with as large a one, and that of a relayer's (docs/relay.md).
 */
const HIDDEN_WAITS = 3;

/** What a message's time on a chain depends on. */
export interface TimedChain {
  role: "main" | "relay" | "virtual" | "physical";
  proofs: ProofKind;
  /** Blocks on top of one that count it as final, at the most. */
  finalityBlocks: number;
  /** Seconds from block to block. */
  blockSeconds: number;
}

/**
 * What the slowest way from a subchain to the main chain takes a message, seconds. One of a chain proven by headers may
 * have to be announced again first.
 */
export function wayToMainSeconds(chains: readonly TimedChain[]): number {
  const waits = (roles: readonly TimedChain["role"][]) =>
    chains
      .filter(({ role }) => roles.includes(role))
      .map(
        ({ proofs, finalityBlocks, blockSeconds }) =>
          (proofs === "header" ? HIDDEN_WAITS : 1) * (finalityBlocks + 1) * blockSeconds,
      )
      .reduce((most, seconds) => Math.max(most, seconds), 0);
  return Math.ceil(waits(["virtual", "physical"]) + waits(["relay"]));
}

/** The least times of tasks, seconds: as given, or what the slowest way takes. */
export function leastTimes(
  waySeconds: number,
  given: { reportSeconds?: number | undefined; claimSeconds?: number | undefined },
): { reportSeconds: number; claimSeconds: number } {
  const { reportSeconds = waySeconds + 2, claimSeconds = waySeconds + 10 } = given;
  return { reportSeconds, claimSeconds };
}
