/**
 * Sums over ranges of a list in O(log N), by a binary tree of partial sums: nothing is subtracted, so a sum of
 * positive numbers is as accurate as they are, however small next to the rest.
 *
 * @example
 * new RangeSums([1, 2, 3, 4]).sum(1, 2); // 5
 */
export class RangeSums {
  readonly #leaves: number;
  /** Node i is the sum of nodes 2i and 2i + 1; the values are the last nodes. */
  readonly #tree: Float64Array;

  constructor(values: ArrayLike<number>) {
    this.#leaves = values.length;
    this.#tree = new Float64Array(2 * values.length);
    this.#tree.set(values, values.length);
    for (let node = values.length - 1; node > 0; node--) {
      this.#tree[node] = this.#tree[2 * node]! + this.#tree[2 * node + 1]!;
    }
  }

  /** Sum from index `first` to index `last`, both included. */
  sum(first: number, last: number): number {
    const tree = this.#tree;
    let sum = 0;
    let left = first + this.#leaves;
    let right = last + this.#leaves + 1;
    while (left < right) {
      if (left % 2 === 1) sum += tree[left++]!;
      if (right % 2 === 1) sum += tree[--right]!;
      left >>= 1;
      right >>= 1;
    }
    return sum;
  }
}
