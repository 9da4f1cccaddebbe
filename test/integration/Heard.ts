/** Remembers what a service tells, and waits for what it has yet to tell. */
export class Heard<E> {
  readonly events: E[] = [];
  readonly #waiting = new Set<(event: E) => void>();

  /** Give this to the service. */
  readonly listener = (event: E): void => {
    this.events.push(event);
    for (const waiting of [...this.#waiting]) waiting(event);
  };

  /** The first event, past or future, that fits. */
  until(fits: (event: E) => boolean): Promise<E> {
    const past = this.events.find(fits);
    if (past !== undefined) return Promise.resolve(past);
    return new Promise((resolve) => {
      const waiting = (event: E): void => {
        if (!fits(event)) return;
        this.#waiting.delete(waiting);
        resolve(event);
      };
      this.#waiting.add(waiting);
    });
  }
}
