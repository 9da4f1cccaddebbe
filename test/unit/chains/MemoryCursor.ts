import type { Cursor, CursorStore } from "../../../chains/clients/Cursor.ts";

/** A cursor in memory. */
export class MemoryCursor implements CursorStore {
  kept: Cursor | undefined;
  saves = 0;

  async load(): Promise<Cursor | undefined> {
    return this.kept;
  }

  async save(cursor: Cursor): Promise<void> {
    this.kept = cursor;
    this.saves++;
  }
}
