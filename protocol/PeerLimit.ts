import type { Clock } from "./Clock.ts";

/** Peers that are remembered; whoever asked longest ago is forgotten first. */
const MOST_PEERS = 1024;

/** Lets every peer ask so often a second, and somewhat more at once. */
export class PeerLimit {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #clock: Clock;
  /** What each may still ask, as of when, Unix time, milliseconds. */
  readonly #peers = new Map<string, { left: number; asOf: number }>();

  constructor(options: { perSecond: number; burst: number }, modules: { clock: Clock }) {
    this.#perSecond = options.perSecond;
    this.#burst = options.burst;
    this.#clock = modules.clock;
  }

  /** Counts a question. @returns Whether it may be asked. */
  take(peer: string): boolean {
    const now = this.#clock.now();
    const known = this.#peers.get(peer) ?? { left: this.#burst, asOf: now };
    const gained = (Math.max(0, now - known.asOf) / 1000) * this.#perSecond;
    const left = Math.min(this.#burst, known.left + gained);
    // The newest last, so that the first is who asked longest ago.
    this.#peers.delete(peer);
    this.#peers.set(peer, { left: left >= 1 ? left - 1 : left, asOf: now });
    for (const first of this.#peers.keys()) {
      if (this.#peers.size <= MOST_PEERS) break;
      this.#peers.delete(first);
    }
    return left >= 1;
  }
}
