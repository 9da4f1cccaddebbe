import type { Abi, AbiFunction } from "abitype";
import { concat, dataSlice, id } from "ethers";

import { abiDecoder, type DecodeArguments, topicDecoder } from "./abiDecoder.ts";
import { abiEncoder, type EncodeArguments } from "./abiEncoder.ts";
import { canonicalType } from "./abiParameter.ts";
import type { Arguments, EventName, EventOf, FunctionName, NamedArguments, Returned } from "./abiTypes.ts";
import { BaseError } from "./BaseError.ts";

/** A contract as `npm run abi` writes it. */
export interface PublishedContract<C extends string, A extends Abi> {
  name: C;
  abi: A;
  /** What its documentation says of its errors, by name. */
  errors: Readonly<Record<string, string>>;
  /** Names of its errors' arguments that are places, from 0: people are told numbers from 1 (`ordinal`). */
  places?: readonly string[];
}

/** A log as nodes give it. */
export interface AbiLog {
  topics: readonly string[];
  data: string;
}

/** An error that a contract reverted with. */
export interface RevertError {
  name: string;
  /** By name. */
  values: Readonly<Record<string, unknown>>;
  /** Names of those that are places, from 0. */
  places: readonly string[];
}

/** An event of any contract, before its contract's own types are looked at. */
export interface AnyEvent {
  contract: string;
  name: string;
  args: Readonly<Record<string, unknown>>;
}

/** A contract of whatever ABI. */
export interface AnyContract {
  readonly name: string;
  /** What its documentation says of its errors, by name. */
  readonly errors: Readonly<Record<string, string>>;
  readonly abi: Abi;
  encodeCall(method: string, values: readonly unknown[]): string;
  decodeResult(method: string, data: string): unknown;
  /** First topics of those of its events that have one of these names. */
  eventTopics(names: readonly string[]): string[];
  decodeEvent(log: AbiLog): AnyEvent | undefined;
  decodeError(data: string): RevertError | undefined;
}

/** The ABI of a contract; of several the union, of which only what all have may be used. */
export type AbiOf<C> = C extends { abi: infer A extends Abi } ? A : never;

type Entry = Abi[number];
type NamedEntry = Extract<Entry, { type: "function" | "event" | "error" }>;
/** An entry of an ABI made ready. */
interface Ready {
  name: string;
  /** 4 bytes of a function or error, 32 of an event. */
  hash: string;
  decode: DecodeArguments;
}
interface ReadyFunction extends Ready {
  encode: EncodeArguments;
  decodeResult: (data: string) => unknown;
}
interface ReadyEvent extends Ready {
  topics: readonly { name: string; decode: (topic: string) => unknown }[];
}

const published: AnyContract[] = [];

/**
 * What programs know of a contract: its calls, events and errors, with the types of its ABI (abiTypes.ts).
 *
 * @example
 * const gateway = new ContractAbi(Gateway); // of abi/Gateway.ts
 * gateway.encodeCall("isDelivered", [31_401n, 7]);
 * const event = gateway.decodeEvent(log);
 * if (event?.name === "MessageInserted") event.args.nonce; // a number
 */
export class ContractAbi<C extends string, const A extends Abi> implements AnyContract {
  readonly name: C;
  readonly abi: A;
  /** What its documentation says of its errors, by name. */
  readonly errors: Readonly<Record<string, string>>;
  readonly #places: readonly string[];
  #functions: ReadonlyMap<string, ReadyFunction> | undefined;
  #events: ReadonlyMap<string, ReadyEvent> | undefined;
  #errorsBySelector: ReadonlyMap<string, Ready> | undefined;

  constructor({ name, abi, errors, places = [] }: PublishedContract<C, A>) {
    this.name = name;
    this.abi = abi;
    this.errors = errors;
    this.#places = places;
    published.push(this);
  }

  /** All that were made: an error may come from a contract that the called one calls. */
  static get all(): readonly AnyContract[] {
    return published;
  }

  /** Call data of a function. */
  encodeCall<N extends FunctionName<A>>(method: N, values: Arguments<A, N>): string {
    return concat([this.selectorOf(method), this.encodeArguments(method, values)]);
  }

  /** What a function takes, as `abi.encode` writes it. */
  encodeArguments<N extends FunctionName<A>>(method: N, values: Arguments<A, N>): string {
    return this.#function(method).encode(values);
  }

  /** What a function was given; throws `MALFORMED_DATA`. */
  decodeArguments<N extends FunctionName<A>>(method: N, data: string): NamedArguments<A, N> {
    return this.#decode(method, () => this.#function(method).decode(data)) as NamedArguments<A, N>;
  }

  /** What a function answered; throws `MALFORMED_DATA`. */
  decodeResult<N extends FunctionName<A>>(method: N, data: string): Returned<A, N> {
    return this.#decode(method, () => this.#function(method).decodeResult(data)) as Returned<A, N>;
  }

