import { createHash } from "node:crypto";

/** What happened in a simulation, line by line: two runs are the same when their digests are. */
export class Trace {
  readonly #hash = createHash("sha256");
  readonly #listener: ((line: string) => void) | undefined;
  #lines = 0;

  /** @param listener - Gets every line, for people. */
  constructor(listener?: (line: string) => void) {
    this.#listener = listener;
  }

  /** How many lines there are. */
  get lines(): number {
    return this.#lines;
  }

  /** Adds a line. */
  add(line: string): void {
    this.#lines++;
    this.#hash.update(`${line}\n`);
    this.#listener?.(line);
  }

  /** Digest of all lines so far, hex. */
  digest(): string {
    return this.#hash.copy().digest("hex");
  }
}
