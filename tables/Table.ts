/** A column of a table. */
export interface TableColumn {
  readonly header: string;
  /** Text stands to the left unless told otherwise; numbers go to the right. */
  readonly align?: "left" | "right";
}

/** A table of texts; the cells of a row are in the order of the columns. */
export interface Table {
  readonly columns: readonly TableColumn[];
  readonly rows: readonly (readonly string[])[];
}
