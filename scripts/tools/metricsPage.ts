import { markdownTable } from "../../reports/markdownTable.ts";
import { MOST_LABEL_VALUES, OTHER } from "../../reports/metrics/MetricSet.ts";
import { METRIC_CATALOGUE } from "./metricCatalogue.ts";

/** docs/metrics.md: every metric, as the code defines it. */
export function metricsPage(): string {
  return `${[
    "# Metrics",
    "<!-- Generated from the parts' own definitions by scripts/tools/metricsPage.ts: edit there, then npm run docs. -->",
    `Every part that is started with \`--metrics-port PORT\` serves these at \`/metrics\`, as text for Prometheus; the relay also at its public URL, unless it was given a port for them ([operations.md](operations.md#health-and-metrics)). \`up --metrics-port\` has storage, relay, aggregators and page of a local network together.

A name is \`freshet_<part>_<what>_<unit>\`: base units (seconds, bytes, ratio, tokens), counters end with \`total\`. Tasks, rounds, workers, messages and digests are never labels: strangers make those. Of what somebody else can choose, such as an error's code, a label has at most ${MOST_LABEL_VALUES} values; further ones are \`${OTHER}\`, and so are chains that are not of the network. What concerns one task or message is in the logs ([operations.md](operations.md#logs)).

Beside these, \`process_…\` and \`nodejs_…\`: processor, memory, event loop, as prom-client has them.

Alert rules, a dashboard and how to use them: [monitoring/](../monitoring/README.md).`,
    ...METRIC_CATALOGUE.flatMap(({ title, definitions }) => [
      `## ${title}`,
      markdownTable({
        columns: ["metric", "type", "what", "labels"].map((header) => ({ header })),
        rows: Object.entries(definitions).map(([name, { kind, help, labels }]) => [
          `\`${name}\``,
          kind,
          help,
          Object.entries(labels)
            .map(([label, about]) => `\`${label}\`: ${about}`)
            .join("; "),
        ]),
      }),
    ]),
  ].join("\n\n")}\n`;
}
