import { enums } from "./abi/enums.ts";

/** Which space a chain manages (contracts/types/TaskTypes.sol). */
export type Space = (typeof enums.Space)[number];

/** The space of a chain by its role in a network. */
export const SPACE_OF = {
  main: "Main",
  relay: "Relay",
  virtual: "Virtual",
  physical: "Physical",
} as const satisfies Record<string, Space>;

/** The number that contracts have for a space. */
export function spaceNumber(space: Space): number {
  return enums.Space.indexOf(space);
}
