import { expect } from "chai";
import type { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { rejected } from "../unit/thrown.ts";
import { followed } from "./followed.ts";
import { HandWorker } from "./HandWorker.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices } from "./TestServices.ts";

type SpaceName = "virtual" | "physical";

describe("a worker that waits for what another space reveals", () => {
  let network: TestNetwork;
  const running: { stop(): Promise<unknown> }[] = [];
  const followers = new Map<SpaceName, ChainFollower>();

  before(async () => {
    network = await TestNetwork.start({ basePort: 9680, subchains: ["virtual", "physical"], devices: 2 });
    running.push(network);
    const services = new TestServices(network);
    running.push(services);
    await services.startRelay();
    for (const space of ["virtual", "physical"] as const) {
      const { client, contracts } = network.subchain(space);
      const follower = await followed(client, contracts);
      running.push(follower);
      followers.set(space, follower);
    }
  });
  after(async () => {
    for (const part of running.reverse()) await part.stop();
  });

  /** A worker of a space, enrolled in the task. */
  const enrolled = async (task: bigint, space: SpaceName, index: number): Promise<HandWorker> => {
    await followers.get(space)!.first({ name: "TaskArrived", task });
    const account = await network.account(space, space === "virtual" ? "twin" : "device", index);
    const worker = new HandWorker(account, network, task, space);
    await worker.enrol(0);
    return worker;
  };

  for (const [index, [honestSpace, copierSpace]] of (
    [
      ["virtual", "physical"],
      ["physical", "virtual"],
    ] as const
  ).entries()) {
    it(`cannot commit any more once the ${honestSpace} one's update is revealed`, async () => {
      const spec = parseTaskSpec({
        ...smallSpec(),
        rounds: 1,
        schedule: {
          enrolSeconds: 4,
          epochSeconds: 8,
          commitSeconds: 8,
          revealSeconds: 6,
          reportSeconds: 2,
          deadlineSeconds: 60,
          claimSeconds: 60,
        },
        aggregators: { attestations: 1, of: 1 },
      });
      const publisher = await network.account("main", "publisher");
      const { file, main, storage } = network;
      const { task, terms } = await publishTask(spec, { network: file, main, publisher, storage });
      const [honest, copier] = await Promise.all([
        enrolled(task, honestSpace, index),
        enrolled(task, copierSpace, index),
      ]);
      await honest.commitOnceOpen(0, UPDATE);
      await honest.revealOnceOpen(0, UPDATE, { receipts: "0x" });
      const reveal = await followers.get(honestSpace)!.first({ name: "UpdateRevealed", task });
      expect(reveal.args.update).to.equal(UPDATE);

      const late = await rejected(copier.commit(0, UPDATE));
      expect(["CommitPhaseClosed", "RoundNotOpen"]).to.include(late.code);
      const { blockNumber } = reveal;
      const revealedAt = await network.client(honestSpace).blockTime(blockNumber);
      expect(revealedAt).to.be.at.least(terms.schedule.startTime + terms.schedule.commitSeconds);
    });
  }
});

const UPDATE = `0x${"ab".repeat(32)}`;
