import { type Rpc, RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import { RpcThrottled, toRpcError } from "../../../chains/rpc/rpcErrors.ts";
import type { Clock } from "../../../protocol/Clock.ts";

/** What a node does with the next requests. */
export type Fault =
  | "none"
  /** Never answers. */
  | "silent"
  /** Takes the request, but its answer is lost. */
  | "answer-lost"
  | "unreachable"
  | "throttled"
  | "internal-error"
  | "wrong-chain"
  | "garbage-head";

/** A node of a chain whose blocks are known, and how it behaves. */
export class FakeNode implements Rpc {
  fault: Fault = "none";
  /** Its latest block. */
  head = 100;
  latencyMilliseconds = 5;
  retryAfterMilliseconds: number | undefined;
  chainId = 7;
  readonly asked: string[] = [];
  /** Transactions it has taken. */
  readonly transactions = new Set<string>();
  /** Answers to further methods; an Error is thrown. */
  readonly answers = new Map<string, unknown>();
  readonly #clock: Clock;
  readonly #closing = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    this.asked.push(method);
    const { fault } = this;
    if (fault === "silent") return new Promise(() => undefined);
    if (fault === "unreachable") throw new RpcUnavailable("It does not answer.", { details: "ECONNREFUSED" });
    await this.#clock.sleep(this.latencyMilliseconds, this.#closing.signal);
    if (fault === "throttled") {
      throw new RpcThrottled("It asks for fewer requests.", {
        retryAfterMilliseconds: this.retryAfterMilliseconds,
        details: "HTTP 429",
      });
    }
    if (fault === "internal-error")
      throw toRpcError("it", method, { code: -32603, message: "Internal error" });
    const answer = this.#answer(method, params, fault);
    if (fault === "answer-lost")
      throw new RpcUnavailable("It does not answer.", { details: "socket hang up" });
    return answer;
  }

  close(): void {
    this.#closing.abort();
  }

  #answer(method: string, params: readonly unknown[], fault: Fault): unknown {
    if (this.answers.has(method)) {
      const answer = this.answers.get(method);
      if (answer instanceof Error) throw answer;
      return answer;
    }
    if (fault === "wrong-chain") return method === "eth_chainId" ? hex(this.chainId + 1) : "another chain's";
    switch (method) {
      case "eth_chainId":
        return hex(this.chainId);
      case "eth_blockNumber":
        return fault === "garbage-head" ? "latest" : hex(this.head);
      case "eth_getBlockByNumber": {
        const number = params[0] === "latest" ? this.head : Number(params[0]);
        return number > this.head ? null : { number: hex(number), hash: `0xb${number}` };
      }
      case "eth_getLogs": {
        // As nodes do: what it has not seen is left out, and nothing said.
        const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
        const last = Math.min(this.head, Number(toBlock));
        return Array.from({ length: Math.max(0, last - Number(fromBlock) + 1) }, (_, i) =>
          fakeLog(Number(fromBlock) + i),
        );
      }
      case "eth_sendRawTransaction": {
        const raw = String(params[0]);
        if (this.transactions.has(raw))
          throw toRpcError("it", method, { code: -32000, message: "already known" });
        this.transactions.add(raw);
        return "0xhash";
      }
      default:
        return { method, params };
    }
  }
}

/** The one log of a block. */
export function fakeLog(block: number) {
  return {
    address: `0x${"11".repeat(20)}`,
    topics: [`0x${"22".repeat(32)}`],
    data: "0x",
    blockNumber: hex(block),
    blockHash: `0x${"33".repeat(32)}`,
    transactionHash: `0x${"44".repeat(32)}`,
    transactionIndex: "0x0",
    logIndex: "0x0",
    removed: false,
  };
}

export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}
