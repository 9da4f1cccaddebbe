import type { EventNamed } from "../chains/clients/ChainEvent.ts";
import type { EventFilter } from "../chains/clients/EventHistory.ts";
import { mostUpdateBytes } from "../learning/federated/updateCodec.ts";
import { backOff } from "../protocol/backOff.ts";
import { ContractRevert } from "../protocol/ContractRevert.ts";
import { aggregateHash, attestationCommitment } from "../protocol/leaves.ts";
import { secretOf } from "../protocol/secretOf.ts";
import { withTimeout } from "../protocol/withTimeout.ts";
import { assertScorable } from "../tasks/checkTaskData.ts";
import { storedTaskSpec } from "../tasks/storedTaskSpec.ts";
import type { AggregatorModules } from "./AggregatorModules.ts";
import { attestationStep } from "./attestationStep.ts";
import { type DerivedRound, type OpenRound, RoundDerivation } from "./RoundDerivation.ts";

/** How long to wait before a failed step is tried again, milliseconds. */
const RETRY = { first: 500, last: 30_000 };
/** How long to wait when the chain's clock is behind this one, milliseconds. */
const EARLY_MILLISECONDS = 500;

/** Refusals that tell that the round, or the task, went on meanwhile. */
const OVERTAKEN = ["NotOpenRound", "WrongStatus"];
/** Refusals that tell that a step's time has not come, or is over: what is next shows when it is looked at again. */
const OUT_OF_TIME = ["CommitmentsOpen", "AttemptUnderWay", "NotCommitted"];

/** What wakes an aggregator that waits within a round. */
const OF_A_ROUND = [
  "AttestationCommitted",
  "AggregateAttested",
  "AttemptFailed",
  "RoundReported",
  "RoundFinalized",
] as const;

/** What this aggregator knows of a round, and how many of its events it had read before. */
type KnownRound = DerivedRound & { seen: number };

