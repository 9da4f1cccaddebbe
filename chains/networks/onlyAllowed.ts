import type { KeySource } from "../keys/KeySource.ts";
import type { Rpc } from "../rpc/Rpc.ts";

/**
 * An Rpc that sends transactions only where keys may be used: the public development keys to development nodes on this
 * machine, others anywhere. The nodes are asked what they are when the first transaction is sent, so that a service can
 * start before its chain.
 */
export function onlyAllowed(rpc: Rpc, urls: readonly string[], keys: KeySource): Rpc {
  let isAllowed = false;
  return {
    async request(method, params) {
      if (!isAllowed && method === "eth_sendRawTransaction") {
        // Any of them may be the one that gets the transaction.
        for (const url of urls) await keys.requireAllowed((question) => rpc.request(question, []), url);
        isAllowed = true;
      }
      return rpc.request(method, params);
    },
  };
}
