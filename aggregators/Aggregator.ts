import type { EventNamed } from "../chains/clients/ChainEvent.ts";
import { isFinalAtOnce } from "../chains/clients/finality.ts";
import type { AttemptState, TaskState } from "../chains/clients/MainChain.ts";
import { mostUpdateBytes } from "../learning/federated/updateCodec.ts";
import { knownMechanism } from "../mechanisms/mechanismOf.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { backOff } from "../protocol/backOff.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";
import { aggregateHash, attestationCommitment } from "../protocol/leaves.ts";
import { ordinal } from "../protocol/ordinal.ts";
import { secretOf } from "../protocol/secretOf.ts";
import type { TaskTerms } from "../protocol/taskTerms.ts";
import { withTimeout } from "../protocol/withTimeout.ts";
import { isContentFault } from "../storage/isContentFault.ts";
import { assertScorable } from "../tasks/checkTaskData.ts";
import { tooManyUpdates } from "../tasks/eventCount.ts";
import { mostBatchBytes } from "../tasks/firstBatch.ts";
import { roundTooLarge } from "../tasks/roundSize.ts";
import { storedTaskSpec } from "../tasks/storedTaskSpec.ts";
import type { TaskSpec } from "../tasks/taskSpec.ts";
import type { AggregatorModules } from "./AggregatorModules.ts";
import { attestationStep } from "./attestationStep.ts";
import { firstBatchOf } from "./firstBatchOf.ts";
import type { WorkersBatches } from "./ReceiptIssuer.ts";
import { type DerivedRound, type OpenRound, RoundDerivation } from "./RoundDerivation.ts";

/** How long to wait before a failed step is tried again, milliseconds. */
const RETRY = { first: 500, last: 30_000 };
/** How long to wait when the chain's clock is behind this one, milliseconds. */
const EARLY_MILLISECONDS = 500;

/** Refusals that tell that the round, or the task, went on meanwhile. */
const OVERTAKEN = ["NotOpenRound", "WrongStatus"];
/** Refusals that tell that a step's time has not come, or is over: what is next shows when it is looked at again. */
const OUT_OF_TIME = ["CommitmentsOpen", "AttemptUnderWay", "NotCommitted"];

/** Errors of bytes that can never be read as a specification. */
const NO_SPEC = ["TASK_SPEC_INVALID", "TASK_SPEC_TOO_LARGE"];

/** A task that it works for. */
type JoinedTask = Omit<OpenRound, "state">;

/** What this aggregator knows of a round, and what others had attested before. */
type KnownRound = DerivedRound & { seen: ReadonlySet<string> };

/**
 * An independent aggregator: replays every round from the revealed updates,
 * evaluates the global model on held-out data, commits to both and attests them,
 * again while aggregators differ. It keeps no state: started again, it goes on with
 * the open round, and opens what it committed to before.
 *
 * It commits by the newest block: of what a reorganization takes back it derives the round anew, and a commitment tells
 * nobody anything. It opens one, which tells everybody, only when by final blocks nobody can commit in that attempt any
 * more, and the reports that it rests on are there.
 */
export class Aggregator {
  readonly name: string;
  readonly #modules: AggregatorModules;
  readonly #derivation: RoundDerivation;

  constructor(name: string, modules: AggregatorModules) {
    this.name = name;
    this.#modules = modules;
    this.#derivation = new RoundDerivation(name, modules);
  }

  /**
   * Attests the rounds of a task until it ends; returns at once when the task does not name this aggregator. Whatever
   * fails meanwhile is told and tried again, ever less often; only what is wrong for good makes it abstain.
   */
  async run(task: bigint, signal: AbortSignal): Promise<void> {
    const { main, receipts, clock } = this.#modules;
    let joined: JoinedTask | undefined;
    try {
      for (let failures = 0; !signal.aborted; ) {
        let doing = "following the task";
        try {
          const state = await main.taskOf(task);
          if (state.status !== "Open") return;
          joined ??= await this.#join(task, signal);
          if (joined === undefined) return;
          doing = `aggregating round ${ordinal(state.round)}`;
          await this.#agree({ ...joined, state }, signal);
          failures = 0;
        } catch (error) {
          if (signal.aborted) return;
          // The others may have finalized the round, or ended the task, meanwhile.
          if (isRevert(error, OVERTAKEN)) continue;
          this.#trouble(task, doing, error);
          await clock.sleep(backOff(RETRY, ++failures), signal);
        }
      }
    } finally {
      receipts.close(task);
    }
  }

