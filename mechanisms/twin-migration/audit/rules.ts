/** The market's rules as they are published (MigrationTypes.sol, docs/mechanisms/twin-migration.md), written a second time. */
export const RULES = {
  epochSeconds: 100,
  stepsAnEpoch: 100,
  latencyLimitMs: 6000n,
  spreadLimitMs: 1000n,
  /** Waits of a request and of what is accepted, of a dispute and of what is signed: to each, what messages take. */
  expirySeconds: 17,
  disputeSeconds: 100,
  mostMessageSeconds: 21_600,
  lateDivisor: 10n,
  slashDivisor: 10n,
  decay: { of: 98n, per: 100n },
  ppm: 1_000_000n,
  clockSkewSeconds: 2,
  retailMicro: [300_000, 500_000],
  wholesaleMicro: [120_000, 400_000],
  /** Prices: worth of a unit, $/MB; D of a scale of 1, kB; own capacity for a unit, kB; what counts, s before an epoch. */
  worth: 0.92,
  scaleKilobytes: 10_000,
  unitKilobytes: 16_000,
  cutSeconds: 15,
  edgeCost: 0.12,
  cloudCost: 0.06,
} as const;

export const NOWHERE = `0x${"00".repeat(20)}`;

/** Names of outcomes in the order of their values. */
export const OUTCOMES = ["None", "Completed", "Late", "Failed", "Expired", "Cancelled", "Resolved"] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** ⌈price · volume⌉, micro-$. */
export function priced(microAMegabyte: number, kilobytes: number | bigint): bigint {
  const product = BigInt(microAMegabyte) * BigInt(kilobytes);
  return product / 1000n + (product % 1000n === 0n ? 0n : 1n);
}

/** Who gets what of an escrow and as large a bond, micro-$. */
export function sharesOf(outcome: Outcome, escrow: bigint) {
  switch (outcome) {
    case "Completed":
      return { toProvider: escrow, refund: 0n, bondReturned: escrow, bondSlashed: 0n, isPaid: true };
    case "Late":
    case "Resolved": {
      const refund = escrow / RULES.lateDivisor;
      return { toProvider: escrow - refund, refund, bondReturned: escrow, bondSlashed: 0n, isPaid: true };
    }
    case "Failed":
    case "Expired": {
      const bondSlashed = escrow / RULES.slashDivisor;
      return {
        toProvider: 0n,
        refund: escrow,
        bondReturned: escrow - bondSlashed,
        bondSlashed,
        isPaid: false,
      };
    }
    default:
      return { toProvider: 0n, refund: escrow, bondReturned: 0n, bondSlashed: 0n, isPaid: false };
  }
}
