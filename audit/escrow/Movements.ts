import type { EventNamed } from "../../chains/clients/ChainEvent.ts";
import { isSameAddress } from "../isSameAddress.ts";

/** A movement of money, as some event states it. */
export interface Movement {
  transactionHash: string;
  to: string;
  /** Wei. */
  amount: bigint;
}

/** Movements of money that are still to be explained; each explains one other and no more. */
export class Movements {
  readonly #left: Movement[];

  constructor(movements: readonly Movement[]) {
    this.#left = [...movements];
  }

  /** `Transfer` events of a token. */
  static ofTransfers(transfers: readonly EventNamed<"Transfer">[]): Movements {
    return new Movements(
      transfers.map(({ transactionHash, args }) => ({ transactionHash, to: args.to, amount: args.value })),
    );
  }

  /** What is not yet taken. */
  get left(): readonly Movement[] {
    return this.#left;
  }

  /** Takes the movement that is this one; false when there is none left. */
  take({ transactionHash, to, amount }: Movement): boolean {
    const place = this.#left.findIndex(
      (other) =>
        other.transactionHash === transactionHash && other.amount === amount && isSameAddress(other.to, to),
    );
    if (place === -1) return false;
    this.#left.splice(place, 1);
    return true;
  }

  /** For sentences: what a transaction moved that is not yet taken. */
  leftIn(transactionHash: string): string {
    const moved = this.#left.filter((other) => other.transactionHash === transactionHash);
    return moved.length === 0
      ? "nothing"
      : moved.map(({ to, amount }) => `${amount} wei to ${to}`).join(", ");
  }
}
