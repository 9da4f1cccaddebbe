import type { Dataset } from "../../learning/datasets/Dataset.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";

/** How {@link ClientStreams} come over time. */
export interface StreamOptions {
  /** In [0, 1]: 0 for any order, 1 for class after class. */
  readonly drift: number;
  /** Share of its samples that a client has at the beginning. */
  readonly firstShare: number;
  /** Unix seconds, and seconds. */
  readonly epoch: { readonly startTime: number; readonly epochSeconds: number };
  readonly seed: number;
}

/**
 * What clients collect over an epoch: each has its samples in an order of its own, of which a share is there from the
 * beginning and the others come evenly. With drift, classes of small numbers come first: a sample of class c of k has
 * the place d · (c + u)/k + (1 − d) · u' among them, with u and u' uniform draws.
 */
export class ClientStreams {
  readonly #train: Dataset;
  readonly #parts: readonly Uint32Array[];
  readonly #options: StreamOptions;
  readonly #ordered = new Map<number, Uint32Array>();

  /** @param parts - The rows of each client. */
  constructor(train: Dataset, parts: readonly Uint32Array[], options: StreamOptions) {
    this.#train = train;
    this.#parts = parts;
    this.#options = options;
  }

  /** How many samples a client has in the end. */
  sizeOf(client: number): number {
    return this.#parts[client]!.length;
  }

  /** How many it has collected by a time, Unix seconds; at least one if it has any. */
  collectedBy(client: number, time: number): number {
    const { firstShare, epoch } = this.#options;
    const total = this.sizeOf(client);
    const passed = Math.min(1, Math.max(0, (time - epoch.startTime) / epoch.epochSeconds));
    const share = firstShare + (1 - firstShare) * passed;
    return Math.max(Math.min(total, 1), Math.floor(total * share));
  }

  /** The newest so many of what it had collected by a time, as rows. */
  newest(client: number, time: number, most: number): Uint32Array {
    const until = this.collectedBy(client, time);
    return this.#rowsOf(client).slice(Math.max(0, until - most), until);
  }

  #rowsOf(client: number): Uint32Array {
    const known = this.#ordered.get(client);
    if (known !== undefined) return known;
    const { drift, seed } = this.#options;
    const { labels, classes } = this.#train;
    const random = new SeededRandom(seed, "stream", client);
    const keyed = Array.from(this.#parts[client]!, (row) => {
      const [within, anywhere] = [random.uniform(), random.uniform()];
      // Real targets have no classes: they come in any order.
      const rank = classes === 0 ? anywhere : (labels[row]! + within) / classes;
      return { row, key: drift * rank + (1 - drift) * anywhere };
    });
    const rows = Uint32Array.from(
      keyed.toSorted((a, b) => a.key - b.key || a.row - b.row),
      ({ row }) => row,
    );
    this.#ordered.set(client, rows);
    return rows;
  }
}
