import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { Transaction } from "ethers";

import { writeWhole } from "../../../files/writeWhole.ts";
import { type Rpc, RpcRefusal } from "../../rpc/Rpc.ts";
import { type SentTransaction, sentTransactions } from "./DeployerProvider.ts";

/** What is needed of a message of Ignition's journal. */
interface JournalMessage {
  type: string;
  futureId?: string;
  networkInteractionId?: number;
  nonce?: number;
  transaction?: { hash: string };
}

/** Messages that begin what then asks for a transaction. */
const BEGINNINGS = new Set([
  "DEPLOYMENT_EXECUTION_STATE_INITIALIZE",
  "CALL_EXECUTION_STATE_INITIALIZE",
  "SEND_DATA_EXECUTION_STATE_INITIALIZE",
]);

/** Paths of what Ignition and the deployer keep of a chain's deployment. */
export const journalPath = (directory: string) => join(directory, "journal.jsonl");
export const sentPath = (directory: string) => join(directory, "sent.jsonl");

/**
 * Completes Ignition's journal after a kill. It says that a transaction is about to be sent, then that it was sent:
 * killed in between, Ignition cannot say which, and goes no further. Here what was signed is known (`sent.jsonl`): it is
 * sent again, and if the chain has it then, the journal says that it was sent; if not, that it never was about to be.
 * Nothing is deployed twice. What was begun and asked for no transaction yet, which Ignition takes for a fault of its own
 * ("Unable to find network interaction"), was not begun.
 */
export async function settleJournal(directory: string, rpc: Rpc): Promise<void> {
  if (!existsSync(journalPath(directory))) return;
  const lines = (await readFile(journalPath(directory), "utf8")).split("\n").filter((line) => line !== "");
  const messages = lines.map((line) => JSON.parse(line) as JournalMessage);
  const told = new Set(
    messages.flatMap(({ type, transaction }) =>
      type === "TRANSACTION_SEND" && transaction !== undefined ? [transaction.hash] : [],
    ),
  );
  const sent = sentTransactions(sentPath(directory));
  const kept: string[] = [];
  const forgotten = new Set<string>();
  const pursued = new Set(
    messages.flatMap(({ type, futureId }) =>
      BEGINNINGS.has(type) || futureId === undefined ? [] : [futureId],
    ),
  );
  for (const [i, message] of messages.entries()) {
    if (BEGINNINGS.has(message.type) && !pursued.has(message.futureId!)) continue;
    if (message.type !== "TRANSACTION_PREPARE_SEND") {
      kept.push(lines[i]!);
      continue;
    }
    const untold = sent.filter(({ nonce, hash }) => nonce === message.nonce && !told.has(hash));
    const found: SentTransaction[] = [];
    for (const one of untold) {
      if (await isOnChain(rpc, one)) found.push(one);
      else forgotten.add(one.hash);
    }
    const wasTold = messages.some(
      ({ type, futureId, networkInteractionId }) =>
        type === "TRANSACTION_SEND" &&
        futureId === message.futureId &&
        networkInteractionId === message.networkInteractionId,
    );
    if (wasTold || found.length > 0) kept.push(lines[i]!);
    for (const one of found) {
      told.add(one.hash);
      kept.push(sentMessage(message, one));
    }
  }
  if (kept.length === lines.length && kept.every((line, i) => line === lines[i])) return;
  // The journal first: of what is still in the other file afterwards, nothing is about to be sent any more.
  await writeWhole(journalPath(directory), kept.map((line) => `\n${line}`).join(""));
  const remaining = sent.filter(({ hash }) => !forgotten.has(hash));
  await writeWhole(sentPath(directory), remaining.map((one) => `${JSON.stringify(one)}\n`).join(""));
}

/** Sends a transaction again; whether a node has it then, in a block or waiting for one. */
async function isOnChain(rpc: Rpc, { raw, hash }: SentTransaction): Promise<boolean> {
  try {
    await rpc.request("eth_sendRawTransaction", [raw]);
  } catch (error) {
    // It has it, or another with its nonce: the next question tells.
    if (!(error instanceof RpcRefusal)) throw error;
  }
  return (await rpc.request("eth_getTransactionByHash", [hash])) !== null;
}

/** What Ignition writes once it has sent a transaction. */
function sentMessage(
  { futureId, networkInteractionId, nonce }: JournalMessage,
  sent: SentTransaction,
): string {
  const { type, gasPrice, maxFeePerGas, maxPriorityFeePerGas } = Transaction.from(sent.raw);
  const amount = (value: bigint | null) => ({ _kind: "bigint", value: `${value ?? 0n}` });
  const fees =
    type === 2
      ? { maxFeePerGas: amount(maxFeePerGas), maxPriorityFeePerGas: amount(maxPriorityFeePerGas) }
      : { gasPrice: amount(gasPrice) };
  return JSON.stringify({
    ...{ futureId, networkInteractionId, nonce },
    transaction: { fees, hash: sent.hash },
    type: "TRANSACTION_SEND",
  });
}
