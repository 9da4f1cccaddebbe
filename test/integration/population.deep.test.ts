import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import type { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { decodeUpdate } from "../../learning/federated/updateCodec.ts";
import type { Digest } from "../../storage/ContentStore.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { followed } from "./followed.ts";
import { Program } from "./Program.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices } from "./TestServices.ts";

const PERIOD = 6;
const EPOCH = 60;
/** In their order: one client each. */
const GROUPS = [
  { name: "honest", count: 1, costs: { refresh: 1e-9 } },
  { name: "lazy", count: 1, behaviour: { kind: "lazy", refreshes: 0.5, samples: 0.5 } },
  { name: "copying", count: 1, behaviour: "copy" },
  { name: "overstating", count: 1, behaviour: ["overstate", { kind: "lazy", refreshes: 1, samples: 0.2 }] },
  { name: "absent", count: 1, behaviour: { kind: "drop-out", probability: 1 } },
];

describe("a population's clients on a network", function () {
  this.timeout(400_000);
  let network: TestNetwork;
  let follower: ChainFollower;
  let workers: Program;
  let path: string;
  const running: { stop(): Promise<unknown> }[] = [];

  before(async () => {
    network = await TestNetwork.start({ basePort: 9440, subchains: ["physical"], devices: GROUPS.length });
    running.push(network);
    const services = new TestServices(network, { threads: 1 });
    running.push(services);
    await services.startRelay();
    await services.startAggregator();
    const { client, contracts } = network.subchain("physical");
    follower = await followed(client, contracts);
    running.push(follower);
    path = join(network.config.directory, "population.json");
    await writeFile(path, JSON.stringify({ groups: GROUPS }));
  });
  after(async () => {
    await workers?.kill();
    for (const part of running.reverse()) await part.stop();
  });

  it("behave as its file says", async () => {
    workers = new Program(
      ...["worker", "start", "--network", network.path, "--population", path, "--only", "devices"],
    );
    await workers.said("ready for tasks");
    const spec = parseTaskSpec({
      ...smallSpec(),
      ...{ subchains: ["physical"], rounds: 2, maxWorkers: GROUPS.length },
      aggregators: { attestations: 1, of: 1 },
      schedule: {
        ...{ enrolSeconds: 15, epochSeconds: EPOCH, commitSeconds: 20, revealSeconds: 10, reportSeconds: 4 },
        ...{ deadlineSeconds: 900, claimSeconds: 30 },
      },
      reward: {
        policy: "aoi-contract",
        menu: { items: [{ period: PERIOD, reward: "1000000000000000000", cost: "5" }] },
      },
    });
    const publisher = await network.account("main", "publisher");
    const { file, main, storage } = network;
    await publishTask(spec, { network: file, main, publisher, storage });
    await follower.first({ name: "TaskFinished" });
    const who = (i: number) => localKey("device", i).address;
    const revealed = (i: number) =>
      follower
        .past({ name: "UpdateRevealed", where: ({ args }) => args.worker === who(i) })
        .map(({ args }) => args);
    const refreshes = (i: number) =>
      follower.past({ name: "DataRefreshed", where: ({ args }) => args.worker === who(i) }).length;
    expect(
      GROUPS.map((_, i) => revealed(i).length),
      workers.stdout,
    ).to.deep.equal([2, 2, 2, 2, 0]);
    expect(revealed(0).map(({ samples }) => samples)).to.deep.equal([50, 50]);
    expect(revealed(1).map(({ samples }) => samples)).to.deep.equal([25, 25]);
    // Of 50 samples it trains on 10, and says 20.
    expect(revealed(3).map(({ samples }) => samples)).to.deep.equal([20, 20]);
    // Up to now.
    expect(refreshes(0)).to.be.at.least(5);
    expect(refreshes(1)).to.be.within(2, Math.ceil(refreshes(0) / 2) + 1);

    const bases = follower.past({ name: "RoundStarted" }).map(({ args }) => args.globalModel);
    const delta = async (update: string, round: number) =>
      decodeUpdate(await storage.get(update as Digest), spec, bases[round]!).delta;
    const [nothing, copy] = revealed(2);
    expect(
      (await delta(nothing!.update, 0)).every(({ values }) => values.every((value: number) => value === 0)),
    ).to.equal(true);
    const others = await Promise.all([0, 1, 3].map((i) => delta(revealed(i)[0]!.update, 0)));
    expect(others).to.deep.include(await delta(copy!.update, 1));
    expect(await workers.stop()).to.equal(0);
    expect(workers.stderr).to.equal("");
  });

  it("are refused with keys of one's own where they are not honest", async () => {
    const words = ["worker", "start", "--network", network.path, "--population", path, "--node", "node.json"];
    const program = new Program(...words);
    expect(await program.exitCode()).to.equal(2);
    expect(program.stdout + program.stderr).to.include("The behaviour of client 2 is lazy.");
  });
});
