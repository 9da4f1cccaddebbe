import type { Rpc } from "./Rpc.ts";
import { RpcUnavailable } from "./Rpc.ts";

/** A call that one account made to another within a transaction; it took effect. */
export interface TracedCall {
  from: string;
  to: string;
  /** Calldata, hex. */
  data: string;
}

/** What geth's callTracer makes of a call; Hardhat, anvil, Erigon, Nethermind and Besu answer alike. */
interface Frame {
  type: unknown;
  from: unknown;
  to?: unknown;
  input?: unknown;
  /** Set when all that it did was undone. */
  error?: unknown;
  calls?: unknown;
}

/**
 * The calls within a transaction, outermost first, in their order, as a node repeats them (`debug_traceTransaction`);
 * without those that were undone, and those that run another's code on one's own account.
 *
 * @throws `RpcRefusal` when no node traces, or not this transaction any more; `RpcUnavailable` when none answers properly.
 */
export async function callTrace(rpc: Rpc, transactionHash: string): Promise<TracedCall[]> {
  const root = await rpc.request("debug_traceTransaction", [transactionHash, { tracer: "callTracer" }]);
  const calls: TracedCall[] = [];
  // A stack of its own: calls may be 1,024 deep.
  const left: unknown[] = [root];
  while (left.length > 0) {
    const frame = frameOf(left.pop());
    if (frame.error !== undefined) continue;
    const { type, from, to, input, calls: inner = [] } = frame;
    if (type === "CALL") calls.push({ from: text(from), to: text(to), data: text(input) });
    if (!Array.isArray(inner)) throw noTrace();
    for (let i = inner.length - 1; i >= 0; i--) left.push(inner[i]);
  }
  return calls;
}

function frameOf(value: unknown): Frame {
  if (typeof value !== "object" || value === null || !("type" in value)) throw noTrace();
  return value as Frame;
}

function text(value: unknown): string {
  if (typeof value !== "string" || !value.startsWith("0x")) throw noTrace();
  return value.toLowerCase();
}

function noTrace(): RpcUnavailable {
  return new RpcUnavailable(
    "A node answered debug_traceTransaction with something that is no trace of calls.",
  );
}
