import type { EventNamed } from "../../chains/clients/ChainEvent.ts";
import { isSameAddress } from "../isSameAddress.ts";

/** A movement of money, as some event states it. */
export interface Movement {
  transactionHash: string;
  to: string;
  /** Wei. */
  amount: bigint;
}

/**
 * Movements of money that are still to be explained; each explains one other and no more. What moves nothing is none:
 * anyone can make a token tell of it.
 */
export class Movements {
  /** By transaction, as anyone may add as many as he pays gas for. */
  readonly #left = new Map<string, Movement[]>();

  constructor(movements: readonly Movement[]) {
    for (const movement of movements) {
      if (movement.amount === 0n) continue;
      const others = this.#left.get(movement.transactionHash);
      if (others === undefined) this.#left.set(movement.transactionHash, [movement]);
      else others.push(movement);
    }
  }

  /** `Transfer` events of a token. */
  static ofTransfers(transfers: readonly EventNamed<"Transfer">[]): Movements {
    return new Movements(
      transfers.map(({ transactionHash, args }) => ({ transactionHash, to: args.to, amount: args.value })),
    );
  }

  /** What is not yet taken. */
  get left(): readonly Movement[] {
    return [...this.#left.values()].flat();
  }

  /** Takes the movement that is this one; false when there is none left. */
  take({ transactionHash, to, amount }: Movement): boolean {
    if (amount === 0n) return true;
    const moved = this.#left.get(transactionHash) ?? [];
    const place = moved.findIndex((other) => other.amount === amount && isSameAddress(other.to, to));
    if (place === -1) return false;
    moved.splice(place, 1);
    return true;
  }

  /** For sentences: what a transaction moved that is not yet taken. */
  leftIn(transactionHash: string): string {
    const moved = this.#left.get(transactionHash) ?? [];
    return moved.length === 0
      ? "nothing"
      : moved.map(({ to, amount }) => `${amount} wei to ${to}`).join(", ");
  }
}
