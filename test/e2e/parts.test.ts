import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { examplePath } from "../../tasks/examplePath.ts";
import type { TaskSummary } from "../../tasks/view/taskSummary.ts";
import { Cli } from "./Cli.ts";

describe("Freshet in parts: up, worker start, task submit, each a process", () => {
  let directory: string;
  let network: string;
  const running: Cli[] = [];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-parts-"));
    network = join(directory, "network.json");
    const up = new Cli("up", "--base-port", "9631", "--directory", directory);
    running.push(up);
    await up.printed("Ctrl-C stops everything");
    const devices = new Cli(
      "worker",
      "start",
      "--network",
      network,
      "--device",
      "1",
      "2",
      "3",
      "--only",
      "devices",
    );
    const twins = new Cli(
      "worker",
      "start",
      "--network",
      network,
      "--device",
      "1",
      "2",
      "3",
      "--only",
      "twins",
    );
    running.push(devices, twins);
    await Promise.all([devices.printed("are ready"), twins.printed("are ready")]);
  });

  after(async () => {
    for (const process of running.reverse()) await process.end("SIGTERM");
    await rm(directory, { recursive: true, force: true });
  });

  it("runs a task between processes that meet only on the chains and in storage", async () => {
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
    const task = JSON.parse(submit.stdout) as TaskSummary;
    expect(task.status).to.equal("Completed");
    expect(task.rounds.map(({ updates }) => updates)).to.deep.equal([
      { virtual: 3, physical: 3 },
      { virtual: 3, physical: 3 },
    ]);
    expect(task.payments).to.have.length(6);
    expect(task.payments.map(({ item }) => item).sort()).to.deep.equal([1, 1, 2, 2, 3, 3]);
    const { funded, paid, refunded } = task.escrow;
    expect(BigInt(funded)).to.equal(BigInt(paid) + BigInt(refunded));

    const audit = new Cli("audit", task.taskId, "--network", network, "--json");
    expect(await audit.ended(), audit.output).to.equal(0);
    expect(JSON.parse(audit.stdout)).to.include({ ok: true });
  });

  it("refuses a task whose menu breaks incentive compatibility, naming the item", async () => {
    const spec = JSON.parse(await readFile(examplePath("mnist-quick.json"), "utf8"));
    spec.reward.menu.items[2].reward = "20000000000000000000";
    const path = join(directory, "greedy.json");
    await writeFile(path, JSON.stringify(spec));
    const submit = new Cli("task", "submit", path, "--network", network, "--json");
    expect(await submit.ended()).to.equal(2);
    const error = JSON.parse(submit.stdout) as { error: string; details: string };
    expect(error.error).to.equal("MENU_REFUSED");
    expect(error.details).to.match(/^Item 3 pays so much more than item 2/);
    const list = new Cli("task", "list", "--network", network, "--json");
    expect(await list.ended()).to.equal(0);
    expect(JSON.parse(list.stdout)).to.have.length(1);
  });
});
