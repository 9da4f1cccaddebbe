import type { AggregatorEvent } from "../aggregators/AggregatorEvent.ts";
import type { NetworkFile } from "../chains/networks/networkFile.ts";
import { systemReason } from "../files/systemReason.ts";
import { knownMechanism } from "../mechanisms/mechanismOf.ts";
import { acceptedCount } from "../protocol/acceptance.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { ordinal } from "../protocol/ordinal.ts";
import { PROOF_SCHEMES } from "../relay/proofs/proofSchemes.ts";
import type { RelayEvent } from "../relay/RelayEvent.ts";
import { formatTokens } from "../reports/formatTokens.ts";
import { shortAddress } from "../reports/shortAddress.ts";
import type { LiveTask } from "../tasks/view/LiveTask.ts";
import type { TaskView } from "../tasks/view/TaskView.ts";
import { openRound } from "../tasks/view/taskPhase.ts";
import { workerHistories } from "../tasks/view/workerHistories.ts";
import type { WorkerEvent } from "../workers/WorkerEvent.ts";
import { CountedLines } from "./CountedLines.ts";
import { FewLines } from "./FewLines.ts";
import type { ServiceLog } from "./serviceLog.ts";
import type { Terminal } from "./Terminal.ts";

/** How often the changing line is drawn, milliseconds. */
const DRAW_MILLISECONDS = 200;

/** How often what is under way is looked at where no line changes, milliseconds. */
const UNSEEN_MILLISECONDS = 5000;

/** How late a refresh is in a block that is worth a word, milliseconds: each whole second costs pay. */
const LATE_MILLISECONDS = 1000;

/** How long behind its deadline, and then again and again, it is said that a task should have ended, seconds. */
const OVERDUE_SECONDS = 30;
/** How many workers who do not earn just now are named. */
const NAMED = 3;

/** Turns services' events and the view of a task into what a person watching wants to see. */
export class Narrator {
  readonly #terminal: Terminal;
  readonly #clock: () => number;
  readonly #log: ServiceLog | undefined;
  readonly #lines = new FewLines();
  readonly #counts = { trained: 0, sent: 0, delivered: 0 };
  #task: { live: LiveTask; nameOf: (chainId: bigint) => string; measure: string } | undefined;
  #told = { round: 0, aggregate: "" };
  /** When it was last said that the task should have ended, Unix seconds. */
  #toldOverdue = 0;
  readonly #lost = new Map<bigint, bigint>();
  readonly #absent = new CountedLines<{ worker: string; chain: string; task: bigint }>();
  #timer: NodeJS.Timeout | undefined;
  #epoch: NodeJS.Timeout | undefined;

  /** @param modules - The clock tells Unix time, milliseconds; the log takes all that workers and aggregators tell. */
  constructor(terminal: Terminal, { clock, log }: { clock: () => number; log?: ServiceLog }) {
    this.#terminal = terminal;
    this.#clock = clock;
    this.#log = log;
  }

  /** Tells of one task's rounds as its chains do, and draws the changing line. */
  follow(live: LiveTask, network: Pick<NetworkFile, "subchains">, measure: string): void {
    const nameOf = (chainId: bigint) =>
      network.subchains.find((place) => BigInt(place.chainId) === chainId)?.name ?? `chain ${chainId}`;
    this.#task = { live, nameOf, measure };
    live.subscribe((view) => this.#onTask(view, nameOf, measure));
    this.#timer = setInterval(
      () => this.#draw(),
      this.#terminal.isLive ? DRAW_MILLISECONDS : UNSEEN_MILLISECONDS,
    );
    const { startTime, epochSeconds } = live.view.terms.schedule;
    const enrolling = Math.round(startTime - this.#clock() / 1000);
    if (enrolling <= 0) return;
    this.#terminal.line(
      `  workers may enrol for ${enrolling} s; then the epoch begins, of ${epochSeconds} s`,
    );
    this.#epoch = setTimeout(() => this.#onEpoch(live), (enrolling + 1) * 1000);
  }

  /** What more those who claimed of a task had been paid, if nothing had been late and no round missed, wei. */
  lostIn(task: bigint): bigint {
    return this.#lost.get(task) ?? 0n;
  }

  stop(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#epoch);
    this.#absent.flush();
    this.#lines.flush();
    this.#terminal.status();
  }

