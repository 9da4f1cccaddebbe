import type { AggregatorEvent } from "../aggregators/AggregatorEvent.ts";
import { PROOF_SCHEMES } from "../relay/proofs/proofSchemes.ts";
import type { RelayEvent } from "../relay/RelayEvent.ts";
import type { WorkerEvent } from "../workers/WorkerEvent.ts";
import type { Terminal } from "./Terminal.ts";
import { formatTokens } from "./Terminal.ts";

/** What the narrator knows of a worker. */
interface Freshness {
  period: number;
  refreshedAt: number;
}

/** How often the changing line is drawn, milliseconds. */
const DRAW_MILLISECONDS = 200;

/** How many workers whose data are not fresh are named. */
const NAMED_STALE = 3;

/** Turns the services' events into what a person watching wants to see. */
export class Narrator {
  readonly #terminal: Terminal;
  readonly #clock: () => number;
  readonly #workers = new Map<string, Freshness>();
  readonly #counts = { trained: 0, committed: 0, revealed: 0, sent: 0, delivered: 0 };
  readonly #rounds: number | undefined;
  #round = 0;
  #accuracy: number | undefined;
  #told = "";
  #until: number | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(terminal: Terminal, options: { rounds?: number; clock: () => number }) {
    this.#terminal = terminal;
    this.#rounds = options.rounds;
    this.#clock = options.clock;
  }

  /** Begins to draw the changing line. @param until - When the epoch is expected to end, Unix milliseconds. */
  start(until: number): void {
    this.#until = until;
    this.#timer = setInterval(() => this.#draw(), DRAW_MILLISECONDS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#terminal.status("");
  }

  readonly onWorker = (event: WorkerEvent): void => {
    switch (event.type) {
      case "enrolled":
        this.#workers.set(`${event.chain}/${event.worker}`, { period: event.period, refreshedAt: 0 });
        break;
      case "refreshed": {
        const worker = this.#workers.get(`${event.chain}/${event.worker}`);
        if (worker !== undefined) worker.refreshedAt = this.#clock();
        break;
      }
      case "trained":
      case "committed":
      case "revealed":
        this.#counts[event.type]++;
        break;
      case "abstained":
        this.#terminal.warn(`${event.worker} (${event.chain}) stays away: ${event.reason}`);
        break;
      case "round-missed":
        this.#terminal.warn(
          `${event.worker} (${event.chain}) missed round ${event.round + 1}: ${messageOf(event.error)}`,
        );
        break;
      case "trouble":
        this.#terminal.warn(`${event.worker} (${event.chain}), ${event.doing}: ${messageOf(event.error)}`);
        break;
      case "claimed":
        this.#terminal.line(`  ${event.worker} (${event.chain}) claimed ${formatTokens(event.amount)}`);
        break;
      default:
        event satisfies never;
    }
  };

  readonly onAggregator = (event: AggregatorEvent): void => {
    switch (event.type) {
      case "aggregated": {
        this.#accuracy = event.accuracy;
        // Every aggregator tells the same; the first is enough.
        const key = `${event.task}/${event.round}`;
        if (key === this.#told) return;
        this.#told = key;
        this.#round = event.round + 1;
        this.#counts.trained = this.#counts.committed = this.#counts.revealed = 0;
        const accepted = Object.entries(event.accepted)
          .map(([chain, count]) => `${count} ${chain}`)
          .join(" + ");
        this.#terminal.done(
          `${this.#nameOf(event.task, event.round)}: accuracy ${(100 * event.accuracy).toFixed(2)} % from ${accepted} updates${this.#workers.size === 0 ? "" : `, fresh workers ${this.#fresh()}`}`,
        );
        break;
      }
      case "left-out":
        this.#terminal.warn(
          `${this.#nameOf(event.task, event.round)}: ${event.worker} (${event.chain}) was left out: ${event.reason}`,
        );
        break;
      case "trouble":
        this.#terminal.warn(`${event.aggregator}, ${event.doing}: ${messageOf(event.error)}`);
        break;
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
      case "vouched":
      case "submission-sent":
      case "submission-mined":
      case "round-closed":
      case "epoch-settled":
        break;
      default:
        event satisfies never;
    }
  };

  #nameOf(task: bigint, round: number): string {
    return this.#rounds === undefined
      ? `task ${task}, round ${round + 1}`
      : `round ${round + 1}/${this.#rounds}`;
  }

  /** How many workers' data are fresh, and whose are not. */
  #fresh(): string {
    const now = this.#clock();
    const stale = [...this.#workers].filter(
      // A second for the block that the refresh is in.
      ([, { period, refreshedAt }]) => refreshedAt === 0 || now - refreshedAt > (period + 1) * 1000,
    );
    const names = stale.slice(0, NAMED_STALE).map(([name]) => name);
    if (stale.length > NAMED_STALE) names.push("…");
    const fresh = `${this.#workers.size - stale.length}/${this.#workers.size}`;
    return stale.length === 0 || stale.length === this.#workers.size
      ? fresh
      : `${fresh} (not ${names.join(", ")})`;
  }

  #draw(): void {
    const { dim } = this.#terminal.colours;
    const left = Math.max(0, Math.round(((this.#until ?? 0) - this.#clock()) / 1000));
    const { trained, committed, revealed, sent, delivered } = this.#counts;
    const accuracy = this.#accuracy === undefined ? "–" : `${(100 * this.#accuracy).toFixed(2)} %`;
    this.#terminal.status(
      dim(
        `round ${Math.min(this.#round + 1, this.#rounds ?? this.#round + 1)}/${this.#rounds ?? "–"} · trained ${trained} committed ${committed} revealed ${revealed} · fresh ${this.#fresh()} · accuracy ${accuracy} · messages ${delivered}/${sent} · ${left} s of the epoch left`,
      ),
    );
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? (error.message.split("\n")[0] ?? "") : String(error);
}
