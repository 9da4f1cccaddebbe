import { portableExp } from "../../../../numerics/portableExp.ts";
import { portableLog } from "../../../../numerics/portableLog.ts";

/** A matrix on a tape: its values, and the gradient by them once the tape ran back. */
export interface Node {
  readonly rows: number;
  readonly columns: number;
  readonly value: Float64Array;
  readonly gradient: Float64Array;
}

/**
 * Reverse-mode differentiation of small matrices in float64: the reference that learners' kernels are compared with.
 * Every operation appends how its gradient flows back.
 */
export class Tape {
  readonly #back: (() => void)[] = [];

  /** A matrix that nothing flows out of: an input, or weights. */
  leaf(value: Float64Array, rows: number, columns: number): Node {
    return { rows, columns, value, gradient: new Float64Array(rows * columns) };
  }

  /** A B. */
  product(a: Node, b: Node): Node {
    const out = this.#node(a.rows, b.columns);
    const [n, k, m] = [a.rows, a.columns, b.columns];
    for (let i = 0; i < n; i++) {
      for (let l = 0; l < k; l++) {
        const x = a.value[i * k + l]!;
        if (x === 0) continue;
        for (let j = 0; j < m; j++) out.value[i * m + j]! += x * b.value[l * m + j]!;
      }
    }
    this.#back.push(() => {
      for (let i = 0; i < n; i++) {
        for (let l = 0; l < k; l++) {
          let sum = 0;
          const x = a.value[i * k + l]!;
          for (let j = 0; j < m; j++) {
            const g = out.gradient[i * m + j]!;
            sum += g * b.value[l * m + j]!;
            b.gradient[l * m + j]! += x * g;
          }
          a.gradient[i * k + l]! += sum;
        }
      }
    });
    return out;
  }

  /** Aᵀ. */
  transposed(a: Node): Node {
    const out = this.#node(a.columns, a.rows);
    const each = (move: (from: number, to: number) => void) => {
      for (let i = 0; i < a.rows; i++) {
        for (let j = 0; j < a.columns; j++) move(i * a.columns + j, j * a.rows + i);
      }
    };
    each((from, to) => {
      out.value[to] = a.value[from]!;
    });
    this.#back.push(() =>
      each((from, to) => {
        a.gradient[from]! += out.gradient[to]!;
      }),
    );
    return out;
  }

  /** A + B; B may be one row for all. */
  sum(a: Node, b: Node): Node {
    const out = this.#node(a.rows, a.columns);
    const size = b.value.length;
    for (let i = 0; i < out.value.length; i++) out.value[i] = a.value[i]! + b.value[i % size]!;
    this.#back.push(() => {
      for (let i = 0; i < out.value.length; i++) {
        a.gradient[i]! += out.gradient[i]!;
        b.gradient[i % size]! += out.gradient[i]!;
      }
    });
    return out;
  }

  scaled(a: Node, by: number): Node {
    return this.#each(
      a,
      (x) => x * by,
      () => by,
    );
  }

  relu(a: Node): Node {
    return this.#each(
      a,
      (x) => (x > 0 ? x : 0),
      (y) => (y > 0 ? 1 : 0),
    );
  }

  sigmoid(a: Node): Node {
    return this.#each(a, sigmoid, (y) => y * (1 - y));
  }

  /** ln(p/(1 − p)), p clipped to least … 1 − least, where nothing flows back. */
  logit(a: Node, least: number): Node {
    const inside = (p: number) => p > least && p < 1 - least;
    return this.#each(
      a,
      (p) => {
        const clipped = Math.min(Math.max(p, least), 1 - least);
        return portableLog(clipped / (1 - clipped));
      },
      (_, p) => (inside(p) ? 1 / (p * (1 - p)) : 0),
    );
  }

  /** A row for each index: that row of A, or zeros below 0. */
  gathered(a: Node, indices: ArrayLike<number>): Node {
    const out = this.#node(indices.length, a.columns);
    const { columns } = a;
    for (let i = 0; i < indices.length; i++) {
      if (indices[i]! < 0) continue;
      for (let j = 0; j < columns; j++) out.value[i * columns + j] = a.value[indices[i]! * columns + j]!;
    }
    this.#back.push(() => {
      for (let i = 0; i < indices.length; i++) {
        if (indices[i]! < 0) continue;
        for (let j = 0; j < columns; j++)
          a.gradient[indices[i]! * columns + j]! += out.gradient[i * columns + j]!;
      }
    });
    return out;
  }

  /** Rows that are chosen of several matrices: row i is row i of `parts[which[i]]`. */
  selected(parts: readonly Node[], which: ArrayLike<number>): Node {
    const { rows, columns } = parts[0]!;
    const out = this.#node(rows, columns);
    for (let i = 0; i < rows; i++) {
      const part = parts[which[i]!]!;
      for (let j = i * columns; j < (i + 1) * columns; j++) out.value[j] = part.value[j]!;
    }
    this.#back.push(() => {
      for (let i = 0; i < rows; i++) {
        const part = parts[which[i]!]!;
        for (let j = i * columns; j < (i + 1) * columns; j++) part.gradient[j]! += out.gradient[j]!;
      }
    });
    return out;
  }

  /** Rows of A, then rows of B. */
  stacked(a: Node, b: Node): Node {
    const out = this.#node(a.rows + b.rows, a.columns);
    out.value.set(a.value);
    out.value.set(b.value, a.value.length);
    this.#back.push(() => {
      for (let i = 0; i < a.value.length; i++) a.gradient[i]! += out.gradient[i]!;
      for (let i = 0; i < b.value.length; i++) b.gradient[i]! += out.gradient[a.value.length + i]!;
    });
    return out;
  }

  /** The same numbers in another shape. */
  reshaped(a: Node, rows: number, columns: number): Node {
    return { rows, columns, value: a.value, gradient: a.gradient };
  }

  /** Any function whose value is known: `back` adds to its arguments' gradients what flows out of `out.gradient`. */
  custom(value: Float64Array, rows: number, columns: number, back: (out: Node) => void): Node {
    const out = this.leaf(value, rows, columns);
    this.#back.push(() => back(out));
    return out;
  }

  /** Lets gradients flow back from what was put into nodes' `gradient`. */
  run(): void {
    for (let i = this.#back.length - 1; i >= 0; i--) this.#back[i]!();
  }

  #node(rows: number, columns: number): Node {
    return this.leaf(new Float64Array(rows * columns), rows, columns);
  }

  /** A function of each entry; `slope` is told its value and its argument. */
  #each(a: Node, value: (x: number) => number, slope: (y: number, x: number) => number): Node {
    const out = this.#node(a.rows, a.columns);
    for (let i = 0; i < out.value.length; i++) out.value[i] = value(a.value[i]!);
    this.#back.push(() => {
      for (let i = 0; i < out.value.length; i++) {
        a.gradient[i]! += out.gradient[i]! * slope(out.value[i]!, a.value[i]!);
      }
    });
    return out;
  }
}

export function sigmoid(x: number): number {
  return x >= 0 ? 1 / (1 + portableExp(-x)) : portableExp(x) / (1 + portableExp(x));
}
