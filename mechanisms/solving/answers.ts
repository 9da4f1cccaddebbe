/** A number as an answer has it: null for one that is not finite. */
export function finiteOrNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

/** Row m of a flat matrix. */
export function row<T>(matrix: ArrayLike<T>, m: number, columns: number): T[] {
  return Array.from({ length: columns }, (_, n) => matrix[m * columns + n]!);
}

/** A flat matrix as a list of rows. */
export function rows<T, U = T>(
  matrix: ArrayLike<T>,
  columns: number,
  answer: (value: T) => U = (value) => value as unknown as U,
): U[][] {
  return Array.from({ length: matrix.length / columns }, (_, m) => row(matrix, m, columns).map(answer));
}
