import { expect } from "chai";

import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { rejected } from "../unit/thrown.ts";
import { FaultyProxy } from "./FaultyProxy.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices, WILLING_DEVICE } from "./TestServices.ts";

const BASE_PORT = 9480;
/** Chains that nobody reaches before their proxies are there. */
const LATE = ["main", "virtual"] as const;

describe("services that start before their chains", () => {
  let network: TestNetwork;
  let proxies: FaultyProxy[];
  const running: { stop(): Promise<unknown> }[] = [];
  /** The network as the services see it. */
  let file: NetworkFile;
  let services: TestServices;

  before(async () => {
    network = await TestNetwork.start({ basePort: BASE_PORT, subchains: ["virtual", "physical"] });
    running.push(network);
    proxies = LATE.map((name, i) => new FaultyProxy(network.place(name).url, BASE_PORT + 10 + i));
    running.push(...proxies);
    file = structuredClone(network.file);
    file.main.url = proxies[0]!.url;
    file.subchains.find(({ name }) => name === "virtual")!.url = proxies[1]!.url;
    services = new TestServices(network, { file });
    running.push(services);
  });
  after(async () => {
    for (const part of running.reverse()) await part.stop();
  });

  it("say which chain does not answer, and do their work once it does", async () => {
    await services.startRelay();
    await services.startAggregator();
    await services.startWorkers({ devices: [WILLING_DEVICE] });
    const isTrouble = ({ type }: { type: string }) => type === "trouble";
    await Promise.all([
      services.relay.until(isTrouble),
      services.aggregators.until(isTrouble),
      services.workers.until(isTrouble),
    ]);
    for (const chain of LATE) {
      await services.workers.until((event) => event.type === "trouble" && event.chain === chain);
      await services.relay.until((event) => event.type === "trouble" && event.chain === chain);
      await services.aggregators.until((event) => event.type === "trouble" && event.doing.includes(chain));
    }
    for (const proxy of proxies) await proxy.start();

    const publisher = await network.account("main", "publisher");
    const { task } = await publishTask(
      parseTaskSpec({
        ...smallSpec(),
        reward: { policy: "aoi-contract", menu: { items: [{ period: 6, reward: "1000", cost: "5" }] } },
        schedule: {
          enrolSeconds: 8,
          epochSeconds: 6,
          commitSeconds: 8,
          revealSeconds: 4,
          reportSeconds: 2,
          claimSeconds: 10,
          deadlineSeconds: 600,
        },
        aggregators: { attestations: 1, of: 1 },
      }),
      { network: network.file, main: network.main, publisher, storage: network.storage },
    );
    for (const chain of ["virtual", "physical"]) {
      await services.workers.until((event) => event.type === "enrolled" && event.chain === chain);
    }
    await services.aggregators.until(
      (event) => event.type === "attested" && event.task === task && event.round === 0,
    );
    for (const chain of ["virtual", "physical"]) {
      await services.workers.until((event) => event.type === "revealed" && event.chain === chain);
    }
  });

  it("do not start at all with another chain than the network file says", async () => {
    const wrong = new FaultyProxy(network.place("physical").url, BASE_PORT + 12);
    await wrong.start();
    running.push(wrong);
    const before = file.main.url;
    file.main.url = wrong.url;
    try {
      const starts = [
        () => services.startAggregator(),
        () => services.startWorkers({ devices: [WILLING_DEVICE] }),
      ];
      for (const start of starts) {
        expect((await rejected(start())).code).to.equal("WRONG_CHAIN_ID");
      }
    } finally {
      file.main.url = before;
    }
  });
});
