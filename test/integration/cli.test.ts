import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { writeNetworkFile } from "../../chains/networks/networkFile.ts";
import { FRESHET_VERSION } from "../../protocol/engineId.ts";
import { answering } from "../unit/chains/answering.ts";
import { networkExample } from "../unit/chains/networkExample.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { Program } from "./Program.ts";

interface Failure {
  ok: boolean;
  error: string;
  message: string;
  next?: string;
}

/** Runs a command that must fail as errors do; what it says to machines, and to people. */
async function failing(...words: string[]): Promise<Failure & { people: string }> {
  const program = new Program(...words, "--json");
  expect(await program.exitCode(), program.stderr).to.equal(2);
  const lines = program.stdout.trimEnd().split("\n");
  expect(lines).to.have.length(1);
  const failure = JSON.parse(lines[0]!) as Failure;
  expect(failure.ok).to.equal(false);
  expect(failure.message).to.be.a("string").and.not.equal("");
  return { ...failure, people: program.stderr };
}

describe("freshet, the command", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-cli-"));
  });
  after(() => rm(directory, { recursive: true }));
  const file = async (name: string, value: unknown) => {
    const path = join(directory, name);
    await writeFile(path, JSON.stringify(value));
    return path;
  };

  it("says its version", async () => {
    const program = new Program("--version");
    expect(await program.exitCode()).to.equal(0);
    expect(program.stdout).to.equal(`${FRESHET_VERSION}\n`);
  });

  it("ends with 2 when it is used wrongly, and says how", async () => {
    const runs = await Promise.all([failing("bogus"), failing("task", "show"), failing("doctor", "--bogus")]);
    expect(runs.map(({ error }) => error)).to.deep.equal(["USAGE", "USAGE", "USAGE"]);
    expect(runs.map(({ message }) => message)).to.deep.equal([
      "unknown command 'bogus'",
      "missing required argument 'id'",
      "unknown option '--bogus'",
    ]);
    for (const { people } of runs) expect(people).to.contain("error: ");
  });

  it("ends with 2 when its input is wrong, and says what", async () => {
    const task = await file("task.json", { ...smallSpec(), rounds: 0 });
    const config = await file("config.json", { devices: -1 });
    const [spec, settings, port, network] = await Promise.all([
      failing("task", "submit", task),
      failing("up", "--config", config),
      failing("up", "--base-port", "0"),
      failing("task", "list", "--network", join(directory, "none.json")),
    ]);
    expect([spec, settings, port, network].map(({ error }) => error)).to.deep.equal([
      "TASK_SPEC_INVALID",
      "CONFIG_INVALID",
      "OPTION_INVALID",
      "NETWORK_FILE_MISSING",
    ]);
    expect(spec!.people).to.contain("rounds");
    expect(settings!.people).to.contain("devices");
    expect(network!.next).to.contain("freshet up");
  });

  it("ends with 2 before anything is published when a task's data are not fit for it, and says what was found", async () => {
    const scene = Uint8Array.of(...new TextEncoder().encode("P6\n9 9\n255\n"), ...new Uint8Array(9 * 9 * 3));
    await mkdir(join(directory, "gtsdb"));
    await writeFile(join(directory, "gtsdb", "gt.txt"), "00000.ppm;1;1;8;8;1\n00899.ppm;1;1;8;8;2\n");
    for (const name of ["00000.ppm", "00899.ppm"]) await writeFile(join(directory, "gtsdb", name), scene);
    const signs = (trainScenes: number) => ({
      ...smallSpec(),
      dataset: { kind: "gtsdb", size: 8, trainScenes },
      model: { kind: "mlp", inputs: 192, hidden: [], outputs: 43 },
    });
    const [all, some] = await Promise.all([file("all.json", signs(900)), file("some.json", signs(600))]);
    const data = ["--data", directory];
    const nowhere = ["--network", join(directory, "none.json")];
    const ten = fileURLToPath(new URL("../../examples/workers.json", import.meta.url));
    const [demo, submit, parts, unseen, named, unnamed] = await Promise.all([
      failing("demo", "--spec", all, ...data),
      failing("task", "submit", all, ...data, ...nowhere),
      failing("demo", "--spec", some, ...data),
      failing("task", "submit", some, "--data", join(directory, "none"), ...nowhere),
      failing("task", "submit", some, ...data, ...nowhere, "--workers", ten),
      failing("task", "submit", some, ...data, ...nowhere),
    ]);
    for (const refused of [demo!, submit!]) {
      expect(refused.error).to.equal("DATASET_EMPTY");
      expect(refused.people).to.contain("2 samples to learn from and 0 held out");
    }
    // One sample for ten devices.
    expect(parts!.error).to.equal("DEVICE_WITHOUT_DATA");
    expect(parts!.people).to.contain("To 10 devices it deals 0, 0, 0, 0, 0, 0, 0, 0, 0, 1 samples");
    expect(named!.error).to.equal("DEVICE_WITHOUT_DATA");
    // Who takes part is not known: that it does not fit those of the examples is said.
    expect(unnamed!.error).to.equal("NETWORK_FILE_MISSING");
    expect(unnamed!.people).to.contain("without a sample").and.to.contain("--workers");
    // Without the files the task would be published, and what was not looked at is said.
    expect(unseen!.error).to.equal("NETWORK_FILE_MISSING");
    expect(unseen!.people).to.contain("the data were not checked: 1 file is not in");
  });

  it("ends with 2 when an experiment's data are not there, and says which", async () => {
    const { error, people } = await failing("experiment", "learning", "turbofan", "--data", directory);
    expect(error).to.equal("DATA_MISSING");
    expect(people).to.contain("train_FD001.txt").and.to.contain("--data");
  });

  it("ends with 2 when no trace is where traces are kept, or a number is none", async () => {
    const traces = ["experiment", "twin-migration", "traces", "--traces", directory, "--out", directory];
    const missing = await failing(...traces);
    expect(missing.error).to.equal("DATA_MISSING");
    expect(missing.next).to.contain("--traces");
    const none = await failing(...traces, "--seeds", "0");
    expect(none.error).to.equal("OPTION_INVALID");
    expect(none.message).to.contain("--seeds");
    // Papers whose figures train nothing take no seeds.
    expect((await failing("experiment", "aoi-contract", "fig2", "--seeds", "1")).error).to.equal("USAGE");
  });

  it("writes a figure's panels, and their verdicts and the command for machines", async () => {
    const out = join(directory, "figures");
    const program = new Program(
      ...[
        "experiment",
        "twin-migration",
        "tune",
        "--seeds",
        "1",
        "--traces",
        directory,
        "--out",
        out,
        "--json",
      ],
    );
    expect(await program.exitCode(), program.stderr).to.equal(0);
    const { paper, figures } = JSON.parse(program.stdout);
    expect(paper).to.equal("twin-migration");
    expect(figures.map(({ figure }: { figure: string }) => figure)).to.deep.equal([
      "tune-grid",
      "tune-heavier",
    ]);
    const { command, series } = JSON.parse(await readFile(join(out, "tune-grid.json"), "utf8"));
    expect(command).to.equal("./freshet experiment twin-migration tune --seeds 1");
    expect(series[1].values).to.have.length(1);
    expect(program.stderr).to.contain("Tuned rule on grid");
  });

  it("ends with 2 when a chain does not answer, or is another", async () => {
    const dead = join(directory, "dead");
    await writeNetworkFile(dead, {
      ...networkExample(),
      main: { ...networkExample().main, url: "http://127.0.0.1:9" },
    });
    const unreachable = failing("task", "list", "--network", join(dead, "network.json"));
    await answering({ eth_chainId: "0x1" }, async (url) => {
      const other = join(directory, "other");
      await writeNetworkFile(other, { ...networkExample(), main: { ...networkExample().main, url } });
      const wrong = await failing("audit", "1", "--network", join(other, "network.json"));
      expect(wrong.error).to.equal("WRONG_CHAIN_ID");
      expect(wrong.message).to.contain("is chain 1, not main (31401)");
    });
    expect((await unreachable).error).to.equal("CHAIN_UNREACHABLE");
  });

  it("ends with 2 when a port is in use, and leaves nothing behind", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(9371, "127.0.0.1", resolve));
    try {
      const { error, message } = await failing("up", "--base-port", "9370", "--directory", directory);
      expect(error).to.equal("PORT_IN_USE");
      expect(message).to.equal("Port 9371 for the relay chain is in use.");
    } finally {
      other.close();
    }
  });

  it("says in a sentence what is wrong with a directory, and leaves none behind", async () => {
    const taken = await file("taken", {});
    const absent = join(directory, "not", "there");
    const up = await failing("up", "--base-port", "9370", "--directory", taken);
    expect(up.error).to.equal("DIRECTORY_UNUSABLE");
    expect(up.people).to.contain(`why:  ${taken} is a file.`).and.not.to.contain("   at ");
    const doctor = new Program("doctor", "--directory", taken, "--base-port", "9370", "--json");
    expect(await doctor.exitCode()).to.equal(1);
    expect(doctor.stderr).to.contain(`✗ directory: ${taken} cannot be used as a directory.`);
    const well = new Program("doctor", "--directory", absent, "--base-port", "9370", "--json");
    await well.exitCode();
    expect(well.stderr).to.match(/✓ directory: .*not\/there can be written, \d+ MB free, not there yet/);
    expect(existsSync(join(directory, "not"))).to.equal(false);
  });

  it("ends with 0 when it is asked for help", async () => {
    const program = new Program("task", "--help");
    expect(await program.exitCode()).to.equal(0);
    expect(program.stdout).to.contain("Usage: freshet task");
  });
});
