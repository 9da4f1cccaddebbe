import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import type { AuditReport } from "../../audit/AuditReport.ts";
import { auditTask } from "../../audit/auditTask.ts";
import type { Bundle } from "../../audit/bundle/Bundle.ts";
import { believedOf } from "../../audit/bundle/believed.ts";
import { gatherBundle } from "../../audit/bundle/gatherBundle.ts";
import { openBundle } from "../../audit/bundle/openBundle.ts";
import { readBundle } from "../../audit/bundle/readBundle.ts";
import { writeBundle } from "../../audit/bundle/writeBundle.ts";
import { heldOutEvaluation } from "../../audit/heldOutEvaluation.ts";
import { readRepeatableFiles } from "../../audit/reexecution/repeatableFiles.ts";
import { trainerOn } from "../../audit/reexecution/trainerOn.ts";
import { reportLines } from "../../audit/report.ts";
import type { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import type { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { TaskData } from "../../tasks/TaskData.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { rejected } from "../unit/thrown.ts";
import { followed } from "./followed.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices } from "./TestServices.ts";

const FRESHET = fileURLToPath(new URL("../../scripts/freshet.ts", import.meta.url));
const SEED = Number(process.env.FRESHET_SEED ?? 20_261_130);
const FLIPS = 60;
/** What MNIST holds out, as the command line has it. */
const data = new TaskData("data");
const DEVICES = Array.from({ length: 2 }, (_, i) => ({
  name: `device ${i}`,
  cost: 1n,
  twinCost: 1n,
  privacyPolicy: { kind: "fraction", fraction: 0.8 } as const,
}));

interface Ended {
  code: number | string | null;
  stdout: string;
  stderr: string;
}

function run(program: string, ...words: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(program, words, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : (error.code ?? null), stdout, stderr });
    });
  });
}

