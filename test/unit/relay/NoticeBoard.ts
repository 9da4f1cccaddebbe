import type { Voucher } from "../../../relay/proofs/Fact.ts";
import type { VoucherSource } from "../../../relay/proofs/VoucherSource.ts";

/** Where validators' signatures are seen: whatever is claimed there, true or not, or what a real validator says. */
export class NoticeBoard {
  readonly #claims = new Map<string, Voucher[]>();
  readonly #passedOn = new Map<string, VoucherSource>();
  readonly #asked = new Map<string, number>();
  #waiting: { isOver: () => boolean; resolve: () => void }[] = [];

  constructor(validators: readonly string[]) {
    for (const validator of validators) this.#claims.set(validator, []);
  }

  /** A source for each validator. */
  get sources(): VoucherSource[] {
    return [...this.#claims.keys()].map((validator) => this.source(validator));
  }

  source(validator: string): VoucherSource {
    return {
      validator,
      vouchers: async (kind, chainId, gateway, from) => {
        this.#asked.set(validator, (this.#asked.get(validator) ?? 0) + 1);
        this.#waiting = this.#waiting.filter(({ isOver, resolve }) => !isOver() || resolve());
        const other = this.#passedOn.get(validator);
        if (other !== undefined) return other.vouchers(kind, chainId, gateway, from);
        if (kind !== "checkpoint") return [];
        return this.#claims
          .get(validator)!
          .filter(({ place }) => place >= from)
          .sort((a, b) => b.place - a.place);
      },
    };
  }

  /** Puts up a checkpoint that a validator is said to have signed. */
  claim(validator: string, checkpoint: Voucher): void {
    this.#claims.get(validator)!.push(checkpoint);
  }

  /** Lets another source answer for a validator from now on; undefined ends that. */
  pass(validator: string, source: VoucherSource | undefined): void {
    if (source === undefined) this.#passedOn.delete(validator);
    else this.#passedOn.set(validator, source);
  }

  /** Waits until every validator was asked so many more times: then what was up before has been judged. */
  asked(times: number): Promise<void> {
    const goals = [...this.#claims.keys()].map(
      (validator) => [validator, (this.#asked.get(validator) ?? 0) + times] as const,
    );
    const isOver = () => goals.every(([validator, goal]) => (this.#asked.get(validator) ?? 0) >= goal);
    return new Promise((resolve) => this.#waiting.push({ isOver, resolve }));
  }
}
