import { globSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { Registry } from "prom-client";

import { MetricSet } from "../../../reports/metrics/MetricSet.ts";
import { DASHBOARD_ROWS } from "../../../scripts/tools/dashboardRows.ts";
import { METRIC_CATALOGUE } from "../../../scripts/tools/metricCatalogue.ts";
import { promtool, WITHOUT_PROMTOOL } from "./promtool.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const read = (path: string) => readFile(join(ROOT, path), "utf8");

const METRICS = new Map(METRIC_CATALOGUE.flatMap(({ definitions }) => Object.entries(definitions)));
/** Labels that Prometheus gives, and those of histograms. */
const GIVEN = ["job", "instance", "le"];

/** What is wrong with the metrics of a PromQL expression: those that nobody tells, and labels that they do not have. */
function faultsOf(expr: string): string[] {
  return [...expr.matchAll(/\b(freshet_[a-z_]+)(\{[^}]*\})?/g)].flatMap(([, told, selector = ""]) => {
    const name = told!.replace(/_(bucket|count|sum)$/, "");
    const isPart = name !== told;
    const metric = METRICS.get(name);
    if (metric === undefined || isPart !== (metric.kind === "histogram")) return [told!];
    return [...selector.matchAll(/([a-z]+)\s*(?:=~|!~|!=|=)/g)].flatMap(([, label]) =>
      label! in metric.labels || GIVEN.includes(label!) ? [] : [`${told}{${label}}`],
    );
  });
}

/** The rules of alerts.yml: name and text of each. */
async function rules(): Promise<{ name: string; text: string }[]> {
  const [, ...parts] = (await read("monitoring/alerts.yml")).split("- alert: ");
  return parts.map((text) => ({ name: /^\w+/.exec(text)![0], text }));
}

