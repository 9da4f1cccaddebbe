import type { RpcErrorBody } from "../../chains/rpc/rpcErrors.ts";
import { BaseError } from "../../protocol/BaseError.ts";

/** The error that a simulated chain's node answered with, as it goes over the wire. */
export class NodeError extends BaseError {
  readonly body: RpcErrorBody;

  constructor(method: string, body: RpcErrorBody) {
    super("NODE_ERROR", `${method}: ${body.message}`);
    this.body = body;
  }
}
