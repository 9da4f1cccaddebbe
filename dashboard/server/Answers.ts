import { createHash } from "node:crypto";

import { MOST_KEPT } from "./bounds.ts";

/** An answer as it is sent. */
export interface Answer {
  readonly body: string;
  readonly etag: string;
}

/** Answers that are right until something changes: however many ask for one, it is made once. */
export class Answers {
  readonly #kept = new Map<string, Answer & { stamp: string }>();
  #bytes = 0;

  /**
   * @param key - What was asked.
   * @param stamp - As of when: an answer of another stamp is made again.
   */
  answer(key: string, stamp: string, make: () => unknown): Answer {
    const known = this.#kept.get(key);
    if (known?.stamp === stamp) return known;
    const body = JSON.stringify(make());
    const etag = `"${createHash("sha256").update(body).digest("base64url").slice(0, 27)}"`;
    this.#forget(key);
    const answer = { body, etag, stamp };
    this.#kept.set(key, answer);
    this.#bytes += body.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT.answers && this.#bytes <= MOST_KEPT.answerBytes) break;
      this.#forget(oldest);
    }
    return answer;
  }

  #forget(key: string): void {
    this.#bytes -= this.#kept.get(key)?.body.length ?? 0;
    this.#kept.delete(key);
  }
}
