/** A table by its columns. */
export interface TableColumns {
  readonly rows: number;
  readonly names: readonly string[];
  /** A column's cells, as its format has them: numbers, bigints, texts, lists, bytes. */
  column(name: string): ArrayLike<unknown>;
}
