import { BaseError } from "../../protocol/BaseError.ts";
import { AuditFailure } from "../AuditFailure.ts";
import { errorSentence } from "../errorSentence.ts";
import { isSameAddress } from "../isSameAddress.ts";
import { NotExamined } from "../NotExamined.ts";
import type { ChainEvidence, SeenTransaction } from "./ChainEvidence.ts";

/** Of the places in calldata where a function's selector stands so many are read: a stranger may write as many as fit. */
const MOST_SPELLED = 64;

/** Which call is looked for: the one that had an effect which the chain shows. */
export interface SoughtCall<A> {
  transactionHash: string;
  /** The contract that was called. */
  address: string;
  /** 4 bytes each, hex: of the functions that have this effect. */
  selectors: readonly string[];
  /** What calldata of these functions say; undefined unless they say what is looked for. */
  read(data: string): A | undefined;
  /** What was done, for sentences: `The reveal of worker 0x… by transaction 0x…`. */
  what: string;
}

/** How what a call says is judged. */
export interface CallJudgement<A, T> {
  /**
   * @param caller - Who made the call; undefined where calldata only spell it.
   * @throws AuditFailure when it does not hold.
   */
  judge(args: A, caller: string | undefined): T | Promise<T>;
  /**
   * Whether what holds is a proof of itself, whoever wrote it: signatures, an opened commitment. It may then be taken
   * from wherever calldata spell it.
   */
  provesItself: boolean;
}

/**
 * Finds the call that had an effect within a transaction and judges it; the one place where an audit reads what
 * transactions were given. The transaction may be that call, or its sender a contract that makes it: a smart account, a
 * batch. What the calldata of such a transaction spell may be made up and the call may not be spelled at all, so that
 * only a proof of itself is taken from there; else the calls are those that a node shows in its trace.
 *
 * @throws AuditFailure when the call does not hold, or there was none; `NotExamined` when it cannot be told.
 *
 * @example
 * const salt = await judgedCall(chain, { transactionHash, address, selectors, read, what }, { judge, provesItself: true });
 */
export async function judgedCall<A, T>(
  chain: ChainEvidence,
  sought: SoughtCall<A>,
  { judge, provesItself }: CallJudgement<A, T>,
): Promise<T> {
  const { transactionHash, what } = sought;
  const own = await transactionOf(chain, sought);
  const direct = readCall(sought, own);
  if (direct !== undefined) return judge(direct, own.from);

  if (provesItself) {
    for (const args of spelledCalls(sought, own.data)) {
      const judged = await attempt(() => judge(args, undefined));
      if (!(judged instanceof AuditFailure)) return judged;
    }
  }
  const traced = await chain.calls(transactionHash);
  if (traced instanceof Error) {
    throw new NotExamined(
      `${what} was made by a contract, so that its calldata do not tell how, and ${chain.name} does not trace it: ${errorSentence(traced)}`,
      `Audit with a node of ${chain.name} that answers debug_traceTransaction and keeps old blocks' state.`,
    );
  }
  let failure = new AuditFailure(`${what} was made in no call of it that the trace shows.`);
  for (const call of traced) {
    const args = readCall(sought, call);
    if (args === undefined) continue;
    const judged = await attempt(() => judge(args, call.from));
    if (!(judged instanceof AuditFailure)) return judged;
    failure = judged;
  }
  throw failure;
}

async function transactionOf(
  chain: ChainEvidence,
  { transactionHash, what }: SoughtCall<unknown>,
): Promise<SeenTransaction> {
  try {
    return await chain.transaction(transactionHash);
  } catch (error) {
    if (!(error instanceof BaseError)) throw error;
    throw new NotExamined(
      `${what} cannot be read: ${errorSentence(error)}`,
      `Audit with a node of ${chain.name} that keeps old transactions.`,
      error,
    );
  }
}

function readCall<A>(
  { address, selectors, read }: SoughtCall<A>,
  { to, data }: SeenTransaction,
): A | undefined {
  const isSought = isSameAddress(to ?? "", address) && selectors.includes(data.slice(0, 10).toLowerCase());
  return isSought ? read(data) : undefined;
}

/** What calldata say wherever a selector stands in them. */
function* spelledCalls<A>({ selectors, read }: SoughtCall<A>, data: string): Generator<A> {
  let places = 0;
  for (const selector of selectors) {
    const digits = selector.slice(2);
    for (let at = data.indexOf(digits, 2); at !== -1; at = data.indexOf(digits, at + 1)) {
      // Bytes are two digits each: a selector cannot begin in the middle of one.
      if (at % 2 === 1) continue;
      if (places++ === MOST_SPELLED) return;
      const args = read(`0x${data.slice(at)}`);
      if (args !== undefined) yield args;
    }
  }
}

async function attempt<T>(judge: () => T | Promise<T>): Promise<T | AuditFailure> {
  try {
    return await judge();
  } catch (error) {
    if (error instanceof AuditFailure) return error;
    throw error;
  }
}
