import { BaseError } from "../../protocol/BaseError.ts";

/** Arrays by name, as checkpoints hold them. */
export type NamedNumbers = ReadonlyMap<string, Float32Array | Float64Array>;

/** The same arrays under names within `name`. */
export function prefixed(name: string, numbers: NamedNumbers): [string, Float32Array | Float64Array][] {
  return [...numbers].map(([inner, values]) => [`${name}/${inner}`, values]);
}

/** The arrays whose names are within `name`, under their inner names. */
export function within(name: string, numbers: NamedNumbers): NamedNumbers {
  const start = `${name}/`;
  const inner = [...numbers].filter(([full]) => full.startsWith(start));
  return new Map(inner.map(([full, values]) => [full.slice(start.length), values]));
}

/** The array of this name and length. @throws BaseError `CHECKPOINT_OTHER` when there is none. */
export function takeNumbers(numbers: NamedNumbers, name: string, length: number): ArrayLike<number> {
  const values = numbers.get(name);
  if (values?.length === length) return values;
  throw new BaseError("CHECKPOINT_OTHER", "The checkpoint is of another learner or environment.", {
    details: `Its ${name} has ${values?.length ?? "no"} numbers; ${length} are needed.`,
  });
}