describe("monitoring/alerts.yml", () => {
  it("goes by metrics and labels that parts tell", async () => {
    for (const { name, text } of await rules()) expect(faultsOf(text), name).to.deep.equal([]);
    expect(faultsOf('freshet_part_gone_total + freshet_part_healthy{colour="red"}')).to.deep.equal([
      "freshet_part_gone_total",
      "freshet_part_healthy{colour}",
    ]);
  });

  it("says of each rule what to do, and where it fires", async () => {
    const page = await read("docs/monitoring.md");
    const tests = await read("monitoring/alerts.test.yml");
    const named = await rules();
    for (const { name, text } of named) {
      expect(text, name).to.contain(`runbook: docs/monitoring.md#${name.toLowerCase()}\n`);
      expect(page, name).to.contain(`\n### ${name}\n`);
      expect(tests, name).to.match(new RegExp(`alertname: ${name}\\n\\s+exp_alerts:\\n\\s+- exp_labels`));
      expect(text, name).to.match(/severity: (critical|warning|info)/);
    }
    expect(page.match(/^### Freshet\w+$/gm)).to.have.length(named.length);
  });

  it("goes by errors that there are", async () => {
    const codes = (await rules()).flatMap(({ text }) => text.match(/\b[A-Z]{2,}(?:_[A-Z]+)+\b/g) ?? []);
    expect(codes).to.include("WOULD_EQUIVOCATE");
    const sources = await Promise.all(
      globSync("{protocol,chains,relay,storage}/**/*.ts", { cwd: ROOT }).map((file) => read(file)),
    );
    const thrown = new Set(sources.flatMap((text) => text.match(/"[A-Z]+(?:_[A-Z]+)+"/g) ?? []));
    for (const code of codes) expect([...thrown], code).to.include(`"${code}"`);
  });

  it("is what Prometheus understands (promtool)", async function () {
    const checked = await promtool(["check", "rules", "alerts.yml"]);
    if (checked === undefined) {
      this.test!.title += WITHOUT_PROMTOOL;
      return this.skip();
    }
    expect(checked).to.contain("SUCCESS");
    expect(await promtool(["check", "config", "prometheus.yml"])).to.contain("SUCCESS");
  });
});

describe("what parts tell", () => {
  it("is named and written as Prometheus advises (promtool)", async function () {
    const registry = new Registry();
    for (const { definitions } of METRIC_CATALOGUE) {
      const metrics = new MetricSet(definitions, registry);
      for (const [name, { kind, labels }] of Object.entries(definitions)) {
        const values = Object.fromEntries(Object.keys(labels).map((label) => [label, "main"]));
        if (kind === "counter") metrics.add(name as never, values as never);
        else if (kind === "gauge") metrics.set(name as never, values as never, 1);
        else metrics.observe(name as never, values as never, 1);
      }
    }
    const text = await registry.metrics();
    expect(text.match(/^# TYPE /gm)).to.have.length(METRICS.size);
    const told = await promtool(["check", "metrics"], text);
    if (told === undefined) {
      this.test!.title += WITHOUT_PROMTOOL;
      return this.skip();
    }
    const faulty = text.replaceAll("freshet_storage_served_bytes_total", "freshet_storage_served_kilobytes");
    const failed = await promtool(["check", "metrics"], faulty).catch(({ stderr }) => String(stderr));
    expect(failed).to.contain("freshet_storage_served_kilobytes");
  });
});

describe("monitoring/dashboard.json", () => {
  const queries = DASHBOARD_ROWS.flatMap(({ panels }) => panels.flatMap(({ queries: own }) => own));

  it("asks for metrics and labels that parts tell, and for every one of these metrics", () => {
    for (const { expr, legend } of queries) expect(faultsOf(expr), legend).to.deep.equal([]);
    const asked = queries.map(({ expr }) => expr).join("\n");
    const unasked = [...METRICS.keys()].filter((name) => !asked.includes(name));
    // Shown in alerts, or beside another that says the same for people.
    expect(unasked).to.have.members([
      "freshet_part_last_error_timestamp_seconds",
      "freshet_worker_claims_total",
      "freshet_worker_claims_unpaid_total",
    ]);
  });

  it("is what Grafana's model asks for: ids once, places apart, and every query where its data are", async () => {
    const dashboard = JSON.parse(await read("monitoring/dashboard.json"));
    const { panels, templating } = dashboard as {
      panels: {
        id: number;
        type: string;
        gridPos: Record<"x" | "y" | "w" | "h", number>;
        targets?: unknown[];
      }[];
      templating: { list: { name: string }[] };
    };
    expect(new Set(panels.map(({ id }) => id)).size).to.equal(panels.length);
    expect(templating.list.map(({ name }) => name)).to.deep.equal(["datasource", "job", "instance"]);
    const taken = new Set<string>();
    for (const {
      gridPos: { x, y, w, h },
    } of panels) {
      expect(x + w).to.be.at.most(24);
      for (let column = x; column < x + w; column++)
        for (let line = y; line < y + h; line++) {
          expect(taken.has(`${column}/${line}`)).to.equal(false);
          taken.add(`${column}/${line}`);
        }
    }
    expect(panels.flatMap(({ targets = [] }) => targets)).to.have.length(queries.length);
  });

  it("has only queries that Prometheus understands (promtool)", async function () {
    const folder = await mkdtemp(join(tmpdir(), "freshet-promql-"));
    try {
      const file = join(folder, "queries.yml");
      const records = queries.map(
        ({ expr }, i) =>
          `      - record: query:${i}\n        expr: ${JSON.stringify(expr.replaceAll("$__rate_interval", "5m"))}\n`,
      );
      await writeFile(file, `groups:\n  - name: queries\n    rules:\n${records.join("")}`);
      const checked = await promtool(["check", "rules", file]);
      if (checked === undefined) {
        this.test!.title += WITHOUT_PROMTOOL;
        return this.skip();
      }
      expect(checked).to.contain(`SUCCESS: ${queries.length} rules found`);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
