import { RpcRefusal, RpcUnavailable } from "./Rpc.ts";

/** The error of a JSON-RPC answer. */
export interface RpcErrorBody {
  code: number;
  message: string;
  data?: unknown;
}

/**
 * What a node means by an error:
 * - `refused`: this is the answer, others would give it too (a revert, a bad parameter, a range of logs too large);
 * - `unsupported`: this node does not offer the method, another may;
 * - `throttled`: it answers again later;
 * - `missing`: it lacks a block or state that others may have; it is well otherwise;
 * - `unavailable`: it is not well.
 */
export type RpcErrorMeaning = "refused" | "unsupported" | "throttled" | "missing" | "unavailable";

/** An endpoint asks for less; not to be asked again before it says. */
export class RpcThrottled extends RpcUnavailable {
  /** How long it wants to be left alone, milliseconds; undefined when it does not say. */
  readonly retryAfterMilliseconds: number | undefined;

  constructor(message: string, options: { retryAfterMilliseconds?: number | undefined; details?: string }) {
    super(message, options.details === undefined ? {} : { details: options.details });
    this.retryAfterMilliseconds = options.retryAfterMilliseconds;
  }
}

/** An endpoint that is well lacks a block or state which others may have. */
export class RpcMissing extends RpcUnavailable {}

// Codes and texts as nodes and providers send them (geth, Nethermind, Erigon, Besu, Hardhat, anvil, Alchemy, Infura,
// QuickNode, Ankr); they are no standard, so what fits none of them counts as the answer.
const UNSUPPORTED_CODES: readonly number[] = [-32601, -32004];
const THROTTLED_CODES: readonly number[] = [429, -32005, -32016, -32029, -32097];
const THROTTLED =
  /too many requests|rate.?limit|over rate|request (count|rate) exceeded|compute units|throttl|quota/i;
const MISSING =
  /header not found|(block|header|resource) (was )?(not found|cannot be found)|missing trie node|unknown block|(block|filter).* cannot be found|(state|history|historical state|receipts?) .*(not available|unavailable|pruned)|pruned|invalid block tag .* latest block number|block ?out ?of ?range|beyond current head|after last accepted block/i;
const UNAVAILABLE =
  /time(d)? ?-?out|timeout|temporarily|try again|overloaded|too busy|server busy|bad gateway|service unavailable|upstream|no (available|healthy) (node|backend|upstream|server)|backend|not (yet )?synced|syncing|connection (refused|reset|closed)|econn(refused|reset)|socket hang up|txpool is full|shutting down/i;
const BARE_INTERNAL = /^(internal( server| json-rpc)? ?error|server error)\.?$/i;
const RANGE =
  /(query|log|logs|response|result).*(exceed|more than|too (many|large|big))|(block )?range.*(too (large|wide|big)|exceed|limit|allowed)|(exceeds?|max(imum)?|limited to|up to|larger than).*(block )?range|too many (blocks|results|logs)|limited to .*blocks|block range should work|specified.*more than .*blocks|maximum.*blocks.*(distance|requested)|response (size|is) .*(big|large|exceed)|query timeout exceeded|execution (aborted|timeout)/i;
const KNOWN =
  /already known|known transaction|already imported|already exists|already in (the )?(mem|tx)?pool/i;

const UNPAYABLE = /insufficient ?funds|enough funds|upfront cost exceeds/i;
const UNDERPRICED = /underpriced|fee too low|less than block base fee|gas price too low|max fee per gas/i;

/** What a node means by an error it answered `method` with. */
export function meaningOf(method: string, error: RpcErrorBody): RpcErrorMeaning {
  const { code, message } = error;
  // Infura gives one code for too many logs and for too many requests.
  const throttled = THROTTLED.test(message);
  if (method === "eth_getLogs" && !throttled && RANGE.test(message)) return "refused";
  if (code === 3 || /revert/i.test(message) || revertDataOf(error.data) !== undefined) return "refused";
  if (throttled || THROTTLED_CODES.includes(code)) return "throttled";
  if (UNSUPPORTED_CODES.includes(code)) return "unsupported";
  // Answers about a transaction itself ("already known", "nonce too low") are never about the node.
  if (KNOWN.test(message)) return "refused";
  if (MISSING.test(message)) return "missing";
  if (UNAVAILABLE.test(message) || BARE_INTERNAL.test(message.trim())) return "unavailable";
  return "refused";
}

/** The error that a node's answer becomes; its revert data, if any, are taken out of what the node wraps them in. */
export function toRpcError(
  endpoint: string,
  method: string,
  error: RpcErrorBody,
): RpcRefusal | RpcUnavailable {
  const details = `${error.message} (code ${error.code})`;
  switch (meaningOf(method, error)) {
    case "refused":
    case "unsupported":
      return new RpcRefusal(method, { ...error, data: revertDataOf(error.data) ?? error.data });
    case "throttled":
      return new RpcThrottled(`${endpoint} asks for fewer requests.`, { details });
    case "missing":
      return new RpcMissing(`${endpoint} lacks what ${method} asks for.`, { details });
    case "unavailable":
      return new RpcUnavailable(`${endpoint} could not answer ${method}.`, { details });
  }
}

/** Whether a node does not offer a method at all. */
export function isUnsupported(refusal: RpcRefusal): boolean {
  return UNSUPPORTED_CODES.includes(refusal.rpcCode);
}

/** Whether a node refused a range of logs because it, or what is in it, is too large. */
export function isRangeTooLarge(refusal: RpcRefusal): boolean {
  return RANGE.test(refusal.message);
}

/** Whether a node refused a transaction because it has it already. */
export function isAlreadyKnown(refusal: RpcRefusal): boolean {
  return KNOWN.test(refusal.message);
}

/** Whether a node refused a transaction because its nonce has been used: perhaps by this very transaction. */
export function isNonceUsed(refusal: RpcRefusal): boolean {
  return /nonce.*(too low|already (been )?used)|oldnonce|invalid nonce/i.test(refusal.message);
}

/** Whether a node refused a transaction because its account cannot pay for it. */
export function isUnpayable(refusal: RpcRefusal): boolean {
  return UNPAYABLE.test(refusal.message);
}

/** Whether a node refused a transaction because it bids too little. */
export function isUnderpriced(refusal: RpcRefusal): boolean {
  return !isUnpayable(refusal) && UNDERPRICED.test(refusal.message);
}

/** Revert data (hex), wherever a node put them: plain, in `data.data` (Hardhat 2), or after "Reverted " (Nethermind). */
export function revertDataOf(data: unknown, depth = 0): string | undefined {
  if (typeof data === "string") return /^(?:reverted )?(0x(?:[0-9a-f]{2})*)$/i.exec(data)?.[1];
  if (typeof data !== "object" || data === null || depth > 2) return undefined;
  const { data: inner, originalError } = data as { data?: unknown; originalError?: unknown };
  return revertDataOf(inner, depth + 1) ?? revertDataOf(originalError, depth + 1);
}
