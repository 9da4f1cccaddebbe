/** The money of one migration on chain, in whole micro-$, and the reputation of servers, in integers. */

/** What became of a migration. */
export type MigrationOutcome = "completed" | "failed" | "expired" | "cancelled";

/** Signed times may differ by so much, ms; beyond that it is a dispute. */
const MOST_SPREAD_MS = 1000n;
const BASIS_POINTS = 10_000n;
const PPM = 1_000_000n;
/** 1 MB = 1000 kB. */
const KILOBYTES_A_MEGABYTE = 1000n;

/** A migration to be settled. */
export interface Settlement {
  /** θ, micro-$/MB. */
  readonly microPerMegabyte: bigint;
  readonly kilobytes: bigint;
  /** The destination's bond; as large as the escrow unless given. */
  readonly bond?: bigint | undefined;
  readonly outcome: MigrationOutcome;
  /** Of a completed one: attested latency, or when it began and when its signers say that it ended. */
  readonly latencyMs?: bigint | undefined;
  readonly startMs?: bigint | undefined;
  readonly stampsMs?: readonly bigint[] | undefined;
  readonly deadlineMs: bigint;
  /** Share of the escrow that is kept back if it was late, and of the bond that is slashed. */
  readonly lateBasisPoints: bigint;
  readonly slashBasisPoints: bigint;
}

/** Who gets what, micro-$. */
export interface Settled {
  readonly status: "Settled" | "Disputed";
  readonly escrow: bigint;
  readonly latencyMs: bigint | null;
  readonly late: boolean;
  readonly toProvider: bigint;
  readonly refund: bigint;
  readonly bondReturned: bigint;
  readonly bondSlashed: bigint;
  readonly toVehicle: bigint;
  readonly held: bigint;
}

/** ⌈θD⌉. */
export function escrowOf(microPerMegabyte: bigint, kilobytes: bigint): bigint {
  return ceilDivided(microPerMegabyte * kilobytes, KILOBYTES_A_MEGABYTE);
}

/**
 * Settles a migration. Late pays less; what failed or expired is refunded, and a share of the bond goes to the vehicle;
 * stamps that differ by more than a second hold everything.
 */
export function settleMigration(migration: Settlement): Settled {
  const escrow = escrowOf(migration.microPerMegabyte, migration.kilobytes);
  // Who never accepted has no bond.
  const bond = migration.outcome === "cancelled" ? 0n : (migration.bond ?? escrow);
  const nothing = { latencyMs: null, late: false, toProvider: 0n, bondSlashed: 0n, held: 0n };
  if (migration.outcome === "completed") {
    const { latencyMs, spreadMs } = attestedLatency(migration);
    const late = latencyMs > migration.deadlineMs;
    if (spreadMs > MOST_SPREAD_MS) {
      const none = { refund: 0n, bondReturned: 0n, toVehicle: 0n };
      return { ...nothing, ...none, status: "Disputed", escrow, latencyMs, late, held: escrow + bond };
    }
    const toProvider = late ? escrow - (escrow * migration.lateBasisPoints) / BASIS_POINTS : escrow;
    const refund = escrow - toProvider;
    const paid = { toProvider, refund, bondReturned: bond, toVehicle: refund };
    return { ...nothing, ...paid, status: "Settled", escrow, latencyMs, late };
  }
  const bondSlashed =
    migration.outcome === "cancelled" ? 0n : (bond * migration.slashBasisPoints) / BASIS_POINTS;
  return {
    ...nothing,
    status: "Settled",
    escrow,
    refund: escrow,
    bondReturned: bond - bondSlashed,
    bondSlashed,
    toVehicle: escrow + bondSlashed,
  };
}

/** The median of the signers' stamps, of two the later, and how far they are apart. */
function attestedLatency({ latencyMs, startMs = 0n, stampsMs }: Settlement): {
  latencyMs: bigint;
  spreadMs: bigint;
} {
  if (stampsMs === undefined || stampsMs.length === 0) return { latencyMs: latencyMs ?? 0n, spreadMs: 0n };
  const sorted = [...stampsMs].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return {
    latencyMs: sorted[Math.floor(sorted.length / 2)]! - startMs,
    spreadMs: sorted[sorted.length - 1]! - sorted[0]!,
  };
}

/** Beta reputation with decay, ppm, and the same without rounding. */
export interface Reputation {
  readonly okPpm: bigint;
  readonly badPpm: bigint;
  readonly reputationPpm: bigint;
  readonly exact: number;
}

/**
 * The reputation after epochs, each with what went well and what did not: Beta(1, 1) as a start, and both counts decay
 * an epoch.
 */
export function reputationAfter(
  epochs: readonly (readonly [bigint, bigint])[],
  decayPpm: bigint,
): Reputation {
  let [okPpm, badPpm] = [0n, 0n];
  let [ok, bad] = [0, 0];
  const decay = Number(decayPpm) / Number(PPM);
  for (const [good, wrong] of epochs) {
    okPpm = (okPpm * decayPpm) / PPM + good * PPM;
    badPpm = (badPpm * decayPpm) / PPM + wrong * PPM;
    ok = ok * decay + Number(good);
    bad = bad * decay + Number(wrong);
  }
  return {
    okPpm,
    badPpm,
    reputationPpm: (PPM * (PPM + okPpm)) / (2n * PPM + okPpm + badPpm),
    exact: (1 + ok) / (2 + ok + bad),
  };
}

function ceilDivided(a: bigint, b: bigint): bigint {
  return (a + b - 1n) / b;
}
