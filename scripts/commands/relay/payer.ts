import { ChainAccount } from "../../../chains/clients/ChainAccount.ts";
import type { ChainClient } from "../../../chains/clients/ChainClient.ts";
import { KEY_ROLES, type KeyRole } from "../../../chains/keys/KeySource.ts";
import { LOCAL_KEYS } from "../../../chains/networks/localKeys.ts";
import type { NetworkFile } from "../../../chains/networks/networkFile.ts";
import { namesAllowed } from "../../../files/nearestName.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { ownNode } from "../../ownNode.ts";
import { wholeNumber } from "../../settings.ts";

/** What `--as` is for. */
export const AS_OPTION =
  "whose key pays, with its place from 1 where a role has several, such as publisher or device:2";

/** A network as it is reached, and who pays there. */
export interface PayingNode {
  network: NetworkFile;
  /** The payer's account on a chain. */
  account(client: ChainClient): Promise<ChainAccount>;
}

/**
 * The network and the key that `--as` names, of the node file or, without one, of the public development keys.
 *
 * @throws `UNKNOWN_ROLE`, `OPTION_INVALID`, `KEY_MISSING`, and those of `ownNode`; `account` throws
 *   `PUBLIC_KEY_REFUSED`.
 */
export async function payingNode(options: {
  network: string;
  node?: string;
  as: string;
}): Promise<PayingNode> {
  const { role, index } = roleNamed(options.as);
  const { network, keys = LOCAL_KEYS } = await ownNode(options, [role]);
  const key = keys.key(role, index);
  return {
    network,
    async account(client) {
      await keys.requireAllowed((method) => client.provider.send(method, []), client.url);
      return new ChainAccount(client, key);
    },
  };
}

/**
 * The role and the place, from 0, that `--as` names.
 *
 * @throws `UNKNOWN_ROLE`, `OPTION_INVALID`.
 */
export function roleNamed(as: string): { role: KeyRole; index: number } {
  const [name = "", place = "1"] = as.split(":");
  const role = KEY_ROLES.find((known) => known === name);
  if (role === undefined) {
    throw new BaseError("UNKNOWN_ROLE", `No keys have the role ${name}.`, {
      next: `Name another after --as (${namesAllowed(name, KEY_ROLES)}); a place, from 1, may follow a colon.`,
    });
  }
  return { role, index: wholeNumber(place, "--as", 1, 1000) - 1 };
}
