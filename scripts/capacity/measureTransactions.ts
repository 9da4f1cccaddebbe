import type { ChainClient } from "../../chains/clients/ChainClient.ts";
import { localKey, requireLocalChain } from "../../chains/networks/localKeys.ts";
import type { Clock } from "../../protocol/Clock.ts";

/** Transactions that a chain is measured with. */
const TRANSACTIONS = 60;
/** Gas money of an account that sends one, wei. */
const BALANCE = `0x${(10n ** 18n).toString(16)}`;
const PLAIN_GAS = 21_000n;
/** What a refresh, commit or reveal takes of a machine, in plain transactions: calls change storage and are looked up. */
const PLAIN_IN_ONE = 2;

/**
 * How many transactions of workers local chains take a second when all of them are sent some at once, as refreshes
 * are: measured on plain transactions of accounts made for it.
 *
 * @throws `PUBLIC_KEY_REFUSED` of a chain that is not a development node on this machine.
 */
export async function measureTransactions(
  clients: readonly ChainClient[],
  { clock }: { clock: Clock },
): Promise<number> {
  const keys = Array.from({ length: TRANSACTIONS }, (_, i) => localKey("probe", i));
  await Promise.all(
    clients.map(async ({ provider, url, rpc }) => {
      await requireLocalChain(provider, url);
      await Promise.all(keys.map(({ address }) => rpc.request("hardhat_setBalance", [address, BALANCE])));
    }),
  );
  const began = clock.now();
  await Promise.all(
    clients.flatMap((client) =>
      keys.map(async (key) => {
        const { rpc, chainId } = client;
        const [nonce, fees] = await Promise.all([
          rpc.request("eth_getTransactionCount", [key.address, "pending"]),
          client.fees(),
        ]);
        const { maxFeePerGas, maxPriorityFeePerGas } = fees;
        const raw = await key.signTransaction({
          chainId,
          to: key.address,
          nonce: Number(nonce),
          gasLimit: PLAIN_GAS,
          ...(maxPriorityFeePerGas === undefined
            ? { type: 0, gasPrice: maxFeePerGas }
            : { type: 2, maxFeePerGas, maxPriorityFeePerGas }),
        });
        const hash = await rpc.request("eth_sendRawTransaction", [raw]);
        await rpc.request("eth_getTransactionReceipt", [hash]);
      }),
    ),
  );
  const seconds = Math.max(1, clock.now() - began) / 1000;
  return (clients.length * TRANSACTIONS) / seconds / PLAIN_IN_ONE;
}
