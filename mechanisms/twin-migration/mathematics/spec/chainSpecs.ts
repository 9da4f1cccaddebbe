/** Kinds `settle` and `reputation`: what chains compute, in integers. */
import { type SpecReader, whole } from "../../../solving/SpecReader.ts";
import { MigrationError } from "../MigrationError.ts";
import { reputationAfter, settleMigration } from "../settlement.ts";

const LARGEST = Number.MAX_SAFE_INTEGER;
const SIGNERS = ["vehicle", "source", "destination"] as const;
type Signer = (typeof SIGNERS)[number];

/** A whole number as an answer has it: text where a float64 would round. */
function integer(value: bigint): number | string {
  return value <= BigInt(LARGEST) && value >= -BigInt(LARGEST) ? Number(value) : String(value);
}

function readWhole(spec: SpecReader, name: string, least: number, most: number, absent?: number): bigint {
  return BigInt(spec.number(name, whole(least, most), absent));
}

/** Field `signatures`: all three unless given. */
function readSigners(spec: SpecReader): Signer[] {
  const given = spec.has("signatures") ? spec.list("signatures", SIGNERS.length) : SIGNERS;
  return given.map((name) => {
    const signer = SIGNERS.find((one) => one === name);
    if (signer === undefined) {
      throw new MigrationError("PARAM", `signatures must be a list of ${SIGNERS.join(", ")}`);
    }
    return signer;
  });
}

/** Attested latency, or start and the signers' stamps. */
function readTimes(spec: SpecReader, signers: readonly Signer[]) {
  if (spec.has("latency_ms")) return { latencyMs: readWhole(spec, "latency_ms", -LARGEST, LARGEST) };
  const stamps = spec.inner("stamps");
  return {
    startMs: readWhole(spec, "start_ms", -LARGEST, LARGEST),
    stampsMs: [...new Set(signers)].map((signer) => readWhole(stamps, signer, -LARGEST, LARGEST)),
  };
}

/** Kind `settle`: the money of one migration. */
export function settleSpec(spec: SpecReader): Record<string, unknown> {
  const outcome = spec.choice("outcome", ["completed", "failed", "expired", "cancelled"], { required: true });
  const completed = outcome === "completed";
  const signers = readSigners(spec);
  const migration = {
    microPerMegabyte: readWhole(spec, "theta_uusd", 300_000, 500_000),
    kilobytes: readWhole(spec, "D_kB", 1, LARGEST),
    bond: spec.has("bond") ? readWhole(spec, "bond", 0, LARGEST) : undefined,
    outcome,
    deadlineMs: readWhole(spec, "deadline_ms", 0, LARGEST, 6000),
    lateBasisPoints: readWhole(spec, "late_bp", 0, 10_000, 1000),
    slashBasisPoints: readWhole(spec, "slash_bp", 0, 10_000, 1000),
    ...(completed && readTimes(spec, signers)),
  };
  if (
    completed &&
    !(signers.includes("vehicle") && (signers.includes("source") || signers.includes("destination")))
  ) {
    throw new MigrationError(
      "SIGNATURES",
      "a completed migration takes the vehicle's signature and one server's",
      {
        details: signers.length === 0 ? "Nobody signed." : `Signed by ${signers.join(", ")}.`,
      },
    );
  }
  const settled = settleMigration(migration);
  return {
    status: settled.status,
    escrow: integer(settled.escrow),
    latency_ms: settled.latencyMs === null ? null : integer(settled.latencyMs),
    late: settled.late,
    to_provider: integer(settled.toProvider),
    refund: integer(settled.refund),
    bond_returned: integer(settled.bondReturned),
    bond_slashed: integer(settled.bondSlashed),
    to_vehicle: integer(settled.toVehicle),
    held: integer(settled.held),
  };
}

/** Kind `reputation`: Beta reputation with decay. */
export function reputationSpec(spec: SpecReader): Record<string, unknown> {
  const counts = spec.table("epochs", 2, whole(0, 1e12));
  const decay = readWhole(spec, "decay_ppm", 0, 1_000_000, 980_000);
  const epochs = Array.from(
    { length: counts.length / 2 },
    (_, e) => [BigInt(counts[2 * e]!), BigInt(counts[2 * e + 1]!)] as const,
  );
  const { okPpm, badPpm, reputationPpm, exact } = reputationAfter(epochs, decay);
  return {
    ok_ppm: integer(okPpm),
    bad_ppm: integer(badPpm),
    reputation_ppm: integer(reputationPpm),
    reputation: exact,
  };
}
