import { formatTokens } from "../reports/formatTokens.ts";
import type { WorkerEvent } from "../workers/WorkerEvent.ts";
import { CountedLines } from "./CountedLines.ts";
import type { Terminal } from "./Terminal.ts";

/**
 * Tells what the workers of a process do, step by step and not one by one: their window shows that they work, and on
 * what, or that they wait for tasks.
 */
export class WorkersProgress {
  readonly #terminal: Terminal;
  readonly #workers: number;
  readonly #lines = new CountedLines<string>();
  /** Who has yet to be paid, by task. */
  readonly #atWork = new Map<bigint, number>();
  #claimed = 0n;
  /** What more the same workers had been paid if nothing had been late or missed, wei. */
  #lost = 0n;

  /** @param workers - How many run here, devices and twins. */
  constructor(terminal: Terminal, workers: number) {
    this.#terminal = terminal;
    this.#workers = workers;
  }

  /** Shows that they wait for tasks. */
  start(): void {
    this.#draw();
  }

  stop(): void {
    this.#lines.flush();
    this.#terminal.idle();
  }

  readonly onWorker = (event: WorkerEvent): void => {
    switch (event.type) {
      case "task-arrived":
        this.#terminal.line(
          `task ${event.task} arrived on the ${event.chain} chain: ${event.workers} workers here look at it`,
        );
        break;
      case "enrolled":
        this.#change(event.task, 1);
        this.#count(event, `task ${event.task}`, "enrolled");
        break;
      case "committed":
        this.#count(event, `task ${event.task}, round ${event.round + 1}`, "trained and committed");
        break;
      case "revealed":
        this.#count(event, `task ${event.task}, round ${event.round + 1}`, "revealed");
        break;
      case "claimed":
        this.#claimed += event.amount;
        if (event.possible !== undefined) this.#lost += event.possible - event.amount;
        this.#change(event.task, -1);
        break;
      case "unpaid":
        this.#change(event.task, -1);
        break;
      // Told elsewhere, or of too little weight.
      case "trained":
      case "refreshed":
      case "nothing-sensed":
      case "abstained":
      case "not-drawn":
      case "round-missed":
      case "trouble":
        break;
      default:
        event satisfies never;
    }
    this.#draw();
  };

  #count({ worker }: WorkerEvent, where: string, did: string): void {
    this.#lines.add(`${where} ${did}`, worker, (workers) => {
      const who = workers.length === 1 ? workers[0]! : `${workers.length} workers`;
      this.#terminal.line(`${where}: ${who} ${did}`);
    });
  }

  #change(task: bigint, by: number): void {
    const left = (this.#atWork.get(task) ?? 0) + by;
    if (left > 0) this.#atWork.set(task, left);
    else this.#atWork.delete(task);
  }

  #draw(): void {
    const tasks = [...this.#atWork.keys()];
    this.#terminal.idle(
      tasks.length === 0
        ? "waiting for tasks"
        : `at work on ${tasks.length === 1 ? "task" : "tasks"} ${tasks.join(", ")}`,
      `${this.#workers} workers`,
      `${formatTokens(this.#claimed)} claimed${this.#lost === 0n ? "" : `, ${formatTokens(this.#lost)} lost to what was late or missed`}`,
    );
  }
}
