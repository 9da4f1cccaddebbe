import type { ViewTable } from "../../api/TaskLive.ts";
import { DataTable } from "./DataTable.tsx";

/** A table that the server laid out. */
export function ViewTableOf({ table, caption }: { table: ViewTable; caption: string }) {
  return (
    <DataTable
      caption={caption}
      hideCaption
      rows={table.rows}
      keyOf={(_, i) => i}
      columns={table.columns.map(({ header, align }, i) => ({
        header,
        // The first names its row.
        numeric: i > 0 && align === "right",
        head: i === 0,
        cell: (row: string[]) => row[i] ?? "",
      }))}
    />
  );
}
