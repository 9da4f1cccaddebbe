import { AbiCoder, concat, keccak256, toBeHex } from "ethers";

import { BaseError } from "./BaseError.ts";
import { parseInteroperable } from "./interoperableAddress.ts";
import { TASK_TERMS_TYPE, type TaskTerms, toTaskTerms } from "./taskTerms.ts";

/** Kinds of messages between the chains, in the order of contracts/types/Messages.sol. */
export const MESSAGE_KINDS = [
  "TaskOpened",
  "RoundOpened",
  "TaskEnded",
  "RoundReported",
  "EpochSettled",
  "TaskRejected",
] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** How a task stands, in the order of contracts/types/Messages.sol. */
export const TASK_STATUSES = ["None", "Open", "Completed", "Expired", "Rejected"] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

const BODY_TYPES = {
  TaskOpened: `tuple(uint256 task, ${TASK_TERMS_TYPE} terms, bytes policyTerms)`,
  RoundOpened: "tuple(uint256 task, uint16 round, bytes32 globalModel)",
  TaskEnded: "tuple(uint256 task, uint8 status, bytes32 globalModel)",
  RoundReported:
    "tuple(uint64 chainId, uint256 task, uint16 round, uint32 enrolled, uint32 committed, uint32 revealed, bytes32 updatesRoot, uint128 coveredSeconds, uint128 ageSquares)",
  EpochSettled:
    "tuple(uint64 chainId, uint256 task, uint32 workers, bytes32 recordsRoot, uint128 coveredSeconds, uint128 ageSquares)",
  TaskRejected: "tuple(uint256 task, bytes reason)",
} as const satisfies Record<MessageKind, string>;

/** What each kind of message says; counts and times are whole numbers, see contracts/types/Messages.sol. */
export interface MessageBodies {
  TaskOpened: { task: bigint; terms: TaskTerms; policyTerms: string };
  RoundOpened: { task: bigint; round: number; globalModel: string };
  TaskEnded: { task: bigint; status: TaskStatus; globalModel: string };
  RoundReported: {
    chainId: bigint;
    task: bigint;
    round: number;
    enrolled: number;
    committed: number;
    revealed: number;
    updatesRoot: string;
    coveredSeconds: bigint;
    ageSquares: bigint;
  };
  EpochSettled: {
    chainId: bigint;
    task: bigint;
    workers: number;
    recordsRoot: string;
    coveredSeconds: bigint;
    ageSquares: bigint;
  };
  TaskRejected: { task: bigint; reason: string };
}

/** A decoded payload. */
export type Message = { [K in MessageKind]: { kind: K; body: MessageBodies[K] } }[MessageKind];

const coder = AbiCoder.defaultAbiCoder();

/** A message in a gateway's outbox. */
export interface OutboxMessage {
  /** Place among all messages of its gateway, from 0. */
  nonce: number;
  /** ERC-7930 address. */
  sender: string;
  /** ERC-7930 address. */
  recipient: string;
  payload: string;
}

/**
 * Id of a message: its leaf in the outbox (contracts/gateway/Gateway.sol). It binds
 * both chains and accounts, so two ERC-7930 forms of one address give one id.
 *
 * @throws BaseError `NOT_INTEROPERABLE` when sender or recipient is no ERC-7930 address of an EVM account.
 */
export function messageId({ nonce, sender, recipient, payload }: OutboxMessage): string {
  const from = parseInteroperable(sender);
  const to = parseInteroperable(recipient);
  return keccak256(
    concat([
      toBeHex(from.chainId, 8),
      toBeHex(to.chainId, 8),
      from.address,
      to.address,
      toBeHex(nonce, 4),
      keccak256(payload),
    ]),
  );
}

/** Encodes a payload, as the contracts do. */
export function encodeMessage({ kind, body }: Message): string {
  const values = kind === "TaskEnded" ? { ...body, status: TASK_STATUSES.indexOf(body.status) } : body;
  return coder.encode(
    ["uint8", "bytes"],
    [MESSAGE_KINDS.indexOf(kind), coder.encode([BODY_TYPES[kind]], [values])],
  );
}

/** Decodes a payload; throws `UNKNOWN_MESSAGE` when it is none of Freshet's. */
export function decodeMessage(payload: string): Message {
  try {
    const [index, encoded] = coder.decode(["uint8", "bytes"], payload);
    const kind = MESSAGE_KINDS[Number(index)];
    if (kind === undefined) throw new RangeError(`kind ${index}`);
    const body = coder.decode([BODY_TYPES[kind]], encoded)[0].toObject() as Record<string, unknown>;
    return { kind, body: toBody(kind, body) } as Message;
  } catch (cause) {
    throw new BaseError("UNKNOWN_MESSAGE", "A payload is not one of Freshet's messages.", {
      details: `It begins with ${payload.slice(0, 74)}.`,
      cause,
    });
  }
}

const SMALL = new Set(["round", "enrolled", "committed", "revealed", "workers"]);

function toBody(kind: MessageKind, raw: Record<string, unknown>): unknown {
  const body = Object.fromEntries(
    Object.entries(raw).map(([key, value]) => [key, SMALL.has(key) ? Number(value) : value]),
  );
  if (kind === "TaskOpened") return { ...body, terms: toTaskTerms(raw.terms) };
  if (kind === "TaskEnded") {
    const status = TASK_STATUSES[Number(raw.status)];
    if (status === undefined) throw new RangeError(`status ${raw.status}`);
    return { ...body, status };
  }
  return body;
}
