import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { Cli } from "./Cli.ts";

/** How long a command may take to end after Ctrl-C, milliseconds. */
const PATIENCE = 5000;

describe("a task that fails", () => {
  let directory: string;
  let network: string[];
  let spec: string;
  const running: Cli[] = [];

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-failed-"));
    network = ["--network", join(directory, "network.json")];
    spec = join(directory, "task.json");
    const menu = { items: [{ period: 6, reward: "1000", cost: "5" }] };
    const schedule = {
      enrolSeconds: 8,
      epochSeconds: 6,
      commitSeconds: 4,
      revealSeconds: 3,
      reportSeconds: 2,
      deadlineSeconds: 25,
      claimSeconds: 20,
    };
    const task = { ...smallSpec(), rounds: 1, schedule, reward: { policy: "aoi-contract", menu } };
    await writeFile(spec, JSON.stringify(task));
    await writeFile(
      join(directory, "workers.json"),
      JSON.stringify({
        devices: [
          {
            name: "device 1",
            cost: "4",
            twinCost: "4",
            privacyPolicy: { kind: "fraction", fraction: 0.5 },
          },
        ],
      }),
    );
    const config = join(directory, "config.json");
    await writeFile(config, JSON.stringify({ devices: 1, aggregators: 2 }));
    const up = new Cli(
      ...["up", "--no-relay", "--no-aggregators", "--config", config],
      ...["--base-port", "9460", "--directory", directory],
    );
    running.push(up);
    await up.printed("Ctrl-C stops everything");
  });
  after(async () => {
    for (const one of running.reverse()) await one.end();
    await rm(directory, { recursive: true, force: true });
  });
  const workers = () => ["--workers", join(directory, "workers.json")];
  /** Stops a command as Ctrl-C does; it must not take long. */
  const stop = async (command: Cli) => {
    running.splice(running.indexOf(command), 1);
    const began = Date.now();
    await command.end("SIGINT");
    expect(Date.now() - began, command.output).to.be.below(PATIENCE);
  };
  const status = async () => {
    const command = new Cli("relay", "status", ...network);
    return { code: await command.ended(), output: command.output };
  };

  it("is not called done when nobody attests it: not to its publisher, not to its workers", async () => {
    const relay = new Cli("relay", "start", ...network);
    const worker = new Cli("worker", "start", ...network, ...workers());
    running.push(relay, worker);
    await Promise.all([relay.printed("the relay is running"), worker.printed("are ready")]);
    const submit = new Cli("task", "submit", spec, ...network, ...workers(), "--wait");
    expect(await submit.ended(), submit.output).to.equal(1);
    expect(submit.output).to.contain("workers may enrol for");
    expect(submit.output).to.contain("2 workers enrolled (1 virtual + 1 physical)");
    expect(submit.output).to.contain("✗ the task expired at its deadline, with 0 of 1 rounds");
    expect(submit.output).to.contain("deadlineSeconds");
    expect(worker.output).to.match(/task 1: (2 workers|device 1.*) enrolled/);
    expect(worker.output).to.match(/task 1, round 1: .* trained and committed/);
    expect(worker.output).not.to.contain("AlreadyRefunded");
    await stop(worker);
    await stop(relay);
  });

  it("leaves no window silent when the relay is dead, and relay status says so", async () => {
    expect((await status()).output).to.contain("This relayer is not running");
    const submit = new Cli("task", "submit", spec, ...network, ...workers());
    expect(await submit.ended(), submit.output).to.equal(0);
    const { code, output } = await status();
    expect(code, output).to.equal(1);
    expect(output).to.contain("1 message of main waits that this relayer has not read.");
    expect(output).not.to.contain("Nothing is open");
  });

  it("keeps no aggregator from ending when nobody works for it", async () => {
    const parts = [new Cli("relay", "start", ...network), new Cli("aggregator", "start", ...network)];
    running.push(...parts);
    await Promise.all([parts[0]!.printed("is running"), parts[1]!.printed("is running")]);
    const submissions = [1, 2, 3].map(() => new Cli("task", "submit", spec, ...network, ...workers()));
    for (const submit of submissions) expect(await submit.ended(), submit.output).to.equal(0);
    // In the midst of their rounds.
    await new Promise((resolve) => setTimeout(resolve, 12_000));
    for (const part of parts) await stop(part);
    const list = new Cli("task", "list", ...network);
    expect(await list.ended()).to.equal(0);
    expect(list.output)
      .to.match(/task +name +status/)
      .and.to.match(/ small +/);
  });
});
