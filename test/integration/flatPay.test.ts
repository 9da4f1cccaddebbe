import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { expect } from "chai";
import { Interface, toBeHex } from "ethers";

import type { AuditReport } from "../../audit/AuditReport.ts";
import { type AuditModules, auditTask } from "../../audit/auditTask.ts";
import { trainerOn } from "../../audit/reexecution/trainerOn.ts";
import type { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import { isOfTask } from "../../chains/clients/ChainEvent.ts";
import type { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { addMechanism, MECHANISMS } from "../../mechanisms/mechanisms.ts";
import { contracts } from "../../protocol/contracts.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { refundWhenDue } from "../../tasks/refundWhenDue.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import type { TaskSummary } from "../../tasks/view/taskSummary.ts";
import { compile } from "../mechanisms/flat-pay/compile.ts";
import { contracts as flatContracts } from "../mechanisms/flat-pay/contracts.ts";
import { encodeLane } from "../mechanisms/flat-pay/encodings.ts";
import { flatPay } from "../mechanisms/flat-pay/flatPay.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { rejected } from "../unit/thrown.ts";
import { FaultyProxy } from "./FaultyProxy.ts";
import { followed } from "./followed.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices } from "./TestServices.ts";

const pathOf = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const ADD = pathOf("../mechanisms/flat-pay/add.ts");
const SCRIPT = pathOf("../../scripts/freshet.ts");

/** Runs a command of the command line to which the mechanism was added; what it printed. */
async function freshet(...words: readonly string[]): Promise<string> {
  const node = ["--disable-warning=ExperimentalWarning", `--import=${ADD}`];
  const { stdout } = await promisify(execFile)(process.execPath, [...node, SCRIPT, ...words]);
  return stdout;
}

/** A log as nodes give it. */
interface NodeLog {
  address: string;
  data: string;
  logIndex: string;
  transactionHash: string;
}

const SUBCHAIN = new Interface(contracts.LearningSubchain.abi);
const word = (value: bigint) => toBeHex(value, 32).slice(2);

const PAY = 1000n;
const ROUNDS = 2;
const SCHEDULE = {
  enrolSeconds: 7,
  // Both rounds reveal within it, or a reveal would come after the settlement and count for nothing.
  epochSeconds: 16,
  commitSeconds: 20,
  revealSeconds: 4,
  reportSeconds: 20,
  deadlineSeconds: 100,
  claimSeconds: 1000,
};
const MENU = { items: [{ period: 8, reward: "10000", cost: "1000" }] };

/** Of the two lanes the first device takes the second, as it refreshes cheaply. */
const DEVICES = [1n, 600n].map((cost, i) => ({
  name: `device ${i}`,
  cost,
  twinCost: cost,
  privacyPolicy: { kind: "fraction", fraction: 1 } as const,
}));
const LANES = [1, 0];

describe("a made-up mechanism beside the AoI contract", () => {
  let network: TestNetwork;
  let services: TestServices;
  let publisher: ChainAccount;
  let main: ChainFollower;
  let remove: () => void;
  /** Of the AoI contract, of flat pay, and of flat pay that pays less. */
  let [aoi, flat, poor] = [0n, 0n, 0n];
  const running: { stop(): Promise<unknown> }[] = [];

  const publish = async (reward: Record<string, unknown>) => {
    const { file, storage } = network;
    const spec = parseTaskSpec({ ...smallSpec(), rounds: ROUNDS, schedule: SCHEDULE, reward });
    return publishTask(spec, { network: file, main: network.main, publisher, storage });
  };

  before(async () => {
    // The line that adds it; the rest of the project is as it is.
    remove = addMechanism(flatPay);
    network = await TestNetwork.start({
      basePort: 9380,
      subchains: ["virtual", "physical"],
      devices: DEVICES.length,
      aggregators: 2,
    });
    running.push(network);
    services = new TestServices(network);
    running.push(services);
    await services.startRelay();
    for (const index of [0, 1]) await services.startAggregator(index);
    await services.startWorkers({ devices: DEVICES });
    main = await followed(network.client("main"), network.main.contracts);
    running.push(main);
    publisher = await network.account("main", "publisher");
  });

  after(async () => {
    for (const part of running.reverse()) await part.stop();
    remove?.();
  });

  it("is deployed to every chain beside the other", async () => {
    const names = MECHANISMS.map(({ name }) => name);
    expect(names).to.have.members(["aoi-contract", "model-trading", "flat-pay"]);
    const { main, relay, subchains } = network.file;
    for (const { contracts } of [main, relay]) expect(contracts.policies).to.have.all.keys(names);
    for (const { contracts } of subchains) expect(contracts.meters).to.have.all.keys(names);
  });

  it("has the contracts that TypeScript knows of", () => {
    for (const kind of ["policy", "meter"] as const) {
      const known = new Interface(flatContracts[kind].abi as never);
      const compiled = new Interface(compile()[kind].abi as never);
      const signatures = compiled.fragments.map((fragment) => fragment.format("full"));
      for (const fragment of known.fragments) expect(signatures).to.include(fragment.format("full"));
    }
  });

  it("refuses terms and choices with errors of its own, which are told in words", async () => {
    const error = await rejected(publish({ policy: "flat-pay", payPerRound: "0", budget: "1" }));
    expect([error.code, error.details]).to.deep.equal(["PayMissing", "Thrown when a round pays nothing."]);
  });

  it("runs a task to its end while the AoI contract runs another, with the same workers", async () => {
    ({ task: aoi } = await publish({ policy: "aoi-contract", menu: MENU }));
    ({ task: flat } = await publish({ policy: "flat-pay", payPerRound: String(PAY) }));
    ({ task: poor } = await publish({ policy: "flat-pay", payPerRound: "999", lanes: 1 }));

    const physical = network.subchain("physical");
    const stranger = await network.account("physical", "device", 1);
    await services.workers.until(
      (event) => event.type === "abstained" && event.task === poor && event.chain === "physical",
    );
    const unknown = await rejected(physical.enrol(stranger, poor, encodeLane(1)));
    expect(unknown).to.include({
      code: "UnknownLane",
      details: "Thrown when a worker chooses a lane that there is not.",
    });
    expect(unknown.message).to.contain("lane = 1, lanes = 1");

    for (const task of [aoi, flat]) {
      const closed = await main.first({ name: "TaskClosed", task });
      expect(closed.args.status).to.equal("Completed");
      await main.collect({ name: "RewardClaimed", task }, ({ length }) => length === 4);
    }
    const troubles = [...services.workers.events, ...services.aggregators.events].filter(
      ({ type }) => type === "trouble" || type === "round-missed",
    );
    expect(troubles).to.deep.equal([]);
  });

  it("lets its workers choose among all of its offers", () => {
    const of = (type: "enrolled" | "abstained", task: bigint) =>
      services.workers.events.filter((event) => event.type === type && event.task === task);
    expect(of("enrolled", flat)).to.have.length(4);
    expect(of("abstained", poor).map((event) => "reason" in event && event.reason)).to.deep.equal(
      Array(4).fill("it is busy with another task"),
    );
    for (const event of of("enrolled", flat)) {
      const device = DEVICES.findIndex(({ name }) => event.worker.startsWith(name));
      expect(event).to.include({ choice: encodeLane(LANES[device]!) });
    }
  });

  it("pays what it says, and the rest goes back", async () => {
    for (const { args } of main.past({ name: "RewardClaimed", task: flat })) {
      expect([args.acceptedRounds, args.amount]).to.deep.equal([ROUNDS, PAY * BigInt(ROUNDS)]);
    }
    // Nobody took part in the poor one: all of its rounds took nobody's update and kept the model.
    const closed = await main.first({ name: "TaskClosed", task: poor });
    const { initialModel } = await network.main.termsOf(poor);
    expect(
      main
        .past({ name: "RoundFinalized", task: poor })
        .map(({ args }) => [args.round, args.globalModel, args.accepted]),
    ).to.deep.equal(Array.from({ length: ROUNDS }, (_, round) => [round, initialModel, [[], []]]));
    expect(closed.args.status).to.equal("Completed");
    for (const task of [aoi, flat, poor]) await refundWhenDue(network.main, publisher, task);
    const accounts = await Promise.all([aoi, flat, poor].map((task) => network.main.escrowOf(task)));
    for (const { funded, paid, refunded } of accounts) expect(paid + refunded).to.equal(funded);
    // Four places on each of two subchains, of which two are taken.
    expect(accounts[1]).to.include({ funded: 16n * PAY, paid: 8n * PAY });
    expect(accounts[2]).to.include({ funded: 16n * 999n, paid: 0n });
  });

  it("is told by the command line", async () => {
    const at = ["--network", network.path];
    const spec = join(network.config.directory, "spec.json");
    await writeFile(spec, JSON.stringify({ payPerRound: "5", rounds: 3, workers: 2 }));
    const [solved, list, show, report] = await Promise.all([
      freshet("flat-pay", "solve", spec),
      freshet("task", "list", "--json", ...at),
      freshet("task", "show", String(flat), ...at),
      freshet("task", "report", String(flat), "--json", ...at),
    ]);
    expect(solved).to.equal("worst case 30 wei\n");
    const listed = JSON.parse(list!) as TaskSummary[];
    expect(listed.map(({ taskId, status, escrow }) => [taskId, status, escrow.paid])).to.deep.equal([
      [String(aoi), "Completed", String((await network.main.escrowOf(aoi)).paid)],
      [String(flat), "Completed", String(8n * PAY)],
      [String(poor), "Completed", "0"],
    ]);
    expect(show).to.match(/worker +chain +lane +reveals +rounds +paid/);
    for (const lane of LANES) {
      const row = new RegExp(`0x\\S+ +(virtual|physical) +${lane} +${ROUNDS} +${ROUNDS} +`, "g");
      expect(show!.match(row)).to.have.length(2);
    }
    const { payPerRound, workers } = JSON.parse(report!) as { payPerRound: string; workers: object[] };
    expect(payPerRound).to.equal(String(PAY));
    expect(workers).to.have.length(4);
    for (const worker of workers) {
      expect(worker).to.include({ reveals: ROUNDS, acceptedRounds: ROUNDS, paid: String(2n * PAY) });
    }
  });

  describe("its audit", () => {
    const audit = (
      task: bigint,
      file = network.file,
      more: Partial<AuditModules> = {},
    ): Promise<AuditReport> => auditTask(file, task, { storage: network.storage, ...more });
    const eventsOf = async <N extends "WorkRecorded" | "UpdateRevealed">(name: N) => {
      const { client, contracts, place } = network.subchain("physical");
      const events = await client.eventsOfTask(contracts, flat, place.fromBlock);
      return events.filter((event) => isOfTask(event, flat, name));
    };
    /** What an audit over a node of a chain that lies finds, by check. */
    const auditOver = async (chain: "main" | "physical", lie: FaultyProxy["lie"]) => {
      const proxy = new FaultyProxy(network.place(chain).url, 9389);
      Object.assign(proxy, { fault: "lying", lie });
      await proxy.start();
      const { main, subchains } = network.file;
      const over = <P extends { name: string }>(place: P): P =>
        place.name === chain ? { ...place, url: proxy.url } : place;
      const file = { ...network.file, main: over(main), subchains: subchains.map(over) };
      try {
        const { checks } = await audit(flat, file);
        return new Map(checks.filter(({ ok }) => !ok).map(({ name, failure }) => [name, failure]));
      } finally {
        await proxy.stop();
      }
    };
    /** Puts a word of 32 bytes in the place of another in some logs. */
    const replace =
      (fits: (log: NodeLog) => boolean, from: bigint, to: bigint): FaultyProxy["lie"] =>
      (_, result) => {
        if (!Array.isArray(result)) return result;
        return (result as NodeLog[]).map((log) =>
          fits(log) ? { ...log, data: log.data.replaceAll(word(from), word(to)) } : log,
        );
      };

    it("passes, as the other mechanism's and that of the task which nobody took", async () => {
      for (const task of [aoi, flat, poor]) {
        const { ok, failure, checks } = await audit(task);
        expect(ok, JSON.stringify(failure)).to.equal(true);
        const names = checks.map(({ name }) => name);
        if (task === aoi) expect(names).to.include.members(["menu", "periods", "coverage"]);
        else expect(names).to.include.members(["pay", "lanes", "reveals"]);
      }
    });

    it("repeats the training of its updates, on the data that were due in their lanes", async () => {
      const reexecute = { updates: 2 * ROUNDS, trainer: trainerOn(services.pool), seed: 1 };
      const { ok, failure, checks } = await audit(flat, network.file, { reexecute });
      expect(ok, JSON.stringify(failure)).to.equal(true);
      expect(checks.find(({ name }) => name === "re-execution")).to.include({ examined: 2 * ROUNDS });
    });

    it("names a payment that is not what was earned", async () => {
      const { args, transactionHash } = main.past({ name: "RewardClaimed", task: flat })[0]!;
      const [due, paid] = [2n * PAY, 2n * PAY + 1n];
      const failures = await auditOver(
        "main",
        replace((log) => log.transactionHash === transactionHash, due, paid),
      );
      expect(failures.get("payments")).to.match(
        new RegExp(
          `^Worker ${args.worker} of (virtual|physical) was paid ${paid} wei in transaction ${transactionHash}; ` +
            `2 reveals in lane [01] and 2 of 2 rounds accepted earn ${due} wei\\.$`,
        ),
      );
    });

    it("names a pay that the policy did not fix", async () => {
      const policy = network.file.main.contracts.policies["flat-pay"]!.toLowerCase();
      const ofPolicy = ({ address }: NodeLog) => address.toLowerCase() === policy;
      const failures = await auditOver("main", replace(ofPolicy, PAY, PAY - 1n));
      expect([...failures]).to.deep.equal([
        ["pay", "The policy fixed a pay of 999 and holds 1000 wei; 1000 wei were published."],
      ]);
    });

    it("names work that is not what was revealed", async () => {
      const [record] = await eventsOf("WorkRecorded");
      const { transactionHash, logIndex, args } = record!;
      const isRecord = (log: NodeLog) =>
        log.transactionHash === transactionHash && Number(log.logIndex) === logIndex;
      const failures = await auditOver("physical", replace(isRecord, 2n, 3n));
      expect([...failures.keys()]).to.deep.equal(["reveals"]);
      expect(failures.get("reveals")).to.match(
        new RegExp(
          `^Worker ${args.worker} of physical was recorded with 3 reveals in lane ([01]); ` +
            "what the blocks show gives 2 reveals in lane \\1\\.$",
        ),
      );
    });

    it("names a reveal that was shown in another lane", async () => {
      const [reveal] = await eventsOf("UpdateRevealed");
      const { transactionHash, args } = reveal!;
      const failures = await auditOver("physical", (_, result) => {
        const seen = result as { hash?: string; input?: string } | null;
        if (seen?.hash !== transactionHash || seen.input === undefined) return result;
        const call = SUBCHAIN.parseTransaction({ data: seen.input })!;
        const [task, round, opening, , receipts] = call.args;
        const shown = [task, round, opening, encodeLane(7), receipts];
        return { ...seen, input: SUBCHAIN.encodeFunctionData(call.fragment, shown) };
      });
      expect(failures.get("reveals")).to.match(
        new RegExp(`^Worker ${args.worker} showed ${encodeLane(7)} in round 0; it enrolled in lane [01]\\.$`),
      );
      expect(failures.has("updates")).to.equal(false);
    });
  });
});
