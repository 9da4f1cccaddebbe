import type {
  Abi,
  AbiParameter,
  AbiType,
  AbiTypeToPrimitiveType,
  ExtractAbiEvent,
  ExtractAbiFunction,
} from "abitype";

import type { enums } from "./abi/enums.ts";

declare module "abitype" {
  interface Register {
    addressType: string;
    bytesType: { inputs: string; outputs: string };
  }
}

type Enums = typeof enums;

/**
 * The value of a parameter: whole numbers of at most 48 bits are numbers, larger ones bigints; addresses and bytes hex;
 * the core's enumerations the names of their values (abi/enums.ts); structs objects.
 */
export type AbiValue<P extends AbiParameter> = P extends { type: `${string}[]` }
  ? readonly AbiValue<ElementOf<P>>[]
  : P extends { type: "tuple"; components: infer C extends readonly AbiParameter[] }
    ? Named<C>
    : P extends { internalType: `enum ${infer E extends keyof Enums}` }
      ? Enums[E][number]
      : P extends { type: infer T extends AbiType }
        ? AbiTypeToPrimitiveType<T>
        : never;

/** What an array is of. */
type ElementOf<P extends AbiParameter> = Omit<P, "type" | "internalType"> & {
  type: P["type"] extends `${infer T}[]` ? T : never;
  internalType: P extends { internalType: `${infer T}[]` } ? T : never;
};

/** Parameters by name. */
export type Named<P extends readonly AbiParameter[]> = {
  [C in P[number] as C["name"] & string]: AbiValue<C>;
};

/** Parameters in their order. */
type Ordered<P extends readonly AbiParameter[]> = { [I in keyof P]: AbiValue<P[I]> };

export type FunctionName<A extends Abi> = Extract<A[number], { type: "function" }>["name"];
export type EventName<A extends Abi> = Extract<A[number], { type: "event" }>["name"];

/** What a function takes. */
export type Arguments<A extends Abi, N extends FunctionName<A>> = Ordered<ExtractAbiFunction<A, N>["inputs"]>;

/** The same, by name. */
export type NamedArguments<A extends Abi, N extends FunctionName<A>> = Named<
  ExtractAbiFunction<A, N>["inputs"]
>;

/** What a function returns: the value if it is one, several by name. */
export type Returned<A extends Abi, N extends FunctionName<A>> = ReturnedOf<
  ExtractAbiFunction<A, N>["outputs"]
>;

type ReturnedOf<P extends readonly AbiParameter[]> = P extends readonly []
  ? undefined
  : P extends readonly [infer Only extends AbiParameter]
    ? AbiValue<Only>
    : Named<P>;

/** The arguments of an event. */
export type EventArguments<A extends Abi, N extends EventName<A>> = Shown<
  Named<ExtractAbiEvent<A, N>["inputs"]>
>;

/** The same type, which the compiler's messages show by its members instead of by the ABI it comes from. */
type Shown<T> = { [K in keyof T]: T[K] } & {};

/** The events of a contract, told apart by `contract` and `name`. */
export type EventOf<C extends string, A extends Abi> = {
  [E in EventName<A>]: { contract: C; name: E; args: EventArguments<A, E> };
}[EventName<A>];
