import { fileURLToPath } from "node:url";

import type { AuditReport } from "../../audit/AuditReport.ts";
import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import type { MarketMap } from "../../mechanisms/MarketView.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { PartHealth } from "../../protocol/PartHealth.ts";
import type { ListenPlace } from "../../protocol/ServerTls.ts";
import type { ContentStore } from "../../storage/ContentStore.ts";
import { type TaskPhase, taskPhase } from "../../tasks/view/taskPhase.ts";
import type { MarketReplay } from "../api/MarketView.ts";
import type { ServerFacts } from "../api/NetworkView.ts";
import { AuditDesk, type MakeAudit } from "./AuditDesk.ts";
import { BOUNDS, EVERY } from "./bounds.ts";
import { evidenceOf } from "./evidenceOf.ts";
import { LiveHub } from "./LiveHub.ts";
import { NetworkWatch } from "./NetworkWatch.ts";
import { PageAnswers } from "./PageAnswers.ts";
import type { PageListener } from "./PageEvent.ts";
import type { MeasuredPage } from "./PageMetrics.ts";
import { PageServer } from "./PageServer.ts";
import { readStaticFiles } from "./StaticFiles.ts";
import { MessageDesk } from "./views/MessageDesk.ts";
import { chainBeat } from "./views/networkView.ts";

/** Where the built page is. */
const BUILT = fileURLToPath(new URL("../built", import.meta.url));
/** Rows that are pushed at a time; of more, lists are asked for again. */
const MOST_ROWS = 50;
/** Counting messages looks at all of them: so often at the most, milliseconds. */
const COUNT_MILLISECONDS = 1000;

/** What a page is of, and who may ask it. */
export interface PageServiceOptions {
  version: string;
  place: ListenPlace;
  /** Names, besides addresses and localhost, under which it may be asked. */
  names?: readonly string[];
  allowsReExecution?: boolean;
  /** Where the built page is; that of this Freshet unless given. */
  built?: string;
}

/** What a page works with. */
export interface PageServiceModules {
  clock: Clock;
  storage: ContentStore;
  /** Makes audits on demand; none are made without. */
  makeAudit?: MakeAudit;
  /** Where things of a market are, by its name. */
  maps?: ReadonlyMap<string, MarketMap>;
  replays?: ReadonlyMap<string, MarketReplay>;
  listener?: PageListener;
}

/** The page of a network: reads its chains, folds what they tell, and shows it to whoever looks on. */
export class PageService {
  readonly watch: NetworkWatch;
  readonly hub: LiveHub;
  readonly #audits: AuditDesk;
  readonly #answers: PageAnswers;
  readonly #messages: MessageDesk;
  readonly #server: PageServer;
  readonly #options: PageServiceOptions;
  readonly #stop = new AbortController();
  readonly #clock: Clock;
  readonly #listener: PageListener;
  /** Phases of tasks that may change without an event. */
  readonly #phases = new Map<bigint, string>();
  /** Messages of which it was not told yet. */
  readonly #untold = new Set<string>();
  #countedAt = 0;
  #loops: Promise<void>[] = [];

