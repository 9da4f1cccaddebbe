import {
  type ChainEvent,
  type EventName,
  type EventNamed,
  isAbout,
  isBefore,
  type TaskEventName,
  taskOf,
} from "./ChainEvent.ts";

/** Which events. */
export interface EventFilter<N extends EventName = EventName> {
  name: N | readonly N[];
  /** Of this task alone; only for events that name their task, which those of accounts in the escrow do not. */
  task?: [N] extends [TaskEventName] ? bigint : undefined;
  /** Whether one with that name fits; must depend on nothing but the event. */
  where?: (event: EventNamed<N>) => boolean;
}

/** Whether an event is one of those. */
export function fits<N extends EventName>(
  { name, task, where }: EventFilter<N>,
  event: ChainEvent,
): event is EventNamed<N> {
  if (!namesOf({ name }).includes(event.name as N)) return false;
  if (task !== undefined && !isAbout(event, task)) return false;
  return where === undefined || where(event as EventNamed<N>);
}

/** The names that a filter asks for. */
export function namesOf<N extends EventName>({ name }: Pick<EventFilter<N>, "name">): readonly N[] {
  return typeof name === "string" ? [name] : name;
}

/** Events by name, of each name in the order of the chain. */
type EventsByName = Map<string, ChainEvent[]>;

/**
 * Events of the blocks of one branch of a chain, found by name and task without looking at the others. A task's are
 * dropped together, without looking at the others either.
 */
export class EventHistory {
  /** Of each task; under `undefined` those that name none. */
  readonly #tasks = new Map<bigint | undefined, EventsByName>();
  readonly #firstBy: (event: ChainEvent) => string | undefined;
  /** Keys that events of a task have. */
  readonly #keys = new Map<bigint | undefined, Set<string>>();
  #size = 0;

  /** @param firstBy - Of a task's events to which it gives the same key only the first is taken in. */
  constructor(firstBy: (event: ChainEvent) => string | undefined = () => undefined) {
    this.#firstBy = firstBy;
  }

  /** All of them, in the order of the chain: made for whoever asks. */
  get all(): ChainEvent[] {
    return inOrder([...this.#tasks.values()].flatMap((byName) => [...byName.values()]));
  }

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds the next event of the chain, unless there is one with its key. */
  add(event: ChainEvent): void {
    const task = taskOf(event);
    if (!this.#isFirst(event, task)) return;
    let byName = this.#tasks.get(task);
    if (byName === undefined) {
      byName = new Map();
      this.#tasks.set(task, byName);
    }
    const list = byName.get(event.name);
    if (list === undefined) byName.set(event.name, [event]);
    else list.push(event);
    this.#size++;
  }

  /** Takes back what came after a block. */
  cutAfter(block: number): void {
    for (const [task, byName] of this.#tasks) {
      for (const [name, list] of byName) {
        while (list.length > 0 && list.at(-1)!.blockNumber > block) {
          const key = this.#firstBy(list.pop()!);
          if (key !== undefined) this.#keys.get(task)?.delete(key);
          this.#size--;
        }
        if (list.length === 0) byName.delete(name);
      }
      if (byName.size > 0) continue;
      this.#tasks.delete(task);
      this.#keys.delete(task);
    }
  }

  /** Drops all events of a task. */
  drop(task: bigint): void {
    for (const list of this.#tasks.get(task)?.values() ?? []) this.#size -= list.length;
    this.#tasks.delete(task);
    this.#keys.delete(task);
  }

  /** Those that a filter lets through, in the order of the chain. */
  select<N extends EventName>(filter: EventFilter<N>): EventNamed<N>[] {
    const tasks = filter.task === undefined ? [...this.#tasks.values()] : [this.#tasks.get(filter.task)];
    const lists = tasks.flatMap((byName) => namesOf(filter).map((name) => byName?.get(name) ?? []));
    const fitting = lists.map((list) => list.filter((event) => fits(filter, event)));
    return inOrder(fitting) as EventNamed<N>[];
  }

  #isFirst(event: ChainEvent, task: bigint | undefined): boolean {
    const key = this.#firstBy(event);
    if (key === undefined) return true;
    let keys = this.#keys.get(task);
    if (keys === undefined) {
      keys = new Set();
      this.#keys.set(task, keys);
    }
    if (keys.has(key)) return false;
    keys.add(key);
    return true;
  }
}

/** Events of lists that are each in the order of the chain. */
function inOrder(lists: readonly ChainEvent[][]): ChainEvent[] {
  const all = lists.flat();
  return lists.length <= 1 ? all : all.sort((a, b) => (isBefore(a, b) ? -1 : 1));
}
