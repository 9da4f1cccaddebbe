import type { Clock } from "../protocol/Clock.ts";

/**
 * Answers to questions that strangers have asked: each question is under way once at a
 * time, and its answer remembered for a short while. A failure is not. Of too many, the
 * one that was asked longest ago is forgotten first.
 */
export class BriefAnswers<T> {
  readonly #milliseconds: number;
  readonly #most: number;
  readonly #clock: Clock;
  /** Answers by question, and since when, Unix milliseconds. */
  readonly #answers = new Map<string, { answer: Promise<T>; since: number }>();

  constructor({ milliseconds, most }: { milliseconds: number; most: number }, modules: { clock: Clock }) {
    this.#milliseconds = milliseconds;
    this.#most = most;
    this.#clock = modules.clock;
  }

  /** The answer to a question, which is asked unless it is known. @throws what asking it throws. */
  async of(question: string, ask: () => Promise<T>): Promise<T> {
    const now = this.#clock.now();
    const known = this.#answers.get(question);
    if (known !== undefined && now - known.since < this.#milliseconds) return known.answer;
    const asked = { answer: ask(), since: now };
    this.#answers.delete(question);
    this.#answers.set(question, asked);
    for (const first of this.#answers.keys()) {
      if (this.#answers.size <= this.#most) break;
      this.#answers.delete(first);
    }
    try {
      return await asked.answer;
    } catch (error) {
      if (this.#answers.get(question) === asked) this.#answers.delete(question);
      throw error;
    }
  }
}
