import type { Rpc } from "../../chains/rpc/Rpc.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { HintSource } from "../Hints.ts";

const READS = new Set(["eth_getBlockByNumber", "eth_getLogs", "eth_call"]);
/** How long what is said of a block by its hash is kept, milliseconds: it never changes. */
const BY_HASH_MILLISECONDS = 2000;

/**
 * An Rpc that asks the same question once for all in this process who have it at
 * about the same time, as followers of one chain do.
 *
 * @param options - `milliseconds`: how old an answer may be.
 * @param modules - `onHead`: told of new blocks, which answers of before may not know.
 */
export function shareReads(
  rpc: Rpc,
  options: { milliseconds: number },
  modules: { clock: Clock; onHead?: HintSource | undefined },
): Rpc {
  /** Logs are not kept: a node may show a block before them, and whoever asks again wants them anew. */
  const keptMilliseconds = (method: string, key: string) => {
    if (method === "eth_getLogs") return 0;
    return key.includes('"blockHash":') ? BY_HASH_MILLISECONDS : options.milliseconds;
  };
  const asked = new Map<string, { until: number; isUnderWay: boolean; answer: Promise<unknown> }>();
  modules.onHead?.(() => {
    for (const key of asked.keys()) if (!key.includes('"blockHash":')) asked.delete(key);
  });
  return {
    request(method, params) {
      if (!READS.has(method)) return rpc.request(method, params);
      const now = modules.clock.now();
      const key = JSON.stringify([method, params]);
      const known = asked.get(key);
      if (known !== undefined && (known.isUnderWay || now < known.until)) return known.answer;
      for (const [old, { until, isUnderWay }] of asked) if (until <= now && !isUnderWay) asked.delete(old);
      const mine = {
        until: now + keptMilliseconds(method, key),
        isUnderWay: true,
        answer: rpc.request(method, params).finally(() => {
          mine.isUnderWay = false;
        }),
      };
      asked.set(key, mine);
      // A failure is not shared with who comes later.
      mine.answer.catch(() => {
        if (asked.get(key) === mine) asked.delete(key);
      });
      return mine.answer;
    },
  };
}
