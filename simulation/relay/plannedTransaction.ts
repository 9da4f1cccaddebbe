import { concat, Interface, toBeHex } from "ethers";

import { MOST_RECEIPT_BYTES } from "../../chains/proofs/ReceiptTooLarge.ts";
import { contracts } from "../../protocol/contracts.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import type { PlannedFlood, PlannedMessage } from "./Schedule.ts";
import type { SimulatedNetwork, SimulatedPlace } from "./SimulatedNetwork.ts";

/** What a message's transaction offers, wei a gas: enough in any fee spike. */
const FEE = 10n ** 12n;
const FOR_EVER = 2n ** 64n - 1n;
const FLOODER = new Interface([
  "function flood(address gateway, bytes recipient, bytes payload, uint256 count)",
]);
const OPEN_SENDER = new Interface(["function send(address gateway, bytes recipient, bytes payload)"]);
const HIDER = new Interface(["function hide(address target, bytes data, uint256 noise)"]);
/** Gas that bytes of logs take, with some to spare. */
const HIDING_GAS = 10n * BigInt(MOST_RECEIPT_BYTES) + 100_000n;

/**
 * The signed transaction that sends a planned message.
 *
 * @param number - The message's number in its schedule. Each is sent by an account of its own, so that none has to wait
 * for another that was forgotten.
 * @param start - When the schedule begins, Unix milliseconds.
 */
export function plannedTransaction(
  network: SimulatedNetwork,
  { from, refused = [0, 0], bytes, isHidden }: PlannedMessage,
  { number, start }: { number: number; start: number },
): Promise<string> {
  const origin = network.places[from];
  const destination = network.other(origin);
  // As the simulation's recipient reads it: from when, and until when, it refuses the message.
  const [refusedFrom, refusedUntil] = refused.map((at) => toBeHex(seconds(at, start), 8)) as [string, string];
  const payload = concat([refusedFrom, refusedUntil, toBeHex(number + 1, 4), `0x${"5a".repeat(bytes)}`]);
  const recipient = formatInteroperable({
    chainId: destination.chain.chainId,
    address: destination.recipient,
  });
  const call: Call = isHidden
    ? hidden(origin, {
        to: origin.openSender,
        data: OPEN_SENDER.encodeFunctionData("send", [origin.gateway, recipient, payload]),
        gasLimit: 400_000n,
      })
    : {
        to: origin.gateway,
        data: contracts.Gateway.encodeCall("sendMessage", [recipient, payload, []]),
        gasLimit: 400_000n,
      };
  return network.accounts.senders[number]!.signTransaction({
    type: 2,
    chainId: origin.chain.chainId,
    nonce: 0,
    ...call,
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
  { from, transactions, each, toApplication, isHidden }: PlannedFlood,
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
  const flood: Call = { to: origin.flooder, data, gasLimit: 100_000n * BigInt(each) };
  const call = isHidden ? hidden(origin, flood) : flood;
  return Promise.all(
    Array.from({ length: transactions }, (_, nonce) =>
      network.accounts.strangers[number]!.signTransaction({
        type: 2,
        chainId: origin.chain.chainId,
        nonce,
        ...call,
        maxFeePerGas: FEE,
        maxPriorityFeePerGas: FEE / 1000n,
      }),
    ),
  );
}

/** What a transaction calls. */
interface Call {
  to: string;
  data: string;
  gasLimit: bigint;
}

/** The same call with a receipt that is too large to be shown. */
function hidden({ hider }: SimulatedPlace, { to, data, gasLimit }: Call): Call {
  return {
    to: hider,
    data: HIDER.encodeFunctionData("hide", [to, data, MOST_RECEIPT_BYTES]),
    gasLimit: gasLimit + HIDING_GAS,
  };
}

/** A moment of a schedule in Unix seconds; its beginning stands for the beginning of time. */
function seconds(at: number, start: number): bigint {
  if (at === 0) return 0n;
  return at === Number.POSITIVE_INFINITY ? FOR_EVER : BigInt(Math.floor((start + at) / 1000));
}
