import { join } from "node:path";

import { hashMessage, keccak256 } from "ethers";

import type { ChainAccount } from "../../../chains/clients/ChainAccount.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { Clock } from "../../../protocol/Clock.ts";
import { ContractRevert } from "../../../protocol/ContractRevert.ts";
import { mayPass } from "../../../protocol/mayPass.ts";
import { recoverSigner } from "../../../protocol/recoverSigner.ts";
import type { Digest } from "../../../storage/ContentStore.ts";
import type { migrationContracts } from "../contracts.ts";
import { type HandOver, keyOfOrder, type Synchronization } from "../encodings.ts";
import { EventWatch } from "../market/EventWatch.ts";
import {
  type Coming,
  HOST_EVENTS,
  type HostEvent,
  HostLedger,
  type HostState,
  hostSchema,
} from "../market/HostLedger.ts";
import { inTurn } from "../market/inTurn.ts";
import type { KnownMigration, MarketEvent } from "../market/MarketLedger.ts";
import { MarketWatch } from "../market/MarketWatch.ts";
import { MOST_ORDER_SECONDS, marketTimes, marketTooTight, waitSeconds } from "../market/marketTimes.ts";
import { type CompactSignature, isOrdered, signCompletion } from "../market/signatures.ts";
import { TwinHostsClient } from "../market/TwinHostsClient.ts";
import { timedChains } from "../market/timedChains.ts";
import { twinApplication } from "../market/twinApplication.ts";
import { PublicBook } from "../pricing/PublicBook.ts";
import { TimedBook } from "../pricing/TimedBook.ts";
import type { ReleaseAsked, ShowAsked, SynchronizeAsked, TakeOnAsked } from "../talk/messages.ts";
import { MOST_PATCH_BYTES, patchText, takeOnText } from "../talk/messages.ts";
import { TwinDesk } from "../talk/TwinDesk.ts";
import { MOST_STATE_BYTES, TwinState } from "../twins/TwinState.ts";
import { type AgreedStamp, type Agreement, Agreements } from "./Agreements.ts";
import { Owed } from "./Owed.ts";
import type { PartyModules, RunningParty } from "./PartyModules.ts";
import type { ServerPlan } from "./partyPlan.ts";
import { listBytes, rootOf, SynchronizationLog } from "./SynchronizationLog.ts";

const EPOCH_MILLISECONDS = 100_000;
const STEP_MILLISECONDS = 1000;
const STEPS = 100;
/** How often offers, roots and what is owed are looked at, ms. */
const LOOK_MILLISECONDS = 500;
/** So long after what is before its cut is final an epoch's prices are computed: it is read by then, ms. */
const SETTLED_MILLISECONDS = 2000;
/** How long before an epoch is over its root may not be posted, ms: a subchain's clock may be behind. */
const OVER_MILLISECONDS = 2000;
/** How many epochs after its own a root may be posted (MOST_EPOCHS_BEHIND). */
const ANCHORED_EPOCHS = 10;
const COLLECTED_AT_ONCE = 16;
/** Most that one call collects. */
const MOST_COLLECTED = 64;
/** How far a vehicle's clock may be from this one, ms. */
const CLOCK_MILLISECONDS = 2000;
/** How much earlier than its acceptance here a vehicle's clock may begin a migration, ms. */
const EARLIER_MILLISECONDS = 500;
/** How long a request or an acceptance is waited for that a vehicle has heard of, ms. */
const HEARD_MILLISECONDS = 3000;
/** So long after its vehicle can have heard that it was accepted a twin is taken on of which it says nothing more, ms. */
const ALONE_MILLISECONDS = 8000;
/** A twin that was not synchronized for so many epochs is dropped. */
const IDLE_EPOCHS = 10;
const BYTES_A_KILOBYTE = 1000;
const NOWHERE = `0x${"00".repeat(20)}`;

/** A twin that is hosted here. */
interface HostedTwin {
  state: TwinState;
  /** It is being released: its state does not change any more. */
  frozen: boolean;
  /** What it was synchronized with last, and what was answered: who did not hear it asks again. */
  last?: { asked: string; answer: { stateHash: string; atMs: bigint } };
  /** What is done to it is done in turn. */
  turn: Promise<unknown>;
}

/**
 * An edge or a cloud server: stakes, posts an offer an epoch at the prices of the game, takes on twins within its
 * capacity, hosts, releases, signs times, and anchors what it synchronized. It does what vehicles ask by their
 * signatures and what the chains say, and believes nobody else.
 */
