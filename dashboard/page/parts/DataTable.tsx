import type { ComponentChildren } from "preact";

/** A column of a table. */
export interface Column<Row> {
  readonly header: string;
  readonly cell: (row: Row, index: number) => ComponentChildren;
  /** Numbers stand under each other by their last digit. */
  readonly numeric?: boolean;
  /** Has sentences, which are not to be broken into many lines: where there is no room the table scrolls. */
  readonly wide?: boolean;
  /** Names its row: at most one of a table. */
  readonly head?: boolean;
}

/** A table that scrolls by itself where it is too wide. */
export function DataTable<Row>({
  caption,
  columns,
  rows,
  keyOf,
  foot,
  hideCaption = false,
}: {
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row, index: number) => string | number;
  foot?: readonly ComponentChildren[];
  hideCaption?: boolean;
}) {
  const classOf = ({ numeric, wide }: Column<Row>) =>
    numeric === true ? "num" : wide === true ? "wide" : undefined;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached with the keyboard
    // biome-ignore lint/a11y/useSemanticElements: no set of fields
    <div class="table-box" role="group" aria-label={caption} tabIndex={0}>
      <table class="table">
        <caption class={hideCaption ? "unseen" : undefined}>{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.header} scope="col" class={classOf(column)}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={keyOf(row, i)}>
              {columns.map((column) =>
                column.head === true ? (
                  <th key={column.header} scope="row" class={classOf(column)}>
                    {column.cell(row, i)}
                  </th>
                ) : (
                  <td key={column.header} class={classOf(column)}>
                    {column.cell(row, i)}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
        {foot === undefined ? null : (
          <tfoot>
            <tr>
              {foot.map((cell, i) =>
                i === 0 ? (
                  <th key={columns[i]!.header} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={columns[i]!.header} class={classOf(columns[i]!)}>
                    {cell}
                  </td>
                ),
              )}
            </tr>
          </tfoot>
        )}
      </table>
    </div>
  );
}
