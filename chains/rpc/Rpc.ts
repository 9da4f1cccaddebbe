import { BaseError } from "../../protocol/BaseError.ts";

/** A chain's JSON-RPC, whoever answers: one endpoint, several, or a simulation. */
export interface Rpc {
  /**
   * Asks one question.
   *
   * @returns The `result` of the answer.
   * @throws `RpcUnavailable` (retryable) when nobody answered properly; `RpcRefusal` when the node answered with an
   * error of its own, such as a revert.
   */
  request(method: string, params: readonly unknown[]): Promise<unknown>;
}

/**
 * Nobody answered properly: time-outs, lost connections, 429 and 5xx without a node's own error, garbage, a node of
 * another chain.
 */
export class RpcUnavailable extends BaseError {
  constructor(message: string, options: { details?: string; next?: string; cause?: unknown } = {}) {
    super("RPC_UNAVAILABLE", message, { ...options, retryable: true });
  }
}

/** A node answered with an error: what was asked cannot be had or is refused. */
export class RpcRefusal extends BaseError {
  /** JSON-RPC error code. */
  readonly rpcCode: number;
  /** What the node gave as `data`: of a revert, the revert data (hex). */
  readonly data: unknown;

  constructor(method: string, error: { code: number; message: string; data?: unknown }) {
    super("RPC_REFUSED", `${method} was refused: ${error.message}`);
    this.rpcCode = error.code;
    this.data = error.data;
  }
}
