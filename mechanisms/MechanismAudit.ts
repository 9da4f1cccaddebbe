import type { TaskStatus } from "../protocol/messages.ts";
import type { TaskTerms } from "../protocol/taskTerms.ts";

/** What a check has looked at so far; see audit/Tally.ts. */
export interface CheckTally {
  /** One more thing was examined, and all about it holds. */
  count(things?: number): void;
  /** Says something that does not make the check fail. */
  note(sentence: string): void;
  /** Ends the check unless `holds`, with a sentence that names all it takes to look it up. */
  require(holds: boolean, sentence: string): asserts holds;
}

/** An update that a worker revealed. */
export interface AuditedReveal {
  /** From 0. */
  round: number;
  /** Storage digest of the update. */
  update: string;
  samples: number;
  /** Unix seconds. */
  time: number;
  /** What was shown to the meter with it, hex; `0x` for nothing. */
  evidence: string;
}

/**
 * A subchain of a task, as far as it is audited; times are Unix seconds, lists in the order of the chain. They are empty
 * where the meter hears of no rounds.
 */
export interface AuditedSubchain {
  chainId: bigint;
  /** Its LearningSubchain. */
  address: string;
  /** Rounds that began there: when each opened on the main chain, and when it began here. */
  rounds: readonly { round: number; openedAt: number; time: number }[];
  commits: readonly { round: number; worker: string; commitment: string; time: number }[];
}

/** A worker's place in a task, and what its work follows from. */
export interface EnrolledWorker {
  worker: string;
  /** In the order of enrolment, from 0. */
  index: number;
  /** What it enrolled with, hex. */
  choice: string;
  /** When its data were refreshed, in the order of the chain, Unix seconds. */
  refreshes: readonly number[];
  /** What it revealed before its work was recorded, in the order of the chain. */
  reveals: readonly AuditedReveal[];
  /** Where it did. */
  subchain: AuditedSubchain;
}

/** A worker with all that a task owes it is decided by. */
export interface AuditedParticipant {
  worker: string;
  chainId: bigint;
  /** As recorded, hex; undefined when its subchain has not. */
  work: string | undefined;
  acceptedRounds: number;
  /** Whether a finalized round's aggregate took its update. */
  isTakenIn(round: number): boolean;
}

/** What a contract's account in the escrow saw, wei. */
export interface EscrowAccount {
  /** In the order of the chain. */
  movements: readonly EscrowMovement[];
  /** As the escrow says it now. */
  held: bigint;
}

/** A movement of an account, as the escrow's event has it. */
export interface EscrowMovement {
  name: "Funded" | "Paid" | "Refunded";
  /** Who paid in, or whom it went to. */
  who: string;
  amount: bigint;
  /** Why the task's token does not bear it out; undefined when it moved as much, or as much as was left of it. */
  unmoved: string | undefined;
}

/** What a mechanism's checks go by: read from the chains and storage, and from no process. */
export interface AuditedTask {
  task: bigint;
  terms: TaskTerms;
  /** As they were published, hex. */
  mechanismTerms: string;
  /** `reward` of the task file that the terms name. */
  reward: Readonly<Record<string, unknown>>;
  budget: bigint;
  /** The most that the task can pay, as the main chain stated it, wei. */
  worstCase: bigint;
  /** Who published it, an address. */
  publisher: string;
  /** What it pays in, an address. */
  token: string;
  /** How it stands, and how many rounds were finalized. */
  standing(): Promise<{ status: TaskStatus; finalizedRounds: number }>;
  /** Everybody who enrolled. */
  participants(): Promise<readonly AuditedParticipant[]>;
  /**
   * How many workers a subchain reported to have revealed, by finalized round; undefined where no report came before
   * reports are waited for no more.
   */
  revealsReportedBy(chainId: bigint): Promise<readonly (number | undefined)[]>;
  /** The policy's account in the escrow of a number, in the task's token. */
  policyAccount(id: bigint): Promise<EscrowAccount>;
  /** The policy on the main chain. */
  policy: ContractEvidence;
  /** The meters of the subchains on which the task has arrived, in the order of the terms. */
  meters(): Promise<readonly ContractEvidence[]>;
}

/** A mechanism's contract on a chain, as of the audited block. */
export interface ContractEvidence {
  /** The chain's name. */
  chain: string;
  address: string;
  /** Address, with its checksum, of the contract that asks it about the task: task manager or learning subchain. */
  application: string;
  /**
   * Its events of a name about the task, in the order of the chain: their decoded arguments. Those are about it that have
   * the task as their first topic, or the application as the first and the task as the second.
   */
  events(name: string): readonly Readonly<Record<string, unknown>>[];
  /** The answer of a view function. */
  read<T>(method: string, ...values: unknown[]): Promise<T>;
}

/** A check that a mechanism adds to an audit. */
export interface MechanismCheck {
  name: string;
  /** What holds when it is ok. */
  title: string;
  /** What is counted. */
  unit: string;
  run(task: AuditedTask, tally: CheckTally): Promise<void>;
}

/** What a worker's pay follows from. */
export interface EarnedBy {
  /** Whose it is, and on which subchain; undefined where nobody in particular is asked about. */
  worker?: string;
  chainId?: bigint;
  /** Hex. */
  work: string;
  /** Rounds whose aggregate took its update, of the rounds that count. */
  acceptedRounds: number;
  countedRounds: number;
  /** What aggregators attested about it, hex; `0x` for nothing. */
  score: string;
}

/**
 * What an audit re-derives of a mechanism: written a second time, from the definitions, without a look at what is
 * audited (contracts, worker, mathematics).
 */
export interface MechanismAudit {
  /** Checks of the terms; they come after the core's own. */
  readonly checks: readonly MechanismCheck[];
  /** How the check that work follows from what the blocks show is called. */
  readonly work: { name: string; title: string };
  /**
   * What a worker's work amounts to when its whole epoch is over, hex; throws through `tally` when its choice is none.
   */
  workOf(task: AuditedTask, worker: EnrolledWorker, tally: CheckTally): string;
  /**
   * Totals over workers, hex.
   *
   * @param settled - Workers whose whole epoch is counted.
   * @param running - Workers that are counted up to a report; their `refreshes` and `reveals` are those up to then.
   */
  totalsOf(
    task: AuditedTask,
    counted: { settled: readonly EnrolledWorker[]; running: readonly EnrolledWorker[] },
  ): string;
  /**
   * How many refreshes of a worker with that choice are due by a time (Unix seconds).
   *
   * @param blockSeconds - As `MechanismWorker.schedule` takes it.
   */
  refreshesDue(task: AuditedTask, choice: string, time: number, blockSeconds?: number): number;
  /** What a worker has earned, wei. */
  payOf(
    task: Pick<AuditedTask, "terms" | "mechanismTerms"> & Partial<Pick<AuditedTask, "policy">>,
    earned: EarnedBy,
  ): bigint;
  /** Work in words. */
  describeWork(work: string): string;
  /** Totals in words. */
  describeTotals(totals: string): string;
}