export class TwinServer implements RunningParty {
  readonly done = new Promise<void>(() => undefined);
  readonly #plan: ServerPlan;
  readonly #modules: PartyModules;
  readonly #watch: MarketWatch;
  readonly #book: TimedBook;
  /** What it is owed of migrations. */
  readonly #owed: Owed;
  readonly #hosts: TwinHostsClient;
  readonly #hostEvents: EventWatch<typeof migrationContracts.TwinHosts>;
  readonly #hostLedger: HostLedger;
  readonly #account: ChainAccount;
  readonly #hostAccount: ChainAccount;
  readonly #log: SynchronizationLog;
  /** The subchain's time: by it synchronizations and their epochs are told. */
  readonly #hostClock: Clock;
  readonly #stop = new AbortController();
  readonly #twins = new Map<string, HostedTwin>();
  /** Who came here by this process, of whom the subchain has not told yet. */
  readonly #brought = new Map<string, Coming>();
  /** Whom this process has dropped, by which migration it was here: the subchain tells the same later. */
  readonly #dropped = new Map<string, bigint>();
  /** When this process last heard of a twin that is here, ms. */
  readonly #heardMs = new Map<string, number>();
  readonly #agreements: Agreements;
  /** Orders of requests, as vehicles showed them. */
  readonly #shown = new Map<bigint, ShowAsked>();
  readonly #accepting = new Set<bigint>();
  /** Migrations whose twin is being taken on. */
  readonly #taking = new Map<bigint, Promise<void>>();
  /** Epochs for which this process has made an offer, or was refused. */
  readonly #posted = new Set<number>();
  /** The last epoch whose root this process has made. */
  #closed = -1;
  readonly #lists = new Map<number, { list: string; count: number }>();
  readonly #failing = new Set<bigint>();
  #desk: TwinDesk | undefined;
  #running: Promise<void> = Promise.resolve();
  #answering: Promise<void> = Promise.resolve();

