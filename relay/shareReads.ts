import type { Clock } from "../chains/Clock.ts";
import type { Rpc } from "../chains/Rpc.ts";

const READS = new Set(["eth_getBlockByNumber", "eth_getLogs", "eth_call"]);
/** How long what is said of a block by its hash is kept, milliseconds: it never changes. */
const BY_HASH_MILLISECONDS = 2000;

/**
 * An Rpc that asks the same question once for all in this process who have it at
 * about the same time, as followers of one chain do.
 *
 * @param options - `milliseconds`: how old an answer may be.
 */
export function shareReads(rpc: Rpc, options: { milliseconds: number }, modules: { clock: Clock }): Rpc {
  const asked = new Map<string, { until: number; answer: Promise<unknown> }>();
  return {
    request(method, params) {
      if (!READS.has(method)) return rpc.request(method, params);
      const now = modules.clock.now();
      const key = JSON.stringify([method, params]);
      const known = asked.get(key);
      if (known !== undefined && now < known.until) return known.answer;
      for (const [old, { until }] of asked) if (until <= now) asked.delete(old);
      const isByHash = key.includes('"blockHash":');
      const until = now + (isByHash ? BY_HASH_MILLISECONDS : options.milliseconds);
      const mine = { until, answer: rpc.request(method, params) };
      asked.set(key, mine);
      // A failure is not shared with who comes later.
      mine.answer.catch(() => {
        if (asked.get(key) === mine) asked.delete(key);
      });
      return mine.answer;
    },
  };
}