describe("a bundle of a task that ran", () => {
  let network: TestNetwork;
  let services: TestServices;
  let main: ChainFollower;
  let publisher: ChainAccount;
  let directory: string;
  /** Of a task on a chain proven by checkpoints and one by headers; of a second task. */
  const tasks: bigint[] = [];
  const reports: AuditReport[] = [];
  const bundles: Bundle[] = [];
  let path: string;
  const running: { stop(): Promise<unknown> }[] = [];

  const tools = () => ({ evaluate: heldOutEvaluation(services.pool, data) });

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-bundle-"));
    network = await TestNetwork.start({
      basePort: 9860,
      subchains: ["virtual", "physical"],
      header: ["physical"],
      devices: DEVICES.length,
    });
    running.push(network);
    services = new TestServices(network);
    running.push(services);
    await services.startRelay();
    await services.startAggregator(0, { heldOutData: (dataset) => data.heldOutData(dataset) });
    await services.startWorkers({ devices: DEVICES });
    main = await followed(network.client("main"), network.main.contracts);
    running.push(main);
    publisher = await network.account("main", "publisher");
    for (const name of ["first", "second"]) tasks.push(await ran(name));
    for (const task of tasks) {
      const { report, bundle } = await gathered(task);
      reports.push(report);
      bundles.push(bundle);
    }
    path = join(directory, "first.car");
    await writeBundle(path, bundles[0]!, localKey("aggregator"));
    // From here on there are no chains, no storage and no service.
    for (const part of running.splice(0).reverse()) if (part !== services) await part.stop();
    running.push(services);
  });

  after(async () => {
    for (const part of running.reverse()) await part.stop();
    await rm(directory, { recursive: true, force: true });
  });

  async function ran(name: string): Promise<bigint> {
    const spec = parseTaskSpec({
      ...smallSpec(),
      name,
      rounds: 2,
      schedule: {
        enrolSeconds: 8,
        epochSeconds: 10,
        commitSeconds: 20,
        revealSeconds: 10,
        reportSeconds: 20,
        deadlineSeconds: 240,
        claimSeconds: 1000,
      },
      aggregators: { attestations: 1, of: 1 },
      reward: { policy: "aoi-contract", menu: { items: [{ period: 5, reward: "100", cost: "1" }] } },
    });
    const { file, storage } = network;
    const { task } = await publishTask(spec, { network: file, main: network.main, publisher, storage });
    await main.first({ name: "TaskClosed", task });
    const claimed = () =>
      services.workers.events.filter((event) => event.type === "claimed" && event.task === task);
    while (claimed().length < 2 * DEVICES.length) {
      const known = claimed().length;
      await services.workers.until(() => claimed().length > known);
    }
    return task;
  }

  function gathered(task: bigint, digestsOnly = false): Promise<{ report: AuditReport; bundle: Bundle }> {
    return gatherBundle(
      {
        ...{ subject: { task: String(task) }, published: network.file, reached: network.file, digestsOnly },
        ...{ storage: network.storage, clock: systemClock },
      },
      ({ connect, storage }) =>
        auditTask(network.file, task, { ...tools(), connect, storage, afterwards: readRepeatableFiles }),
    );
  }

  async function audited(bundle: Bundle, more: Partial<Parameters<typeof auditTask>[2]> = {}) {
    const opened = await openBundle(bundle);
    const { connect, storage } = opened.sources;
    const task = BigInt((bundle.subject as { task: string }).task);
    const report = await auditTask(opened.network, task, { ...tools(), connect, storage, ...more });
    return { opened, report };
  }

  it("gives the live audit's verdict line by line, with nothing but the file", async () => {
    const read = await readBundle(path);
    const { opened, report } = await audited(read.bundle);
    expect(reportLines(report)).to.deep.equal(reportLines(reports[0]!));
    expect(report.outcome, reportLines(report).join("\n")).to.equal("holds");
    const { signer, signerIs, words, chains, missing, leftOut } = believedOf(read, opened, false);
    expect([signer, signerIs]).to.deep.equal([
      localKey("aggregator").address,
      "aggregator 1 in the network file",
    ]);
    expect(words, JSON.stringify(words)).to.deep.equal([]);
    expect([missing, leftOut]).to.deep.equal([[], 0]);
    expect(chains.map(({ name }) => name)).to.deep.equal(["main", "relay", "virtual", "physical"]);
  });

  it("has what the repetition of any update needs", async () => {
    const reexecute = { updates: 100, seed: 3, trainer: trainerOn(services.pool) };
    const { report } = await audited(bundles[0]!, { reexecute });
    const check = report.checks.find(({ name }) => name === "re-execution")!;
    expect([check.outcome, check.examined]).to.deep.equal(["holds", 4]);
  });

  it("without files says that they are not examined", async () => {
    const bundle = {
      ...bundles[0]!,
      files: new Map([...bundles[0]!.files].filter(([, { length }]) => length <= 4096)),
    };
    const reexecute = { updates: 1, trainer: trainerOn(services.pool) };
    const { report } = await audited(bundle, { reexecute });
    expect(report.outcome).to.equal("unexamined");
    const outcomes = Object.fromEntries(report.checks.map(({ name, outcome }) => [name, outcome]));
    expect(outcomes).to.include({
      updates: "unexamined",
      aggregates: "unexamined",
      "re-execution": "unexamined",
    });
    expect(outcomes).to.include({
      chains: "holds",
      messages: "holds",
      terms: "holds",
      payments: "holds",
      escrow: "holds",
    });
  });

  it("says how many trainings can be repeated by what is in it, and not how many could be", async () => {
    const [{ files: all }] = bundles as [Bundle];
    const noteOf = async (files: Bundle["files"]) => {
      const { report } = await audited({ ...bundles[0]!, files }, { storageIsAll: true });
      return report.checks.find(({ name }) => name === "updates")!.notes.join(" ");
    };
    expect(await noteOf(all)).to.contain("The training of 4 of them can be repeated by the bundle alone");
    const small = new Map([...all].filter(([, { length }]) => length <= 4096));
    expect(await noteOf(small)).to.match(/^No training can be repeated: the bundle lacks files/);
  });

  it("finds and names any byte that is flipped", async () => {
    const whole = await readFile(path);
    const random = new SeededRandom(SEED, "flips");
    const flipped = join(directory, "flipped.car");
    for (let i = 0; i < FLIPS; i++) {
      const at = Math.floor(random.uniform() * whole.length);
      const bytes = Uint8Array.from(whole);
      bytes[at]! ^= 1 << Math.floor(random.uniform() * 8);
      await writeFile(flipped, bytes);
      const { code, shortMessage } = await rejected(readBundle(flipped));
      expect(code, `byte ${at}, seed ${SEED}`).to.equal("BUNDLE_DAMAGED");
      expect(shortMessage).to.match(/is damaged in (the|its) /);
    }
  });

  it("finds a chain of another task's bundle, and a report that leaves events out", async () => {
    const [first, second] = bundles as [Bundle, Bundle];
    // The second's is longer: of the first's task it has not all that is asked for.
    const mixed = { ...first, chains: first.chains.map((chain, i) => (i === 2 ? second.chains[2]! : chain)) };
    const { report } = await audited(mixed);
    expect(report.outcome).to.not.equal("holds");
    // The last block with logs of the contracts, of each chain, left out.
    for (const [i, chain] of first.chains.entries()) {
      const bodies = new Map(chain.bodies);
      const last = [...bodies.keys()].at(-1)!;
      bodies.delete(last);
      const chains = first.chains.map((each, j) => (i === j ? { ...each, bodies } : each));
      const { outcome, checks } = (await audited({ ...first, chains })).report;
      expect(outcome).to.equal("unexamined");
      const told = checks.flatMap(({ unexamined }) => unexamined.first.map(({ what }) => what)).join("\n");
      expect(told).to.include(`The bundle leaves out the receipts of block ${last} of `);
    }
  });

  it("holds in a network namespace without interfaces", async function () {
    const { code } = await run("unshare", "-rn", "true");
    if (code !== 0) {
      console.log("      skipped: this system lets nobody make a network namespace (unshare -rn)");
      this.skip();
    }
    const addresses = await run(
      "unshare",
      "-rn",
      process.execPath,
      "-p",
      "Object.keys(os.networkInterfaces()).join()",
    );
    expect(addresses.stdout.trim()).to.equal("");
    const {
      code: ended,
      stdout,
      stderr,
    } = await run(
      ...(["unshare", "-rn", process.execPath, FRESHET, "audit", "--bundle", path] as const),
      ...["--signer", localKey("aggregator").address, "--json"],
    );
    const { outcome, bundle, checks } = JSON.parse(stdout) as AuditReport & {
      bundle: { signer: string };
    };
    const failed = checks.filter(({ ok }) => !ok).map(({ name }) => name);
    expect([ended, outcome, failed], stderr).to.deep.equal([0, "holds", []]);
    expect(bundle.signer).to.equal(localKey("aggregator").address);
  });
});
