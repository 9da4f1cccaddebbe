import type { LogFilter } from "../../chains/rpc/logRange.ts";
import { RpcRefusal } from "../../chains/rpc/Rpc.ts";
import type { ClosableRpc } from "../../chains/rpc/RpcEndpoint.ts";

/** An answer that nothing of the chain proves, or a refusal. */
export type Word = { method: string; params: readonly unknown[] } & (
  | { answer: unknown }
  | { refusal: { code: number; message: string; data?: unknown } }
);

/** What an audit asked of a chain's state. */
export interface StateQuestion {
  method: "eth_call" | "eth_getCode";
  params: readonly unknown[];
}

/** Methods whose answers follow from headers, bodies and state, and those of which nothing has to be kept. */
const DERIVED = new Set(["eth_chainId", "eth_getBlockByNumber", "eth_getBlockByHash", "eth_blockNumber"]);

/** Asks a chain as an audit does, and takes down what it asks: that, and no more, a bundle has to answer. */
export class RecordingRpc implements ClosableRpc {
  readonly #rpc: ClosableRpc;
  readonly #filters = new Map<string, LogFilter>();
  readonly #state = new Map<string, StateQuestion>();
  readonly #words = new Map<string, Word>();
  /** Of transactions that were asked for. */
  readonly transactionBlocks = new Set<number>();
  /** The latest block when it was first asked for; undefined while it was not. */
  head: number | undefined;
  /** The number of the newest block when it was first asked for: by then every chain's head was known. */
  last: number | undefined;

  constructor(rpc: ClosableRpc) {
    this.#rpc = rpc;
  }

  /** Which logs were asked for. */
  get filters(): LogFilter[] {
    return [...this.#filters.values()];
  }

  get stateQuestions(): StateQuestion[] {
    return [...this.#state.values()];
  }

  /** Answers that nothing proves. */
  get words(): Word[] {
    return [...this.#words.values()];
  }

  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    try {
      const answer = await this.#rpc.request(method, params);
      this.#note(method, params, answer);
      return answer;
    } catch (error) {
      if (error instanceof RpcRefusal) this.#refused(method, params, error);
      throw error;
    }
  }

  close(): void {
    this.#rpc.close?.();
  }

  #note(method: string, params: readonly unknown[], answer: unknown): void {
    const key = wordKey(method, params);
    if (method === "eth_getLogs") {
      const { fromBlock: _, toBlock: __, ...filter } = params[0] as LogFilter & Record<string, unknown>;
      this.#filters.set(JSON.stringify(filter), filter);
    } else if (method === "eth_getTransactionByHash") {
      const block = (answer as { blockNumber?: string } | null)?.blockNumber;
      if (block !== undefined) this.transactionBlocks.add(Number(block));
    } else if (method === "eth_call" || method === "eth_getCode") {
      this.#state.set(key, { method, params });
    } else if (DERIVED.has(method)) {
      if (method === "eth_getBlockByNumber" && params[0] === "latest")
        this.head ??= Number((answer as { number: string }).number);
      if (method === "eth_blockNumber") this.last ??= Number(answer);
    } else this.#words.set(key, { method, params, answer });
  }

  #refused(method: string, params: readonly unknown[], error: RpcRefusal): void {
    // Logs are asked for again in smaller ranges.
    if (method === "eth_getLogs" || DERIVED.has(method)) return;
    if (method === "eth_call" || method === "eth_getCode") {
      this.#state.set(wordKey(method, params), { method, params });
      return;
    }
    this.#words.set(wordKey(method, params), { method, params, ...refusalOf(method, error) });
  }
}

/** A refusal as a word of whoever heard it. */
export function refusalOf(
  method: string,
  { rpcCode: code, data, shortMessage }: RpcRefusal,
): { refusal: { code: number; message: string; data?: unknown } } {
  const message = shortMessage.replace(`${method} was refused: `, "");
  return { refusal: { code, message, ...(data === undefined ? {} : { data }) } };
}

/** Under what an answer is found again. */
export function wordKey(method: string, params: readonly unknown[]): string {
  return JSON.stringify([method, params]);
}
