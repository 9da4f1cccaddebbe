import type { AggregatorEvent } from "../aggregators/AggregatorEvent.ts";
import type { NetworkFile } from "../chains/networks/networkFile.ts";
import { knownMechanism } from "../mechanisms/mechanismOf.ts";
import { acceptedCount } from "../protocol/acceptance.ts";
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
import { FewLines } from "./FewLines.ts";
import type { ServiceLog } from "./serviceLog.ts";
import type { Terminal } from "./Terminal.ts";

/** How often the changing line is drawn, milliseconds. */
const DRAW_MILLISECONDS = 200;

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
  #timer: NodeJS.Timeout | undefined;

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
    if (this.#terminal.isLive) this.#timer = setInterval(() => this.#draw(), DRAW_MILLISECONDS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#lines.flush();
    this.#terminal.status("");
  }

  readonly onWorker = (event: WorkerEvent): void => {
    this.#log?.write(event);
    switch (event.type) {
      case "trained":
        this.#counts.trained++;
        break;
      // The task's view has these.
      case "task-arrived":
      case "enrolled":
      case "refreshed":
      case "committed":
      case "revealed":
        break;
      case "abstained":
        this.#warn(`${event.worker} (${event.chain}) stays away: ${event.reason}`, "stay away");
        break;
      case "round-missed":
        this.#warn(
          `${event.worker} (${event.chain}) missed round ${ordinal(event.round)}: ${messageOf(event.error)}`,
          `missed round ${ordinal(event.round)} of task ${event.task}`,
        );
        break;
      case "trouble":
        this.#warn(
          `${event.worker} (${event.chain}), ${event.doing}: ${messageOf(event.error)}`,
          `had trouble ${withoutNumber(event.doing)}`,
        );
        break;
      case "claimed":
        this.#lines.add(
          "claimed",
          () =>
            this.#terminal.line(`  ${event.worker} (${event.chain}) claimed ${formatTokens(event.amount)}`),
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
        this.#terminal.done(
          `${this.#nameOf(event.task, event.round)}: ${resultInWords(event.measure, event.accuracy, accepted)}`,
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
      this.#terminal.done(
        `${this.#nameOf(view.task, round)}: ${resultInWords(measure, score, counts)}${standing === undefined ? "" : `, ${standing.word} workers ${standing.text}`}`,
      );
    }
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
    const moment = { terms, mechanismTerms, now: Math.floor(this.#clock() / 1000) };
    const others = workers.filter((worker) => !standing.holds(worker, moment));
    const count = `${workers.length - others.length}/${workers.length}`;
    if (others.length === 0 || others.length === workers.length) return { word: standing.word, text: count };
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
    const { startTime, epochSeconds } = view.terms.schedule;
    const round = openRound(view);
    const opened = view.subchains.flatMap(({ rounds }) => rounds[round] ?? []);
    const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
    const committed = sum(opened.map((part) => part.committed.length));
    const revealed = sum(opened.map((part) => part.revealed.length));
    const score = view.rounds[round - 1]?.result?.score;
    const { trained, sent, delivered } = this.#counts;
    const standing = this.#standing(view, nameOf);
    const left = Math.max(0, Math.round(startTime + epochSeconds - this.#clock() / 1000));
    const parts = [
      `round ${Math.min(round + 1, view.terms.rounds)}/${view.terms.rounds}`,
      `trained ${trained} committed ${committed} revealed ${revealed}`,
      ...(standing === undefined ? [] : [`${standing.word} ${standing.text}`]),
      `${measure} ${score === undefined ? "–" : `${(100 * score).toFixed(2)} %`}`,
      `messages ${delivered}/${sent}`,
      `${left} s of the epoch left`,
    ];
    this.#terminal.status(this.#terminal.colours.dim(parts.join(" · ")));
  }
}

/** What somebody does, whichever time it is: refresh 3 as refresh 4. */
function withoutNumber(doing: string): string {
  return doing.replace(/\s*\d+$/, "");
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
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
}