  /**
   * Begins to read, and to listen.
   *
   * @throws `PAGE_NOT_BUILT`, `PORT_IN_USE`, `LISTEN_FAILED`, `TLS_INVALID`.
   */
  static async start(
    network: NetworkFile,
    options: PageServiceOptions,
    modules: PageServiceModules,
  ): Promise<{ page: PageService; url: string }> {
    const files = await readStaticFiles(options.built ?? BUILT);
    const page = new PageService(network, options, modules, files);
    try {
      const { url } = await page.#server.listen();
      void page.watch.begin(0);
      page.#loops = [
        page.#every(EVERY.push, () => page.#push()),
        page.#every(EVERY.phases, () => page.#lookAtPhases()),
        page.#every(EVERY.beat, () => page.hub.beat()),
      ];
      return { page, url };
    } catch (error) {
      await page.watch.stop();
      throw error;
    }
  }

  private constructor(
    network: NetworkFile,
    options: PageServiceOptions,
    modules: PageServiceModules,
    files: Awaited<ReturnType<typeof readStaticFiles>>,
  ) {
    const { clock, storage, makeAudit, maps = new Map(), replays = new Map() } = modules;
    const { listener = () => undefined } = modules;
    this.#options = options;
    this.#clock = clock;
    this.#listener = listener;
    this.watch = new NetworkWatch(network, { clock, storage });
    this.hub = new LiveHub(
      { version: options.version, startedAt: this.watch.startedAt },
      {
        clock,
        onDropped: () => listener({ type: "viewer-dropped" }),
      },
    );
    this.#messages = new MessageDesk(this.watch);
    this.#audits = new AuditDesk(
      {
        make: makeAudit,
        allowsReExecution: makeAudit !== undefined && options.allowsReExecution === true,
      },
      {
        clock,
        versionOf: (task) => this.watch.task(task)?.version,
        linksOf: (check, task) => evidenceOf(this.watch, check, task),
        onChange: (task) => {
          this.watch.version++;
          this.hub.push(`audit.${task}`, { type: "audit", taskId: String(task) });
        },
        onEnd: (outcome) => listener({ type: "audit-ended", outcome }),
      },
    );
    this.#answers = new PageAnswers({
      watch: this.watch,
      messages: this.#messages,
      audits: this.#audits,
      facts: () => this.#facts(),
      ...{ maps, replays },
    });
    this.#server = new PageServer(
      { place: options.place, names: options.names ?? [] },
      {
        answers: this.#answers,
        audits: this.#audits,
        hub: this.hub,
        files,
        health: () => this.health,
        clock,
        listener,
      },
    );
  }

  /** How the page is: well while each chain has an endpoint that answers. */
  get health(): PartHealth {
    return this.watch.health;
  }

  /** What it holds, for whoever measures it. */
  get held(): MeasuredPage {
    const { watch, hub } = this;
    return {
      viewers: hub.viewers,
      connections: this.#server.connections,
      tasks: watch.main.branch.book.tasks.size,
      droppedTasks: watch.droppedTasks,
      messages: watch.feeds.reduce((sum, { branch }) => sum + branch.book.gateway.sent.size, 0),
    };
  }

  /** Keeps an audit that was made elsewhere, for whoever looks at the task's. */
  keepAudit(report: AuditReport): void {
    this.#audits.keep(report);
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#server.close();
    await this.watch.stop();
    await Promise.all(this.#loops);
  }

  async #every(milliseconds: number, work: () => void): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#clock.sleep(milliseconds, signal);
      if (signal.aborted) break;
      try {
        work();
      } catch (error) {
        // A fault in what is told of one thing must not end what is told of the others.
        this.#listener({ type: "trouble", error });
      }
    }
  }

  /** Tells what is new. */
  #push(): void {
    const { watch, hub } = this;
    const { chains, tasks, messages, markets, network, replaced } = watch.takeChanges();
    for (const { chain, branch } of replaced) {
      this.#listener({ type: "branch-replaced", chain });
      hub.push("all", { type: "replaced", chain, branch });
    }
    for (const feed of watch.feeds) {
      if (chains.has(feed.place.name)) hub.push("network", { type: "chain", chain: chainBeat(feed) });
    }
    if (network) hub.push("network", { type: "network" });
    this.#pushTasks(tasks);
    for (const name of markets) hub.push("markets", { type: "market", name });
    for (const id of messages) this.#untold.add(id);
    this.#pushMessages();
    watch.makeRoom();
  }

  #pushTasks(tasks: ReadonlySet<bigint>): void {
    if (tasks.size === 0) return;
    const { watch, hub } = this;
    const ids = [...tasks];
    // The newest, which lists show first.
    const shown = ids.sort((a, b) => (a < b ? 1 : -1)).slice(0, MOST_ROWS);
    hub.push("tasks", {
      type: "tasks",
      rows: shown.flatMap((id) => this.#answers.row(id) ?? []),
      more: ids.length > shown.length,
      total: watch.taskIds().length,
    });
    // Of more than that only somebody who begins to look has missed something, and asks anew.
    for (const id of ids.slice(0, MOST_ROWS * 20)) {
      hub.push(`task.${id}`, { type: "task", taskId: String(id) });
      const mechanism = this.#answers.row(id)?.mechanism;
      if (shown.includes(id) && typeof mechanism === "string")
        hub.push("markets", { type: "market", name: mechanism });
    }
  }

  #pushMessages(): void {
    if (this.#untold.size === 0 || this.#clock.now() < this.#countedAt + COUNT_MILLISECONDS) return;
    this.#countedAt = this.#clock.now();
    const ids = [...this.#untold];
    this.#untold.clear();
    const shown = ids.slice(-MOST_ROWS);
    this.hub.push("messages", {
      type: "messages",
      rows: shown.flatMap((id) => this.#messages.row(id) ?? []),
      more: ids.length > shown.length,
      counts: this.#messages.counts(),
    });
  }

  /** Phases end by the time as well. */
  #lookAtPhases(): void {
    const { watch } = this;
    for (const id of watch.taskIds()) {
      const view = watch.task(id)?.view;
      if (view === undefined) continue;
      const phase = taskPhase(view, watch.now);
      if (phase.name === "ended") {
        this.#phases.delete(id);
        continue;
      }
      const text = textOf(phase);
      if (this.#phases.get(id) !== undefined && this.#phases.get(id) !== text) watch.touch(id);
      this.#phases.set(id, text);
    }
  }

  #facts(): ServerFacts {
    return {
      version: this.#options.version,
      startedAt: this.watch.startedAt,
      now: Math.floor(this.#clock.now() / 1000),
      allowsAudits: this.#audits.allowsAudits,
      allowsReExecution: this.#audits.allowsReExecution,
      viewers: this.hub.viewers,
      mostViewers: BOUNDS.viewers,
    };
  }
}

function textOf(phase: TaskPhase): string {
  return "round" in phase ? `${phase.name} ${phase.round}` : phase.name;
}
