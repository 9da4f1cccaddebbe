import { mkdtemp, readdir, readFile, rm, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { auditMarket } from "../../audit/auditMarket.ts";
import { gatherMarket } from "../../audit/evidence/gatherMarket.ts";
import { marketLines } from "../../audit/marketLines.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import type { MarketEvidence, MarketTally } from "../../mechanisms/MarketAudit.ts";
import { statedMarket } from "../../mechanisms/statedMarket.ts";
import { checkHandOvers } from "../../mechanisms/twin-migration/audit/checkHandOvers.ts";
import { checkMigrations } from "../../mechanisms/twin-migration/audit/checkMigrations.ts";
import { checkMoney } from "../../mechanisms/twin-migration/audit/checkMoney.ts";
import { checkPrices } from "../../mechanisms/twin-migration/audit/checkPrices.ts";
import { checkRate } from "../../mechanisms/twin-migration/audit/checkRate.ts";
import { checkReputation } from "../../mechanisms/twin-migration/audit/checkReputation.ts";
import { checkSynchronizations } from "../../mechanisms/twin-migration/audit/checkSynchronizations.ts";
import { NO_STAMP, signCompletion, signOrder } from "../../mechanisms/twin-migration/market/signatures.ts";
import { TwinHostsClient } from "../../mechanisms/twin-migration/market/TwinHostsClient.ts";
import { TwinMarketClient } from "../../mechanisms/twin-migration/market/TwinMarketClient.ts";
import { PATHS, takeOnText, written } from "../../mechanisms/twin-migration/talk/messages.ts";
import { twinMarket } from "../../mechanisms/twin-migration/twinMarket.ts";
import { TwinState } from "../../mechanisms/twin-migration/twins/TwinState.ts";
import type { Clock } from "../../protocol/Clock.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { contracts } from "../../protocol/contracts.ts";
import type { Digest } from "../../storage/ContentStore.ts";
import { deepOnly } from "../tier.ts";
import { FaultyProxy } from "./FaultyProxy.ts";
import { TestNetwork } from "./TestNetwork.ts";
import { TestServices } from "./TestServices.ts";
import { auditCommand, throughBundle } from "./throughBundle.ts";
import {
  addressOf,
  SERVERS,
  serverPlan,
  settingAt,
  TwinParties,
  twinServices,
  vehiclePlan,
} from "./twinParties.ts";

const BASE_PORT = 9880;
const STYLE = { green: String, red: String, yellow: String, dim: String };

describe("the market of twins on a network", function () {
  this.timeout(180_000);
  let network: TestNetwork;
  let services: TestServices;
  let parties: TwinParties;
  let ahead = 0;
  /** The machine's, so far ahead as the chains were moved. */
  const clock: Clock = { now: () => systemClock.now() + ahead, sleep: systemClock.sleep };
  const kept = { migration: 0n };
  /** In front of the chains of the second edge server: what it asks them for. */
  let proxies: { main: FaultyProxy; physical: FaultyProxy };

  /** Moves all chains and parties on. */
  const pass = async (seconds: number) => {
    for (const client of network.clients.all) {
      await client.provider.send("evm_increaseTime", [seconds]);
      await client.provider.send("evm_mine", []);
    }
    ahead += seconds * 1000;
  };
  const market = () => new TwinMarketClient(network.main.client, network.main.place);
  const audited = () => auditMarket(network.file, twinMarket, { storage: network.storage });
  /** The running epoch, once the first edge server's offer for it is there. */
  const offered = async () => {
    for (let waited = 0; waited < 30_000; waited += 100) {
      const epoch = await market().read("epochNow", []);
      if ((await market().read("offerOf", [addressOf(0), epoch])).theta !== 0) return epoch;
      await systemClock.sleep(100);
    }
    throw new Error("Edge 1 made no offer.");
  };
  const settled = async (migration: bigint) => {
    for (let waited = 0; waited < 30_000; waited += 100) {
      const state = await market().read("migrationOf", [migration]);
      if (Number(state.status) === 5) return state;
      await systemClock.sleep(100);
    }
    throw new Error(`Migration ${migration} was not settled.`);
  };

  const hostsOf = (chain: "virtual" | "physical") => {
    const { client, place } = network.subchain(chain);
    return new TwinHostsClient(client, place);
  };
  /** Asks the first edge server. */
  const ask = async (path: string, body: unknown) => {
    const response = await fetch(`http://127.0.0.1:${BASE_PORT + 50}${path}`, {
      method: "POST",
      body: written(body),
    });
    return { status: response.status, said: (await response.json()) as Record<string, unknown> };
  };
  /** A state in storage; returns its digest. */
  const stored = async (filling: number) =>
    network.storage.put(TwinState.begin(200, (bytes) => bytes.fill(filling)).bytes);
  /** A vehicle's request of the first edge server. */
  const requested = async (key: number) => {
    const account = await network.clients.account("main", "party", key);
    await market().approve(account);
    const epoch = await offered();
    const asked = { destination: addressOf(0), epoch, kilobytes: 2500 };
    return { account, ...(await market().request(account, asked)) };
  };
  /** Shows the first edge server the order of a request. */
  const show = async (key: number, migration: bigint, stateHash: string, changed = {}) => {
    const order = {
      ...(await market().orderOf(migration, Math.floor(clock.now() / 1000) + 120)),
      ...changed,
    };
    const signature = await signOrder(localKey("party", key), hostsOf("virtual").domain, order);
    return { order, ...(await ask(PATHS.show, { order, signature, stateHash })) };
  };
  /** Asks the first edge server to take on, as a vehicle does. */
  const takeOn = async (key: number, migration: bigint, stateHash: string, startMs: bigint) => {
    const asked = { migration, stateHash, startMs };
    const signature = await localKey("party", key).signMessage(takeOnText(addressOf(0), asked));
    const { status, said } = await ask(PATHS.takeOn, { ...asked, signature });
    const { endMs, signature: signed } = said as {
      endMs: string;
      signature: { r: string; yParityAndS: string };
    };
    return { status, said, theirs: { endMs: BigInt(endMs ?? 0), ...signed } };
  };
  /** Starts the second edge server, with its own endpoints. */
  const startSecond = async () => {
    const file = structuredClone(network.file);
    file.main.url = proxies.main.url;
    file.subchains.find(({ name }) => name === "physical")!.url = proxies.physical.url;
    for (const { ranges } of Object.values(proxies)) ranges.splice(0);
    await parties.start(serverPlan(settingAt(clock.now(), 30), 1), { network: file });
  };
  /** What it has folded of a chain and kept: where, and up to which block; undefined until there is one. */
  const snapshotOf = async (program: "market" | "hosts") => {
    const directory = join(network.config.directory, "parties", "edge-2", "snapshots");
    const name = (await readdir(directory)).find((one) => one.startsWith(program) && one.endsWith(".json"));
    if (name === undefined) return undefined;
    const { snapshot } = JSON.parse(await readFile(join(directory, name), "utf8")) as {
      snapshot: { mark: { number: number } };
    };
    return { path: join(directory, name), block: snapshot.mark.number };
  };
  const mainNow = async () =>
    BigInt(Math.floor(clock.now() - ahead - (await network.main.client.clockLag())));

  before(async () => {
    network = await TestNetwork.start({
      ...{ basePort: BASE_PORT, subchains: ["virtual", "physical"], devices: 0, applications: ["twins"] },
      services: twinServices(BASE_PORT),
    });
    services = new TestServices(network, { threads: 1 });
    await services.startRelay();
    parties = new TwinParties(network, clock);
    // Early in an epoch, so that it does not end in the midst of a test.
    const into = Math.floor(clock.now() / 1000) % 100;
    if (into > 40) await pass(101 - into);
    for (let key = 0; key < SERVERS + 6; key++) await parties.fund(key);
    proxies = {
      main: new FaultyProxy(network.place("main").url, BASE_PORT + 60),
      physical: new FaultyProxy(network.place("physical").url, BASE_PORT + 61),
    };
    for (const proxy of Object.values(proxies)) await proxy.start();
    const setting = settingAt(clock.now(), 30);
    await parties.start(serverPlan(setting, 2));
    await startSecond();
    await parties.start(serverPlan(setting, 0));
    await parties.start({ role: "keeper", name: "keeper", key: 9, seed: 1, setting });
    await parties.fund(9);
  });
  after(async () => {
    await parties?.stopAll();
    for (const proxy of Object.values(proxies ?? {})) await proxy.stop();
    await services?.stop();
    await network?.stop();
  });

  it("moves a twin across subchains as its vehicle drives, through the relay", async () => {
    for (const edge of ["edge 1", "edge 2"]) await parties.until("offered", ({ party }) => party === edge);
    // Vehicles may hear of an offer later than its server.
    await systemClock.sleep(1000);
    const setting = settingAt(clock.now() + 500, 24);
    const vehicle = await parties.start(vehiclePlan(setting, 0, [200, 800]));
    const begun = await parties.until("moved", ({ party }) => party === "vehicle 1");
    expect([begun.from, begun.to, begun.outcome]).eql([undefined, "edge 1", "Completed"]);
    const moved = await parties.until(
      "moved",
      ({ party, from }) => party === "vehicle 1" && from !== undefined,
    );
    expect([moved.from, moved.to, moved.outcome, moved.crossed]).eql(["edge 1", "edge 2", "Completed", true]);
    expect(moved.latencyMs).within(1, 6000);
    await vehicle.done;
    const own = addressOf(SERVERS);
    const [host] = Object.values(await market().read("hostOf", [own])) as [string];
    expect(host).equal(addressOf(1));
    const physical = new TwinHostsClient(
      network.subchain("physical").client,
      network.subchain("physical").place,
    );
    expect((await physical.read("hostOf", [own])).server).equal(addressOf(1));
    const arrived = await parties.until("arrived");
    expect(arrived.synchronizations).above(3);
    await parties.stop("vehicle 1");
  });

  it("goes on after a server is started anew: it knows its twins and their states, and reads what is new", async () => {
    const heads = { market: network.main.client, hosts: network.subchain("physical").client };
    const seen = { market: 0, hosts: 0 };
    for (const program of ["market", "hosts"] as const)
      seen[program] = (await heads[program].header("latest")).number;
    // Half a minute later what is folded is kept.
    await pass(31);
    for (let waited = 0; waited < 20_000; waited += 100) {
      const blocks = await Promise.all([snapshotOf("market"), snapshotOf("hosts")]);
      if ((blocks[0]?.block ?? 0) > seen.market && (blocks[1]?.block ?? 0) > seen.hosts) break;
      await systemClock.sleep(100);
    }
    await parties.stop("edge 2");
    const snapshots = { main: await snapshotOf("market"), physical: await snapshotOf("hosts") };
    await startSecond();
    for (const chain of ["main", "physical"] as const) {
      const { client, place } = chain === "main" ? network.main : network.subchain(chain);
      const { block } = snapshots[chain]!;
      const head = (await client.header("latest")).number;
      // What is behind it is never asked for again, and what is before it at once.
      const { ranges } = proxies[chain];
      for (const { from } of ranges) expect(from, chain).at.least(block + 1);
      const blocks = ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0);
      expect(blocks, `${chain}: ${JSON.stringify(ranges)}`).at.most(head - block);
      expect(head - block, chain).below((head - place.fromBlock) / 4);
    }
    const setting = settingAt(clock.now() + 500, 8);
    const before = parties.told.filter(({ type }) => type === "arrived").length;
    const vehicle = await parties.start(vehiclePlan(setting, 0, [740, 760]));
    await vehicle.done;
    const arrived = parties.told.filter((event) => event.type === "arrived").slice(before);
    expect(arrived).length(1);
    expect(arrived[0]!.synchronizations).above(1);
    await parties.stop("vehicle 1");
  });

  it("folds all anew where what it had kept is cut off, says so, and offers as before", async () => {
    await parties.stop("edge 2");
    const { path } = (await snapshotOf("market"))!;
    await truncate(path, 200);
    await startSecond();
    const told = await parties.until(
      "trouble",
      ({ party, error }) => party === "edge 2" && (error as { code?: string }).code === "SNAPSHOT_UNUSABLE",
    );
    expect(String((told.error as Error).message)).contain(path);
    expect(proxies.main.ranges[0]!.from).equal(network.main.place.fromBlock);
    // Of its subchain it has what it had.
    expect(proxies.physical.ranges.every(({ from }) => from > 1)).equal(true);
    // And has it again.
    for (let waited = 0; (await snapshotOf("market").catch(() => undefined)) === undefined; waited += 100) {
      expect(waited).below(10_000);
      await systemClock.sleep(100);
    }
  });

  it("holds both when a server says nothing more, until anybody expires it", async () => {
    const { migration, account } = await requested(SERVERS + 1);
    expect((await show(SERVERS + 1, migration, await stored(1))).status).equal(200);
    await parties.until("accepted", (event) => event.migration === String(migration));
    await parties.stop("edge 1");
    await pass(18);
    const expired = await parties.until("expired", (event) => event.migration === String(migration));
    expect(expired.was).equal("accepted");
    const state = await settled(migration);
    expect(Number(state.outcome)).equal(4);
    const owed = await market().read("owedTo", [migration, account.address]);
    expect(owed).equal((state.escrow + state.escrow / 10n) * 10n ** 12n);
    await market().collect(account, [migration], account.address);
    await parties.start(serverPlan(settingAt(clock.now(), 30), 0));
  });

  it("holds all when stamps are apart, and pays as late when nobody ends it", async () => {
    const key = SERVERS + 1;
    const signer = localKey("party", key);
    const { migration, account } = await requested(key);
    const stateHash = await stored(2);
    const { order } = await show(key, migration, stateHash);
    await parties.until("accepted", (event) => event.migration === String(migration));
    const startMs = await mainNow();
    const { status, said, theirs } = await takeOn(key, migration, stateHash, startMs);
    expect(status, JSON.stringify(said)).equal(200);
    // The vehicle says that it took 1.1 s longer: what it gains is told by the test's end.
    const endMs = theirs.endMs + 1100n;
    const completion = {
      migration,
      vehicle: order.vehicle,
      source: order.source,
      destination: order.destination,
    };
    const own = await signCompletion(signer, market().domain, { ...completion, stateHash, startMs, endMs });
    await systemClock.sleep(1200);
    await market().complete(account, migration, { stateHash, startMs, stamps: [own, NO_STAMP, theirs] });
    expect(Number((await market().read("migrationOf", [migration])).status)).equal(4);
    await pass(101);
    await parties.until(
      "expired",
      (event) => event.migration === String(migration) && event.was === "disputed",
    );
    const state = await settled(migration);
    expect(Number(state.outcome)).equal(6);
    const owed = await market().read("owedTo", [migration, account.address]);
    expect(owed).equal((state.escrow / 10n) * 10n ** 12n);
    kept.migration = migration;
  });

  deepOnly("slashes a server that gives up, and vehicles know it by its reputation", async () => {
    await parties.stop("edge 1");
    await parties.start(serverPlan(settingAt(clock.now(), 30), 0, 0));
    await offered();
    const setting = settingAt(clock.now() + 500, 24);
    const vehicle = await parties.start(vehiclePlan(setting, 2, [240, 260]));
    const moved = await parties.until("moved", ({ party }) => party === "vehicle 3");
    expect([moved.to, moved.outcome]).eql(["edge 1", "Failed"]);
    expect(BigInt(moved.compensated)).above(0n);
    await vehicle.done;
    await parties.stop("vehicle 3");
    expect(await market().read("reputationOf", [addressOf(0)])).below(500_000n);
    // It has gone elsewhere since.
    const later = parties.told.filter((event) => event.type === "moving" && event.party === "vehicle 3");
    expect(later.some((event) => event.type === "moving" && event.to !== "edge 1")).equal(true);
  });

  it("anchors an epoch's synchronizations, and is audited", async () => {
    await pass(101);
    await parties.until("anchored", ({ party }) => party === "edge 2");
    await systemClock.sleep(2000);
    const report = await audited();
    expect(report.outcome, marketLines(report, STYLE).join("\n")).equal("holds");
    for (const check of report.checks) expect(check.examined, check.name).above(0);
  });

  deepOnly("is audited from a file as from the chains, with all migrations that ended", async () => {
    const directory = await mkdtemp(join(tmpdir(), "freshet-market-"));
    try {
      const about = { network: network.file, storage: network.storage, directory };
      const { path, live, offline, believed } = await throughBundle(
        { market: twinMarket.name },
        about,
        (sources) => auditMarket(network.file, twinMarket, sources),
      );
      expect(marketLines(offline, STYLE)).deep.equal(marketLines(live, STYLE));
      expect(offline.outcome, marketLines(offline, STYLE).join("\n")).equal("holds");
      for (const check of offline.checks) expect(check.examined, check.name).above(0);
      expect(believed.words, JSON.stringify(believed.words)).deep.equal([]);
      const { address } = localKey("aggregator");
      const { code, stdout, stderr } = await auditCommand(path, "--signer", address, "--json");
      const told = JSON.parse(stdout) as { outcome: string; bundle: { signer: string } };
      expect([code, told.outcome, told.bundle.signer], stderr).deep.equal([0, "holds", address]);
      const other = await auditCommand(path, "--signer", localKey("device").address);
      expect(
        [other.code, (other.stdout + other.stderr).includes(`is signed by ${address}`)],
        other.stderr,
      ).deep.equal([2, true]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  describe("whatever is tampered with", () => {
    type Check = (evidence: MarketEvidence, tally: MarketTally) => Promise<void>;
    let evidence: MarketEvidence;
    let close = () => {};
    before(async () => {
      const gathered = await gatherMarket(network.file, twinMarket, { storage: network.storage });
      ({ evidence, close } = gathered);
    });
    after(() => close());

    /** What a check says of an evidence; undefined when it holds. */
    const findingOf = async (check: Check, changed: MarketEvidence): Promise<string | undefined> => {
      const skipped: string[] = [];
      const tally: MarketTally = {
        count: () => undefined,
        note: () => undefined,
        skip: (what) => skipped.push(what),
        require(holds, sentence) {
          if (!holds) throw Object.assign(new Error(sentence), { name: "AuditFailure" });
        },
      };
      try {
        await check(changed, tally);
        return skipped[0];
      } catch (error) {
        return (error as Error).message;
      }
    };
    /** The same with an event of main changed: the last of a name. */
    const withEvent = (
      name: string,
      change: Record<string, unknown>,
      where = (_: Record<string, unknown>) => true,
    ) => {
      const at = evidence.main.events.findLastIndex(
        (event) => event.name === name && where(event.args as Record<string, unknown>),
      );
      expect(at, name).above(-1);
      const events = evidence.main.events.with(at, {
        ...evidence.main.events[at]!,
        args: { ...(evidence.main.events[at]!.args as object), ...change },
      } as (typeof evidence.main.events)[number]);
      return { ...evidence, main: { ...evidence.main, events } };
    };

    it("holds as it is", async () => {
      const all = [
        checkPrices,
        checkMigrations,
        checkHandOvers,
        checkSynchronizations,
        checkReputation,
        checkMoney,
        checkRate,
      ];
      for (const check of all) expect(await findingOf(check, { ...evidence }), check.name).equal(undefined);
    });

    it("is stated as the contracts hold it: everybody's money, to the wei", async () => {
      const { main } = evidence;
      const { escrow, applications } = network.file.main.contracts;
      const { parties: all, sums } = await statedMarket(twinMarket, main);
      const ids = new Set(
        main.events.flatMap(({ name, args }) => (name === "Funded" ? [args.id as bigint] : [])),
      );
      let held = 0n;
      for (const id of ids) {
        held += await main.read<bigint>(contracts.RewardEscrow, escrow, "heldBy", [applications.twins!, id]);
      }
      expect(held).above(0n);
      expect(BigInt(sums.owed) + BigInt(sums.open)).equal(held);
      for (const { party, entries } of all) {
        for (const { deal, kind } of entries) {
          expect(kind).not.equal("unexplained");
          if (deal === null) continue;
          const own = entries.filter((one) => one.deal === deal);
          const owed = own.reduce(
            (sum, one) => sum + BigInt(one.due ?? one.collected) - BigInt(one.collected),
            0n,
          );
          expect(await market().read("owedTo", [BigInt(deal), party]), `${party} of ${deal}`).equal(owed);
        }
      }
      const outcomes = all.flatMap(({ entries }) => entries.map(({ text }) => text)).join();
      for (const told of ["completed in", "expired", "dispute"]) expect(outcomes).contain(told);
    });

    it("a posted price that is 3 % off is found", async () => {
      const offer = (args: Record<string, unknown>) => args.server === addressOf(1);
      const theta = Number(
        (
          evidence.main.events.findLast(({ name, args }) => name === "OfferPosted" && offer(args as never))!
            .args as { theta: number }
        ).theta,
      );
      const wrong = withEvent("OfferPosted", { theta: Math.round(theta * 1.03) }, offer);
      expect(await findingOf(checkPrices, wrong)).match(/has a price of/);
    });

    it("what settles a migration is found, whichever figure", async () => {
      const completed = (args: Record<string, unknown>) => Number(args.outcome) === 1;
      for (const change of [
        { toProvider: 1n },
        { refund: 1n },
        { bondReturned: 0n },
        { bondSlashed: 1n },
        { toCloud: 1n },
      ]) {
        expect(await findingOf(checkMigrations, withEvent("MigrationSettled", change, completed))).match(
          /are due/,
        );
      }
      expect(
        await findingOf(checkMigrations, withEvent("MigrationSettled", { outcome: 2n }, completed)),
      ).match(/it took/);
      expect(await findingOf(checkMigrations, withEvent("MigrationRequested", { escrow: 5n }))).match(
        /locked 5/,
      );
      expect(await findingOf(checkMigrations, withEvent("MigrationAccepted", { wholesale: 9n }))).match(
        /for its cloud/,
      );
    });

    // Of what the deep tier alone has: a server that gave up.
    deepOnly("what failed and is said to be completed is found", async () => {
      const failed = (args: Record<string, unknown>) => Number(args.outcome) === 3;
      expect(await findingOf(checkMigrations, withEvent("MigrationSettled", { outcome: 1n }, failed))).match(
        /signed nothing/,
      );
    });

    it("a latency, a stamp or who signed it is found", async () => {
      expect(await findingOf(checkMigrations, withEvent("MigrationAttested", { latencyMs: 1n }))).match(
        /its stamps say/,
      );
      const { stamps } = evidence.main.events.findLast(({ name }) => name === "MigrationAttested")!.args as {
        stamps: bigint[];
      };
      const moved = { stamps: [stamps[0]! + 1n, stamps[1]!, stamps[2]!] };
      expect(await findingOf(checkMigrations, withEvent("MigrationAttested", moved))).match(
        /its stamps say|did not sign/,
      );
      const main = {
        ...evidence.main,
        transaction: async (hash: string) => {
          const found = await evidence.main.transaction(hash);
          return { ...found, data: found.data.replace(/.{40}$/, "0".repeat(40)) };
        },
      };
      expect(await findingOf(checkMigrations, { ...evidence, main })).match(/did not sign/);
    });

    it("another state in storage, or one that was not handed over, is found", async () => {
      const storage = {
        ...evidence.storage,
        put: (bytes: Uint8Array) => evidence.storage.put(bytes),
        has: (digest: Digest) => evidence.storage.has(digest),
        get: async () => {
          throw Object.assign(
            new (await import("../../protocol/BaseError.ts")).BaseError("STORAGE_CORRUPT", "other bytes"),
          );
        },
      };
      expect(await findingOf(checkHandOvers, { ...evidence, storage })).match(/STORAGE_CORRUPT/);
      const stateHash = `0x${"ab".repeat(32)}`;
      expect(await findingOf(checkHandOvers, withEvent("TwinHandedOver", { stateHash }))).match(
        /is not what its message says/,
      );
      const messages = evidence.messages.filter(({ origin }) => origin !== evidence.subchains[1]!.chainId);
      expect(await findingOf(checkHandOvers, { ...evidence, messages })).match(/did not receive/);
    });

    it("a list of synchronizations that is not the root's is found, and one that is kept back is said", async () => {
      const storage = {
        put: (bytes: Uint8Array) => evidence.storage.put(bytes),
        has: (digest: Digest) => evidence.storage.has(digest),
        get: async (digest: Digest) => {
          const leaves = JSON.parse(new TextDecoder().decode(await evidence.storage.get(digest))) as {
            step: number;
          }[];
          return new TextEncoder().encode(JSON.stringify(leaves.slice(1)));
        },
      };
      expect(await findingOf(checkSynchronizations, { ...evidence, storage })).match(
        /its server's list lead to/,
      );
      const hint = () => Promise.reject(new Error("gone"));
      expect(await findingOf(checkSynchronizations, { ...evidence, hint })).match(/cannot be had/);
    });

    it("a count of reputation, a payment and a tally are found", async () => {
      expect(await findingOf(checkReputation, withEvent("ReputationChanged", { okPpm: 9n }))).match(/follow/);
      expect(await findingOf(checkMoney, withEvent("Paid", { amount: 1n }))).match(/wei/);
      expect(await findingOf(checkMoney, withEvent("ShareCollected", { party: addressOf(8) }))).match(
        /were not collected/,
      );
      const source = `0x${"00".repeat(20)}`;
      const crossed = (args: Record<string, unknown>) => args.source !== source;
      expect(await findingOf(checkRate, withEvent("MigrationRequested", { source }, crossed))).match(
        /its events show/,
      );
    });
  });

  describe("whoever is hostile", () => {
    before(async () => {
      await parties.stop("edge 1");
      await parties.start(serverPlan(settingAt(clock.now(), 30), 0));
    });

    deepOnly(
      "gets no bond at stake by a request alone, nor by an order that main will not believe",
      async () => {
        const { migration, account } = await requested(SERVERS + 3);
        const stateHash = await stored(3);
        await systemClock.sleep(3000);
        expect(Number((await market().read("migrationOf", [migration])).status), "alone").equal(1);
        expect((await show(SERVERS + 3, migration, stateHash, { destinationChain: 5n })).status).equal(403);
        const soon = Math.floor(clock.now() / 1000) + 10;
        expect((await show(SERVERS + 3, migration, stateHash, { until: soon })).status).equal(200);
        const { order } = await show(SERVERS + 3, migration, stateHash);
        const other = await signOrder(localKey("party", SERVERS + 4), hostsOf("virtual").domain, order);
        expect((await ask(PATHS.show, { order, signature: other, stateHash })).status).equal(403);
        await parties.until("accepted", (event) => event.migration === String(migration));
        expect(account.address).equal(order.vehicle);
        // It vanishes: its server takes its twin on alone, and is paid as late.
        await pass(9);
        await parties.until("took-on", (event) => event.migration === String(migration));
        for (const was of ["accepted", "disputed"]) {
          await systemClock.sleep(2000);
          await pass(130);
          await parties.until(
            "expired",
            (event) => event.migration === String(migration) && event.was === was,
          );
        }
        expect(Number((await settled(migration)).outcome)).equal(6);
      },
    );

    it("has one state and one time of a migration signed, which did not begin before it was accepted", async () => {
      const key = SERVERS + 4;
      const { migration } = await requested(key);
      const [first, second] = [await stored(4), await stored(5)];
      await show(key, migration, first);
      await parties.until("accepted", (event) => event.migration === String(migration));
      const startMs = await mainNow();
      const early = await takeOn(key, migration, first, startMs - 10_000n);
      expect([early.status, early.said.message]).eql([
        403,
        "Of what was asked, it begins before it was accepted.",
      ]);
      expect((await takeOn(SERVERS + 1, migration, first, startMs)).status, "another vehicle").equal(403);
      const [one, same] = await Promise.all([1, 2].map(() => takeOn(key, migration, first, startMs)));
      expect(one!.status, JSON.stringify(one!.said)).equal(200);
      expect(same!.said).eql(one!.said);
      await show(key, migration, second);
      const other = await takeOn(key, migration, second, startMs);
      expect([other.status, other.said.message]).eql([
        403,
        "Of what was asked, another state was agreed to.",
      ]);
      await parties.stop("edge 1");
      await parties.start(serverPlan(settingAt(clock.now(), 30), 0));
      expect((await takeOn(key, migration, second, startMs)).status).equal(403);
      // It had signed before it was started anew.
      expect((await takeOn(key, migration, first, startMs + 50n)).said).eql(one!.said);
    });

    deepOnly(
      "releases another state than the twin's, and its new host is completed all the same",
      async () => {
        const physical = hostsOf("physical");
        const host = await network.clients.account("physical", "party", 1);
        const garbage = `0x${"66".repeat(32)}`;
        let lied = 0;
        const lying: typeof globalThis.fetch = async (input, init) => {
          if (!String(input).endsWith(PATHS.release)) return fetch(input, init);
          const { order, signature } = JSON.parse(String(init!.body));
          await physical.release(host, order, garbage, signature);
          lied++;
          return Response.json({ stateHash: garbage });
        };
        const setting = settingAt(clock.now() + 500, 24);
        const vehicle = await parties.start(vehiclePlan(setting, 5, [800, 200]), { fetch: lying });
        const moved = await parties.until(
          "moved",
          ({ party, from }) => party === "vehicle 6" && from !== undefined,
        );
        // Where to its reputations say.
        expect([moved.from, moved.outcome, moved.crossed]).eql(["edge 2", "Completed", true]);
        expect(lied).equal(1);
        await vehicle.done;
        await parties.stop("vehicle 6");
      },
    );

    it("moves in and says nothing more: idle twins are dropped", async () => {
      await pass(1001);
      const gone = await parties.until("dropped", ({ party }) => party === "edge 1");
      expect((await hostsOf("virtual").read("hostOf", [gone.vehicle])).server).equal(`0x${"00".repeat(20)}`);
    });
  });
});
