import { ChainAccount } from "../../../chains/clients/ChainAccount.ts";
import type { ChainClient } from "../../../chains/clients/ChainClient.ts";
import { type LocalRole, localSigner } from "../../../chains/networks/localKeys.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { wholeNumber } from "../../settings.ts";

/** Roles whose local development keys may pay for what is done by hand. */
export const DEVELOPMENT_ROLES = [
  "publisher",
  "relayer",
  "keeper",
  "device",
  "twin",
] as const satisfies LocalRole[];

/** What `--as` is for. */
export const AS_OPTION = `local development key that pays, of ${DEVELOPMENT_ROLES.join(", ")}`;

/**
 * The account that `--as` names, such as device:2.
 *
 * @throws `UNKNOWN_ROLE`, `OPTION_INVALID`.
 */
export async function developmentAccount(text: string, client: ChainClient): Promise<ChainAccount> {
  const [name, index = "0"] = text.split(":");
  const role = DEVELOPMENT_ROLES.find((known) => known === name);
  if (role === undefined) {
    throw new BaseError("UNKNOWN_ROLE", `There is no local development key of ${text}.`, {
      next: `Choose of ${DEVELOPMENT_ROLES.join(", ")}, with an index after a colon.`,
    });
  }
  const signer = await localSigner(client.provider, client.url, role, wholeNumber(index, "--as", 0, 999));
  return new ChainAccount(client, signer);
}
