import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { ChainClient } from "../../chains/clients/ChainClient.ts";
import type { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import { deployLocalNetwork } from "../../chains/networks/deploy.ts";
import { LocalChains } from "../../chains/networks/LocalChains.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { writeNetworkFile } from "../../chains/networks/networkFile.ts";
import { deployedMechanisms } from "../../mechanisms/deployedMechanisms.ts";
import { LONGEST_SILENCE_SECONDS } from "../../protocol/taskTerms.ts";
import { EmbeddedStore } from "../../storage/EmbeddedStore.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { refundWhenDue } from "../../tasks/refundWhenDue.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { rejected } from "../unit/thrown.ts";
import { followed } from "./followed.ts";
import { networkConfig, TestNetwork } from "./TestNetwork.ts";
import { TestServices, WILLING_DEVICE } from "./TestServices.ts";

describe("parts that die", () => {
  let network: TestNetwork;
  let services: TestServices;
  let virtualChain: LocalChains;
  let stopped = false;
  const running: { stop(): Promise<unknown> }[] = [];
  let main: ChainFollower;

  before(async () => {
    const directory = await mkdtemp(join(tmpdir(), "freshet-test-"));
    const options = { basePort: 9360, subchains: ["virtual", "physical"], aggregators: 2 } as const;
    const config = networkConfig(options, directory);
    const others = await LocalChains.start(
      config.chains.filter(({ name }) => name !== "virtual"),
      config.host,
    );
    running.push(others);
    virtualChain = await LocalChains.start(
      config.chains.filter(({ name }) => name === "virtual"),
      config.host,
    );
    const file = await deployLocalNetwork(config, { mechanisms: deployedMechanisms() });
    await writeNetworkFile(directory, file);
    const storage = new EmbeddedStore({ directory: join(directory, "content") });
    network = await TestNetwork.over({ config, file, storage, stop: async () => undefined });
    running.push(network);

    services = new TestServices(network);
    running.push(services);
    await services.startRelay();
    // The second aggregator is dead from the beginning.
    await services.startAggregator();
    await services.startWorkers({ devices: [WILLING_DEVICE] });
    main = await followed(network.client("main"), network.main.contracts);
    running.push(main);
  });
  after(async () => {
    for (const part of running.reverse()) await part.stop();
    if (!stopped) await virtualChain?.stop();
  });

  it("cost nobody else anything: a subchain that is silent, and aggregators too few", async () => {
    const publisher = await network.account("main", "publisher");
    const before = await network.main.balanceOf(publisher.address);
    const reward = { policy: "aoi-contract", menu: { items: [{ period: 6, reward: "1000", cost: "5" }] } };
    const schedule = {
      enrolSeconds: 8,
      epochSeconds: 6,
      commitSeconds: 10,
      revealSeconds: 8,
      reportSeconds: 3,
      claimSeconds: 10,
    };
    const published = { network: network.file, main: network.main, publisher, storage: network.storage };
    const { task: silent } = await publishTask(
      parseTaskSpec({
        ...smallSpec(),
        reward,
        schedule: { ...schedule, deadlineSeconds: 600 },
        aggregators: { attestations: 1, of: 1 },
      }),
      published,
    );
    const { task: unattested, terms } = await publishTask(
      parseTaskSpec({
        ...smallSpec(),
        reward,
        rounds: 1,
        schedule: { ...schedule, deadlineSeconds: 34 },
        subchains: ["physical"],
        aggregators: { attestations: 2, of: 2 },
      }),
      published,
    );

    const physical = network.client("physical").chainId;
    const twin = localKey("twin").address;
    await services.workers.until(({ type, chain }) => type === "committed" && chain === "virtual");
    // Its server ends in the middle of the first round, with the twin's refresh and commit on it.
    await virtualChain.stop();
    stopped = true;
    expect((await rejected(ChainClient.connect(network.place("virtual")))).code).to.equal(
      "CHAIN_UNREACHABLE",
    );

    // The task with one aggregator of two: committed to once, never final, expired by the keeper at its deadline.
    await services.aggregators.until((event) => event.type === "committed" && event.task === unattested);
    const expired = await main.first({ name: "TaskClosed", task: unattested });
    expect((await network.main.taskOf(unattested)).status).to.equal("Expired");
    expect(await network.client("main").blockTime(expired.blockNumber)).to.be.at.least(
      terms.schedule.deadline,
    );
    expect(services.relay.events.filter(({ type }) => type === "task-expired")).to.have.length(1);
    // Its worker has no receipts of both aggregators for what it revealed, so it is paid nothing.
    const reported = main.past({ name: "RoundReported", task: unattested });
    expect(reported.map(({ args }) => [args.round, args.revealed])).to.deep.equal([[0, 1]]);
    await refundWhenDue(network.main, publisher, unattested);
    const unpaid = await network.main.escrowOf(unattested);
    expect([unpaid.paid, unpaid.refunded]).to.deep.equal([0n, unpaid.funded]);

    const refused = services.workers.events.filter(
      (event) => event.type === "trouble" && (event.error as { code?: string }).code === "AlreadyRefunded",
    );
    expect(refused).to.deep.equal([]);

    // The task with a silent subchain: every round waits for its report, then goes on with the others.
    const closed = await main.first({ name: "TaskClosed", task: silent });
    const missed = services.workers.events.filter(
      ({ type, chain }) => type === "round-missed" && chain === "physical",
    );
    expect(missed).to.deep.equal([]);
    const rounds = main.past({ name: "RoundFinalized", task: silent });
    expect(rounds.map(({ args }) => args.accepted)).to.deep.equal([
      [[], [1n]],
      [[], [1n]],
    ]);
    expect((await network.main.taskOf(silent)).status).to.equal("Completed");
    // What is for the dead subchain is tried ever less often, and no message is blamed.
    const troubles = services.relay.events.filter(
      (event) =>
        event.type === "trouble" &&
        event.chain === "virtual" &&
        event.doing === "delivering relay's messages",
    );
    expect(troubles.length).to.be.within(3, 20);
    expect(services.relay.events.filter(({ type }) => type === "delivery-failed")).to.deep.equal([]);
    const reports = main.past({ name: "RoundReported", task: silent });
    expect(new Set(reports.map(({ args }) => args.chainId))).to.deep.equal(new Set([physical]));

    // The worker that is alive has its pay: all rounds, all of the time. The rest goes back once claims are over, and the
    // dead subchain has been waited for.
    await services.workers.until((event) => event.type === "claimed" && event.task === silent);
    const { client } = network.main;
    const held = await network.main.heldUntil(silent);
    expect(held).to.be.above((await client.time()) + LONGEST_SILENCE_SECONDS - 60);
    expect((await rejected(network.main.refund(publisher, silent))).code).to.equal("ClaimsOpen");
    await client.provider.send("evm_increaseTime", [held - (await client.time())]);
    await client.provider.send("evm_mine", []);
    await refundWhenDue(network.main, publisher, silent);
    await main.poll();
    const refund = main.past({ name: "Refunded", where: ({ args }) => args.id === silent })[0]!;
    const [ended, refunded] = await Promise.all(
      [closed, refund].map(({ blockNumber }) => network.client("main").blockTime(blockNumber)),
    );
    expect(refunded! - ended!).to.be.at.least(schedule.claimSeconds + LONGEST_SILENCE_SECONDS);
    const { funded, paid, refunded: returned } = await network.main.escrowOf(silent);
    expect(paid).to.be.at.least(900n);
    expect(paid + returned).to.equal(funded);
    expect(await network.main.balanceOf(localKey("device").address)).to.equal(paid);
    expect(await network.main.balanceOf(twin)).to.equal(0n);
    expect(await network.main.balanceOf(publisher.address)).to.equal(before - paid);
  });
});