  readonly onWorker = (event: WorkerEvent): void => {
    this.#log?.write(event);
    switch (event.type) {
      case "trained":
        this.#counts.trained++;
        break;
      // The task's view has these.
      case "refreshed":
        if (event.late < LATE_MILLISECONDS && event.skipped === 0) break;
        this.#warn(
          `${event.worker} (${event.chain}): ${lateInWords(event)}; what it is paid for may be less`,
          `refreshed late in task ${event.task}`,
        );
        break;
      case "nothing-sensed":
        this.#warn(
          `${event.worker} (${event.chain}): nothing has come for refresh ${ordinal(event.refresh)} of ${event.refreshes}; its data get no fresher`,
          `had nothing new in task ${event.task}`,
        );
        break;
      case "task-arrived":
      case "enrolled":
      case "committed":
      case "revealed":
      case "not-drawn":
        break;
      case "abstained":
        this.#absent.add(event.reason, event, (absent) => this.#tellAbsent(event, absent));
        break;
      case "round-missed":
        this.#warn(
          `${event.worker} (${event.chain}) missed round ${ordinal(event.round)}: ${messageOf(event.error)}`,
          `missed round ${ordinal(event.round)} of task ${event.task}`,
        );
        break;
      case "trouble":
        this.#warn(
          `${event.worker === "all" ? event.chain : `${event.worker} (${event.chain})`}, ${event.doing}: ${messageOf(event.error)}`,
          `had trouble ${withoutNumber(event.doing)}`,
        );
        break;
      case "unpaid":
        this.#lines.add(
          `unpaid ${event.task} ${event.reason}`,
          () => this.#terminal.line(`  ${event.worker} (${event.chain}) is paid nothing: ${event.reason}`),
          (more) => this.#terminal.line(`  … and ${more} more are paid nothing${this.#whereAll()}`),
        );
        break;
      case "claimed":
        this.#lost.set(event.task, this.lostIn(event.task) + (event.possible ?? event.amount) - event.amount);
        this.#lines.add(
          "claimed",
          () =>
            this.#terminal.line(
              `  ${event.worker} (${event.chain}) claimed ${formatTokens(event.amount)}${ofPossible(event)}`,
            ),
          (more) => this.#terminal.line(`  … and ${more} more claimed${this.#whereAll()}`),
        );
        break;
      default:
        event satisfies never;
    }
  };

  readonly onAggregator = (event: AggregatorEvent): void => {
    this.#log?.write(event);
    switch (event.type) {
      case "aggregated": {
        const key = `${event.task}/${event.round}`;
        // Every aggregator tells the same; the first is enough, and a task that is followed tells it by itself.
        if (key === this.#told.aggregate || this.#task?.live.view.task === event.task) return;
        this.#told.aggregate = key;
        const accepted = Object.entries(event.accepted);
        this.#tellRound(
          `${this.#nameOf(event.task, event.round)}: ${resultInWords(event.measure, event.accuracy, accepted)}`,
          accepted,
        );
        break;
      }
      case "left-out":
        this.#warn(
          `${this.#nameOf(event.task, event.round)}: ${event.worker} (${event.chain}) was left out: ${event.reason}`,
          `left out of ${this.#nameOf(event.task, event.round)}`,
        );
        break;
      case "abstained":
        this.#terminal.warn(`${event.aggregator} takes no part in task ${event.task}: ${event.reason}`);
        break;
      case "trouble":
        this.#terminal.warn(`${event.aggregator}, ${event.doing}: ${messageOf(event.error)}`);
        break;
      case "differed":
        this.#terminal.warn(
          `${this.#nameOf(event.task, event.round)}: ${event.others.join(", ")} attested another aggregate than ${event.aggregator}; they try again`,
        );
        break;
      case "committed":
      case "attested":
        break;
      default:
        event satisfies never;
    }
  };

  readonly onRelay = (event: RelayEvent): void => {
    switch (event.type) {
      case "message-sent":
        this.#counts.sent++;
        break;
      case "message-delivered":
        this.#counts.delivered++;
        break;
      case "delivery-failed":
        if (event.attempts > 3)
          this.#terminal.warn(`delivery to ${event.chain} failed: ${event.error.shortMessage}`);
        break;
      case "task-expired":
        this.#terminal.warn(`task ${event.task} expired`);
        break;
      case "trouble":
        this.#terminal.warn(`${event.chain}, ${event.doing}: ${messageOf(event.error)}`);
        break;
      case "contradiction-found":
        this.#terminal.warn(
          `${event.chain}'s validators ${PROOF_SCHEMES[event.kind].evidence.told(event.facts)}: ./freshet relay freeze shows it to a gateway`,
        );
        break;
      case "endpoint-differs":
        this.#terminal.warn(
          `${event.chain}: ${event.endpoint} answered ${event.method} with ${event.said}, where enough others say ${event.agreed}; validators go by these`,
        );
        break;
      case "chain-reorganized":
        this.#terminal.warn(
          `${event.chain} was reorganized: blocks after ${event.to ?? "none"} of ${event.from} are read again`,
        );
        break;
      case "message-hidden":
        this.#warn(
          `${event.chain}'s message ${event.nonce} is announced again: somebody hid it in a receipt too large to prove it by`,
          `messages of ${event.chain} hidden in large receipts`,
        );
        break;
      case "vouched":
      case "message-announced":
      case "submission-sent":
      case "submission-mined":
      case "beacon-drawn":
      case "commits-closed":
      case "round-closed":
      case "epoch-settled":
        break;
      default:
        event satisfies never;
    }
  };

  /** @param kind - What such lines have in common, in words that follow "20 more". */
  #warn(text: string, kind: string): void {
    this.#lines.add(
      kind,
      () => this.#terminal.warn(text),
      (more) => this.#terminal.warn(`… and ${more} more ${kind}${this.#whereAll()}`),
    );
  }

  /** Who stays away for the same reason: one by one while they are few, otherwise in a line, however many tasks it was. */
  #tellAbsent(
    { reason, isMeant }: Extract<WorkerEvent, { type: "abstained" }>,
    absent: readonly { worker: string; chain: string; task: bigint }[],
  ): void {
    // Of whom a task does not ask for nothing is wrong.
    const tell = (text: string) => (isMeant ? this.#terminal.line(`  ${text}`) : this.#terminal.warn(text));
    if (absent.length <= NAMED) {
      for (const { worker, chain, task } of absent) {
        tell(`${worker} (${chain}) stays away from task ${task}: ${reason}`);
      }
      return;
    }
    const workers = new Set(absent.map(({ worker, chain }) => `${chain}/${worker}`)).size;
    const tasks = new Set(absent.map(({ task }) => task));
    const which = tasks.size === 1 ? `task ${[...tasks][0]}` : `${tasks.size} tasks`;
    tell(`${workers} workers stay away from ${which}: ${reason}${this.#whereAll()}`);
  }

  /** Tells who takes part once nobody else can. */
  #onEpoch(live: LiveTask): void {
    if (live.view.endedAt !== undefined) return;
    const { nameOf } = this.#task!;
    const counts = live.view.subchains.map(
      ({ chainId, workers }) => [nameOf(chainId), workers.length] as const,
    );
    const enrolled = counts.reduce((sum, [, count]) => sum + count, 0);
    if (enrolled > 0) {
      const where = counts.map(([chain, count]) => `${count} ${chain}`).join(" + ");
      this.#terminal.line(`  ${enrolled} workers enrolled (${where}); the epoch has begun`);
    } else {
      this.#terminal.warn(
        "as far as the chains tell nobody enrolled, so the task will learn nothing. Workers must run before a task is published (./freshet worker start), and have time to enrol (schedule.enrolSeconds).",
      );
    }
  }

  #whereAll(): string {
    return this.#log === undefined ? " (--json has all)" : ` (all in ${this.#log.path})`;
  }

  #onTask(view: TaskView, nameOf: (chainId: bigint) => string, measure: string): void {
    for (; view.rounds[this.#told.round]?.result !== undefined; this.#told.round++) {
      const round = this.#told.round;
      const { score, accepted } = view.rounds[round]!.result!;
      const counts = view.terms.subchains.map((chainId, i): [string, number] => [
        nameOf(chainId),
        acceptedCount(accepted[i] ?? []),
      ]);
      const standing = this.#standing(view, nameOf);
      this.#counts.trained = 0;
      const told = `${this.#nameOf(view.task, round)}: ${resultInWords(measure, score, counts)}${standing === undefined ? "" : `, ${standing.word} workers ${standing.text}`}`;
      this.#tellRound(told, counts);
    }
  }

  /** Says now and then that a task should have ended, which it does once its chains, and the relay between them, answer. */
  #tellOverdue({ task, terms, endedAt }: TaskView): void {
    const now = this.#clock() / 1000;
    const { deadline } = terms.schedule;
    if (endedAt !== undefined || now < Math.max(deadline, this.#toldOverdue) + OVERDUE_SECONDS) return;
    this.#toldOverdue = now;
    this.#terminal.warn(
      `task ${task} should have ended ${Math.round(now - deadline)} s ago: its end is waited for until every chain and the relay answer; ./freshet doctor says which do not`,
    );
  }

  /** Of a round without any update the model is the one before: nothing was done. */
  #tellRound(told: string, accepted: readonly (readonly [chain: string, count: number])[]): void {
    if (accepted.some(([, count]) => count > 0)) this.#terminal.done(told);
    else this.#terminal.warn(told);
  }

  #nameOf(task: bigint, round: number): string {
    const followed = this.#task?.live.view;
    return followed?.task === task
      ? `round ${ordinal(round)}/${followed.terms.rounds}`
      : `task ${task}, round ${ordinal(round)}`;
  }

  /** How many workers are as their mechanism wants them just now, and which are not. */
  #standing(view: TaskView, nameOf: (chainId: bigint) => string): { word: string; text: string } | undefined {
    const standing = knownMechanism(view.terms.mechanism)?.view?.standing;
    const workers = workerHistories(view);
    if (standing === undefined || workers.length === 0) return undefined;
    const { terms, mechanismTerms } = view;
    const { startTime, epochSeconds } = terms.schedule;
    // Nobody has to be as it was wanted once the epoch is over.
    if (this.#clock() / 1000 >= startTime + epochSeconds) return undefined;
    const moment = { terms, mechanismTerms, now: Math.floor(this.#clock() / 1000) };
    const others = workers.filter((worker) => !standing.holds(worker, moment));
    const count = `${workers.length - others.length}/${workers.length}`;
    if (others.length === 0) return { word: standing.word, text: count };
    // What chains tell comes late to a machine that is busy: all at once have hardly stopped.
    if (others.length === workers.length)
      return { word: standing.word, text: `${count} as far as was heard` };
    const names = others
      .slice(0, NAMED)
      .map(({ worker, chainId }) => `${nameOf(chainId)}/${shortAddress(worker)}`);
    if (others.length > NAMED) names.push("…");
    return { word: standing.word, text: `${count} (not ${names.join(", ")})` };
  }

  #draw(): void {
    if (this.#task === undefined) return;
    const { live, nameOf, measure } = this.#task;
    const { view } = live;
    this.#tellOverdue(view);
    const { startTime, epochSeconds } = view.terms.schedule;
    const round = openRound(view);
    const opened = view.subchains.flatMap(({ rounds }) => rounds[round] ?? []);
    const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
    const committed = sum(opened.map((part) => part.committed.length));
    const revealed = sum(opened.map((part) => part.revealed.length));
    const score = view.rounds[round - 1]?.result?.score;
    const { trained, sent, delivered } = this.#counts;
    const standing = this.#standing(view, nameOf);
    const left = Math.round(startTime + epochSeconds - this.#clock() / 1000);
    // A narrow terminal shows the first of them.
    this.#terminal.status(
      `round ${Math.min(round + 1, view.terms.rounds)}/${view.terms.rounds}`,
      left > 0 ? `${left} s left` : endingInWords(view, this.#clock() / 1000),
      `${measure} ${score === undefined ? "–" : `${(100 * score).toFixed(2)} %`}`,
      `trained ${trained} committed ${committed} revealed ${revealed}`,
      ...(standing === undefined ? [] : [`${standing.word} ${standing.text}`]),
      `messages ${delivered}/${sent}`,
    );
  }
}

/** What an epoch that is over waits for, and until when. */
function endingInWords({ terms }: TaskView, now: number): string {
  const left = Math.round(terms.schedule.deadline - now);
  return left > 0 ? `epoch over, results within ${left} s` : "epoch over, results overdue";
}

/** What a claim could have been, where it could have been more. */
function ofPossible({ amount, possible = amount }: Extract<WorkerEvent, { type: "claimed" }>): string {
  return possible > amount ? ` of ${formatTokens(possible)} possible` : "";
}

/** What somebody does, whichever time it is: refresh 3 as refresh 4. */
function withoutNumber(doing: string): string {
  return doing.replace(/\s*\d+$/, "");
}

/** What went wrong with a refresh, numbered from 1. */
function lateInWords({ refresh, late, skipped }: Extract<WorkerEvent, { type: "refreshed" }>): string {
  const words =
    late < LATE_MILLISECONDS ? [] : [`refresh ${ordinal(refresh)} came ${(late / 1000).toFixed(1)} s late`];
  if (skipped > 0) words.push(`${skipped} refreshes before it were not made in time`);
  return words.join(", ");
}

function resultInWords(
  measure: string,
  score: number,
  accepted: readonly (readonly [chain: string, count: number])[],
): string {
  const updates = accepted.map(([chain, count]) => `${count} ${chain}`).join(" + ");
  return `${measure} ${(100 * score).toFixed(2)} % from ${updates} updates`;
}

function messageOf(error: unknown): string {
  if (error instanceof BaseError) return error.shortMessage;
  const reason = systemReason(error);
  if (reason !== undefined) return reason;
  return error instanceof Error ? error.message.split("\n")[0] || error.name : String(error);
}
