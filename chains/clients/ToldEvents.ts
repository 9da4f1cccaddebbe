import { createHash } from "node:crypto";

import type { ChainEvent } from "./ChainEvent.ts";

/** An event that was told, as it is recognized, and its block. */
interface Told {
  key: string;
  block: number;
}

/**
 * Which events were told before a reorganization took their blocks: those that come again are not told again. Of the
 * events that were told, and of those that are gone, so many are remembered, the latest; one that is not remembered is
 * told again.
 */
export class ToldEvents {
  readonly #most: number;
  /** Of the branch that is read, in its order; before `#from` they are forgotten. */
  #told: Told[] = [];
  #from = 0;
  /** How often each was told and is gone; those that went first come first. */
  readonly #gone = new Map<string, number>();

  /** @param most - How many are remembered of each kind. */
  constructor(most: number) {
    this.#most = most;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#told.length - this.#from + this.#gone.size;
  }

  /** Notes that what came after a block is gone. */
  cutAfter(block: number): void {
    while (this.#told.length > this.#from && this.#told.at(-1)!.block > block) {
      const { key } = this.#told.pop()!;
      const times = this.#gone.get(key) ?? 0;
      this.#gone.delete(key);
      this.#gone.set(key, times + 1);
    }
    for (const key of this.#gone.keys()) {
      if (this.#gone.size <= this.#most) break;
      this.#gone.delete(key);
    }
  }

  /** Whether an event was told, and is gone. */
  isGone(event: ChainEvent): boolean {
    return this.#gone.size > 0 && this.#gone.has(keyOf(event));
  }

  /** Whether an event of the chain is to be told; asked once for each, in the order of the chain. */
  isNew(event: ChainEvent): boolean {
    const key = keyOf(event);
    this.#told.push({ key, block: event.blockNumber });
    if (this.#told.length - this.#from > this.#most) this.#from++;
    if (this.#from > this.#most) {
      this.#told = this.#told.slice(this.#from);
      this.#from = 0;
    }
    const times = this.#gone.get(key) ?? 0;
    if (times === 1) this.#gone.delete(key);
    if (times > 1) this.#gone.set(key, times - 1);
    return times === 0;
  }
}

/** What makes an event the same in two branches: all but its place. A digest, as it can be long. */
function keyOf({ name, args, address, transactionHash }: ChainEvent): string {
  const text = JSON.stringify(args, (_, value: unknown) =>
    typeof value === "bigint" ? String(value) : value,
  );
  return createHash("sha256")
    .update([transactionHash, address, name, text].join("/"))
    .digest("base64")
    .slice(0, 24);
}
