import type { Node, Tape } from "./Tape.ts";
import type { Weights } from "./weights.ts";

/** A network's weights on a tape. */
export class Layers {
  readonly #tape: Tape;
  readonly #weights: Weights;
  readonly #leaves = new Map<string, Node>();

  constructor(tape: Tape, weights: Weights) {
    this.#tape = tape;
    this.#weights = weights;
  }

  /** Weights as a matrix of `rows` rows. */
  leaf(name: string, rows: number): Node {
    const known = this.#leaves.get(name);
    if (known !== undefined) return known;
    const value = this.#weights.get(name)!;
    const leaf = this.#tape.leaf(value, rows, value.length / rows);
    this.#leaves.set(name, leaf);
    return leaf;
  }

  /** x W + b. */
  dense(name: string, x: Node): Node {
    const y = this.#tape.product(x, this.leaf(name, x.columns));
    return this.#weights.has(`${name}.bias`) ? this.#tape.sum(y, this.leaf(`${name}.bias`, 1)) : y;
  }

  /** Gradients by the weights that were used, once the tape ran. */
  gradients(): Map<string, Float64Array> {
    return new Map([...this.#leaves].map(([name, { gradient }]) => [name, gradient]));
  }
}
