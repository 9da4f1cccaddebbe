import type { HeapFloats } from "../../engine/HeapFloats.ts";
import type { HeapIntegers } from "../../engine/HeapIntegers.ts";
import type { KernelPack } from "../../engine/KernelPack.ts";

/** A sparse matrix in compressed rows on the engine's heap; entries of row r are those from starts[r] to starts[r + 1]. */
export class SparseRows {
  readonly rows: number;
  readonly starts: HeapIntegers;
  readonly columns: HeapIntegers;
  /** Of each entry; ones if there are none. */
  readonly weights: HeapFloats | undefined;
  readonly #pack: KernelPack;

  constructor(
    pack: KernelPack,
    {
      rows,
      starts,
      columns,
      weights,
    }: { rows: number; starts: HeapIntegers; columns: HeapIntegers; weights?: HeapFloats },
  ) {
    this.rows = rows;
    this.starts = starts;
    this.columns = columns;
    this.weights = weights;
    this.#pack = pack;
  }

  /** y (+)= factor · this · x, for x and y of rows of `width`; places are bytes from the heap's start. */
  multiply(x: number, y: number, width: number, { factor = 1, resume = false, relu = false } = {}): void {
    const matrix = [this.starts.offset, this.columns.offset, this.weights?.offset ?? 0];
    this.#pack.run(
      "sparseProduct",
      [...matrix, x, y, this.rows, width, resume ? 1 : 0, relu ? 1 : 0],
      [factor],
    );
  }

  /** dots (+)= factor · x[row] · y[column] for every entry. */
  dots(
    x: number,
    y: number,
    dots: HeapFloats,
    width: number,
    { factor = 1, resume = false }: { factor?: number; resume?: boolean } = {},
  ): void {
    const matrix = [this.starts.offset, this.columns.offset];
    this.#pack.run("sparseDots", [...matrix, x, y, dots.offset, this.rows, width, resume ? 1 : 0], [factor]);
  }
}
