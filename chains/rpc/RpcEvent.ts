import type { RpcUnavailable } from "./Rpc.ts";

/** What a chain's endpoints tell of themselves; each is told once, when it begins. URLs are shown without their keys. */
export type RpcEvent =
  /** An endpoint stopped answering; `retryMilliseconds` is how long others are preferred. */
  | {
      type: "endpoint-down";
      chain: string;
      url: string;
      error: RpcUnavailable;
      retryMilliseconds: number;
    }
  /** An endpoint that was down, of another chain or behind is well again. */
  | { type: "endpoint-up"; chain: string; url: string }
  /** An endpoint is of another chain; it is not used. */
  | { type: "wrong-chain"; chain: string; url: string; expected: bigint; actual: bigint }
  /** An endpoint is further behind the best than allowed; it is used only when no other works. */
  | { type: "lagging"; chain: string; url: string; head: number; best: number }
  /** An endpoint answered otherwise than enough others that were asked the same; `said` and `agreed` for people. */
  | { type: "differs"; chain: string; url: string; method: string; said: string; agreed: string };

/** Hears of the state of endpoints; must not throw. */
export type RpcListener = (event: RpcEvent) => void;
