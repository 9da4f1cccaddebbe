import {
  type ChainEvent,
  type EventNamed,
  isOfTask,
  type TaskEventName,
} from "../../chains/clients/ChainEvent.ts";
import type { ChainPlace } from "../../chains/networks/networkFile.ts";
import type { TracedCall } from "../../chains/rpc/callTrace.ts";
import type { Arguments, FunctionName, Returned } from "../../protocol/abiTypes.ts";
import type { BaseError } from "../../protocol/BaseError.ts";
import type { AbiOf, AnyContract, AnyEvent } from "../../protocol/ContractAbi.ts";
import { isSameAddress } from "../isSameAddress.ts";
import type { Outbox } from "./OutboxReader.ts";

/** A transaction, as far as an audit looks at it. */
export interface SeenTransaction {
  from: string;
  to: string | null;
  /** Calldata, hex. */
  data: string;
}

/** One chain as an audit sees it: everything as of one block. */
export interface ChainEvidence {
  readonly place: ChainPlace;
  readonly name: string;
  readonly chainId: bigint;
  /** The block as of which the chain is read. */
  readonly head: number;
  /** Events of the core's contracts up to `head` that concern the task (`keptLogs`), in the order of the chain. */
  readonly events: readonly ChainEvent[];
  /** The same of mechanisms' contracts, whose events may have the names of the core's. */
  readonly mechanismEvents: readonly ChainEvent<AnyEvent>[];
  /**
   * The gateway's outbox, read after every chain's `head` was known: a message
   * that was delivered anywhere up to a `head` and is not here was never sent.
   */
  readonly outbox: Outbox;

  /** Time of a block, Unix seconds. */
  blockTime(blockNumber: number): Promise<number>;
  blockHash(blockNumber: number): Promise<string>;
  transaction(hash: string): Promise<SeenTransaction>;
  /**
   * The calls of Freshet's contracts within a transaction that took effect, outermost first, in their order; or why the
   * chain's nodes do not tell them.
   */
  calls(hash: string): Promise<readonly TracedCall[] | BaseError>;
  /** The answer of a contract's view function as of `head`. */
  state<C extends AnyContract, N extends FunctionName<AbiOf<C>>>(
    contract: C,
    address: string,
    method: N,
    ...values: Arguments<AbiOf<C>, N>
  ): Promise<Returned<AbiOf<C>, N>>;
  /** The same for a contract that only its mechanism knows. */
  read<T>(contract: AnyContract, address: string, method: string, values: readonly unknown[]): Promise<T>;
  /** Whether there is a contract at an address. */
  hasCode(address: string): Promise<boolean>;
  /** All `Transfer` events of an ERC-20 token from or to an account, up to `head`, in the order of the chain. */
  transfers(token: string, account: string): Promise<EventNamed<"Transfer">[]>;
}

/** The events of these names about an account in the escrow. */
export function accountEventsOf<N extends "Funded" | "Paid" | "Refunded">(
  chain: ChainEvidence,
  { application, id }: { application: string; id: bigint },
  ...names: readonly N[]
): EventNamed<N>[] {
  return chain.events.filter(
    (event): event is EventNamed<N> =>
      (names as readonly string[]).includes(event.name) &&
      "application" in event.args &&
      isSameAddress(event.args.application, application) &&
      event.args.id === id,
  );
}

/** The events of these names about a task. */
export function eventsOf<N extends TaskEventName>(
  chain: ChainEvidence,
  task: bigint,
  ...names: readonly N[]
): EventNamed<N>[] {
  return chain.events.filter((event) => isOfTask(event, task, ...names));
}
