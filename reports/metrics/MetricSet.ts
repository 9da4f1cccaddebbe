import { Counter, Gauge, Histogram, type Registry } from "prom-client";

import type { MetricDefinitions } from "./MetricDefinition.ts";

/**
 * Most values that a label of a metric has: whoever chooses a value, such as the error of a contract that is not ours,
 * makes no more series than these. All further ones are {@link OTHER}.
 */
export const MOST_LABEL_VALUES = 64;
/** What a label says in place of a value that is one too many. */
export const OTHER = "other";
/** Longest value of a label, characters. */
const LONGEST_VALUE = 160;

/** Names of the metrics of a kind. */
type NameOf<D extends MetricDefinitions, Kind extends string> = {
  [Name in keyof D & string]: D[Name]["kind"] extends Kind ? Name : never;
}[keyof D & string];

/** A value for each label of a metric. */
export type LabelsOf<D extends MetricDefinitions, Name extends keyof D> = {
  readonly [Label in keyof D[Name]["labels"] & string]: string;
};

/** Metrics as they are defined, in a registry, none with more series than its labels' bounds allow. */
export class MetricSet<const D extends MetricDefinitions> {
  readonly #metrics = new Map<string, Counter | Gauge | Histogram>();
  /** By metric and label, which values it has had. */
  readonly #values = new Map<string, Set<string>>();
  readonly #collected = new Map<string, () => Iterable<readonly [Record<string, string>, number]>>();

  constructor(definitions: D, registry: Registry) {
    for (const [name, { kind, help, labels, buckets = [] }] of Object.entries(definitions)) {
      const options = { name, help, labelNames: Object.keys(labels), registers: [registry] };
      this.#metrics.set(
        name,
        kind === "counter"
          ? new Counter(options)
          : kind === "histogram"
            ? new Histogram({ ...options, buckets: [...buckets] })
            : new Gauge({ ...options, collect: () => this.#collect(name) }),
      );
    }
  }

  /** Adds to a counter; 0 makes it begin, so that its first increase is seen as one. */
  add<Name extends NameOf<D, "counter">>(name: Name, labels: LabelsOf<D, Name>, by = 1): void {
    (this.#metrics.get(name) as Counter).inc(this.#bounded(name, labels), by);
  }

  set<Name extends NameOf<D, "gauge">>(name: Name, labels: LabelsOf<D, Name>, value: number): void {
    (this.#metrics.get(name) as Gauge).set(this.#bounded(name, labels), value);
  }

  observe<Name extends NameOf<D, "histogram">>(name: Name, labels: LabelsOf<D, Name>, value: number): void {
    (this.#metrics.get(name) as Histogram).observe(this.#bounded(name, labels), value);
  }

  /** Has a gauge asked for whenever metrics are read. Of equal labels, and of others that are one too many, it is the sum. */
  collect<Name extends NameOf<D, "gauge">>(
    name: Name,
    values: () => Iterable<readonly [LabelsOf<D, Name>, number]>,
  ): void {
    this.#collected.set(name, values);
  }

  #collect(name: string): void {
    const values = this.#collected.get(name);
    if (values === undefined) return;
    const gauge = this.#metrics.get(name) as Gauge;
    gauge.reset();
    const touched = new Map<string, { labels: Record<string, string>; sum: number }>();
    for (const [labels, value] of values()) {
      const bounded = this.#bounded(name, labels);
      const key = JSON.stringify(bounded);
      const known = touched.get(key);
      if (known === undefined) touched.set(key, { labels: bounded, sum: value });
      else known.sum += value;
    }
    for (const { labels, sum } of touched.values()) gauge.set(labels, sum);
  }

  #bounded(name: string, labels: Readonly<Record<string, string>>): Record<string, string> {
    return Object.fromEntries(
      Object.entries(labels).map(([label, value]) => [label, this.#boundedValue(`${name}/${label}`, value)]),
    );
  }

  #boundedValue(place: string, value: string): string {
    let seen = this.#values.get(place);
    if (seen === undefined) {
      seen = new Set();
      this.#values.set(place, seen);
    }
    if (seen.has(value)) return value;
    if (seen.size >= MOST_LABEL_VALUES || value.length > LONGEST_VALUE) return OTHER;
    seen.add(value);
    return value;
  }
}
