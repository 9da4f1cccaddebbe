import type { AbiParameter } from "abitype";

import { enums } from "./abi/enums.ts";

/** What follows the type of an array's elements: `[]`, or `[3]` where their number is fixed. */
const BRACKETS = /\[(\d*)\]$/;

/** How many elements an array has: 0 where that varies; undefined for what is no array. */
export function lengthOf({ type }: AbiParameter): number | undefined {
  const [, digits] = BRACKETS.exec(type) ?? [];
  return digits === undefined ? undefined : Number(digits);
}

/** What an array is of. */
export function elementOf(array: AbiParameter): AbiParameter {
  const { type, internalType } = array;
  return {
    ...array,
    type: type.replace(BRACKETS, ""),
    ...(internalType === undefined ? {} : { internalType: internalType.replace(BRACKETS, "") }),
  } as AbiParameter;
}

/** The members of a struct. */
export function componentsOf(tuple: AbiParameter): readonly AbiParameter[] {
  return (tuple as Extract<AbiParameter, { components: unknown }>).components;
}

/** The names of the values of one of the core's enumerations; undefined for any other type. */
export function enumNamesOf({ internalType = "" }: AbiParameter): readonly string[] | undefined {
  const [, name = ""] = /^enum (\w+)$/.exec(internalType) ?? [];
  return (enums as Record<string, readonly string[]>)[name];
}

/** A type as signatures write it: structs by their members. */
export function canonicalType(parameter: AbiParameter): string {
  if (!parameter.type.startsWith("tuple")) return parameter.type;
  return `(${componentsOf(parameter).map(canonicalType).join()})${parameter.type.slice("tuple".length)}`;
}
