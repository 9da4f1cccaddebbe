import { expect } from "chai";

import { auditTask } from "../../audit/auditTask.ts";
import { reportLines } from "../../audit/report.ts";
import type { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { applicationPlace } from "../../chains/networks/applicationOf.ts";
import { MOST_RECEIPT_BYTES } from "../../chains/proofs/ReceiptTooLarge.ts";
import type { Receipt } from "../../chains/rpc/readReceipt.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { followed } from "./followed.ts";
import { HidingAccount } from "./HidingAccount.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices, WILLING_DEVICE } from "./TestServices.ts";

const KEEPER_URL = "http://127.0.0.1:9749";
/** How often the stranger tries, milliseconds. */
const TRY_MILLISECONDS = 100;

describe("a stranger who hides a round's report in a large receipt", () => {
  let network: TestNetwork;
  let services: TestServices;
  let main: ChainFollower;
  const running: { stop(): Promise<unknown> }[] = [];

  before(async () => {
    network = await TestNetwork.start({ basePort: 9740, subchains: ["physical"], header: ["physical"] });
    running.push(network);
    services = new TestServices(network);
    running.push(services);
    // Nobody else closes rounds: the keeper comes when the stranger has.
    await services.startRelay({ parts: ["validators", "relayer"] });
    await services.startAggregator();
    await services.startWorkers({ devices: [WILLING_DEVICE] });
    main = await followed(network.client("main"), network.main.contracts);
    running.push(main);
  });
  after(async () => {
    for (const part of running.reverse()) await part.stop();
  });

  /** Closes the round as soon as anybody may, with 416 KiB of logs in the same transaction. */
  async function hideReport(task: bigint): Promise<Receipt> {
    const stranger = await HidingAccount.deploy(await network.account("physical", "publisher"));
    const subchain = applicationPlace(network.place("physical"));
    for (;;) {
      try {
        return await stranger.send(subchain, "closeRound", [task]);
      } catch (error) {
        if ((error as { code?: string }).code !== "RoundStillOpen") throw error;
        await new Promise((resolve) => setTimeout(resolve, TRY_MILLISECONDS));
      }
    }
  }

  it("cannot stop the task: the report is announced again, the round finalized and the worker paid", async () => {
    const publisher = await network.account("main", "publisher");
    const spec = parseTaskSpec({
      ...smallSpec(),
      rounds: 1,
      reward: { policy: "aoi-contract", menu: { items: [{ period: 6, reward: "1000", cost: "5" }] } },
      schedule: {
        enrolSeconds: 8,
        epochSeconds: 6,
        commitSeconds: 8,
        revealSeconds: 8,
        reportSeconds: 20,
        deadlineSeconds: 120,
        claimSeconds: 10,
      },
      subchains: ["physical"],
      aggregators: { attestations: 1, of: 1 },
    });
    const { task } = await publishTask(spec, {
      network: network.file,
      main: network.main,
      publisher,
      storage: network.storage,
    });
    await services.workers.until((event) => event.type === "revealed" && event.task === task);
    const { logs, block } = await hideReport(task);
    expect(logs.reduce((sum, { data }) => sum + data.length / 2, 0)).to.be.above(400 * 1024);
    expect(MOST_RECEIPT_BYTES).to.be.below(400 * 1024);
    await services.startRelay({ parts: ["keeper"], url: KEEPER_URL });

    const finalized = await main.first({ name: "RoundFinalized", task });
    expect(finalized.args.accepted).to.deep.equal([[1n]]);
    await main.first({ name: "TaskClosed", task });
    await services.workers.until((event) => event.type === "claimed" && event.task === task);
    expect((await network.main.escrowOf(task)).paid).to.be.above(0n);

    const told = (type: string) => services.relay.events.filter((event) => event.type === type);
    expect(told("message-hidden")).to.have.length(1);
    expect(told("message-announced")).to.have.length(1);
    expect(told("message-announced")[0]).to.include({ chain: "physical", own: true });
    expect(told("delivery-failed")).to.deep.equal([]);
    const gateway = network.gateway("physical");
    const { sent, announced } = await gateway.events(0, (await gateway.header("latest"))!.number);
    const report = sent.filter(({ blockNumber }) => blockNumber === block.number);
    expect(report).to.have.length(1);
    expect(announced.map(({ id, nonce }) => ({ id, nonce }))).to.deep.equal(
      report.map(({ id, nonce }) => ({ id, nonce })),
    );

    // Whoever audits finds the second log, and nothing wrong with it.
    const lines = reportLines(await auditTask(network.file, task, { storage: network.storage }));
    expect(lines.filter((line) => !/^[✓–] |^ {2}/.test(line)).join()).to.match(
      new RegExp(`^Task ${task} \\(Completed\\): everything holds[^,]*$`),
    );
  });
});
