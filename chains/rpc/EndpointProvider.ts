import {
  JsonRpcApiProvider,
  type JsonRpcError,
  type JsonRpcPayload,
  type JsonRpcResult,
  type Subscriber,
  type Subscription,
} from "ethers";

import { type Rpc, RpcRefusal } from "./Rpc.ts";
import { revertDataOf } from "./rpcErrors.ts";

/** ethers over any `Rpc`: what nobody answers rejects with `RpcUnavailable`, what is refused with ethers' own errors. */
export class EndpointProvider extends JsonRpcApiProvider {
  readonly #rpc: Rpc;
  readonly #pollMilliseconds: number;

  /** @param pollMilliseconds - How often to look for what ethers waits for, such as a transaction's receipt. */
  constructor(rpc: Rpc, chainId: bigint, pollMilliseconds: number) {
    // Endpoints make batches of what is asked at the same moment, so ethers need not.
    super(Number(chainId), { staticNetwork: true, batchMaxCount: 1, cacheTimeout: -1 });
    this.#rpc = rpc;
    this.#pollMilliseconds = pollMilliseconds;
    this._start();
  }

  override async _send(
    payload: JsonRpcPayload | JsonRpcPayload[],
  ): Promise<(JsonRpcResult | JsonRpcError)[]> {
    return Promise.all([payload].flat().map((each) => this.#ask(each)));
  }

  override _getSubscriber(subscription: Subscription): Subscriber {
    const subscriber = super._getSubscriber(subscription);
    if ("pollingInterval" in subscriber) subscriber.pollingInterval = this.#pollMilliseconds;
    return subscriber;
  }

  async #ask({ id, method, params }: JsonRpcPayload): Promise<JsonRpcResult | JsonRpcError> {
    try {
      return { id, result: await this.#rpc.request(method, Array.isArray(params) ? params : [params]) };
    } catch (error) {
      if (!(error instanceof RpcRefusal)) throw error;
      const message = error.shortMessage.replace(`${method} was refused: `, "");
      // ethers takes data for a revert's only where the message says so.
      const reverted = revertDataOf(error.data) !== undefined && !/revert/i.test(message);
      return {
        id,
        error: {
          code: error.rpcCode,
          message: reverted ? `${message} (execution reverted)` : message,
          data: error.data,
        },
      };
    }
  }
}
