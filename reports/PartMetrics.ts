import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** Something that a part tells. */
interface CountedEvent {
  readonly type: string;
  readonly error?: unknown;
}

/** Seconds by which durations are counted: from a tenth to ten minutes. */
const BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** Counts what a part tells, for Prometheus, and measures its process. */
export class PartMetrics {
  readonly registry = new Registry();
  readonly #part: string;
  readonly #now: () => number;
  readonly #events = new Counter({
    name: "freshet_events_total",
    help: "What the part told, by the type of event",
    labelNames: ["part", "type"],
    registers: [this.registry],
  });
  readonly #trouble = new Counter({
    name: "freshet_trouble_total",
    help: "Errors that the part went on after, by their code",
    labelNames: ["part", "error"],
    registers: [this.registry],
  });
  readonly #seconds = new Histogram({
    name: "freshet_duration_seconds",
    help: "How long it took, or how late it was: trained, aggregated, refreshed (late)",
    labelNames: ["part", "type"],
    buckets: BUCKETS,
    registers: [this.registry],
  });
  readonly #last = new Gauge({
    name: "freshet_last_event_timestamp_seconds",
    help: "When the part last told of an event of a type, Unix time",
    labelNames: ["part", "type"],
    registers: [this.registry],
  });

  /**
   * @param options - `part`: such as "worker". `chains`: asked whenever the metrics are read, which of them are reached.
   * @param modules - `now`: the time, Unix ms.
   */
  constructor(
    { part, chains }: { part: string; chains?: () => Readonly<Record<string, { ok?: unknown }>> | undefined },
    modules: { now: () => number },
  ) {
    this.#part = part;
    this.#now = modules.now;
    collectDefaultMetrics({ register: this.registry });
    if (chains === undefined) return;
    const up = new Gauge({
      name: "freshet_chain_up",
      help: "Whether an endpoint of the chain answers",
      labelNames: ["part", "chain"],
      registers: [this.registry],
      collect() {
        this.reset();
        for (const [chain, { ok }] of Object.entries(chains() ?? {}))
          this.set({ part, chain }, ok === true ? 1 : 0);
      },
    });
    up.reset();
  }

  readonly listen = (event: CountedEvent): void => {
    const labels = { part: this.#part, type: event.type };
    this.#events.inc(labels);
    this.#last.set(labels, this.#now() / 1000);
    const { error, milliseconds, late } = event as CountedEvent & { milliseconds?: unknown; late?: unknown };
    if (error !== undefined) this.trouble(error);
    const took = milliseconds ?? late;
    if (typeof took === "number") this.#seconds.observe(labels, took / 1000);
  };

  /** Counts an error. */
  readonly trouble = (error: unknown): void => {
    const { code } = (error ?? {}) as { code?: unknown };
    this.#trouble.inc({ part: this.#part, error: typeof code === "string" ? code : "UNKNOWN" });
  };
}
