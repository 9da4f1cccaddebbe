import { BaseError } from "../../protocol/BaseError.ts";
import type { NetworkFile } from "../networks/networkFile.ts";
import type { KeySigner } from "./KeySigner.ts";

/** What a key is for. Each role has keys of its own, and no process is given another role's. */
export const KEY_ROLES = [
  "deployer",
  "proposer",
  "registrar",
  "publisher",
  "keeper",
  "guardian",
  "validator",
  "relayer",
  "aggregator",
  "device",
  "twin",
  "party",
] as const;
export type KeyRole = (typeof KEY_ROLES)[number];

/** Keys that a process signs with. */
export interface KeySource {
  /**
   * A role's key, in the order of who keeps them.
   *
   * @throws `KEY_MISSING` where there is none.
   */
  key(role: KeyRole, index?: number): KeySigner;
  /** A role's key by its address, however that is written; undefined where it is not among these. */
  keyOf(role: KeyRole, address: string): KeySigner | undefined;
  /**
   * Asks whether these keys may be used on a chain.
   *
   * @param ask - Asks the chain a JSON-RPC method without parameters.
   * @throws `PUBLIC_KEY_REFUSED` where everybody knows one of them and the chain is no development node.
   */
  requireAllowed(ask: (method: string) => Promise<unknown>, url: string): Promise<void>;
}

/**
 * The key of one of those whom the network file lists.
 *
 * @param index - Where the file lists it, from 0.
 * @throws `KEY_MISSING` where the key is not among these.
 */
export function keyListed(
  keys: KeySource,
  network: Pick<NetworkFile, "aggregators" | "validators">,
  role: "aggregator" | "validator",
  index: number,
): KeySigner {
  const place = network[`${role}s`][index];
  const key = place && keys.keyOf(role, place.address);
  if (key !== undefined) return key;
  throw new BaseError("KEY_MISSING", `There is no key of ${role} ${index + 1} here.`, {
    details:
      place === undefined
        ? `The network has ${network[`${role}s`].length} of them.`
        : `The network file says that its address is ${place.address}.`,
    next: `Name its key in the node file (keys.${role}), or run what you have keys of.`,
  });
}
