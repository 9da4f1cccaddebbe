import { Interface, type LogDescription } from "ethers";

import { contracts } from "../../protocol/contracts.ts";
import { MerkleTree } from "../../protocol/MerkleTree.ts";
import { messageId } from "../../protocol/messages.ts";

const GATEWAY = new Interface(contracts.Gateway.abi);
const OUTBOX = GATEWAY.getFunction("outbox")!.selector;

interface RawLog {
  topics: string[];
  data: string;
}

/**
 * What a node says that has every message of a gateway with another payload: its logs, ids and outbox fit each other, so
 * nobody who asks it alone can tell.
 *
 * @returns What it makes of a true answer.
 */
export function forgedHistory(
  payload: string,
): (method: string, result: unknown, params: readonly unknown[]) => unknown {
  const ids: string[] = [];
  const forgedLogs = (logs: RawLog[]): RawLog[] => {
    const forged = logs.map((log) => ({ ...log }));
    let inserted: { log: RawLog; nonce: number } | undefined;
    for (const log of forged) {
      const event = GATEWAY.parseLog(log);
      if (event?.name === "MessageInserted") inserted = { log, nonce: Number(event.args.nonce) };
      if (event?.name !== "MessageSent" || inserted === undefined) continue;
      const { nonce } = inserted;
      const id = messageId({ nonce, sender: event.args.sender, recipient: event.args.recipient, payload });
      ids[nonce] = id;
      Object.assign(inserted.log, GATEWAY.encodeEventLog("MessageInserted", [id, nonce]));
      Object.assign(log, GATEWAY.encodeEventLog("MessageSent", withPayload(event, id, payload)));
    }
    return forged;
  };
  return (method, result, params) => {
    if (method === "eth_getLogs") return forgedLogs(result as RawLog[]);
    const isOutbox = method === "eth_call" && (params[0] as { data: string }).data === OUTBOX;
    if (!isOutbox) return result;
    const [, count] = GATEWAY.decodeFunctionResult("outbox", result as string);
    const root = new MerkleTree(ids).root(Number(count));
    return GATEWAY.encodeFunctionResult("outbox", [root, count]);
  };
}

/** The values of an event, with another id and payload. */
function withPayload(event: LogDescription, id: string, payload: string): unknown[] {
  return event.fragment.inputs.map(({ name }) => {
    if (name === "sendId") return id;
    return name === "payload" ? payload : event.args.getValue(name);
  });
}
