import type { Rpc } from "../rpc/Rpc.ts";
import { requireLocalNode } from "./localKeys.ts";

/**
 * An Rpc that sends transactions to development nodes on this machine only:
 * for accounts whose keys everyone knows. The node is asked what it is when the
 * first transaction is sent, so that a service can start before its chain.
 */
export function onlyLocal(rpc: Rpc, urls: readonly string[]): Rpc {
  let isLocal = false;
  return {
    async request(method, params) {
      if (!isLocal && method === "eth_sendRawTransaction") {
        // Any of them may be the one that gets the transaction.
        for (const url of urls) await requireLocalNode((question) => rpc.request(question, []), url);
        isLocal = true;
      }
      return rpc.request(method, params);
    },
  };
}
