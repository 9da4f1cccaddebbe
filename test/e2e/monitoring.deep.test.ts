import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";

import { DASHBOARD_ROWS } from "../../scripts/tools/dashboardRows.ts";
import { examplePath } from "../../tasks/examplePath.ts";
import type { TaskSummary } from "../../tasks/view/taskSummary.ts";
import { promtool, WITHOUT_PROMTOOL } from "../unit/monitoring/promtool.ts";
import { faultsOfLine, type LogLine } from "../unit/reports/eventFields.ts";
import { readEvents } from "../unit/reports/exports/eventRecords.ts";
import { Cli } from "./Cli.ts";

/** A machine that does other things too takes minutes to start all parts. */
const TIMEOUT_MILLISECONDS = 600_000;
const BASE_PORT = 9671;
const PORTS = { network: 9691, relay: 9692, worker: 9693, prometheus: 9694, page: 9695, pageMetrics: 9696 };
const ALERTS = fileURLToPath(new URL("../../monitoring/alerts.yml", import.meta.url));

/** An answer of Prometheus. */
interface Answer {
  status: string;
  data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

describe("a network that is watched", () => {
  let directory: string;
  let network: string;
  const running: Cli[] = [];
  let prometheus: ChildProcess | undefined;
  /** What the workers and the relay told, as lines. */
  let workers: Cli;
  let relay: Cli;
  let task: string;

  before(async function () {
    this.timeout(TIMEOUT_MILLISECONDS);
    if ((await promtool(["--version"])) === undefined) {
      this.test!.title += WITHOUT_PROMTOOL;
      return this.skip();
    }
    directory = await mkdtemp(join(tmpdir(), "freshet-watched-"));
    network = join(directory, "network.json");
    const start = async (ready: string, ...words: string[]) => {
      const cli = new Cli(...words);
      running.push(cli);
      await cli.printed(ready);
      return cli;
    };
    const at = (port: number) => ["--metrics-port", String(port)];
    await start(
      "Ctrl-C stops everything",
      ...["up", "--no-relay", "--base-port", String(BASE_PORT), "--directory", directory],
      ...at(PORTS.network),
    );
    relay = await start(
      "the relay is running",
      ...["relay", "start", "--network", network, "--json"],
      ...at(PORTS.relay),
    );
    const devices = ["--device", "1", "2", "3"];
    workers = await start(
      "are ready",
      ...["worker", "start", "--network", network, ...devices, "--json"],
      ...at(PORTS.worker),
    );
    await start(
      "It reads only",
      ...["page", "--network", network, "--port", String(PORTS.page)],
      ...at(PORTS.pageMetrics),
    );
    const config = join(directory, "prometheus.yml");
    const targets = [PORTS.network, PORTS.relay, PORTS.worker, PORTS.pageMetrics].map(
      (port) => `"127.0.0.1:${port}"`,
    );
    await writeFile(
      config,
      `global: { scrape_interval: 1s, evaluation_interval: 1s }
rule_files: [${JSON.stringify(ALERTS)}]
scrape_configs: [{ job_name: freshet, static_configs: [{ targets: [${targets.join(", ")}] }] }]
`,
    );
    prometheus = spawn(
      "prometheus",
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(directory, "prometheus")}`,
        `--web.listen-address=127.0.0.1:${PORTS.prometheus}`,
        "--log.level=error",
      ],
      { stdio: "ignore" },
    );
    await until(async () => (await instant("sum(up)"))[0]?.value[1] === "4");
    const submit = new Cli(
      "task",
      "submit",
      examplePath("mnist-quick.json"),
      "--network",
      network,
      "--wait",
      "--json",
    );
    expect(await submit.ended(), submit.output).to.equal(0);
    task = (JSON.parse(submit.stdout) as { taskId: string }).taskId;
    await sleep(3000);
  });

  after(async () => {
    prometheus?.kill("SIGTERM");
    for (const process of running.reverse()) await process.end("SIGTERM");
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  });

  it("has data for every panel of the dashboard but those that are empty while all is well", async () => {
    const empty: string[] = [];
    for (const { panels } of DASHBOARD_ROWS) {
      for (const { title, queries, isQuiet } of panels) {
        const answers = await Promise.all(queries.map(({ expr }) => instant(asked(expr))));
        if (answers.every(({ length }) => length === 0) && isQuiet !== true) empty.push(title);
      }
    }
    expect(empty).to.deep.equal([]);
  });

  it("counts what was done", async () => {
    const value = async (query: string) => Number((await instant(query))[0]?.value[1]);
    expect(await value("sum(freshet_worker_updates_revealed_total)")).to.equal(12);
    expect(await value("sum(freshet_worker_claims_total)")).to.equal(6);
    expect(await value("sum(freshet_worker_paid_tokens_total)")).to.be.greaterThan(0);
    expect(await value("sum(freshet_relayer_messages_open)")).to.equal(0);
    expect(await value("sum(freshet_keeper_epochs_settled_total)")).to.equal(2);
    expect(await value("max(freshet_aggregator_score_ratio)")).to.be.within(0.1, 1);
    expect(await value("min(freshet_part_healthy)")).to.equal(1);
    expect(await value('freshet_part_healthy{part="page"}')).to.equal(1);
    expect(await value("freshet_page_held_tasks")).to.equal(1);
    expect(await value("sum(freshet_storage_blocks_stored_total)")).to.be.greaterThan(12);
  });

  it("loads the alert rules, none of which says that something is down", async () => {
    const response = await fetch(`http://127.0.0.1:${PORTS.prometheus}/api/v1/rules`);
    const { data } = (await response.json()) as {
      data: { groups: { rules: { name: string; health: string; state: string }[] }[] };
    };
    const rules = data.groups.flatMap((group) => group.rules);
    expect(rules.filter(({ health }) => health !== "ok")).to.deep.equal([]);
    const firing = rules.filter(({ state }) => state === "firing").map(({ name }) => name);
    // A busy machine may be late; that is no fault of the network's.
    expect(firing.filter((name) => !/Refreshes|PayLost|AggregationSlow/.test(name))).to.deep.equal([]);
  });

  it("logs every line about the task with its id, and with round, worker and message where it is about one", async () => {
    const aggregators = await readFile(join(directory, "logs", "aggregators.jsonl"), "utf8");
    const lines = [workers.stdout, relay.stdout, aggregators].map((text) =>
      text
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as LogLine),
    );
    const all = lines.flat();
    expect(all.flatMap(faultsOfLine)).to.deep.equal([]);
    // Of one task there is no other to be told of.
    const tasks = new Set(all.flatMap((line) => (line.task === undefined ? [] : [line.task])));
    expect([...tasks]).to.deep.equal([task]);
    const events = new Set(all.map(({ part, event }) => `${part} ${event}`));
    expect([...events]).to.include.members([
      ...["worker enrolled", "worker trained", "worker revealed", "worker claimed"],
      ...["aggregator aggregated", "aggregator attested", "relay message-delivered", "relay epoch-settled"],
    ]);
    // What is named in a line's own words is named in its fields, too.
    for (const line of all) {
      if (/\btask \d/.test(String(line.doing ?? line.reason ?? ""))) expect(line.task).to.equal(task);
    }
  });

  it("is exported by a command, as its chains tell it", async () => {
    const [parquet, tensorboard] = [join(directory, "tables"), join(directory, "runs")];
    const told = new Cli(
      ...["task", "export", "--network", network, "--json"],
      ...["--parquet", parquet, "--tensorboard", tensorboard],
    );
    expect(await told.ended(), told.output).to.equal(0);
    const show = new Cli("task", "show", task, "--network", network, "--json");
    expect(await show.ended(), show.output).to.equal(0);
    const summary = JSON.parse(show.stdout) as TaskSummary;
    const rowsOf = async (name: string) =>
      parquetReadObjects({ file: await asyncBufferFromFile(join(parquet, `${name}.parquet`)) });
    const rounds = await rowsOf("rounds");
    expect(
      rounds.map(({ round, score, model_digest }) => [Number(round), score, model_digest]),
    ).to.deep.equal(
      summary.rounds.map(({ round, accuracy, globalDigest }) => [round, accuracy, globalDigest]),
    );
    expect(await rowsOf("workers")).to.have.length(6);
    expect(await rowsOf("updates")).to.have.length(12);
    const [file] = await readdir(join(tensorboard, `task-${task}`));
    const events = readEvents(await readFile(join(tensorboard, `task-${task}`, file!)));
    const scores = events.flatMap(({ step, summary: values }) =>
      (values?.value ?? []).flatMap(({ tag, simpleValue }) => (tag === "score" ? [[step, simpleValue]] : [])),
    );
    expect(scores).to.deep.equal(summary.rounds.map(({ round, accuracy }) => [round, Math.fround(accuracy)]));
  });

  async function instant(query: string): Promise<Answer["data"]["result"]> {
    const url = `http://127.0.0.1:${PORTS.prometheus}/api/v1/query?query=${encodeURIComponent(query)}`;
    const response = await fetch(url).catch(() => undefined);
    if (response === undefined) return [];
    const answer = (await response.json()) as Answer;
    expect(answer.status, query).to.equal("success");
    return answer.data.result;
  }
});

/** A query of the dashboard as Grafana would ask it of all parts. */
function asked(expr: string): string {
  return expr.replaceAll("$__rate_interval", "5m").replaceAll("$job", ".*").replaceAll("$instance", ".*");
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 300) throw new Error("Prometheus does not read all parts.");
    await sleep(100);
  }
}