  /** Begins to work for a task, with receipts for its updates; undefined when it does not work for it. */
  async #join(task: bigint, signal: AbortSignal): Promise<JoinedTask | undefined> {
    const { main, account, receipts, heldOutData } = this.#modules;
    const terms = await main.termsOf(task);
    if (!terms.aggregators.includes(account.address)) return undefined;
    if (!(await this.#isPaidRight(task, signal))) return undefined;
    const workers = terms.maxWorkers * terms.subchains.length;
    const tooMany = tooManyUpdates(terms.rounds, workers);
    if (tooMany !== undefined) {
      this.#abstain(task, tooMany);
      return undefined;
    }
    const spec = await this.#specOf(task, terms);
    if (spec === undefined) return undefined;
    const tooLarge = roundTooLarge(spec, workers);
    if (tooLarge !== undefined) {
      this.#abstain(task, tooLarge);
      return undefined;
    }
    receipts.open(task, {
      place: terms.aggregators.indexOf(account.address),
      mostBytes: mostUpdateBytes(spec),
      batches: this.#batchesOf(task, terms),
    });
    // Read while workers train: what is wrong with it is told at once, and again when it is needed.
    heldOutData(spec.dataset, spec.heldOut)
      .then((dataset) => assertScorable(spec, dataset))
      .catch((error: unknown) => this.#trouble(task, "reading the held-out data", error));
    return { task, terms, spec };
  }

  /** What is held beside updates, where the mechanism looks at it. */
  #batchesOf(task: bigint, terms: TaskTerms): WorkersBatches | undefined {
    if (knownMechanism(terms.mechanism)?.scoresBatches !== true) return undefined;
    const { subchains, clock } = this.#modules;
    return {
      mostBytes: mostBatchBytes(terms),
      of: async (chainId, worker) => {
        const { follower } = subchains.find(({ subchain }) => subchain.client.chainId === chainId)!;
        return firstBatchOf({ task, worker }, { follower, clock });
      },
    };
  }

  /** A task's specification; undefined when what its digest names can never be one. @throws what storage throws. */
  async #specOf(task: bigint, { specDigest }: TaskTerms): Promise<TaskSpec | undefined> {
    try {
      return await storedTaskSpec(this.#modules.storage, specDigest);
    } catch (error) {
      const isNone = error instanceof BaseError && (NO_SPEC.includes(error.code) || isContentFault(error));
      if (!isNone) throw error;
      this.#abstain(task, `its specification is none: ${error.shortMessage}`);
      return undefined;
    }
  }

  /** Whether a task pays its workers in a token that is worth working for. */
  async #isPaidRight(task: bigint, signal: AbortSignal): Promise<boolean> {
    const { mainFollower, tokens } = this.#modules;
    const { token } = (await mainFollower.first({ name: "TaskPublished", task }, signal)).args;
    const isRight = tokens.some((one) => one.toLowerCase() === token.toLowerCase());
    if (!isRight) this.#abstain(task, `it is paid in ${token}, which is not among the accepted tokens`);
    return isRight;
  }

