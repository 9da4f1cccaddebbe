import type { KeySource } from "../chains/keys/KeySource.ts";
import type { NetworkFile } from "../chains/networks/networkFile.ts";
import { BaseError } from "../protocol/BaseError.ts";

/**
 * Which of a network's validators have their keys here, from 0 as the network file lists them.
 *
 * @throws `NO_VALIDATOR_KEYS` when none has.
 */
export function ownValidators(network: NetworkFile, keys: KeySource): number[] {
  const own = network.validators.flatMap(({ address }, i) =>
    keys.keyOf("validator", address) === undefined ? [] : [i],
  );
  if (own.length > 0 || network.validators.length === 0) return own;
  throw new BaseError("NO_VALIDATOR_KEYS", "No key of the network's validators is here.", {
    details: `They are ${network.validators.map(({ address }) => address).join(", ")}.`,
    next: "Name the key in the node file (keys.validator), or run the relayer alone with --parts relayer,keeper.",
  });
}
