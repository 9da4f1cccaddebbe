import type { z } from "zod";

import type { Snapshot, SnapshotStore } from "../../../chains/clients/Fold.ts";

/** A snapshot in memory, as text: what is read is what a file would give. */
export class MemorySnapshot<S> implements SnapshotStore<S> {
  text: string | undefined;
  saves = 0;
  readonly #schema: z.ZodType<S>;

  constructor(schema: z.ZodType<S>) {
    this.#schema = schema;
  }

  async load(): Promise<Snapshot<S> | undefined> {
    if (this.text === undefined) return undefined;
    const { state, ...marks } = JSON.parse(this.text) as Snapshot<unknown>;
    return { ...marks, state: this.#schema.parse(state) };
  }

  async save(snapshot: Snapshot<S>): Promise<void> {
    this.text = JSON.stringify(snapshot, (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
    this.saves++;
  }
}
