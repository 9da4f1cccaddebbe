import { dirichletDraw } from "../../numerics/dirichletDraw.ts";
import type { RandomSource } from "../../numerics/RandomSource.ts";
import { shuffle } from "../../numerics/shuffle.ts";
import { assertParts, cutByShares, join, rowsOf } from "./rows.ts";

/** How {@link partitionDirichlet} deals. */
export interface PartitionDirichletParameters {
  readonly parts: number;
  /** The number of classes. */
  readonly classes: number;
  /** Concentration > 0: → 0 gives each label to one part, → ∞ is equal shares. */
  readonly alpha: number;
  /** Concentration > 0 of the draw of how much each part is to get; all parts alike unless given. */
  readonly sizeAlpha?: number | undefined;
}

/**
 * Splits each label over the parts in proportions drawn from Dirichlet(α)
 * (Hsu, Qi, Brown 2019, section 3). Parts are disjoint and together are all
 * samples; with a small α a part may be empty, and so are most where there are
 * more parts than samples. Nothing is drawn again until it suits, so that dealing
 * ends after as many draws as there are labels and parts.
 *
 * With `sizeAlpha` parts are of unequal sizes as well: s is drawn from
 * Dirichlet(`sizeAlpha`), and each label's proportions from
 * Dirichlet(α n s₁, …, α n sₙ), whose mean is s: with a large α every part has all
 * labels, s_i of each.
 *
 * @param labels - Shape [n], each < classes.
 * @returns One array of row indices a part, in random order.
 * @throws BaseError `PARTITION_PARTS` or `PARTITION_ALPHA`.
 */
export function partitionDirichlet(
  labels: Uint8Array,
  { parts, classes, alpha, sizeAlpha }: PartitionDirichletParameters,
  random: RandomSource,
): Uint32Array[] {
  assertParts(parts);
  const pieces = Array.from({ length: parts }, (): Uint32Array[] => []);
  const alphas =
    sizeAlpha === undefined
      ? alpha
      : dirichletDraw(parts, sizeAlpha, random).map((share) => alpha * parts * share);
  const rows = shuffle(rowsOf(labels.length), random);
  for (let label = 0; label < classes; label++) {
    const ofLabel = rows.filter((row) => labels[row] === label);
    const shares = dirichletDraw(parts, alphas, random);
    for (const [part, piece] of cutByShares(ofLabel, shares).entries()) pieces[part]!.push(piece);
  }
  return pieces.map((piece) => shuffle(join(piece), random));
}
