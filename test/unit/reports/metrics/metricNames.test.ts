import { expect } from "chai";
import { Registry } from "prom-client";

import { MetricSet, MOST_LABEL_VALUES } from "../../../../reports/metrics/MetricSet.ts";
import { METRIC_CATALOGUE } from "../../../../scripts/tools/metricCatalogue.ts";

const ALL = METRIC_CATALOGUE.flatMap(({ parts, definitions }) =>
  Object.entries(definitions).map(([name, definition]) => ({ name, parts, ...definition })),
);
/** Units that Prometheus takes for basic ones, and ours: gas, tokens and coins of a chain, and what is only counted. */
const UNITS = ["seconds", "bytes", "ratio", "tokens", "coins", "gas"];
/** Units that are not basic, and their short forms. */
const OTHER_UNITS =
  /_(milliseconds?|ms|minutes?|hours?|days?|sec|secs|kilobytes?|kb|mb|percent|wei|gwei|pct)(_|$)/;
/** What is made by those who publish, work or send. */
const STRANGERS = ["task", "round", "worker", "message", "digest", "publisher", "writer", "hash", "nonce"];
/** Gauges of a whole number of things, or of yes and no. */
const UNITLESS = /_(up|healthy|block|open|files|viewers|connections|tasks|messages)$/;

describe("the names of all metrics", () => {
  for (const { name, parts, kind, help, labels, buckets } of ALL) {
    it(name, () => {
      expect(name).to.match(/^freshet_[a-z]+(_[a-z]+)+$/);
      expect(parts).to.include(name.split("_")[1]);
      expect(name)
        .not.to.match(OTHER_UNITS)
        .and.not.to.match(/_(bucket|sum|count)$/);
      if (kind === "counter") expect(name).to.match(/_total$/);
      else expect(name).not.to.match(/_total$/);
      if (kind === "histogram") expect(name).to.match(/_seconds$/);
      if (kind === "gauge")
        expect(UNITLESS.test(name) || UNITS.some((unit) => name.endsWith(`_${unit}`))).to.equal(true);
      expect(buckets !== undefined).to.equal(kind === "histogram");
      expect(help).to.match(/^[A-Z].*[^.]$/);
      for (const [label, about] of Object.entries(labels)) {
        expect(label).to.match(/^[a-z]+$/);
        expect(STRANGERS).not.to.include(label);
        expect(about).not.to.equal("");
      }
    });
  }

  it("are told once each", () => {
    expect(new Set(ALL.map(({ name }) => name)).size).to.equal(ALL.length);
  });
});

describe("MetricSet", () => {
  const definitions = {
    freshet_part_seen_total: { kind: "counter", help: "Seen", labels: { error: "code" } },
    freshet_part_open: { kind: "gauge", help: "Open", labels: { chain: "name" } },
  } as const;

  it("has no more series than its labels may have values, whoever chooses them", async () => {
    const registry = new Registry();
    const metrics = new MetricSet(definitions, registry);
    for (let i = 0; i < 1000; i++) metrics.add("freshet_part_seen_total", { error: `E${i}` });
    metrics.add("freshet_part_seen_total", { error: "E0" });
    metrics.add("freshet_part_seen_total", { error: "x".repeat(10_000) });
    const lines = (await registry.metrics())
      .split("\n")
      .filter((line) => line.startsWith("freshet_part_seen"));
    expect(lines).to.have.length(MOST_LABEL_VALUES + 1);
    expect(lines).to.include('freshet_part_seen_total{error="E0"} 2');
    expect(lines).to.include(`freshet_part_seen_total{error="other"} ${1000 - MOST_LABEL_VALUES + 1}`);
  });

  it("asks for a gauge whenever it is read, and adds up what has the same labels", async () => {
    const registry = new Registry();
    const metrics = new MetricSet(definitions, registry);
    let open: readonly (readonly [{ chain: string }, number])[] = [
      [{ chain: "main" }, 2],
      [{ chain: "other" }, 3],
      [{ chain: "other" }, 4],
    ];
    metrics.collect("freshet_part_open", () => open);
    const told = async () =>
      (await registry.metrics()).split("\n").filter((line) => line.startsWith("freshet_part_open"));
    expect(await told()).to.deep.equal([
      'freshet_part_open{chain="main"} 2',
      'freshet_part_open{chain="other"} 7',
    ]);
    open = [];
    expect(await told()).to.deep.equal([]);
  });
});
