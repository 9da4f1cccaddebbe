import type { StatedAccount, StatedLoss } from "./MechanismStatement.ts";

/** Takes one loss after another off a pay. */
export class PayLadder {
  readonly #possible: bigint;
  readonly #losses: StatedLoss[] = [];
  #left: bigint;

  /** @param possible - Where it starts, wei. */
  constructor(possible: bigint) {
    this.#possible = possible;
    this.#left = possible;
  }

  /** What is left, wei. */
  get left(): bigint {
    return this.#left;
  }

  get account(): StatedAccount {
    return { possible: this.#possible, losses: [...this.#losses] };
  }

  /** Goes down to `to`, wei, because of something: it costs the difference. */
  step(to: bigint, loss: Omit<StatedLoss, "amount">): void {
    this.#losses.push({ ...loss, amount: this.#left - to });
    this.#left = to;
  }
}
