import { concat, Interface, toBeHex } from "ethers";

import { contracts } from "../../protocol/contracts.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import type { PlannedFlood, PlannedMessage } from "./Schedule.ts";
import type { SimulatedNetwork } from "./SimulatedNetwork.ts";

/** What a message's transaction offers, wei a gas: enough in any fee spike. */
const FEE = 10n ** 12n;
const FOR_EVER = 2n ** 64n - 1n;
const FLOODER = new Interface([
  "function flood(address gateway, bytes recipient, bytes payload, uint256 count)",
]);

/**
 * The signed transaction that sends a planned message.
 *
 * @param number - The message's number in its schedule. Each is sent by an account of its own, so that none has to wait
 * for another that was forgotten.
 * @param start - When the schedule begins, Unix milliseconds.
 */
export function plannedTransaction(
  network: SimulatedNetwork,
  { from, refused = [0, 0], bytes }: PlannedMessage,
  { number, start }: { number: number; start: number },
): Promise<string> {
  const origin = network.places[from];
  const destination = network.other(origin);
  // As the simulation's recipient reads it: from when, and until when, it refuses the message.
  const [refusedFrom, refusedUntil] = refused.map((at) => toBeHex(seconds(at, start), 8)) as [string, string];
  const payload = concat([refusedFrom, refusedUntil, toBeHex(number + 1, 4), `0x${"5a".repeat(bytes)}`]);
  const data = contracts.Gateway.encodeCall("sendMessage", [
    formatInteroperable({ chainId: destination.chain.chainId, address: destination.recipient }),
    payload,
    [],
  ]);
  return network.accounts.senders[number]!.signTransaction({
    type: 2,
    chainId: origin.chain.chainId,
    nonce: 0,
    to: origin.gateway,
    data,
    gasLimit: 400_000n,
    maxFeePerGas: FEE,
    maxPriorityFeePerGas: FEE / 1000n,
  });
}

/**
 * The signed transactions of a stranger who floods a chain.
 *
 * @param number - The flood's number in its schedule; each has an account of its own.
 */
export function floodTransactions(
  network: SimulatedNetwork,
  { from, transactions, each, toApplication }: PlannedFlood,
  number: number,
): Promise<string[]> {
  const origin = network.places[from];
  const destination = network.other(origin);
  const address = toApplication ? destination.recipient : network.accounts.strangers[number]!.address;
  // Refused from the beginning of time for ever.
  const payload = concat([toBeHex(0, 8), toBeHex(FOR_EVER, 8), toBeHex(number, 4)]);
  const data = FLOODER.encodeFunctionData("flood", [
    origin.gateway,
    formatInteroperable({ chainId: destination.chain.chainId, address }),
    payload,
    each,
  ]);
  return Promise.all(
    Array.from({ length: transactions }, (_, nonce) =>
      network.accounts.strangers[number]!.signTransaction({
        type: 2,
        chainId: origin.chain.chainId,
        nonce,
        to: origin.flooder,
        data,
        gasLimit: 100_000n * BigInt(each),
        maxFeePerGas: FEE,
        maxPriorityFeePerGas: FEE / 1000n,
      }),
    ),
  );
}

/** A moment of a schedule in Unix seconds; its beginning stands for the beginning of time. */
function seconds(at: number, start: number): bigint {
  if (at === 0) return 0n;
  return at === Number.POSITIVE_INFINITY ? FOR_EVER : BigInt(Math.floor((start + at) / 1000));
}
