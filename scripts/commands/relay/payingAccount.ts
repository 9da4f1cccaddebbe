import type { Command } from "commander";

import { ChainAccount, type ChainClient } from "../../../chains/clients/ChainClient.ts";
import { type LocalRole, localSigner } from "../../../chains/networks/localKeys.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { wholeNumber } from "../../settings.ts";

const ROLES = ["publisher", "relayer", "keeper", "device", "twin"] as const satisfies LocalRole[];

/** Adds the option that says who pays. */
export function payerOption(command: Command): Command {
  return command.option(
    "--as <role[:index]>",
    `local development key that pays, of ${ROLES.join(", ")}`,
    "publisher",
  );
}

/**
 * The account that a command pays with.
 *
 * @param text - A role, with an index after a colon unless it is the first.
 * @throws `UNKNOWN_ROLE`, `OPTION_INVALID`, `PUBLIC_KEY_REFUSED`.
 */
export async function payingAccount(text: string, client: ChainClient): Promise<ChainAccount> {
  const [name, index = "0"] = text.split(":");
  const role = ROLES.find((known) => known === name);
  if (role === undefined) {
    throw new BaseError("UNKNOWN_ROLE", `There is no local development key of ${text}.`, {
      next: `Choose of ${ROLES.join(", ")}, with an index after a colon.`,
    });
  }
  const signer = await localSigner(client.provider, client.url, role, wholeNumber(index, "--as", 0, 999));
  return new ChainAccount(client, signer);
}
