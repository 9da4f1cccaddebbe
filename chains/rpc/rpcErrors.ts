import { RpcRefusal, RpcUnavailable } from "./Rpc.ts";

/** The error of a JSON-RPC answer. */
export interface RpcErrorBody {
  code: number;
  message: string;
  data?: unknown;
}

/**
 * What a node means by an error:
 * - `refused`: this is the answer, others would give it too (a revert, a bad parameter, logs of too many blocks);
 * - `unsupported`: this node does not offer the method, another may;
 * - `throttled`: it answers again later;
 * - `missing`: it lacks a block or state that others may have; it is well otherwise;
 * - `unavailable`: it is not well.
 */
export type RpcErrorMeaning = "refused" | "unsupported" | "throttled" | "missing" | "unavailable";

/** How an error came. */
export interface RpcErrorStatus {
  /** HTTP status of the answer that it is in. */
  status: number;
  /** How long whoever answered wants to be left alone, milliseconds; undefined when it does not say. */
  retryAfterMilliseconds?: number | undefined;
}

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
/** "Limit exceeded": of requests, of logs or of blocks. */
const LIMIT_CODE = -32005;
const THROTTLED_CODES: readonly number[] = [429, LIMIT_CODE, -32016, -32029, -32097];
/** HTTP statuses of what stands before nodes, when none of them answers. */
const GATEWAY_STATUSES: readonly number[] = [502, 503, 504];
const THROTTLED =
  /too many requests|rate.?limit|over rate|request (count|rate) exceeded|compute units|throttl|quota/i;
const MISSING =
  /header not found|(block|header|resource) (was )?(not found|cannot be found)|missing trie node|unknown block|(block|filter).* cannot be found|(state|history|historical state|receipts?) .*(not available|unavailable|pruned)|pruned|invalid block tag .* latest block number/i;
const UNAVAILABLE =
  /time(d)? ?-?out|timeout|temporarily|try again|overloaded|too busy|server busy|bad gateway|service unavailable|upstream|no (available|healthy) (node|backend|upstream|server)|backend|not (yet )?synced|syncing|connection (refused|reset|closed)|econn(refused|reset)|socket hang up|txpool is full|shutting down/i;
