import { createHash } from "node:crypto";

import { quantityOf } from "./RpcEndpoint.ts";

/** An answer as it is compared with others'. */
export interface ComparedAnswer {
  /** What answers must have in common; undefined when the node has not what was asked for. */
  key: string | undefined;
  /** The answer, of nothing but what was compared. */
  value: unknown;
  /** What was answered, for people. */
  words: string;
}

type Raw = Readonly<Record<string, unknown>>;

/**
 * What of an answer all honest nodes of a chain have in common, written in one way. Nodes differ in the case of letters,
 * the order of fields, and in fields that are no part of the chain; of those, nothing is passed on.
 *
 * @throws Error when it is no answer to the method.
 */
export function comparedAnswer(method: string, answer: unknown): ComparedAnswer {
  switch (method) {
    case "eth_getBlockByNumber":
    case "eth_getBlockByHash":
      return answer === null ? { key: undefined, value: null, words: "no such block" } : block(rawOf(answer));
    case "eth_getLogs":
      return logs(answer);
    default: {
      const value = hex(answer);
      return {
        key: value,
        value,
        words: value.length > 74 ? `${value.slice(0, 66)}… (${digest(value)})` : value,
      };
    }
  }
}

function block(raw: Raw): ComparedAnswer {
  const number = quantity(raw.number);
  const value = {
    number,
    hash: hash(raw.hash),
    parentHash: hash(raw.parentHash),
    timestamp: quantity(raw.timestamp),
    ...optional("baseFeePerGas", raw.baseFeePerGas),
    ...optional("gasLimit", raw.gasLimit),
  };
  return { key: JSON.stringify(value), value, words: `block ${Number(number)}, ${value.hash}` };
}

function logs(answer: unknown): ComparedAnswer {
  if (!Array.isArray(answer)) throw new Error("it is no list of logs");
  const value = answer.map((each) => {
    const log = rawOf(each);
    if (log.removed === true) throw new Error("a log was removed by a reorganization");
    if (!Array.isArray(log.topics)) throw new Error("a log has no topics");
    return {
      address: hex(log.address),
      topics: log.topics.map(hex),
      data: hex(log.data),
      blockNumber: quantity(log.blockNumber),
      blockHash: hash(log.blockHash),
      transactionHash: hash(log.transactionHash),
      transactionIndex: quantity(log.transactionIndex),
      logIndex: quantity(log.logIndex),
      removed: false,
    };
  });
  value.sort(
    (a, b) => Number(a.blockNumber) - Number(b.blockNumber) || Number(a.logIndex) - Number(b.logIndex),
  );
  const key = digest(JSON.stringify(value));
  return { key, value, words: `${value.length} logs (${key})` };
}

/** One key for all numbers of one answer, however many logs it has. */
function digest(text: string): string {
  return `sha256 ${createHash("sha256").update(text).digest("hex")}`;
}

function rawOf(value: unknown): Raw {
  if (typeof value !== "object" || value === null) throw new Error("it is no object");
  return value as Raw;
}

function optional(name: string, value: unknown): Raw {
  return value === undefined || value === null ? {} : { [name]: quantity(value) };
}

function quantity(value: unknown): string {
  const number = quantityOf(value);
  if (number === undefined) throw new Error("a field is no number");
  return `0x${number.toString(16)}`;
}

function hash(value: unknown): string {
  const text = hex(value);
  if (text.length !== 66) throw new Error("a field is no hash");
  return text;
}

function hex(value: unknown): string {
  if (typeof value !== "string" || !/^0x[0-9a-f]*$/i.test(value))
    throw new Error("a field is not hexadecimal");
  return value.toLowerCase();
}
