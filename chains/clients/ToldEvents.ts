import type { ChainEvent } from "./ChainClient.ts";

/** Which events were told before a reorganization took their blocks: those that come again are not told again. */
export class ToldEvents {
  /** How often each was told and is gone. */
  readonly #gone = new Map<string, number>();

  /** Notes events whose blocks are gone. */
  forget(events: readonly ChainEvent[]): void {
    for (const event of events) {
      const key = keyOf(event);
      this.#gone.set(key, (this.#gone.get(key) ?? 0) + 1);
    }
  }

  /** Whether an event of the chain is to be told; asked once for each. */
  isNew(event: ChainEvent): boolean {
    if (this.#gone.size === 0) return true;
    const key = keyOf(event);
    const times = this.#gone.get(key) ?? 0;
    if (times === 1) this.#gone.delete(key);
    if (times > 1) this.#gone.set(key, times - 1);
    return times === 0;
  }
}

/** What makes an event the same in two branches: all but its place. */
function keyOf({ name, args, address, transactionHash }: ChainEvent): string {
  const text = JSON.stringify(args, (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
  return [transactionHash, address, name, text].join("/");
}
