import {
  type ChainEvent,
  type EventName,
  type EventNamed,
  isAbout,
  isBefore,
  type TaskEventName,
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

/** Events of the blocks of one branch of a chain, found by name and task without looking at the others. */
export class EventHistory {
  #all: ChainEvent[] = [];
  readonly #byName = new Map<string, ChainEvent[]>();
  readonly #byTask = new Map<string, ChainEvent[]>();

  /** All of them, in the order of the chain. */
  get all(): readonly ChainEvent[] {
    return this.#all;
  }

  /** Adds the next event of the chain. */
  add(event: ChainEvent): void {
    this.#all.push(event);
    append(this.#byName, event.name, event);
    if ("task" in event.args) append(this.#byTask, keyOf(event.name, event.args.task), event);
  }

  /** Takes back what came after a block. @returns What was taken back. */
  cutAfter(block: number): ChainEvent[] {
    const gone = this.#all.filter(({ blockNumber }) => blockNumber > block);
    this.#all = this.#all.filter(({ blockNumber }) => blockNumber <= block);
    for (const list of [...this.#byName.values(), ...this.#byTask.values()]) {
      while (list.length > 0 && list.at(-1)!.blockNumber > block) list.pop();
    }
    return gone;
  }

  /** Those that a filter lets through, in the order of the chain. */
  select<N extends EventName>(filter: EventFilter<N>): EventNamed<N>[] {
    const { task } = filter;
    const lists = namesOf(filter).map(
      (name) => (task === undefined ? this.#byName.get(name) : this.#byTask.get(keyOf(name, task))) ?? [],
    );
    const found = lists.flat().filter((event) => fits(filter, event));
    return lists.length === 1 ? found : found.sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }
}

function namesOf<N extends EventName>({ name }: Pick<EventFilter<N>, "name">): readonly N[] {
  return typeof name === "string" ? [name] : name;
}

function append(lists: Map<string, ChainEvent[]>, key: string, event: ChainEvent): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [event]);
  else list.push(event);
}

function keyOf(name: string, task: bigint): string {
  return `${name}/${task}`;
}
