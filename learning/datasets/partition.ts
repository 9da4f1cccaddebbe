import { BaseError } from "../../protocol/BaseError.ts";
import { type RandomSource, shuffle } from "../../protocol/SeededRandom.ts";

/**
 * Deals n samples to `parts` holders at random, in sizes that differ by at most
 * one. Parts are disjoint and together are all samples.
 *
 * @param sampleCount - n.
 * @returns One array of row indices a part, in random order.
 * @throws BaseError `PARTITION_PARTS` unless `parts` is a whole number ≥ 1.
 *
 * @example
 * const devices = partitionIid(60_000, 10, random).map((rows) => selectSamples(train, rows));
 */
export function partitionIid(sampleCount: number, parts: number, random: RandomSource): Uint32Array[] {
  assertParts(parts);
  return cut(shuffle(rowsOf(sampleCount), random), parts);
}

/** How {@link partitionByLabel} deals. */
export interface PartitionByLabelParameters {
  readonly parts: number;
  /** Shards a part receives; few shards mean few labels. Default 2, as in the paper. */
  readonly shardsPerPart?: number;
}

/**
 * Sorts samples by label, cuts them into parts × shardsPerPart equal shards and
 * deals the shards at random: most parts see only about `shardsPerPart` labels
 * (McMahan et al. 2017, section 3, "pathological non-IID"). Parts are disjoint
 * and together are all samples.
 *
 * @param labels - Shape [n].
 * @returns One array of row indices a part, in random order.
 * @throws BaseError `PARTITION_PARTS`.
 */
export function partitionByLabel(
  labels: Uint8Array,
  { parts, shardsPerPart = 2 }: PartitionByLabelParameters,
  random: RandomSource,
): Uint32Array[] {
  assertParts(parts);
  assertParts(shardsPerPart);
  // Shuffled first, so that the cut inside one label is random too; the sort is stable.
  const sorted = shuffle(rowsOf(labels.length), random).sort((a, b) => labels[a]! - labels[b]!);
  const shards = shuffle(cut(sorted, parts * shardsPerPart), random);
  return Array.from({ length: parts }, (_, part) =>
    shuffle(join(shards.slice(part * shardsPerPart, (part + 1) * shardsPerPart)), random),
  );
}

/** How {@link partitionDirichlet} deals. */
export interface PartitionDirichletParameters {
  readonly parts: number;
  /** The number of classes. */
  readonly classes: number;
  /** Concentration > 0: → 0 gives each label to one part, → ∞ is equal shares. */
  readonly alpha: number;
}

/**
 * Splits each label over the parts in proportions drawn from Dirichlet(α)
 * (Hsu, Qi, Brown 2019, section 3). Parts are disjoint and together are all
 * samples; with a small α a part may be empty.
 *
 * @param labels - Shape [n], each < classes.
 * @returns One array of row indices a part, in random order.
 * @throws BaseError `PARTITION_PARTS` or `PARTITION_ALPHA`.
 */
export function partitionDirichlet(
  labels: Uint8Array,
  { parts, classes, alpha }: PartitionDirichletParameters,
  random: RandomSource,
): Uint32Array[] {
  assertParts(parts);
  if (!(alpha > 0) || !Number.isFinite(alpha)) {
    throw new BaseError(
      "PARTITION_ALPHA",
      `Dirichlet's concentration must be a positive number, not ${alpha}.`,
    );
  }
  const pieces = Array.from({ length: parts }, (): Uint32Array[] => []);
  const rows = shuffle(rowsOf(labels.length), random);
  for (let label = 0; label < classes; label++) {
    const ofLabel = rows.filter((row) => labels[row] === label);
    const shares = dirichlet(parts, alpha, random);
    let cumulative = 0;
    let start = 0;
    for (const [part, piece] of pieces.entries()) {
      cumulative += shares[part]!;
      const end = part === parts - 1 ? ofLabel.length : Math.round(Math.min(cumulative, 1) * ofLabel.length);
      piece.push(ofLabel.subarray(start, end));
      start = end;
    }
  }
  return pieces.map((piece) => shuffle(join(piece), random));
}

function assertParts(parts: number): void {
  if (!Number.isSafeInteger(parts) || parts < 1) {
    throw new BaseError("PARTITION_PARTS", `Samples cannot be dealt to ${parts} parts.`);
  }
}

function rowsOf(count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, row) => row);
}

function cut(rows: Uint32Array, pieces: number): Uint32Array[] {
  return Array.from({ length: pieces }, (_, piece) =>
    rows.slice(Math.floor((piece * rows.length) / pieces), Math.floor(((piece + 1) * rows.length) / pieces)),
  );
}

function join(pieces: readonly Uint32Array[]): Uint32Array {
  const joined = new Uint32Array(pieces.reduce((total, piece) => total + piece.length, 0));
  let offset = 0;
  for (const piece of pieces) {
    joined.set(piece, offset);
    offset += piece.length;
  }
  return joined;
}

/** One draw of Dirichlet(α, …, α), normalized from the logarithms of gamma draws so that a tiny α does not underflow. */
function dirichlet(length: number, alpha: number, random: RandomSource): number[] {
  // Gamma(α) = Gamma(α + 1) · U^(1/α).
  const logarithms = Array.from(
    { length },
    () => Math.log(gammaAboveOne(alpha + 1, random)) + Math.log(1 - random.uniform()) / alpha,
  );
  const largest = Math.max(...logarithms);
  const weights = logarithms.map((logarithm) => Math.exp(logarithm - largest));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}

/** One draw of Gamma(shape, 1), shape ≥ 1 (Marsaglia and Tsang 2000). */
function gammaAboveOne(shape: number, random: RandomSource): number {
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    // A standard normal draw (Box and Muller 1958).
    const normal = Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform());
    const v = (1 + c * normal) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - random.uniform()) < normal ** 2 / 2 + d - d * v + d * Math.log(v)) return d * v;
  }
}