  private constructor(
    plan: ServerPlan,
    modules: PartyModules,
    parts: {
      account: ChainAccount;
      hostAccount: ChainAccount;
      hosts: TwinHostsClient;
      log: SynchronizationLog;
      agreements: Agreements;
      hostClock: Clock;
    },
  ) {
    this.#plan = plan;
    this.#modules = modules;
    this.#account = parts.account;
    this.#hostAccount = parts.hostAccount;
    this.#hosts = parts.hosts;
    this.#log = parts.log;
    this.#agreements = parts.agreements;
    this.#hostClock = parts.hostClock;
    const { clients, clock, directory } = modules;
    const { address } = parts.account;
    const kept = { directory, party: { role: plan.role, address } };
    const onError = (error: unknown) => this.#tell(error);
    this.#owed = new Owed(address);
    this.#book = new TimedBook(clients.main.client, { clock, signal: this.#stop.signal, onError });
    this.#hostLedger = new HostLedger(address, (vehicle, migration) => {
      const host = this.#watch.ledger.hosts.get(vehicle);
      return host !== undefined && host.migration > migration;
    });
    this.#watch = new MarketWatch({
      ...{ clients, kept, onError },
      parts: { owed: this.#owed, book: this.#book },
      take: (event) => this.#hear(event),
      restored: () => this.#hostLedger.look(),
    });
    this.#hostEvents = new EventWatch(
      { client: parts.hosts.client, place: parts.hosts.hosts, names: HOST_EVENTS },
      parts.hosts.place,
      {
        take: (event) => this.#hearHosts(event),
        onError,
        fold: {
          ...{ program: "hosts", clients, kept, schema: hostSchema },
          state: () => this.#hostLedger.state(),
          restore: (state) => this.#hostLedger.restore(state as HostState | undefined),
          besides: [this.#watch.events],
        },
      },
    );
  }

  /**
   * @throws `PUBLIC_KEY_REFUSED` on chains that are not local; `MARKET_TOO_TIGHT` before it stakes; `UNKNOWN_SERVICE`,
   *   `PORT_IN_USE`, `LISTEN_FAILED`.
   */
  static async start(plan: ServerPlan, modules: PartyModules): Promise<TwinServer> {
    const { clients, directory, listener, clock } = modules;
    const { chain } = plan.setting.servers[plan.place]!;
    const subchain = clients.subchains.find(({ place }) => place.name === chain);
    if (subchain === undefined) {
      throw new BaseError("UNKNOWN_SUBCHAIN", `There is no subchain ${chain} in the network file.`);
    }
    const hosts = new TwinHostsClient(subchain.client, subchain.place);
    const account = await clients.account(clients.main.client.name, "party", plan.key);
    const hostAccount = await clients.account(chain, "party", plan.key);
    const log = await SynchronizationLog.open(join(directory, "synchronizations"));
    const agreements = await Agreements.open(join(directory, "agreements"));
    const hostClock = await modules.clockOf(hosts.client);
    const server = new TwinServer(plan, modules, {
      ...{ account, hostAccount, hosts, log, agreements, hostClock },
    });
    try {
      await Promise.all([server.#watch.begin(), server.#hostEvents.begin()]);
      await server.#join();
      const places = clients.network.services?.[twinApplication.name] ?? [];
      const place = places.find(({ address }) => address === account.address);
      if (place === undefined) {
        throw new BaseError("UNKNOWN_SERVICE", `The network file does not say where ${plan.name} is asked.`, {
          next: `List ${account.address} under services.${twinApplication.name}.`,
        });
      }
      server.#desk = await TwinDesk.open(modules.placeOf(place.url), {
        show: (asked) => server.#show(asked),
        release: (asked) => server.#release(asked),
        takeOn: (asked) => server.#takeOn(asked),
        synchronize: (asked) => server.#synchronize(asked),
        listed: (epoch) => server.#lists.get(epoch),
        onError: (error) => server.#tell(error),
      });
      const modulesOfTurn = { clock, onError: (error: unknown) => server.#tell(error) };
      const turn = { signal: server.#stop.signal, milliseconds: LOOK_MILLISECONDS };
      server.#running = inTurn(() => server.#look(), turn, modulesOfTurn);
    } catch (cause) {
      await server.stop();
      throw cause;
    }
    listener({ type: "ready", role: plan.role, name: plan.name, address: account.address });
    return server;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#desk?.close();
    await Promise.all([this.#watch.stop(), this.#hostEvents.stop()]);
    await this.#running;
    await this.#answering;
    await this.#book.settled();
  }

  async #join(): Promise<void> {
    const { market, ledger } = this.#watch;
    await market.approve(this.#account);
    if (ledger.servers.get(this.#account.address)?.joined === true) return;
    await this.#requireTimes();
    const { kind, cloud } = this.#plan.setting.servers[this.#plan.place]!;
    if (cloud !== undefined) {
      const there = await this.#watch.until(
        ({ servers }) => (servers.get(cloud)?.joined === true ? true : undefined),
        60_000,
        this.#stop.signal,
      );
      if (there === undefined) {
        throw new BaseError("CLOUD_MISSING", `The cloud server of ${this.#plan.name} has not joined.`, {
          next: "Start the cloud server first.",
          retryable: true,
        });
      }
    }
    await market.join(this.#account, kind, this.#hosts.client.chainId, cloud);
  }

  /** Where hand-overs come too late a server loses a tenth of each bond: it does not stake there. */
  async #requireTimes(): Promise<void> {
    const [messageSeconds, chains] = await Promise.all([
      this.#watch.messageSeconds(),
      timedChains(this.#modules.clients),
    ]);
    if (messageSeconds < marketTimes(chains).needed) throw marketTooTight(messageSeconds, chains);
  }

  #hear(event: MarketEvent): void {
    const own = this.#account.address;
    if (event.name === "TwinHandedOver") {
      const { vehicle, migration, destination } = event.args;
      this.#hostLedger.look(vehicle);
      // Main tells by itself, and may tell later than this server's subchain: that it came since, stays.
      const came = this.#cameOf(vehicle);
      if (destination !== own && (came === undefined || came.migration < migration)) this.#leave(vehicle);
    }
    if (event.name === "MigrationSettled") {
      this.#shown.delete(event.args.migration);
      this.#failing.delete(event.args.migration);
      this.#keep(event.args.migration);
    }
  }

  #hearHosts(event: HostEvent): void {
    const own = this.#account.address;
    this.#hostLedger.add(event);
    if (event.name === "ReleaseArrived") this.#answerSoon();
    if (event.name === "TwinDropped" && event.args.server === own) this.#leave(event.args.vehicle);
    if (event.name !== "HostChanged") return;
    const { vehicle, server } = event.args;
    if (server !== own) this.#leave(vehicle);
    else {
      this.#brought.delete(vehicle);
      this.#dropped.delete(vehicle);
      this.#heardMs.set(vehicle, this.#hostClock.now());
    }
  }

  /** How a twin came that is here as the subchain says, or as this process has seen to. */
  #cameOf(vehicle: string): Coming | undefined {
    const told = this.#hostLedger.came.get(vehicle);
    const brought = this.#brought.get(vehicle);
    const isLater = brought !== undefined && (told === undefined || told.migration < brought.migration);
    const came = isLater ? brought : told;
    return came === undefined || this.#dropped.get(vehicle) === came.migration ? undefined : came;
  }

  /** Whose twins came here and have not left. */
  get #guests(): string[] {
    const all = new Set([...this.#hostLedger.came.keys(), ...this.#brought.keys()]);
    return [...all].filter((vehicle) => this.#cameOf(vehicle) !== undefined);
  }

  /** Each by itself: what one cannot do for long must not keep the others from their work. */
  async #look(): Promise<void> {
    // By half of the past it would do again what is done.
    if (!this.#watch.isWhole || !this.#hostEvents.isWhole) return;
    const steps = [
      () => this.#offer(),
      () => this.#answerRequests(),
      () => this.#takeOnAlone(),
      () => this.#anchor(),
      () => this.#collect(COLLECTED_AT_ONCE),
      () => this.#dropIdle(),
      () => this.#forgetOver(),
    ];
    for (const step of steps) await step().catch((error: unknown) => this.#tell(error));
  }

  async #offer(): Promise<void> {
    const now = this.#modules.clock.now();
    const running = Math.floor(now / EPOCH_MILLISECONDS);
    for (const epoch of this.#posted) if (epoch < running) this.#posted.delete(epoch);
    for (const epoch of [running, running + 1]) {
      const isPosted = this.#watch.ledger.offer(this.#account.address, epoch) !== undefined;
      if (isPosted || this.#posted.has(epoch)) continue;
      const settled = SETTLED_MILLISECONDS + this.#watch.untoldMilliseconds;
      if (now < PublicBook.cutOf(epoch) * 1000 + settled) continue;
      const { cloud } = this.#plan.setting.servers[this.#plan.place]!;
      // An edge buys at what its cloud posts, so the cloud's offer comes first.
      const asked = cloud === undefined ? undefined : this.#watch.ledger.offer(cloud, epoch)?.wholesale;
      if (cloud !== undefined && asked === undefined) continue;
      const book = await this.#book.book();
      // Whatever its cloud asks it pays, or offers no more than its own: it has joined with that cloud and no other.
      const posted = new Map(cloud === undefined ? [] : [[cloud, asked!] as const]);
      const price = book.pricesOf(epoch, posted).get(this.#account.address);
      // Main has not told yet that it joined.
      if (price === undefined) continue;
      const { own } = this.#plan;
      const capacity = asked === 0 ? own : this.#plan.capacity;
      this.#posted.add(epoch);
      try {
        await this.#watch.market.postOffer(this.#account, {
          ...{ epoch, theta: price.theta, wholesale: price.wholesale },
          ...{ own: BigInt(own), capacity: BigInt(capacity) },
        });
      } catch (error) {
        // What the market refuses once it refuses again, at the price of gas.
        if (!(error instanceof ContractRevert)) this.#posted.delete(epoch);
        throw error;
      }
      this.#modules.listener({ type: "offered", epoch, ...price, own, capacity });
    }
  }

  /** Looks at requests before the next turn: something has come that one may have waited for. */
  #answerSoon(): void {
    this.#answering = this.#answering
      .then(() => (this.#stop.signal.aborted ? undefined : this.#answerRequests()))
      .catch((error: unknown) => this.#tell(error));
  }

  async #answerRequests(): Promise<void> {
    const { ledger } = this.#watch;
    const open = [...this.#shown.values()].flatMap((shown) => {
      const known = ledger.migrations.get(shown.order.migration);
      return known === undefined || known.accepted || known.outcome !== undefined ? [] : [{ known, shown }];
    });
    await Promise.all(open.map(({ known, shown }) => this.#answer(known, shown)));
  }

  /** Accepts a request if there is room, and nothing is missing that only its vehicle can do: else it waits. */
  async #answer(known: KnownMigration, shown: ShowAsked): Promise<void> {
    const { migration } = known;
    if (this.#accepting.has(migration)) return;
    this.#accepting.add(migration);
    try {
      // What was agreed to is only to be told to main, which did not answer.
      if (this.#agreements.get(migration) === undefined) {
        // Others may have been agreed to while it was looked at; from here to what is kept nothing comes between.
        if (!(await this.#isReady(known, shown)) || !this.#hasRoom(known.vehicle)) return;
        // Drawn before it is accepted: its vehicle may be quicker than this server.
        if (this.#modules.random.uniform() >= this.#plan.reliability) this.#failing.add(migration);
        // What is agreed is on disk before main has it; when it began is told before anybody can have heard of it.
        await this.#agreements.keep({ ...shown, acceptedMs: Math.floor(this.#modules.clock.now()) });
      }
      await this.#watch.market.accept(this.#account, migration);
      this.#shown.delete(migration);
      this.#modules.listener({ type: "accepted", migration: String(migration) });
    } catch (error) {
      if (!mayPass(error) && this.#shown.get(migration) === shown) this.#shown.delete(migration);
      this.#tell(error);
    } finally {
      this.#accepting.delete(migration);
    }
  }

  /**
   * Whether a request can be accepted without depending on its vehicle: its signed order holds to the migration's end,
   * its twin is released to this server here, and the state is in storage. A vehicle that then vanishes loses its
   * escrow, not this server its bond.
   */
  async #isReady(
    { migration, epoch, kilobytes, vehicle }: KnownMigration,
    shown: ShowAsked,
  ): Promise<boolean> {
    const { order, stateHash } = shown;
    const offer = this.#watch.ledger.offer(this.#account.address, epoch);
    if (offer === undefined || offer.capacity - offer.taken < kilobytes || !this.#hasRoom(vehicle))
      return false;
    const left = order.until - this.#hostClock.now() / 1000;
    const least = waitSeconds("Accepted", await this.#watch.messageSeconds());
    if (left < least || left > MOST_ORDER_SECONDS) {
      throw refused(`the order of migration ${migration} holds for ${Math.floor(left)} s`);
    }
    if (order.source !== NOWHERE) {
      const released = await this.#hosts.read("releasedState", [keyOfOrder(order)]);
      if (BigInt(released) === 0n) return false;
      if (released !== stateHash)
        throw refused(`by the order of migration ${migration} another state was released`);
    }
    const { bytes } = await this.#stateOf(stateHash);
    if (bytes.length > kilobytes * BYTES_A_KILOBYTE)
      throw refused(`${bytes.length} bytes are more than is paid for`);
    // Another order may have been shown meanwhile.
    return this.#shown.get(migration) === shown;
  }

  /** Whether there is room for a vehicle's twin beside those that are here as the chains say, or were agreed to. */
  #hasRoom(vehicle: string): boolean {
    const twins = new Set(this.#guests.filter((one) => this.#isHere(one)));
    for (const { order } of this.#agreements.all) twins.add(order.vehicle);
    twins.delete(vehicle);
    return twins.size < this.#plan.mostTwins;
  }

  #isHere(vehicle: string): boolean {
    const came = this.#cameOf(vehicle);
    const host = this.#watch.ledger.hosts.get(vehicle);
    return came !== undefined && (host === undefined || host.migration <= came.migration);
  }

  async #stateOf(stateHash: string): Promise<TwinState> {
    return TwinState.read(await this.#modules.storage.get(stateHash as Digest, MOST_STATE_BYTES));
  }

  /** Hears of an order before anything is at stake here. */
  async #show(asked: ShowAsked): Promise<Record<string, never>> {
    const { order, signature } = asked;
    await this.#heard(order, signature, "destination", ({ outcome }) => outcome === undefined);
    if (this.#agreements.get(order.migration) !== undefined) return {};
    if (!this.#hasRoom(order.vehicle)) throw refused("there is no room");
    this.#shown.set(order.migration, asked);
    this.#answerSoon();
    return {};
  }

  async #release({ order, signature }: ReleaseAsked): Promise<{ stateHash: string }> {
    const { vehicle, migration } = order;
    await this.#heard(order, signature, "source", ({ outcome }) => outcome === undefined);
    return this.#withTwin(vehicle, async (twin) => {
      const released = await this.#hosts.read("releasedState", [keyOfOrder(order)]);
      const was = twin.frozen;
      twin.frozen = true;
      if (BigInt(released) !== 0n) return { stateHash: released };
      try {
        const stateHash = await this.#modules.storage.put(twin.state.bytes);
        await this.#hosts.release(this.#hostAccount, order, stateHash, signature);
        this.#modules.listener({ type: "released", migration: String(migration), stateHash });
        return { stateHash };
      } catch (error) {
        twin.frozen = was;
        throw error;
      }
    });
  }

  async #takeOn({ migration, stateHash, startMs, signature }: TakeOnAsked): Promise<AgreedStamp> {
    const vehicle = signerOf(takeOnText(this.#account.address, { migration, stateHash, startMs }), signature);
    const known = await this.#known(migration, (one) => one.accepted && one.vehicle === vehicle);
    const agreed = this.#agreements.get(migration);
    if (known.outcome !== undefined) throw refused("it is settled");
    if (agreed === undefined) throw refused("this server did not agree to it");
    if (agreed.stateHash !== stateHash) throw refused("another state was agreed to");
    if (agreed.stamp !== undefined) return agreed.stamp;
    if (this.#failing.has(migration)) {
      await this.#giveUp(migration);
      throw refused("this server could not instantiate the twin");
    }
    const begun = Number(startMs);
    if (begun > this.#modules.clock.now() + CLOCK_MILLISECONDS) throw refused("it begins in the future");
    if (begun < agreed.acceptedMs - EARLIER_MILLISECONDS) throw refused("it begins before it was accepted");
    await this.#bring(agreed);
    return this.#agreements.stamp(agreed, async () => {
      const endMs = BigInt(Math.max(begun, Math.floor(this.#modules.clock.now())));
      const { source, destination } = agreed.order;
      const parties = { vehicle: agreed.order.vehicle, source, destination };
      const completion = { migration, ...parties, stateHash, startMs, endMs };
      const { signer } = this.#modules;
      const { r, yParityAndS } = await signCompletion(signer, this.#watch.market.domain, completion);
      return { startMs, endMs, signature: { r, yParityAndS } };
    });
  }

  /** Takes a twin on as agreed, once; whoever asks meanwhile waits for it. */
  #bring(agreed: Agreement): Promise<void> {
    const { migration } = agreed.order;
    const running = this.#taking.get(migration);
    if (running !== undefined) return running;
    const bringing = this.#host(agreed).finally(() => this.#taking.delete(migration));
    this.#taking.set(migration, bringing);
    return bringing;
  }

  /** Its release is on this chain since before it was accepted, so the subchain has a new host with this. */
  async #host({ order, signature, stateHash }: Agreement): Promise<void> {
    const { migration, vehicle } = order;
    const taken = await this.#hosts.read("takenState", [keyOfOrder(order)]);
    // What was taken on earlier may have been synchronized since, or have left: the subchain's events tell.
    if (taken === stateHash) return;
    if (BigInt(taken) !== 0n) throw refused("another state was taken on by this order");
    const state = await this.#stateOf(stateHash);
    await this.#hosts.takeOn(this.#hostAccount, order, stateHash, signature);
    this.#twins.set(vehicle, { state, frozen: false, turn: Promise.resolve() });
    this.#brought.set(vehicle, { migration, stateHash });
    this.#heardMs.set(vehicle, this.#hostClock.now());
    this.#modules.listener({ type: "took-on", migration: String(migration), stateHash });
  }

  /** Takes on what was accepted and whose vehicle does not ask: a hand-over keeps the bond from being slashed. */
  async #takeOnAlone(): Promise<void> {
    for (const agreed of this.#agreements.all) {
      const { order, acceptedMs, stamp } = agreed;
      const known = this.#watch.ledger.migrations.get(order.migration);
      if (known?.accepted !== true || known.outcome !== undefined || known.handedOver) continue;
      const alone = ALONE_MILLISECONDS + this.#watch.untoldMilliseconds;
      const isLate = this.#modules.clock.now() >= acceptedMs + alone;
      if (!isLate || stamp !== undefined || this.#failing.has(order.migration)) continue;
      await this.#bring(agreed).catch((error: unknown) => this.#tell(error));
    }
  }

  /** Drops twins that nobody synchronizes: who moves in and says nothing more would fill a server for ever. */
  async #dropIdle(): Promise<void> {
    const { migrations } = this.#watch.ledger;
    for (const vehicle of this.#guests) {
      // Of who came to an earlier process it is heard from this one's beginning on: it may not have been there to be asked.
      const heardMs = this.#heardMs.get(vehicle) ?? this.#hostClock.now();
      this.#heardMs.set(vehicle, heardMs);
      if (this.#hostClock.now() < heardMs + IDLE_EPOCHS * EPOCH_MILLISECONDS) continue;
      const moves = [...migrations.values()].some(
        (one) => one.vehicle === vehicle && one.outcome === undefined,
      );
      if (moves) continue;
      try {
        if (this.#isHere(vehicle)) {
          await this.#hosts.drop(this.#hostAccount, vehicle);
          this.#modules.listener({ type: "dropped", vehicle });
        }
      } catch (error) {
        this.#tell(error);
        if (mayPass(error)) continue;
      }
      const came = this.#cameOf(vehicle);
      if (came !== undefined) this.#dropped.set(vehicle, came.migration);
      this.#leave(vehicle);
    }
  }

  /** Forgets what it agreed to of migrations that are settled: also of one that an earlier process heard of at its end. */
  async #forgetOver(): Promise<void> {
    for (const { order } of [...this.#agreements.all]) {
      if (this.#watch.ledger.isOver(order.migration)) await this.#agreements.forget(order.migration);
    }
  }

  async #giveUp(migration: bigint): Promise<void> {
    await this.#watch.market.fail(this.#account, migration);
    this.#failing.delete(migration);
    this.#modules.listener({ type: "gave-up", migration: String(migration) });
  }

  async #synchronize(asked: SynchronizeAsked): Promise<{ stateHash: string; atMs: bigint }> {
    const own = this.#account.address;
    const { vehicle, server, sequence, at, signature } = asked;
    if (server !== own) throw refused("it is for another server");
    const bytes = new Uint8Array(Buffer.from(asked.bytes, "base64"));
    if (bytes.length > MOST_PATCH_BYTES) throw refused("it changes too much at once");
    if (signerOf(patchText({ vehicle, server, sequence, at }, keccak256(bytes)), signature) !== vehicle) {
      throw refused("its vehicle did not sign it");
    }
    return this.#withTwin(vehicle, async (twin) => {
      if (twin.last?.asked === signature) return twin.last.answer;
      const patch = { sequence, at, bytes };
      const before = this.#log.lastOf(vehicle);
      // Since it was done this server was started anew.
      if (
        before !== undefined &&
        twin.state.hasDone(patch) &&
        before.stateHash === (await twin.state.digest())
      ) {
        return { stateHash: before.stateHash, atMs: before.atMs };
      }
      if (twin.frozen) throw refused("the twin is being released");
      const next = twin.state.patched(patch);
      const stateHash = await this.#modules.storage.put(next.bytes);
      const leaf = await this.#log.add((lastMs) => this.#leafOf(vehicle, stateHash, lastMs));
      if (leaf === undefined) throw refused("there was one in this step, or too many in this epoch");
      const { atMs } = leaf;
      twin.state = next;
      if (this.#cameOf(vehicle) !== undefined) this.#heardMs.set(vehicle, Number(atMs));
      twin.last = { asked: signature, answer: { stateHash, atMs } };
      return twin.last.answer;
    });
  }

  /**
   * A synchronization that is done now: by the subchain's clock, but not before the one before it, nor in an epoch whose
   * root is made: how far the machine's clock is ahead is measured anew at each start.
   */
  #leafOf(vehicle: string, stateHash: string, lastMs: bigint): Synchronization {
    const closed = Math.max(this.#closed, this.#hostLedger.closed);
    const open = (closed + 1) * EPOCH_MILLISECONDS;
    const atMs = Math.max(Math.floor(this.#hostClock.now()), Number(lastMs), open);
    const epoch = Math.floor(atMs / EPOCH_MILLISECONDS);
    const step = Math.min(STEPS - 1, Math.floor((atMs - epoch * EPOCH_MILLISECONDS) / STEP_MILLISECONDS));
    return { vehicle, server: this.#account.address, epoch, step, atMs: BigInt(atMs), stateHash };
  }

  /** Does something with a twin that is hosted here, in turn. */
  async #withTwin<T>(vehicle: string, work: (twin: HostedTwin) => Promise<T>): Promise<T> {
    const twin = await this.#twinOf(vehicle);
    const done = twin.turn.catch(() => undefined).then(() => work(twin));
    twin.turn = done;
    return done;
  }

  /** A twin that is hosted here; after a restart its state is read from storage. */
  async #twinOf(vehicle: string): Promise<HostedTwin> {
    const known = this.#twins.get(vehicle);
    if (known !== undefined) return known;
    const came = this.#cameOf(vehicle);
    if (came === undefined || !this.#isHere(vehicle)) throw refused("this server does not host the twin");
    const last = this.#log.lastOf(vehicle);
    const [state, synchronized] = [
      await this.#stateOf(came.stateHash),
      last === undefined ? undefined : await this.#stateOf(last.stateHash),
    ];
    // What was synchronized before it was away and came back is older than what it came with.
    const newest =
      synchronized !== undefined && synchronized.sequence > state.sequence ? synchronized : state;
    const twin = this.#twins.get(vehicle) ?? { state: newest, frozen: false, turn: Promise.resolve() };
    this.#twins.set(vehicle, twin);
    return twin;
  }

  /** A twin has another host: once what is being done with it has ended, it is forgotten. */
  #leave(vehicle: string): void {
    this.#brought.delete(vehicle);
    this.#heardMs.delete(vehicle);
    // What was dropped the chain has told by now, unless it is dropped only now.
    if (!this.#hostLedger.came.has(vehicle)) this.#dropped.delete(vehicle);
    const twin = this.#twins.get(vehicle);
    void twin?.turn
      .catch(() => undefined)
      .then(() => {
        const isBack = this.#cameOf(vehicle) !== undefined;
        if (this.#twins.get(vehicle) === twin && !isBack) this.#twins.delete(vehicle);
      });
  }

  /** A twin that was released for a migration which came to nothing is hosted here as before. */
  #keep(migration: bigint): void {
    const known = this.#watch.ledger.migrations.get(migration);
    if (known === undefined || known.handedOver || known.source !== this.#account.address) return;
    const twin = this.#twins.get(known.vehicle);
    if (twin !== undefined) twin.frozen = false;
  }

  /** What main says of the migration that an order is of; the vehicle may have heard of it first. */
  async #heard(
    order: HandOver,
    signature: CompactSignature,
    role: "source" | "destination",
    is: (known: KnownMigration) => boolean,
  ): Promise<KnownMigration> {
    if (order[role] !== this.#account.address) throw refused(`this server is not the order's ${role}`);
    if (!isOrdered(this.#hosts.domain, order, signature)) throw refused("its vehicle did not sign it");
    const known = await this.#known(order.migration, is);
    if (this.#isOrderOf(known, order)) return known;
    throw refused(`migration ${order.migration} has other parties or chains`);
  }

  async #known(migration: bigint, is: (known: KnownMigration) => boolean): Promise<KnownMigration> {
    if (this.#watch.ledger.isOver(migration)) throw refused(`migration ${migration} is over`);
    const known = await this.#watch.until(
      ({ migrations }) => {
        const one = migrations.get(migration);
        return one !== undefined && is(one) ? one : undefined;
      },
      HEARD_MILLISECONDS,
      this.#stop.signal,
    );
    if (known !== undefined) return known;
    throw refused(`migration ${migration} is not its own, not so far, or over`);
  }

  /** Whether main will believe the hand-over of an order: what has other servers or chains it ignores. */
  #isOrderOf(known: KnownMigration, order: HandOver): boolean {
    const chainOf = (server: string) =>
      server === NOWHERE ? 0n : this.#watch.ledger.servers.get(server)?.chainId;
    return (
      known.vehicle === order.vehicle &&
      known.source === order.source &&
      known.destination === order.destination &&
      chainOf(known.source) === order.sourceChain &&
      chainOf(known.destination) === order.destinationChain
    );
  }

  async #anchor(): Promise<void> {
    const now = this.#hostClock.now();
    for (const epoch of this.#log.epochs) {
      const over = (epoch + 1) * EPOCH_MILLISECONDS + OVER_MILLISECONDS;
      const leaves = [...this.#log.of(epoch)];
      if (now < over || leaves.length === 0 || this.#lists.has(epoch)) continue;
      // The chain takes no root any more that is so old.
      if (
        !this.#hostLedger.anchored.has(epoch) &&
        epoch + ANCHORED_EPOCHS < Math.floor(now / EPOCH_MILLISECONDS)
      )
        continue;
      this.#closed = Math.max(this.#closed, epoch);
      const list = await this.#modules.storage.put(listBytes(leaves));
      const root = rootOf(leaves);
      if (!this.#hostLedger.anchored.has(epoch)) {
        await this.#hosts.postRoot(this.#hostAccount, epoch, root, leaves.length);
        this.#modules.listener({ type: "anchored", epoch, count: leaves.length, root });
      }
      this.#lists.set(epoch, { list, count: leaves.length });
    }
  }

  /** Collects what is owed of settled migrations, once there are so many, or they have waited. */
  async #collect(atLeast: number): Promise<void> {
    const { market } = this.#watch;
    const { settled, open } = this.#owed.due;
    if (settled.length === 0 || (settled.length < atLeast && open > 0)) return;
    const some = settled.slice(0, MOST_COLLECTED);
    const own = this.#account.address;
    const amounts = await Promise.all(some.map((migration) => market.read("owedTo", [migration, own])));
    // A cloud is owed nothing of what failed.
    const due = some.filter((_, i) => amounts[i]! > 0n);
    if (due.length > 0) await market.collect(this.#account, due, own);
    this.#owed.collected(some);
    if (due.length > 0) this.#modules.listener({ type: "collected", migrations: due.length });
  }

  #tell(error: unknown): void {
    if (!this.#stop.signal.aborted) this.#modules.listener({ type: "trouble", error });
  }
}

function signerOf(text: string, signature: string): string | undefined {
  try {
    return recoverSigner(hashMessage(text), signature);
  } catch {
    return undefined;
  }
}

function refused(why: string): BaseError {
  return new BaseError("TWIN_REFUSED", "The server does not do it.", {
    details: `Of what was asked, ${why}.`,
  });
}
