/** Something that happens at a time; of those at the same time, in the order in which they were planned. */
export interface TimedEvent {
  /** Unix time, milliseconds. */
  readonly time: number;
  readonly sequence: number;
}

/** Events by time: a binary heap. */
export class EventQueue<E extends TimedEvent> {
  readonly #heap: E[] = [];

  /** How many events wait. */
  get size(): number {
    return this.#heap.length;
  }

  /** The next event, left where it is. */
  peek(): E | undefined {
    return this.#heap[0];
  }

  /** Adds an event. */
  push(event: E): void {
    const heap = this.#heap;
    let place = heap.push(event) - 1;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (before(heap[parent]!, event)) break;
      heap[place] = heap[parent]!;
      place = parent;
    }
    heap[place] = event;
  }

  /** Takes the next event out. */
  pop(): E | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    let place = 0;
    for (;;) {
      let child = 2 * place + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (before(last, heap[child]!)) break;
      heap[place] = heap[child]!;
      place = child;
    }
    heap[place] = last;
    return first;
  }
}

function before(a: TimedEvent, b: TimedEvent): boolean {
  return a.time < b.time || (a.time === b.time && a.sequence < b.sequence);
}
