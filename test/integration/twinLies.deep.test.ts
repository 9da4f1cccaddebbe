import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { TUNED_VEHICLE } from "../../mechanisms/twin-migration/decision/chooseHost.ts";
import { TwinMarketClient } from "../../mechanisms/twin-migration/market/TwinMarketClient.ts";
import { PATHS } from "../../mechanisms/twin-migration/talk/messages.ts";
import type { Clock } from "../../protocol/Clock.ts";
import { systemClock } from "../../protocol/Clock.ts";
import type { Lie } from "./lyingServer.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices } from "./TestServices.ts";
import {
  addressOf,
  SERVERS,
  serverPlan,
  settingAt,
  TwinParties,
  twinServices,
  vehiclePlan,
} from "./twinParties.ts";

const BASE_PORT = 9540;
/** Where the first edge server is asked in truth. */
const UPSTREAM = BASE_PORT + 49;
const LIAR = fileURLToPath(new URL("lyingServer.ts", import.meta.url));

describe("a vehicle whose server lies or whose process ends", function () {
  this.timeout(240_000);
  let network: TestNetwork;
  let services: TestServices;
  let parties: TwinParties;
  let liar: ChildProcess;
  let ahead = 0;
  const clock: Clock = { now: () => systemClock.now() + ahead, sleep: systemClock.sleep };

  /** Moves all chains and parties on. */
  const pass = async (seconds: number) => {
    for (const client of network.clients.all) {
      await client.provider.send("evm_increaseTime", [seconds]);
      await client.provider.send("evm_mine", []);
    }
    ahead += seconds * 1000;
  };
  const market = () => new TwinMarketClient(network.main.client, network.main.place);
  const offered = async () => {
    for (let waited = 0; waited < 30_000; waited += 100) {
      const epoch = await market().read("epochNow", []);
      if ((await market().read("offerOf", [addressOf(0), epoch])).theta !== 0) return;
      await systemClock.sleep(100);
    }
    throw new Error("Edge 1 made no offer.");
  };
  const lie = async (about: Lie) => {
    liar.send(about);
    await once(liar, "message");
  };
  /** The network as edge 1 knows it: it listens where only the liar asks. */
  const upstream = () => {
    const [first, ...others] = twinServices(BASE_PORT).twins;
    const twins = [{ ...first!, url: `http://127.0.0.1:${UPSTREAM}` }, ...others];
    return { ...network.file, services: { ...network.file.services, twins } };
  };
  const startEdge = () => parties.start(serverPlan(settingAt(clock.now(), 30), 0), { network: upstream() });

  before(async () => {
    network = await TestNetwork.start({
      ...{ basePort: BASE_PORT, subchains: ["virtual", "physical"], devices: 0, applications: ["twins"] },
      services: twinServices(BASE_PORT),
    });
    services = new TestServices(network, { threads: 1 });
    await services.startRelay();
    parties = new TwinParties(network, clock);
    const into = Math.floor(clock.now() / 1000) % 100;
    if (into > 30) await pass(101 - into);
    for (let key = 0; key < SERVERS + 5; key++) await parties.fund(key);
    const { domain } = market();
    const told = { port: BASE_PORT + 50, upstream: `http://127.0.0.1:${UPSTREAM}`, key: 0 };
    liar = fork(LIAR, [
      JSON.stringify({ ...told, chainId: String(domain.chainId), contract: domain.contract }),
    ]);
    await once(liar, "message");
    for (const place of [2, 1]) await parties.start(serverPlan(settingAt(clock.now(), 30), place));
    await startEdge();
    await offered();
    await systemClock.sleep(1000);
  });
  after(async () => {
    liar?.kill();
    await parties?.stopAll();
    await services?.stop();
    await network?.stop();
  });

  /** A vehicle beside edge 1, which has no use for a cloud. */
  const drivenBy = (v: number, steps: number) => ({
    ...vehiclePlan(settingAt(clock.now() + 500, steps), v, [240, 260]),
    rule: { ...TUNED_VEHICLE, cloudSeconds: 1000 },
  });

  /** There is no keeper: what ends is ended by the vehicle. */
  const disputed = async (v: number, about: Lie, why: RegExp) => {
    await lie(about);
    await offered();
    const name = `vehicle ${v + 1}`;
    await parties.start(drivenBy(v, 40));
    const told = await parties.until("disputed", ({ party }) => party === name);
    expect([told.server, told.why]).satisfies(
      ([server, said]: string[]) => server === "edge 1" && why.test(said!),
      told.why,
    );
    await lie("nothing");
    // The hand-over is there: the vehicle is not held up by the dispute.
    const moved = await parties.until("moved", ({ party }) => party === name);
    expect([moved.to, moved.outcome]).eql(["edge 1", "pending"]);
    const migration = BigInt(told.migration);
    for (let tries = 0; tries < 4; tries++) {
      await pass(130);
      const { status } = await parties
        .until("resolved", ({ party }) => party === name, 6000)
        .catch(() => market().read("migrationOf", [migration]))
        .then((found) => ("status" in found ? { status: Number(found.status) } : { status: 5 }));
      if (status === 5) break;
    }
    const resolved = await parties.until("resolved", ({ party }) => party === name);
    expect(resolved.outcome).equal("Resolved");
    // A tenth came back, and the vehicle has it.
    await parties.until("collected", ({ party }) => party === name);
    expect(await market().read("owedTo", [migration, addressOf(SERVERS + v)])).equal(0n);
    await parties.stop(name);
  };

  it("disputes a start that is not its own, and signs nothing of it", () =>
    disputed(0, "start", /it signed a start \d+ ms after the vehicle began/));

  it("disputes an end that was before it had its answer, by putting its own beside it", () =>
    disputed(1, "end", /it signed an end \d+ ms before the vehicle had its answer/));

  it("disputes what is no signature of its migration", () =>
    disputed(2, "all", /what it signed is not the completed migration/));

  it("goes on after it is ended between its host's patch and its answer, also when the host is started anew", async () => {
    await offered();
    const v = 3;
    const name = `vehicle ${v + 1}`;
    let [done, asked] = [0, ""];
    /** The host does it, and its answer never comes. */
    const cutting: typeof globalThis.fetch = async (input, init) => {
      if (!String(input).endsWith(PATHS.synchronize)) return fetch(input, init);
      const response = await fetch(input, init);
      if (response.ok) {
        done++;
        asked = String(init!.body);
      }
      return new Promise((_, reject) =>
        init!.signal!.addEventListener("abort", () => reject(init!.signal!.reason), { once: true }),
      );
    };
    for (const isServerAnew of [false, true]) {
      done = 0;
      await parties.start(drivenBy(v, 40), { fetch: cutting });
      for (let waited = 0; done === 0 && waited < 40_000; waited += 50) await systemClock.sleep(50);
      expect(done).equal(1);
      await parties.stop(name);
      if (isServerAnew) {
        await parties.stop("edge 1");
        await startEdge();
        await offered();
      }
      const before = parties.told.length;
      let again = "";
      const honest: typeof globalThis.fetch = (input, init) => {
        if (String(input).endsWith(PATHS.synchronize)) again ||= String(init!.body);
        return fetch(input, init);
      };
      const vehicle = await parties.start(drivenBy(v, 8), {
        fetch: honest,
      });
      await vehicle.done;
      const own = parties.told.slice(before).filter(({ party }) => party === name);
      const trouble = own.find(({ type }) => type === "trouble") as { error?: unknown } | undefined;
      expect(trouble?.error, String((trouble?.error as Error | undefined)?.message)).equal(undefined);
      expect(JSON.parse(again), "the same is asked again").eql(JSON.parse(asked));
      const arrived = own.find((event) => event.type === "arrived") as
        | { synchronizations: number }
        | undefined;
      expect(arrived?.synchronizations).above(1);
      await parties.stop(name);
    }
  });

  it("has offers of an edge whose cloud asks more than the game's price, who pays it", async () => {
    // Early in an epoch, so that the next ones do not pass while they are waited for.
    const into = Math.floor(clock.now() / 1000) % 100;
    if (into > 40) await pass(101 - into);
    const epoch = (await market().read("epochNow", [])) + 2;
    const cloud = await network.clients.account("main", "party", 2);
    await market().postOffer(cloud, {
      ...{ epoch, theta: 400_000, own: 400_000n, capacity: 400_000n, wholesale: 400_000 },
    });
    const before = parties.told.length;
    await pass(100);
    const other = await parties.until(
      "offered",
      (event) => event.party === "edge 1" && event.epoch === epoch - 1,
    );
    expect(other.wholesale, "the game's").below(400_000);
    const offer = await parties.until(
      "offered",
      (event) => event.party === "edge 1" && event.epoch === epoch,
    );
    expect(offer.wholesale).equal(400_000);
    expect(Number((await market().read("offerOf", [addressOf(0), epoch])).wholesale)).equal(400_000);
    const trouble = parties.told.slice(before).filter(({ type }) => type === "trouble");
    expect(trouble.map((event) => String((event as { error?: unknown }).error))).eql([]);
  });
});
