import { createHmac } from "node:crypto";

/** How long a node may take to answer, milliseconds. */
const ANSWER_MILLISECONDS = 8000;

/** An error that a node answered with. */
export class NodeRefusal extends Error {}

/** Asks a JSON-RPC server, with further headers. */
export async function ask<T>(
  url: string,
  method: string,
  params: readonly unknown[],
  headers: Readonly<Record<string, string>> = {},
): Promise<T> {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    signal: AbortSignal.timeout(ANSWER_MILLISECONDS),
  });
  const { result, error } = (await response.json()) as { result: T; error?: { message: string } };
  if (error !== undefined) throw new NodeRefusal(`${url} ${method}: ${error.message}`);
  return result;
}

/** A block as the Engine API carries it; only what is used of it. */
export interface Payload {
  blockHash: string;
  blockNumber: string;
  transactions: readonly string[];
}

/** What a consensus layer tells its node of the chain. */
export interface ForkChoice {
  headBlockHash: string;
  safeBlockHash: string;
  finalizedBlockHash: string;
}

const ZERO = `0x${"00".repeat(32)}`;

/** The Engine API of a geth node, with the secret that the node was started with (EIP-3675 and what came after). */
export class EngineApi {
  readonly #url: string;
  readonly #secret: Buffer;

  constructor(url: string, secret: Buffer) {
    this.#url = url;
    this.#secret = secret;
  }

  ask<T>(method: string, params: readonly unknown[]): Promise<T> {
    return ask<T>(this.#url, method, params, { authorization: `Bearer ${this.#token()}` });
  }

  /** Begins a block on the head. */
  async prepare(choice: ForkChoice, timestamp: number, recipient: string): Promise<string> {
    const attributes = {
      timestamp: `0x${timestamp.toString(16)}`,
      prevRandao: ZERO,
      suggestedFeeRecipient: recipient,
      withdrawals: [],
      parentBeaconBlockRoot: ZERO,
    };
    const { payloadId, payloadStatus } = await this.ask<{ payloadId?: string; payloadStatus: unknown }>(
      "engine_forkchoiceUpdatedV3",
      [choice, attributes],
    );
    if (payloadId) return payloadId;
    throw new NodeRefusal(`${this.#url} begins no block: ${JSON.stringify(payloadStatus)}`);
  }

  /** The block that was begun, with what transactions came meanwhile. */
  finish(payloadId: string): Promise<{ executionPayload: Payload; executionRequests: readonly string[] }> {
    return this.ask("engine_getPayloadV5", [payloadId]);
  }

  /** Gives the node a block; its judgement. */
  async take(payload: Payload, requests: readonly string[]): Promise<string> {
    const { status } = await this.ask<{ status: string }>("engine_newPayloadV4", [
      payload,
      [],
      ZERO,
      requests,
    ]);
    return status;
  }

  /** Tells the node which block is the head. */
  async choose(choice: ForkChoice): Promise<void> {
    await this.ask("engine_forkchoiceUpdatedV3", [choice, null]);
  }

  #token(): string {
    const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part({ iat: Math.floor(Date.now() / 1000) })}`;
    return `${signed}.${createHmac("sha256", this.#secret).update(signed).digest("base64url")}`;
  }
}
