import { RpcRefusal, RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import type { ClosableRpc } from "../../../chains/rpc/RpcEndpoint.ts";
import type { Clock } from "../../../protocol/Clock.ts";

export const hex = (value: number) => `0x${value.toString(16)}`;
/** 32 bytes that show what they are of. */
export const word = (value: string) => `0x${Buffer.from(value).toString("hex").padStart(64, "0")}`;

/** A block as the chain has it, or as somebody makes it up. */
export const block = (number: number, by = "") => ({
  number: hex(number),
  hash: word(`${by}b${number}`),
  parentHash: word(`${by}b${number - 1}`),
  timestamp: hex(1000 + number),
});
/** The one log of a block, as the chain has it, or as somebody makes it up. */
export const log = (number: number, by = "") => ({
  address: `0x${"11".repeat(20)}`,
  topics: [word(`${by}topic`)],
  data: "0x",
  blockNumber: hex(number),
  blockHash: block(number).hash,
  transactionHash: word(`t${number}`),
  transactionIndex: "0x0",
  logIndex: "0x0",
});

/** What is wrong with a node that does not answer. */
export type Fault = "none" | "silent" | "unreachable" | "refusing" | "garbage";

/** A node of one chain; it may be behind, out of order, or lie. */
export class LedgerNode implements ClosableRpc {
  head = 0;
  latency = 1;
  fault: Fault = "none";
  /** Whose lies it tells; undefined for none. */
  liar: string | undefined;
  /** How many blocks ahead it says to be. */
  ahead = 0;
  readonly asked: { method: string; params: readonly unknown[] }[] = [];
  readonly #clock: Clock;
  readonly #closing = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async request(method: string, params: readonly unknown[]): Promise<unknown> {
    this.asked.push({ method, params });
    if (this.fault === "silent") return new Promise(() => undefined);
    if (this.fault === "unreachable") throw new RpcUnavailable("It does not answer.");
    await this.#clock.sleep(this.latency, this.#closing.signal);
    if (method === "eth_chainId") return "0x7";
    if (this.fault === "refusing") throw new RpcRefusal(method, { code: -32000, message: "not today" });
    if (this.fault === "garbage") return { anything: 1 };
    const by = this.liar ?? "";
    const head = this.liar === undefined ? this.head : Math.max(0, this.head + this.ahead);
    switch (method) {
      case "eth_blockNumber":
        return hex(head);
      case "eth_getBlockByNumber": {
        const number =
          params[0] === "latest" ? head : params[0] === "finalized" ? head - 2 : Number(params[0]);
        return number > head || number < 0 ? null : block(number, by);
      }
      case "eth_getLogs": {
        const { fromBlock, toBlock } = params[0] as { fromBlock: string; toBlock: string };
        const last = Math.min(head, Number(toBlock));
        return Array.from({ length: Math.max(0, last - Number(fromBlock) + 1) }, (_, i) =>
          log(Number(fromBlock) + i, by),
        );
      }
      default: {
        const at = (params[1] as { blockHash: string }).blockHash;
        return word(`${by}call ${at.slice(-8)}`);
      }
    }
  }

  close(): void {
    this.#closing.abort();
  }
}
