import type { ChainClient } from "../../chains/clients/ChainClient.ts";
import { localKey, requireLocalChain } from "../../chains/networks/localKeys.ts";
import { setBalances } from "../../chains/networks/setBalances.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { MachineSpeed } from "../../tasks/taskLoad.ts";

/** Transactions that a chain is measured with, and how often: the best counts, as something else may run besides. */
const TRANSACTIONS = 60;
const PASSES = 2;
/** Gas money of an account that sends some, wei. */
const BALANCE = 10n ** 18n;
const PLAIN_GAS = 21_000n;
/** What a refresh, commit or reveal takes of a chain, in plain transactions: it changes storage and emits events. */
const PLAIN_IN_ONE = 3;

/**
 * How many transactions of workers local chains take a second when all of them are sent some at once, as refreshes
 * are: measured on plain transactions of accounts made for it.
 *
 * @throws `PUBLIC_KEY_REFUSED` of a chain that is not a development node on this machine.
 */
export async function measureTransactions(
  clients: readonly ChainClient[],
  { clock }: { clock: Clock },
): Promise<Omit<MachineSpeed, "samplesASecond">> {
  await Promise.all(
    clients.map(async ({ provider, url, rpc }) => {
      await requireLocalChain(provider, url);
      await setBalances(
        rpc,
        probes().map(({ address }) => address),
        BALANCE,
      );
    }),
  );
  let least = { signing: Number.POSITIVE_INFINITY, sending: Number.POSITIVE_INFINITY };
  for (let pass = 0; pass < PASSES; pass++) {
    const { signing, sending } = await timed(clients, clock);
    least = { signing: Math.min(least.signing, signing), sending: Math.min(least.sending, sending) };
  }
  const count = clients.length * TRANSACTIONS;
  const { signing, sending } = least;
  return {
    signedASecond: (1000 * count) / (PLAIN_IN_ONE * sending),
    transactionsASecond: (1000 * count) / (signing + PLAIN_IN_ONE * sending),
  };
}

/** How long it takes to sign and to send transactions to all chains, milliseconds. */
async function timed(
  clients: readonly ChainClient[],
  clock: Clock,
): Promise<{ signing: number; sending: number }> {
  const asked = await Promise.all(
    clients.flatMap((client) =>
      probes().map(async (key) => {
        const nonce = await client.rpc.request("eth_getTransactionCount", [key.address, "pending"]);
        return { client, key, nonce: Number(nonce), fees: await client.fees() };
      }),
    ),
  );
  const began = clock.now();
  const signed = await Promise.all(
    asked.map(async ({ client: { rpc, chainId }, key, nonce, fees }) => {
      const { maxFeePerGas, maxPriorityFeePerGas } = fees;
      const raw = await key.signTransaction({
        chainId,
        to: key.address,
        nonce,
        gasLimit: PLAIN_GAS,
        ...(maxPriorityFeePerGas === undefined
          ? { type: 0, gasPrice: maxFeePerGas }
          : { type: 2, maxFeePerGas, maxPriorityFeePerGas }),
      });
      return { rpc, raw };
    }),
  );
  const signedAt = clock.now();
  await Promise.all(
    signed.map(async ({ rpc, raw }) => {
      const hash = await rpc.request("eth_sendRawTransaction", [raw]);
      await rpc.request("eth_getTransactionReceipt", [hash]);
    }),
  );
  return { signing: Math.max(1, signedAt - began), sending: Math.max(1, clock.now() - signedAt) };
}

function probes() {
  return Array.from({ length: TRANSACTIONS }, (_, i) => localKey("probe", i));
}
