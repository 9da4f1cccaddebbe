import type { AuditListener, AuditReport, CheckReport } from "../../audit/AuditReport.ts";
import { checkLines } from "../../audit/report.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { AuditView, CheckView, EvidenceLink } from "../api/AuditView.ts";
import { BOUNDS, MOST_KEPT } from "./bounds.ts";
import { troubleOf } from "./ChainFeed.ts";

/** Makes an audit: the command that started the server knows with what. */
export type MakeAudit = (
  task: bigint,
  options: { reExecute: number; listener: AuditListener },
) => Promise<AuditReport>;

/** What a desk may do. */
export interface AuditDeskOptions {
  /** Undefined where no audit is made on demand. */
  make: MakeAudit | undefined;
  allowsReExecution: boolean;
}

/** What a desk works with. */
export interface AuditDeskModules {
  clock: Clock;
  /** Which version of a task there is: an audit of another is stale. */
  versionOf: (task: bigint) => number | undefined;
  /** Links that need to know the network. */
  linksOf: (check: CheckReport, task: bigint) => EvidenceLink[];
  onChange: (task: bigint) => void;
  /** Told when an audit that was asked for is over. */
  onEnd: (outcome: AuditReport["outcome"] | "failed") => void;
}

interface Kept {
  state: AuditView["state"];
  version: number | undefined;
  startedAt: number | null;
  finishedAt: number | null;
  checks: CheckReport[];
  running: { name: string; title: string } | null;
  report: AuditReport | undefined;
  trouble: AuditView["trouble"];
}

/** Audits that were asked for, one at a time: they take chains, storage and this machine. */
export class AuditDesk {
  readonly #options: AuditDeskOptions;
  readonly #modules: AuditDeskModules;
  readonly #kept = new Map<bigint, Kept>();
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;

  constructor(options: AuditDeskOptions, modules: AuditDeskModules) {
    this.#options = options;
    this.#modules = modules;
  }

  get allowsAudits(): boolean {
    return this.#options.make !== undefined;
  }

  get allowsReExecution(): boolean {
    return this.#options.allowsReExecution;
  }

  /** A task's audit as it stands. */
  view(task: bigint): AuditView {
    const kept = this.#kept.get(task);
    const { make, allowsReExecution } = this.#options;
    const { linksOf, versionOf } = this.#modules;
    return {
      taskId: String(task),
      state: kept?.state ?? "none",
      startedAt: kept?.startedAt ?? null,
      finishedAt: kept?.finishedAt ?? null,
      mayAsk: make !== undefined,
      mostReExecuted: allowsReExecution ? BOUNDS.reExecuted : 0,
      command: `./freshet audit ${task}`,
      isStale: kept?.state === "done" && kept.version !== versionOf(task),
      outcome: kept?.report?.outcome ?? null,
      verdict: kept?.report === undefined ? null : verdictOf(kept.report),
      checks: (kept?.checks ?? []).map((check) => checkView(check, linksOf(check, task))),
      running: kept?.running ?? null,
      trouble: kept?.trouble ?? null,
    };
  }

  /** Keeps an audit that was made elsewhere, such as by a demo. */
  keep(report: AuditReport): void {
    const now = this.#now();
    this.#put(report.task, {
      state: "done",
      version: this.#modules.versionOf(report.task),
      startedAt: now,
      finishedAt: now,
      checks: report.checks,
      running: null,
      report,
      trouble: null,
    });
  }

  /**
   * Has a task audited, if it is not already being so.
   *
   * @throws BaseError `NOT_ALLOWED`, `TOO_MANY`
   */
  ask(task: bigint, reExecute: number): AuditView {
    const { make, allowsReExecution } = this.#options;
    if (make === undefined || (reExecute > 0 && !allowsReExecution)) {
      throw new BaseError(
        "NOT_ALLOWED",
        make === undefined ? "This server makes no audits." : "This server repeats no trainings.",
        {
          next: `Type ./freshet audit ${task}${reExecute > 0 ? ` --re-execute ${reExecute}` : ""}, or start the page with ${make === undefined ? "--allow-audits" : "--allow-re-execution"}.`,
        },
      );
    }
    const before = this.#kept.get(task)?.state;
    if (before === "waiting" || before === "running") return this.view(task);
    if (this.#waiting >= BOUNDS.waitingAudits) {
      throw new BaseError("TOO_MANY", "Other audits are waited for.", {
        next: "Ask again when they are done.",
        retryable: true,
      });
    }
    this.#waiting++;
    this.#put(task, {
      state: "waiting",
      version: undefined,
      startedAt: null,
      finishedAt: null,
      checks: [],
      running: null,
      report: undefined,
      trouble: null,
    });
    this.#queue = this.#queue.then(() => this.#run(task, reExecute, make));
    return this.view(task);
  }

  async #run(task: bigint, reExecute: number, make: MakeAudit): Promise<void> {
    this.#waiting--;
    const kept = this.#kept.get(task);
    if (kept === undefined) return;
    kept.state = "running";
    kept.startedAt = this.#now();
    kept.version = this.#modules.versionOf(task);
    this.#modules.onChange(task);
    const listener: AuditListener = (event) => {
      if (event.type === "check-started") kept.running = { name: event.name, title: event.title };
      if (event.type === "check-finished") {
        kept.checks.push(event.check);
        kept.running = null;
      }
      this.#modules.onChange(task);
    };
    try {
      kept.report = await make(task, { reExecute, listener });
      kept.checks = kept.report.checks;
      kept.state = "done";
    } catch (error) {
      kept.state = "failed";
      kept.trouble = troubleOf(error);
    }
    kept.running = null;
    kept.finishedAt = this.#now();
    this.#modules.onChange(task);
    this.#modules.onEnd(kept.report?.outcome ?? "failed");
  }

  #put(task: bigint, kept: Kept): void {
    this.#kept.delete(task);
    this.#kept.set(task, kept);
    for (const [id, { state }] of this.#kept) {
      if (this.#kept.size <= MOST_KEPT.audits) break;
      if (state === "done" || state === "failed") this.#kept.delete(id);
    }
    this.#modules.onChange(task);
  }

  #now(): number {
    return Math.floor(this.#modules.clock.now() / 1000);
  }
}

function checkView(check: CheckReport, evidence: EvidenceLink[]): CheckView {
  const { name, title, outcome, examined, unit, notes, failure, unexamined } = check;
  return {
    ...{ name, title, outcome, examined, unit },
    notes: [...notes],
    failure: failure ?? null,
    unexamined: { count: unexamined.count, first: unexamined.first.map((one) => ({ ...one })) },
    evidence,
  };
}

/** What came of it, as the command line says it. */
function verdictOf({ outcome, checks, failure }: AuditReport): string {
  if (outcome === "holds") return "Everything holds.";
  if (failure !== undefined) return `Check ${failure.check} fails: ${failure.message}`;
  const first = checks.find((check) => check.outcome === "unexamined");
  const lines = first === undefined ? [] : checkLines(first);
  return `Nothing fails, but not everything can be examined${lines.length > 1 ? `: ${lines[1]!.trim()}` : "."}`;
}