const BARE_INTERNAL = /^(internal( server| json-rpc)? ?error|server error)\.?$/i;
/** It has not come to the blocks that are asked for. */
const LAGGING =
  /blocks? ?(is |are )?out ?of ?range|unfinalized|(beyond|after|above|past|ahead of|greater than|higher than|exceeds?|>) ?(the )?(latest\b|latest ?block|(current|best|chain)('s)? (head|block|height|tip)|last (accepted|known|block))/i;
/** Words for an amount, and for what logs are counted in: together they are about how much was asked for. */
const LIMIT =
  /exceed|(more|greater|larger|bigger|longer|wider|higher|less|fewer) than|at (the )?most|up to|max|limit|allowed|too (many|much|large|big|long|wide|high|broad)|\bover \d/i;
const AMOUNT = /\b(blocks?|ranges?|results?|records?|logs|events|entries|size|bytes|[kmg]i?b)\b/i;
const TIME_OUT = /time(d)? ?-?out|timeout/i;
const KNOWN =
  /already known|known transaction|already imported|already exists|already in (the )?(mem|tx)?pool/i;

const UNPAYABLE = /insufficient ?funds|enough funds|upfront cost exceeds/i;
const UNDERPRICED = /underpriced|fee too low|less than block base fee|gas price too low|max fee per gas/i;

/**
 * What a node means by an error it answered `method` with.
 *
 * @param params - What it was asked. Of a question for the logs of several blocks, as one is taken for whose parameters
 * are not given, any refusal counts as one for fewer blocks: the words for it are without number. Only a node that is
 * behind, or wants fewer requests, or is unwell is none of that.
 * @param http - How the error came. Of status 429 only what is clearly about an amount of logs is none about requests;
 * of a gateway's status, words that are not known are the gateway's.
 */
export function meaningOf(
  method: string,
  error: RpcErrorBody,
  params?: readonly unknown[],
  { status, retryAfterMilliseconds }: RpcErrorStatus = { status: 200 },
): RpcErrorMeaning {
  const { code } = error;
  const text = textOf(error);
  const isOfLogs = method === "eth_getLogs";
  const isOfMany = isOfLogs && !isOfOneBlock(params);
  const isThrottled = THROTTLED.test(text);
  if (LAGGING.test(text) && method !== "eth_sendRawTransaction") return "missing";
  if (isOfLogs && isAmount(text) && (isOfMany || !isThrottled)) return "refused";
  if (status === 429) return "throttled";
  if (code === 3 || /revert/i.test(text) || revertDataOf(error.data) !== undefined) return "refused";
  if (isThrottled || THROTTLED_CODES.includes(code)) {
    // Infura gives one code for too many logs and for too many requests.
    return isOfMany && !isThrottled && code === LIMIT_CODE ? "refused" : "throttled";
  }
  if (UNSUPPORTED_CODES.includes(code)) return "unsupported";
  // Answers about a transaction itself ("already known", "nonce too low") are never about the node.
  if (KNOWN.test(text)) return "refused";
  if (MISSING.test(text)) return "missing";
  // Nodes say no more than that when logs of many blocks take them too long.
  if (isOfMany && (TIME_OUT.test(text) || isBareInternal(text))) return "refused";
  if (UNAVAILABLE.test(text) || isBareInternal(text)) return "unavailable";
  if (isOfMany || !GATEWAY_STATUSES.includes(status)) return "refused";
  return retryAfterMilliseconds === undefined ? "unavailable" : "throttled";
}

/** The error that a node's answer becomes; its revert data, if any, are taken out of what the node wraps them in. */
export function toRpcError(
  endpoint: string,
  method: string,
  error: RpcErrorBody,
  params?: readonly unknown[],
  http?: RpcErrorStatus,
): RpcRefusal | RpcUnavailable {
  const message = textOf(error);
  const details = `${message} (code ${error.code})`;
  switch (meaningOf(method, error, params, http)) {
    case "refused":
    case "unsupported":
      return new RpcRefusal(method, { ...error, message, data: revertDataOf(error.data) ?? error.data });
    case "throttled":
      return new RpcThrottled(`${endpoint} asks for fewer requests.`, {
        details,
        retryAfterMilliseconds: http?.retryAfterMilliseconds,
      });
    case "missing":
      return new RpcMissing(`${endpoint} lacks what ${method} asks for.`, { details });
    case "unavailable":
      return new RpcUnavailable(`${endpoint} could not answer ${method}.`, { details });
  }
}

/** What a node says, with the reason that some put into the data alone. */
function textOf({ message, data }: RpcErrorBody): string {
  if (typeof data !== "string" || data === "" || data.startsWith("0x")) return message;
  return revertDataOf(data) === undefined && !message.includes(data) ? `${message}: ${data}` : message;
}

function isAmount(text: string): boolean {
  return LIMIT.test(text) && AMOUNT.test(text);
}

function isBareInternal(text: string): boolean {
  return BARE_INTERNAL.test(text.trim());
}

/** Whether logs are asked for of one block alone. */
function isOfOneBlock(params: readonly unknown[] | undefined): boolean {
  const filter = params?.[0] as { blockHash?: unknown; fromBlock?: unknown; toBlock?: unknown } | undefined;
  if (filter === undefined || filter === null) return false;
  if (filter.blockHash !== undefined) return true;
  return filter.fromBlock !== undefined && filter.fromBlock === filter.toBlock;
}

/** Whether a node does not offer a method at all. */
export function isUnsupported(refusal: RpcRefusal): boolean {
  return UNSUPPORTED_CODES.includes(refusal.rpcCode);
}

/** Whether a node's words for refusing logs are about how much was asked for. */
export function isRangeTooLarge(refusal: RpcRefusal): boolean {
  return isAmount(refusal.message) || TIME_OUT.test(refusal.message);
}

/** Whether a node refused a transaction because it has it already. */
export function isAlreadyKnown(refusal: RpcRefusal): boolean {
  return KNOWN.test(refusal.message);
}

/** Whether a node refused a transaction because its nonce has been used: perhaps by this very transaction. */
export function isNonceUsed(refusal: RpcRefusal): boolean {
  return /nonce.*(too low|already (been )?used)|oldnonce|invalid nonce/i.test(refusal.message);
}

/** Whether a node refused a transaction for its nonce. */
export function isAboutNonce(refusal: RpcRefusal): boolean {
  return /nonce/i.test(refusal.shortMessage);
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