  #abstain(task: bigint, reason: string): void {
    this.#modules.listener({ type: "abstained", aggregator: this.name, task, reason });
  }

  #trouble(task: bigint, doing: string, error: unknown): void {
    this.#modules.listener({ type: "trouble", aggregator: this.name, task, doing, error });
  }

  /** Commits to what a round produced and attests it, until enough aggregators did or the task ends. */
  async #agree(open: OpenRound, signal: AbortSignal): Promise<void> {
    const { main, mainFollower, account, clock, listener } = this.#modules;
    const { task, terms } = open;
    const { round } = open.state;
    const { reportSeconds } = terms.schedule;
    const who = { aggregator: this.name, task, round };
    let known: KnownRound | undefined;
    for (;;) {
      const heard = mainFollower.heard(task);
      const seen = new Set(this.#attestations(task, round).map(attestationKey));
      const [state, { attempt, commitment: committed }] = await Promise.all([
        main.taskOf(task),
        main.attemptOf(task, round, account.address),
      ]);
      if (state.status !== "Open" || !isSameRound(state, open.state)) return;
      if (known === undefined) {
        known = { ...(await this.#derivation.derive(open, signal)), seen };
        continue;
      }
      const { aggregate } = known;
      const saltOf = (number: number) => this.#saltOf(task, round, number);
      const commitmentTo = async (number: number) =>
        attestationCommitment(aggregate, await saltOf(number), account.address);
      const step = attestationStep({
        attempt,
        committed,
        mine: await commitmentTo(attempt.number),
        now: Math.floor(clock.now() / 1000),
        reportSeconds,
      });
      if (step.kind !== "attest" && (await this.#isOutdated(open, known, step.kind === "commit"))) {
        known = undefined;
        continue;
      }
      if (step.kind === "attest") {
        const standing = await this.#standing(open, known, attempt);
        if (standing === "outdated") known = undefined;
        if (standing === "not-final") await clock.sleep(main.client.pollMilliseconds, signal);
        if (signal.aborted) throw aborted();
        if (standing !== "final") continue;
      }
      try {
        if (step.kind === "attest") {
          await main.attest(account, task, round, aggregate, await saltOf(attempt.number));
          listener({ type: "attested", ...who, attempt: attempt.number });
        } else if (step.kind === "commit") {
          await main.commitAttestation(account, task, round, await commitmentTo(step.attempt));
          listener({ type: "committed", ...who, attempt: step.attempt });
        } else {
          await this.#more(task, { heard, until: step.until }, signal);
        }
      } catch (error) {
        if (!isRevert(error, OUT_OF_TIME)) throw error;
        await clock.sleep(EARLY_MILLISECONDS, signal);
      }
    }
  }

  /**
   * Whether there is reason to derive a round once more: a report came, which others may have waited for, or is gone with
   * its block; or, before it commits, others attested another aggregate since, who may have found what this one did not.
   */
  async #isOutdated(open: OpenRound, known: KnownRound, beforeCommitting: boolean): Promise<boolean> {
    const { mainFollower, listener } = this.#modules;
    const { task, state } = open;
    const { round } = state;
    const told = mainFollower.past({
      name: "RoundReported",
      task,
      where: ({ args }) => args.round === round,
    });
    const reports = new Map(told.map(({ args }) => [args.chainId, args.updatesRoot]));
    // Events may be behind what main itself says.
    if (!areSame(reports, known.reports) && !(await this.#hasReports(open, known))) return true;
    const hash = aggregateHash(known.aggregate);
    const others = this.#attestations(task, round)
      .filter((event) => !known.seen.has(attestationKey(event)))
      .filter(({ args }) => args.aggregateHash !== hash);
    if (!beforeCommitting || others.length === 0) return false;
    const { attempt } = others.at(-1)!.args;
    const names = others.filter(({ args }) => args.attempt === attempt).map(({ args }) => args.aggregator);
    listener({ type: "differed", aggregator: this.name, task, round, attempt, others: names });
    return true;
  }

  /** Whether main has, as of a block, just the reports that a round was derived from. */
  async #hasReports(
    { task, terms, state: { round } }: OpenRound,
    { reports }: KnownRound,
    block?: string,
  ): Promise<boolean> {
    const { main } = this.#modules;
    const asked = terms.subchains.map(async (chainId) => {
      const { received, updatesRoot } = await main.reportOf(task, round, chainId, block);
      return received ? updatesRoot : undefined;
    });
    const roots = await Promise.all(asked);
    return terms.subchains.every((chainId, i) => roots[i] === reports.get(chainId));
  }

  /**
   * How what it committed to stands: "final" once an attempt takes no commitments by main's final blocks, so that to open
   * one helps nobody to another, whatever is replaced; "outdated" when these have other reports than it derived from.
   */
  async #standing(
    open: OpenRound,
    known: KnownRound,
    attempt: AttemptState["attempt"],
  ): Promise<"final" | "not-final" | "outdated"> {
    const { main, account } = this.#modules;
    if (isFinalAtOnce(main.place.finality)) return "final";
    const { task, state } = open;
    const final = await main.finalBlock();
    if (final === undefined || final.timestamp < attempt.opensAt) return "not-final";
    const { attempt: there } = await main.attemptOf(task, state.round, account.address, final.number);
    if (there.number !== attempt.number || there.opensAt !== attempt.opensAt) return "not-final";
    return (await this.#hasReports(open, known, final.number)) ? "final" : "outdated";
  }

  /** What was attested of a round, in the branch that is read. */
  #attestations(task: bigint, round: number): EventNamed<"AggregateAttested">[] {
    const { mainFollower } = this.#modules;
    return mainFollower.past({ name: "AggregateAttested", task, where: ({ args }) => args.round === round });
  }

  /** Waits for a further event of a task than it had heard, or until a time, Unix seconds. */
  async #more(
    task: bigint,
    { heard, until }: { heard: number; until: number | undefined },
    signal: AbortSignal,
  ): Promise<void> {
    const { mainFollower, clock } = this.#modules;
    const more = (ended: AbortSignal) => mainFollower.more(task, heard, ended);
    if (until === undefined) {
      await more(signal);
      return;
    }
    const milliseconds = Math.max(EARLY_MILLISECONDS, until * 1000 - clock.now());
    await withTimeout({ clock, milliseconds, signal }, more).catch((error: unknown) => {
      if (signal.aborted) throw error;
    });
  }

  /** What a commitment is made with: the same after a restart, and nobody else's to know. */
  async #saltOf(task: bigint, round: number, attempt: number): Promise<string> {
    const { main, signer } = this.#modules;
    const where = `chain ${main.client.chainId}, task ${task}, round ${round}, attempt ${attempt}`;
    return `0x${(await secretOf(signer, `Freshet attestation: ${where}`)).toString("hex")}`;
  }
}

/** What makes an attestation the same in two branches. */
function attestationKey({ args }: EventNamed<"AggregateAttested">): string {
  return `${args.aggregator}/${args.attempt}/${args.aggregateHash}`;
}

/** Whether a round is derived from the same: another branch of the chain can have another before it. */
function isSameRound(now: TaskState, then: TaskState): boolean {
  return (
    now.round === then.round &&
    now.roundOpenedAt === then.roundOpenedAt &&
    now.globalModel === then.globalModel
  );
}

function areSame(one: ReadonlyMap<bigint, string>, other: ReadonlyMap<bigint, string>): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}

function aborted(): BaseError {
  return new BaseError("ABORTED", "The aggregator was stopped.");
}

function isRevert(error: unknown, codes: readonly string[]): boolean {
  return error instanceof ContractRevert && codes.includes(error.code);
}
