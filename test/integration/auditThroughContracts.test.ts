import { expect } from "chai";
import { toQuantity } from "ethers";

import type { AuditReport } from "../../audit/AuditReport.ts";
import { auditTask } from "../../audit/auditTask.ts";
import { EXIT_CODES, reportLines } from "../../audit/report.ts";
import type { EventNamed, TaskEventName } from "../../chains/clients/ChainEvent.ts";
import { isOfTask } from "../../chains/clients/ChainEvent.ts";
import { toDeliverable } from "../../chains/clients/GatewayClient.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { verifierOf } from "../../chains/networks/verifierOf.ts";
import { CHECKPOINT_TYPES, checkpointDomain, encodeCheckpointProof } from "../../protocol/checkpoint.ts";
import { contracts } from "../../protocol/contracts.ts";
import { MerkleTree } from "../../protocol/MerkleTree.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { parseTaskSpec, type TaskSpec } from "../../tasks/taskSpec.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { FaultyProxy } from "./FaultyProxy.ts";
import { FORWARDER, ForwardingAccount } from "./ForwardingAccount.ts";
import { HandWorker } from "./HandWorker.ts";
import { TestNetwork } from "./TestNetwork.ts";

const PROXY_PORT = 9727;

describe("audit of a task that contracts carried and worked on", () => {
  let network: TestNetwork;
  let spec: TaskSpec;
  let task: bigint;
  const running: { stop(): Promise<unknown> }[] = [];

  /** Delivers all that one chain sent to another, through a contract; nobody else relays here. */
  const deliver = async (from: string, to: string) => {
    const [origin, destination] = [network.gateway(from), network.gateway(to)];
    const account = await ForwardingAccount.deploy(await network.account(to, "publisher"));
    const head = (await origin.header("latest"))!.number;
    const { sent } = await origin.events(0, head);
    const tree = new MerkleTree(sent.map(({ id }) => id));
    const { verifier } = await destination.routeOf(origin.chainId);
    const { validators, threshold } = await destination.validatorsOf(verifier, origin.chainId);
    expect(verifier).to.equal(verifierOf(network.place(to), network.place(from)).address);
    const keys = validators
      .map(
        (address) =>
          validators.map((_, i) => localKey("validator", i)).find((key) => key.address === address)!,
      )
      .slice(0, threshold);
    const index = sent.length - 1;
    const domain = checkpointDomain({ chainId: origin.chainId, gateway: origin.address });
    for (const message of sent) {
      if (message.destination !== destination.chainId) continue;
      if (await destination.isDelivered(origin.chainId, message.nonce)) continue;
      const checkpoint = { root: tree.root(), index };
      const signatures = await Promise.all(
        keys.map((key) => key.signTypedData(domain, CHECKPOINT_TYPES, checkpoint)),
      );
      const siblings = tree.branch(message.nonce);
      const proof = encodeCheckpointProof({ index, threshold, validators, signatures, siblings });
      const gateway = { contract: contracts.Gateway, address: destination.address };
      await account.send(gateway, "deliver", [origin.chainId, toDeliverable(message), proof]);
    }
  };

  const events = async <N extends TaskEventName>(name: N): Promise<EventNamed<N>[]> => {
    const { client, contracts: places, place } = network.subchain("physical");
    const all = await client.eventsOfTask(places, task, place.fromBlock);
    return all.filter((event) => isOfTask(event, task, name)) as EventNamed<N>[];
  };

  /** The subchain's time goes on to that, if it is not there yet. */
  const goOnTo = async (time: number) => {
    const { client } = network.subchain("physical");
    if ((await client.time()) >= time) return;
    await client.provider.send("evm_setNextBlockTimestamp", [toQuantity(time)]);
    await client.provider.send("hardhat_mine", ["0x1"]);
  };

  before(async () => {
    network = await TestNetwork.start({ basePort: 9720, subchains: ["physical"] });
    running.push(network);
    const { file, main, storage } = network;
    spec = parseTaskSpec({
      ...smallSpec(),
      schedule: {
        enrolSeconds: 60,
        epochSeconds: 60,
        commitSeconds: 20,
        revealSeconds: 30,
        reportSeconds: 20,
        deadlineSeconds: 300,
        claimSeconds: 300,
      },
      subchains: ["physical"],
      aggregators: { attestations: 1, of: 1 },
      reward: {
        policy: "aoi-contract",
        menu: { items: [{ period: 4, reward: "100000", cost: "1000" }] },
      },
    });
    const publisher = await network.account("main", "publisher");
    const published = await publishTask(spec, { network: file, main, publisher, storage });
    task = published.task;
    await deliver("main", "relay");
    await deliver("relay", "physical");

    // The worker is a contract as well, and reveals what it never stored.
    const subchain = network.subchain("physical");
    const account = await ForwardingAccount.deploy(await network.account("physical", "publisher"));
    const registrar = await network.account("physical", "deployer");
    await subchain.register(registrar, account.address, account.address);
    const worker = new HandWorker(account.asAccount, network, task);
    await worker.enrol(0);
    const { startTime, commitSeconds } = published.terms.schedule;
    await goOnTo(startTime);
    const update = `0x${"cd".repeat(32)}`;
    await worker.refresh(`0x${"a0".repeat(32)}`);
    await worker.commit(0, update);
    // Whenever reveals begin, by now they have.
    await goOnTo(startTime + commitSeconds + 3);
    await worker.reveal(0, update);
  });

  after(async () => {
    for (const part of running.reverse()) await part.stop();
  });

  const audit = (file = network.file): Promise<AuditReport> =>
    auditTask(file, task, { storage: network.storage });

  it("holds where nodes trace", async () => {
    const [arrived] = await events("TaskArrived");
    const [revealed] = await events("UpdateRevealed");
    for (const event of [arrived!, revealed!]) {
      const sent = await network.client("physical").provider.getTransaction(event.transactionHash);
      expect(sent!.to).to.equal(FORWARDER);
      expect(sent!.data).not.to.contain(contracts.Gateway.selectorOf("deliver").slice(2));
    }
    const report = await audit();
    const lines = reportLines(report).filter((line) => !/^[✓–] |^ {2}/.test(line));
    expect(lines).to.have.length(1);
    // Nobody was paid yet.
    expect(lines[0]).to.match(
      new RegExp(
        `^Task ${task} \\(Open\\): everything holds; for \\d+ of ${report.checks.length} checks there was`,
      ),
    );
    expect(report.checks.find(({ name }) => name === "updates")!.notes.join()).to.contain(
      "Round 1 was not finalized: the 1 updates that physical revealed in it were not looked for.",
    );
  });

  it("cannot be examined where they do not, and fails nothing", async () => {
    const proxy = new FaultyProxy(network.client("physical").url, PROXY_PORT);
    await proxy.start();
    running.push(proxy);
    proxy.fault = "untraced";
    const [place] = network.file.subchains;
    const file = { ...network.file, subchains: [{ ...place!, url: proxy.url }] };
    const report = await audit(file);
    expect(report.outcome).to.equal("unexamined");
    expect(EXIT_CODES[report.outcome]).to.equal(3);
    const unexamined = report.checks.filter(({ outcome }) => outcome !== "holds");
    expect(unexamined.map(({ name, outcome }) => [name, outcome])).to.deep.equal([
      ["messages", "unexamined"],
      ["updates", "unexamined"],
    ]);
    for (const { unexamined: missing } of unexamined) {
      expect(missing.count).to.equal(1);
      expect(missing.first[0]!.what).to.match(
        /was made by a contract, so that its calldata do not tell how, and physical does not trace it: debug_traceTransaction was refused/,
      );
    }
    expect(JSON.parse(JSON.stringify(unexamined[0]!.unexamined)).count).to.equal(1);
  });
});
