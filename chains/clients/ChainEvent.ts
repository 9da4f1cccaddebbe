import type { AbiLog, AnyContract, AnyEvent } from "../../protocol/ContractAbi.ts";
import type { ContractEvent, EventsOf } from "../../protocol/contracts.ts";

/** A contract at an address of a chain. */
export interface ContractPlace<C extends AnyContract = AnyContract> {
  contract: C;
  address: string;
}

/** Where an event is in its chain. */
export interface EventPlace {
  address: string;
  blockNumber: number;
  logIndex: number;
  transactionHash: string;
}

/**
 * An event with its place: one of the core's unless another contract's is meant. A mechanism's events come in the same
 * stream when its contracts are followed; `eventsFrom` finds them, with their types.
 */
export type ChainEvent<E extends AnyEvent = ContractEvent> = E & EventPlace;

/** Names of the core's events. */
export type EventName = ContractEvent["name"];

/** The events that have one of these names. */
export type EventNamed<N extends EventName> = Extract<ChainEvent, { name: N }>;

/** Names of events that are about a task. */
export type TaskEventName = Extract<ContractEvent, { args: { task: bigint } }>["name"];

/** What an event is decoded from: logs of `logsInRange` and of ethers. */
export interface DecodableLog extends AbiLog {
  address: string;
  blockNumber: number;
  index: number;
  transactionHash: string;
}

/** Decodes a log of a contract; undefined when it is none of its events. Throws `MALFORMED_DATA`. */
export function decodeLog<C extends AnyContract>(
  contract: C,
  log: DecodableLog,
): ChainEvent<EventsOf<C>> | undefined {
  const event = contract.decodeEvent(log) as EventsOf<C> | undefined;
  if (event === undefined) return undefined;
  const { address, blockNumber, index: logIndex, transactionHash } = log;
  return { ...event, address, blockNumber, logIndex, transactionHash };
}

/** The task that an event is about; undefined for one that names none. */
export function taskOf({ args }: ChainEvent): bigint | undefined {
  return "task" in args ? args.task : undefined;
}

/** Whether an event is about a task. */
export function isAbout(event: ChainEvent, task: bigint): boolean {
  return taskOf(event) === task;
}

/** Whether an event has one of these names and is about a task. */
export function isOfTask<N extends TaskEventName>(
  event: ChainEvent,
  task: bigint,
  ...names: readonly N[]
): event is EventNamed<N> {
  return (names as readonly string[]).includes(event.name) && isAbout(event, task);
}

/** Whether an event came before another on the same chain. */
export function isBefore(a: EventPlace, b: EventPlace): boolean {
  return a.blockNumber < b.blockNumber || (a.blockNumber === b.blockNumber && a.logIndex < b.logIndex);
}

/** The events of one contract among all, with their types. */
export function eventsFrom<C extends AnyContract>(
  contract: C,
  events: readonly ChainEvent<AnyEvent>[],
): ChainEvent<EventsOf<C>>[] {
  const own = events.filter((event) => event.contract === contract.name);
  return own as ChainEvent<AnyEvent>[] as ChainEvent<EventsOf<C>>[];
}
