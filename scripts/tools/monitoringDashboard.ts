import { DASHBOARD_ROWS, type Panel, type Unit } from "./dashboardRows.ts";

const DATASOURCE = { type: "prometheus", uid: "$datasource" };
const [WIDTH, HEIGHT, ACROSS] = [8, 8, 3] as const;

/** The dashboard in Grafana's JSON model, schema 36 (Grafana 9 and later). */
export function monitoringDashboard(): string {
  const panels: object[] = [];
  let y = 0;
  let id = 0;
  for (const { title, panels: own } of DASHBOARD_ROWS) {
    panels.push({
      id: ++id,
      type: "row",
      title,
      collapsed: false,
      panels: [],
      gridPos: { x: 0, y, w: 24, h: 1 },
    });
    y += 1;
    for (const [place, panel] of own.entries()) {
      const gridPos = {
        x: WIDTH * (place % ACROSS),
        y: y + HEIGHT * Math.floor(place / ACROSS),
        w: WIDTH,
        h: HEIGHT,
      };
      panels.push({ id: ++id, gridPos, ...grafanaPanel(panel) });
    }
    y += HEIGHT * Math.ceil(own.length / ACROSS);
  }
  return `${JSON.stringify(
    {
      uid: "freshet",
      title: "Freshet",
      description: "Parts of a Freshet network: docs/monitoring.md. Made by npm run docs.",
      tags: ["freshet"],
      schemaVersion: 36,
      version: 1,
      editable: true,
      graphTooltip: 1,
      refresh: "30s",
      time: { from: "now-1h", to: "now" },
      timezone: "browser",
      templating: {
        list: [
          { name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus", refresh: 1 },
          variable("job", "Job", "label_values(freshet_part_healthy, job)"),
          variable("instance", "Instance", 'label_values(freshet_part_healthy{job=~"$job"}, instance)'),
        ],
      },
      annotations: { list: [] },
      links: [],
      panels,
    },
    null,
    2,
  )}\n`;
}

function variable(name: string, label: string, query: string) {
  return {
    ...{ name, label, type: "query", datasource: DATASOURCE, definition: query },
    query: { query, refId: name },
    ...{ refresh: 2, sort: 1, multi: true, includeAll: true, allValue: ".*" },
    current: { text: "All", value: "$__all" },
  };
}

function grafanaPanel({ title, about, unit, kind, queries }: Panel) {
  const targets = queries.map(({ expr, legend }, i) => ({
    refId: String.fromCharCode("A".charCodeAt(0) + i),
    datasource: DATASOURCE,
    expr,
    legendFormat: legend,
    range: kind === "timeseries",
    instant: kind === "stat",
  }));
  const common = { type: kind, title, description: about, datasource: DATASOURCE, targets };
  if (kind === "stat") {
    return {
      ...common,
      fieldConfig: { defaults: { unit, mappings: [], thresholds: thresholdsOf(unit) }, overrides: [] },
      options: {
        reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
        textMode: "value_and_name",
        colorMode: "background",
      },
    };
  }
  return {
    ...common,
    fieldConfig: {
      defaults: { unit, custom: { lineWidth: 1, fillOpacity: 10, showPoints: "never" } },
      overrides: [],
    },
    options: {
      legend: { displayMode: "list", placement: "bottom", calcs: [] },
      tooltip: { mode: "multi", sort: "desc" },
    },
  };
}

/** Red where yes and no says no; nothing of what has no bounds. */
function thresholdsOf(unit: Unit) {
  const steps =
    unit === "bool"
      ? [
          { color: "red", value: null },
          { color: "green", value: 1 },
        ]
      : [{ color: "blue", value: null }];
  return { mode: "absolute", steps };
}
