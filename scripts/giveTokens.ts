import type { ChainAccount } from "../chains/clients/ChainAccount.ts";
import type { MainChain } from "../chains/clients/MainChain.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { contracts } from "../protocol/contracts.ts";
import { formatTokens } from "../reports/formatTokens.ts";

/** Tokens that somebody is to get, wei. */
export interface Gift {
  to: string;
  amount: bigint;
}

/**
 * Gives accounts tokens of the network's.
 *
 * @throws `BALANCE_TOO_SMALL` before any is sent, when the holder has fewer than all of them together; those of
 *   `ChainAccount.send`.
 */
export async function giveTokens(
  main: MainChain,
  holder: ChainAccount,
  gifts: readonly Gift[],
): Promise<void> {
  const token = { contract: contracts.LocalToken, address: main.place.contracts.token };
  const sum = gifts.reduce((all, { amount }) => all + amount, 0n);
  const balance = await main.balanceOf(holder.address, token.address);
  if (balance < sum) {
    throw new BaseError("BALANCE_TOO_SMALL", `${holder.address} has too few tokens: nobody was given any.`, {
      details: `It has ${formatTokens(balance)} of ${token.address} on ${main.client.name}; ${gifts.length === 1 ? "1 account lacks" : `${gifts.length} accounts lack`} ${formatTokens(sum)} together.`,
      next: "Give fewer, or let it have more first: whoever holds the network's tokens sends them to it, as any wallet does.",
    });
  }
  await Promise.all(gifts.map(({ to, amount }) => holder.send(token, "transfer", [to, amount])));
}
