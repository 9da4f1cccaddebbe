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
import { HandWorker } from "./HandWorker.ts";
import { Program } from "./Program.ts";
import { someUpdate } from "./someUpdate.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices } from "./TestServices.ts";

describe("a worker, killed between commit and reveal", () => {
  let network: TestNetwork;
  let follower: ChainFollower;
  let worker: Program;
  const running: { stop(): Promise<unknown> }[] = [];

  before(async () => {
    network = await TestNetwork.start({ basePort: 9350, subchains: ["physical"], devices: 2 });
    running.push(network);
    const services = new TestServices(network, { threads: 1 });
    running.push(services);
    await services.startRelay();
    await services.startAggregator();
    const { client, contracts } = network.subchain("physical");
    follower = await followed(client, contracts);
    running.push(follower);
  });
  after(async () => {
    await worker?.kill();
    for (const part of running.reverse()) await part.stop();
  });

  it("reveals the same update once it is started again", async () => {
    const privacyPolicy = { kind: "labels", allow: [] };
    const device = { name: "device", cost: "1", twinCost: "1", privacyPolicy };
    const workersPath = join(network.config.directory, "workers.json");
    await writeFile(workersPath, JSON.stringify({ devices: [device, { ...device, name: "other" }] }));
    const start = async () => {
      const words = ["worker", "start", "--network", network.path, "--workers", workersPath];
      const program = new Program(...words, "--device", "1", "--only", "devices");
      await program.said("ready for tasks");
      return program;
    };
    worker = await start();

    const spec = parseTaskSpec({
      ...smallSpec(),
      subchains: ["physical"],
      rounds: 1,
      aggregators: { attestations: 1, of: 1 },
      schedule: {
        enrolSeconds: 8,
        epochSeconds: 60,
        commitSeconds: 60,
        revealSeconds: 12,
        reportSeconds: 2,
        deadlineSeconds: 600,
        claimSeconds: 10,
      },
      reward: { policy: "aoi-contract", menu: { items: [{ period: 60, reward: "10", cost: "5" }] } },
    });
    const publisher = await network.account("main", "publisher");
    const { file, main, storage } = network;
    const { task } = await publishTask(spec, { network: file, main, publisher, storage });
    await follower.first({ name: "TaskArrived" });
    const other = new HandWorker(await network.account("physical", "device", 1), network, task);
    await other.enrol(0);

    const { address } = localKey("device", 0);
    const of = <N extends "UpdateCommitted" | "UpdateRevealed" | "DataRefreshed">(name: N) => ({
      name,
      where: ({ args }: { args: { worker: string } }) => args.worker === address,
    });
    const committed = await follower.first(of("UpdateCommitted"));
    await follower.first(of("DataRefreshed"));
    await worker.kill();

    // The commit phase waits for the other worker, so the first cannot have revealed.
    worker = await start();
    const started = await follower.first({ name: "RoundStarted" });
    const base = started.args.globalModel;
    const update = await storage.put(someUpdate(spec, base, 77));
    await other.commit(0, update);
    await other.revealOnceOpen(0, update, { receipts: "0x" });
    const revealed = await follower.first(of("UpdateRevealed"));
    const closed = await follower.first({ name: "RoundClosed" });
    expect(closed.args.revealed).to.equal(2);

    // The contract took the reveal, so update, samples and salt are those that were committed before the kill.
    expect(follower.past(of("UpdateCommitted")).map(({ args }) => args.commitment)).to.deep.equal([
      committed.args.commitment,
    ]);
    decodeUpdate(await storage.get(revealed.args.update as Digest), spec, base);
    // It refreshed before it was killed, and takes the chain's word for that.
    expect(follower.past(of("DataRefreshed"))).to.have.length(1);
    expect(await worker.stop()).to.equal(0);
    expect(worker.stdout).to.not.match(/^!/m);
    expect(worker.stderr).to.equal("");
  });
});
