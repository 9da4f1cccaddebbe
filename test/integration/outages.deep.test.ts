import { setTimeout as delay } from "node:timers/promises";

import { expect } from "chai";

import type { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { FaultyProxy } from "./FaultyProxy.ts";
import { followed } from "./followed.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices, WILLING_DEVICE } from "./TestServices.ts";

const BASE_PORT = 9960;
const CHAINS = ["main", "virtual", "physical"] as const;
const OUTAGE_MILLISECONDS = 6000;
/** T and θ: the second refresh, and the second round, are due in the midst of an outage. */
const EPOCH_SECONDS = 24;
const PERIOD_SECONDS = 12;

describe("an outage of six seconds of all chains of a task", () => {
  let network: TestNetwork;
  let services: TestServices;
  let main: ChainFollower;
  const proxies = new Map<string, FaultyProxy>();
  const running: { stop(): Promise<unknown> }[] = [];

  before(async () => {
    network = await TestNetwork.start({ basePort: BASE_PORT, subchains: ["virtual", "physical"] });
    running.push(network);
    const file: NetworkFile = structuredClone(network.file);
    const places = [file.main, ...file.subchains];
    for (const [i, name] of CHAINS.entries()) {
      const proxy = new FaultyProxy(network.place(name).url, BASE_PORT + 20 + i);
      await proxy.start();
      running.push(proxy);
      proxies.set(name, proxy);
      places.find((place) => place.name === name)!.url = proxy.url;
    }
    services = new TestServices(network, { file });
    running.push(services);
    await services.startRelay();
    await services.startAggregator();
    await services.startWorkers({ devices: [WILLING_DEVICE] });
    // Not through the proxies.
    main = await followed(network.client("main"), network.main.contracts);
    running.push(main);
  });
  after(async () => {
    for (const part of running.reverse()) await part.stop();
  });

  const goes = async (names: readonly (typeof CHAINS)[number][]) => {
    for (const name of names) await proxies.get(name)!.stop();
    await delay(OUTAGE_MILLISECONDS);
    for (const name of names) await proxies.get(name)!.start();
  };

  it("costs no round and no claim, and of the coverage what it lasted", async () => {
    const publisher = await network.account("main", "publisher");
    const item = { period: PERIOD_SECONDS, reward: "24000", cost: "5" };
    const { task, terms } = await publishTask(
      parseTaskSpec({
        ...smallSpec(),
        rounds: 2,
        reward: { policy: "aoi-contract", menu: { items: [item] } },
        schedule: {
          enrolSeconds: 8,
          epochSeconds: EPOCH_SECONDS,
          commitSeconds: 15,
          revealSeconds: 15,
          reportSeconds: 8,
          claimSeconds: 60,
          deadlineSeconds: 600,
        },
        aggregators: { attestations: 1, of: 1 },
      }),
      { network: network.file, main: network.main, publisher, storage: network.storage },
    );
    const due = terms.schedule.startTime + PERIOD_SECONDS;
    await delay((due - 2) * 1000 - Date.now());
    await goes(CHAINS);

    // While the workers are at their claims.
    await main.collect({ name: "EpochSettled", task }, ({ length }) => length === 2);
    await goes(["main"]);

    for (const chain of ["virtual", "physical"]) {
      await services.workers.until(
        (event) => event.type === "claimed" && event.task === task && event.chain === chain,
      );
    }
    await main.poll();
    expect(services.workers.events.filter(({ type }) => type === "round-missed")).to.deep.equal([]);
    const rounds = main.past({ name: "RoundFinalized", task });
    expect(rounds.map(({ args }) => args.accepted)).to.deep.equal([
      [[1n], [1n]],
      [[1n], [1n]],
    ]);
    const claimed = services.workers.events.flatMap((event) =>
      event.type === "claimed" ? [event.amount] : [],
    );
    // 1000 wei a second: less the rest of the outage, and a pause before the next try.
    for (const amount of claimed) expect(Number(amount)).to.be.within(24_000 - 10_000, 24_000 - 3000);
  });
});