  /** The function that call data call; undefined when it is none of the contract's. */
  functionOf(data: string): FunctionName<A> | undefined {
    const selector = data.slice(0, 10).toLowerCase();
    for (const { name, hash } of this.#allFunctions().values()) if (hash === selector) return name;
    return undefined;
  }

  selectorOf(method: FunctionName<A>): string {
    return this.#function(method).hash;
  }

  topicOf(event: EventName<A>): string {
    for (const { name, hash } of this.#allEvents().values()) if (name === event) return hash;
    throw unknownEntry(this.name, event);
  }

  /** First topics of those of its events that have one of these names. */
  eventTopics(names: readonly string[]): string[] {
    return [...this.#allEvents().values()].filter(({ name }) => names.includes(name)).map(({ hash }) => hash);
  }

  /** Reads a log; undefined when it is none of the contract's events. Throws `MALFORMED_DATA`. */
  decodeEvent({ topics, data }: AbiLog): EventOf<C, A> | undefined {
    const event = this.#allEvents().get(topics[0] ?? "");
    if (event === undefined || event.topics.length !== topics.length - 1) return undefined;
    const args = this.#decode(event.name, () => {
      const decoded = event.decode(data);
      event.topics.forEach(({ name, decode }, i) => {
        decoded[name] = decode(topics[i + 1]!);
      });
      return decoded;
    });
    return { contract: this.name, name: event.name, args } as EventOf<C, A>;
  }

  /** Reads revert data; undefined when they are none of the contract's errors. */
  decodeError(data: string): RevertError | undefined {
    this.#errorsBySelector ??= byHash(this.abi, "error", (entry) => ready(entry, 4));
    const error = this.#errorsBySelector.get(data.slice(0, 10).toLowerCase());
    if (error === undefined) return undefined;
    try {
      return { name: error.name, values: error.decode(`0x${data.slice(10)}`), places: this.#places };
    } catch {
      // They come from whatever was called, and may be cut short.
      return undefined;
    }
  }

  #decode(what: string, decode: () => unknown): unknown {
    try {
      return decode();
    } catch (cause) {
      throw new BaseError("MALFORMED_DATA", `What should be ${this.name}.${what} cannot be read.`, {
        details: cause instanceof Error ? cause.message : String(cause),
        cause,
      });
    }
  }

  #function(name: string): ReadyFunction {
    const found = this.#allFunctions().get(name);
    if (found === undefined) throw unknownEntry(this.name, name);
    return found;
  }

  #allFunctions(): ReadonlyMap<string, ReadyFunction> {
    this.#functions ??= new Map(
      entriesOf(this.abi, "function").map((entry) => [entry.name, readyFunction(entry)]),
    );
    return this.#functions;
  }

  #allEvents(): ReadonlyMap<string, ReadyEvent> {
    this.#events ??= byHash(this.abi, "event", (entry) => {
      const indexed = entry.inputs.filter((parameter) => parameter.indexed);
      return {
        ...ready({ ...entry, inputs: entry.inputs.filter((parameter) => !parameter.indexed) }, 32),
        hash: hashOf(entry, 32),
        topics: indexed.map((parameter) => ({ name: parameter.name ?? "", decode: topicDecoder(parameter) })),
      };
    });
    return this.#events;
  }
}

function entriesOf<T extends NamedEntry["type"]>(abi: Abi, type: T) {
  return abi.filter((entry): entry is Extract<Entry, { type: T }> => entry.type === type);
}

function byHash<T extends NamedEntry["type"], R extends Ready>(
  abi: Abi,
  type: T,
  make: (entry: Extract<Entry, { type: T }>) => R,
): ReadonlyMap<string, R> {
  return new Map(
    entriesOf(abi, type)
      .map(make)
      .map((entry) => [entry.hash, entry]),
  );
}

function ready(entry: NamedEntry, bytes: 4 | 32): Ready {
  return { name: entry.name, hash: hashOf(entry, bytes), decode: abiDecoder(entry.inputs) };
}

function readyFunction(entry: AbiFunction): ReadyFunction {
  const { inputs, outputs } = entry;
  const decodeOutputs = abiDecoder(outputs);
  const [only] = outputs;
  return {
    ...ready(entry, 4),
    encode: abiEncoder(inputs),
    decodeResult: (data) => {
      const values = decodeOutputs(data);
      return outputs.length === 1 ? values[only?.name ?? ""] : outputs.length === 0 ? undefined : values;
    },
  };
}

function hashOf({ name, inputs }: NamedEntry, bytes: number): string {
  return dataSlice(id(`${name}(${inputs.map(canonicalType).join()})`), 0, bytes);
}

function unknownEntry(contract: string, name: string): BaseError {
  return new BaseError("UNKNOWN_ABI_ENTRY", `${contract} has no ${name}.`);
}