/**
 * An independent aggregator: replays every round from the revealed updates,
 * evaluates the global model on held-out data, commits to both and attests them,
 * again while aggregators differ. It keeps no state: started again, it goes on with
 * the open round, and opens what it committed to before.
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

  /** Attests the rounds of a task until it ends; returns at once when the task does not name this aggregator. */
  async run(task: bigint, signal: AbortSignal): Promise<void> {
    const { main, storage, account, receipts } = this.#modules;
    const terms = await main.termsOf(task);
    if (!terms.aggregators.includes(account.address)) return;
    if (!(await this.#isPaidRight(task, signal))) return;
    const spec = await storedTaskSpec(storage, terms.specDigest);
    receipts.open(task, {
      place: terms.aggregators.indexOf(account.address),
      mostBytes: mostUpdateBytes(spec),
    });
    try {
      await this.#runOpen({ task, terms, spec }, signal);
    } finally {
      receipts.close(task);
    }
  }

  /** Attests the rounds of a task that this aggregator works for. */
  async #runOpen({ task, terms, spec }: Omit<OpenRound, "state">, signal: AbortSignal): Promise<void> {
    const { main, heldOutData, clock } = this.#modules;
    // Read while workers train: what is wrong with it is told at once, and again when it is needed.
    heldOutData(spec.dataset)
      .then((dataset) => assertScorable(spec, dataset))
      .catch((error: unknown) => this.#trouble(task, "reading the held-out data", error));
    for (let failures = 0; ; ) {
      const state = await main.taskOf(task);
      if (state.status !== "Open") return;
      try {
        await this.#agree({ task, terms, spec, state }, signal);
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        // The others may have finalized the round, or ended the task, meanwhile.
        if (isRevert(error, OVERTAKEN)) continue;
        this.#trouble(task, `aggregating round ${state.round}`, error);
        await clock.sleep(backOff(RETRY, ++failures), signal);
      }
    }
  }

  /** Whether a task pays its workers in a token that is worth working for. */
  async #isPaidRight(task: bigint, signal: AbortSignal): Promise<boolean> {
    const { mainFollower, tokens, listener } = this.#modules;
    const { token } = (await mainFollower.first({ name: "TaskPublished", task }, signal)).args;
    const isRight = tokens.some((one) => one.toLowerCase() === token.toLowerCase());
    const reason = `it is paid in ${token}, which is not among the accepted tokens`;
    if (!isRight) listener({ type: "abstained", aggregator: this.name, task, reason });
    return isRight;
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
      const seen = mainFollower.past(this.#eventsOf(task, round)).length;
      const [state, { attempt, commitment: committed }] = await Promise.all([
        main.taskOf(task),
        main.attemptOf(task, round, account.address),
      ]);
      if (state.status !== "Open" || state.round !== round) return;
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
      if (step.kind !== "attest" && this.#isOutdated(open, known, step.kind === "commit")) {
        known = undefined;
        continue;
      }
      try {
        if (step.kind === "attest") {
          await main.attest(account, task, round, aggregate, await saltOf(attempt.number));
          listener({ type: "attested", ...who, attempt: attempt.number });
        } else if (step.kind === "commit") {
          await main.commitAttestation(account, task, round, await commitmentTo(step.attempt));
          listener({ type: "committed", ...who, attempt: step.attempt });
        } else {
          await this.#more(open, { seen, until: step.until }, signal);
        }
      } catch (error) {
        if (!isRevert(error, OUT_OF_TIME)) throw error;
        await clock.sleep(EARLY_MILLISECONDS, signal);
      }
    }
  }

  /**
   * Whether there is reason to derive a round once more: a report came, which others may have waited for; or, before it
   * commits, others attested another aggregate since, who may have found what this one did not.
   */
  #isOutdated({ task, state: { round } }: OpenRound, known: KnownRound, beforeCommitting: boolean): boolean {
    const { mainFollower, listener } = this.#modules;
    const hash = aggregateHash(known.aggregate);
    const since = mainFollower.past(this.#eventsOf(task, round)).slice(known.seen);
    const reports = since.filter((event) => event.name === "RoundReported");
    if (reports.some(({ args }) => !known.received.has(args.chainId))) return true;
    const others = since
      .filter((event) => event.name === "AggregateAttested")
      .filter(({ args }) => args.aggregateHash !== hash);
    if (!beforeCommitting || others.length === 0) return false;
    const { attempt } = others.at(-1)!.args;
    const names = others.filter(({ args }) => args.attempt === attempt).map(({ args }) => args.aggregator);
    listener({ type: "differed", aggregator: this.name, task, round, attempt, others: names });
    return true;
  }

  /** Waits for a further event of a round, or until a time, Unix seconds. */
  async #more(
    { task, state: { round } }: OpenRound,
    { seen, until }: { seen: number; until: number | undefined },
    signal: AbortSignal,
  ): Promise<void> {
    const { mainFollower, clock } = this.#modules;
    const more = (ended: AbortSignal) =>
      mainFollower.collect(this.#eventsOf(task, round), ({ length }) => length > seen, ended);
    if (until === undefined) {
      await more(signal);
      return;
    }
    const milliseconds = Math.max(EARLY_MILLISECONDS, until * 1000 - clock.now());
    await withTimeout({ clock, milliseconds, signal }, more).catch((error: unknown) => {
      if (signal.aborted) throw error;
    });
  }

  #eventsOf(task: bigint, round: number): EventFilter<(typeof OF_A_ROUND)[number] | "TaskClosed"> {
    return {
      name: [...OF_A_ROUND, "TaskClosed"],
      task,
      where: (event: EventNamed<(typeof OF_A_ROUND)[number] | "TaskClosed">) =>
        event.name === "TaskClosed" || event.args.round === round,
    };
  }

  /** What a commitment is made with: the same after a restart, and nobody else's to know. */
  async #saltOf(task: bigint, round: number, attempt: number): Promise<string> {
    const { main, signer } = this.#modules;
    const where = `chain ${main.client.chainId}, task ${task}, round ${round}, attempt ${attempt}`;
    return `0x${(await secretOf(signer, `Freshet attestation: ${where}`)).toString("hex")}`;
  }
}

function isRevert(error: unknown, codes: readonly string[]): boolean {
  return error instanceof ContractRevert && codes.includes(error.code);
}
