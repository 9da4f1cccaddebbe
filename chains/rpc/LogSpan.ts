import type { Rpc } from "./Rpc.ts";

/** After how many ranges that were taken a larger one is tried first; twice as many after each that was refused then. */
const FIRST_PATIENCE = 4;
const LAST_PATIENCE = 256;

/**
 * Of how many blocks a chain's nodes give the logs at once. It is found by halving and remembered as long as the
 * connection, so that a long history is not halved anew at each part of it. It grows slowly: blocks that are full of
 * logs are often few, but a limit on blocks stays.
 */
export class LogSpan {
  static readonly #spans = new WeakMap<Rpc, LogSpan>();
  #blocks = Number.POSITIVE_INFINITY;
  #taken = 0;
  #patience = FIRST_PATIENCE;
  #isTrying = false;

  /** The one of a connection. */
  static of(rpc: Rpc): LogSpan {
    const span = LogSpan.#spans.get(rpc) ?? new LogSpan();
    LogSpan.#spans.set(rpc, span);
    return span;
  }

  /** Most blocks to ask for at once. */
  get blocks(): number {
    return this.#blocks;
  }

  /** Notes that the logs of so many blocks were given. */
  wasTaken(blocks: number): void {
    if (blocks < this.#blocks) return;
    if (this.#isTrying) this.#patience = FIRST_PATIENCE;
    this.#isTrying = false;
    if (++this.#taken < this.#patience) return;
    this.#isTrying = true;
    this.#taken = 0;
    this.#blocks *= 2;
  }

  /** Notes that the logs of so many blocks were refused. */
  wasRefused(blocks: number): void {
    if (this.#isTrying) this.#patience = Math.min(LAST_PATIENCE, 2 * this.#patience);
    this.#isTrying = false;
    this.#taken = 0;
    this.#blocks = Math.min(this.#blocks, Math.max(1, Math.floor(blocks / 2)));
  }
}
