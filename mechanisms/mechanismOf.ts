import { BaseError } from "../protocol/BaseError.ts";
import type { Mechanism } from "./Mechanism.ts";
import { mechanismId } from "./mechanismId.ts";
import { MECHANISMS } from "./mechanisms.ts";

/** The mechanism that a task's terms name by its id; undefined for one that is not known here. */
export function knownMechanism(id: string): Mechanism | undefined {
  return MECHANISMS.find(({ name }) => mechanismId(name) === id);
}

/**
 * The mechanism that a task's terms name by its id.
 *
 * @throws BaseError `UNKNOWN_MECHANISM`
 */
export function mechanismOf(id: string): Mechanism {
  const mechanism = knownMechanism(id);
  if (mechanism !== undefined) return mechanism;
  throw new BaseError("UNKNOWN_MECHANISM", `The mechanism ${id} is not known here.`, {
    details: `Known are ${MECHANISMS.map(({ name }) => `${name} (${mechanismId(name)})`).join(", ")}.`,
    next: "Use a version of Freshet that has it.",
  });
}

/**
 * The mechanism of that name.
 *
 * @throws BaseError `UNKNOWN_MECHANISM`
 */
export function mechanismNamed(name: string): Mechanism {
  const mechanism = MECHANISMS.find((other) => other.name === name);
  if (mechanism !== undefined) return mechanism;
  throw new BaseError("UNKNOWN_MECHANISM", `There is no mechanism ${name}.`, {
    details: `Known are ${MECHANISMS.map((other) => other.name).join(", ")}.`,
  });
}
