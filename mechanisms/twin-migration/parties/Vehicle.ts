import { join } from "node:path";

import { keccak256 } from "ethers";
import type { z } from "zod";

import type { ChainAccount } from "../../../chains/clients/ChainAccount.ts";
import { writeWhole } from "../../../files/writeWhole.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { tryAgain } from "../../../protocol/tryAgain.ts";
import { type Choice, chooseHost } from "../decision/chooseHost.ts";
import { accessOf, type Estimate, estimatesOf, metresTo } from "../decision/estimates.ts";
import type { KnownMarket, KnownTwin } from "../decision/ImaginedWorld.ts";
import type { LearnedChooser } from "../decision/LearnedChooser.ts";
import { type HandOver, keyOfOrder } from "../encodings.ts";
import { inTurn } from "../market/inTurn.ts";
import type { KnownMigration } from "../market/MarketLedger.ts";
import { MarketWatch } from "../market/MarketWatch.ts";
import { MOST_ORDER_SECONDS } from "../market/marketTimes.ts";
import { isCompletedBy, NO_STAMP, signCompletion, signOrder } from "../market/signatures.ts";
import { TwinHostsClient } from "../market/TwinHostsClient.ts";
import { twinApplication } from "../market/twinApplication.ts";
import type { Site } from "../mathematics/mobility/Site.ts";
import type { Instance } from "../mathematics/world/Instance.ts";
import { askServer } from "../talk/askServer.ts";
import {
  PATHS,
  patchText,
  releasedSchema,
  shownSchema,
  synchronizedSchema,
  takenOnSchema,
  takeOnText,
} from "../talk/messages.ts";
import { type TwinPatch, TwinState } from "../twins/TwinState.ts";
import { Disputes } from "./Disputes.ts";
import { Owed } from "./Owed.ts";
import type { PartyModules, RunningParty } from "./PartyModules.ts";
import { instanceOf, type VehiclePlan } from "./partyPlan.ts";
import { readKept } from "./readKept.ts";
import { UnansweredPatch } from "./UnansweredPatch.ts";

const NOWHERE = `0x${"00".repeat(20)}`;
const EPOCH_MILLISECONDS = 100_000;
/**
 * How long a server is waited for: to accept, to answer; then for the chains to say that it is done, ms. To the first and
 * the last what messages take is added, as the market does; to the second what a call takes.
 */
const ACCEPT_MILLISECONDS = 8000;
const ANSWER_MILLISECONDS = 6000;
const DONE_MILLISECONDS = 40_000;
/** Blocks that a server's call takes before it answers. */
const CALL_BLOCKS = 2;
/** How often it is looked whether a dispute can be ended, ms. */
const DISPUTES_MILLISECONDS = 1000;
/** Stamps further apart are a dispute, ms (SPREAD_LIMIT_MS). */
const SPREAD_MILLISECONDS = 1000;
/** How long an order holds beside what messages take, s: until it is accepted, and then to the migration's end. */
const ORDER_SECONDS = 120;
/** How much less than the most it holds, s: what a subchain's clock may be behind. */
const ORDER_SPARE_SECONDS = 100;
/** How far a server's clock may be from this one, ms. */
const CLOCK_MILLISECONDS = 1000;
/** Migrations that are collected at a time. */
const COLLECTED_AT_ONCE = 32;
/** Share of the state that a synchronization changes. */
const PATCH_SHARE = 0.02;
const MICRO = 1e6;

/** What leads to a migration. */
interface Intent {
  step: number;
  to: number;
  lost: boolean;
  why: string;
  stayCost: number | undefined;
  moveCost: number | undefined;
  estimate: Estimate;
}

/**
 * A vehicle: replays its own track, keeps its twin's state, and decides by its private rule, or by a policy that was
 * learned, when to move it and where.
 * It believes a server nothing that it cannot check: signatures, times, the digest of its own state.
 */
export class Vehicle implements RunningParty {
  readonly done: Promise<void>;
  readonly #finished = Promise.withResolvers<void>();
  readonly #plan: VehiclePlan;
  readonly #modules: PartyModules;
  readonly #instance: Instance;
  readonly #watch: MarketWatch;
  readonly #account: ChainAccount;
  /** What decides in place of the rule. */
  readonly #learned: LearnedChooser | undefined;
  readonly #stop = new AbortController();
  readonly #owed: Owed;
  #state: TwinState;
  #moving: Promise<void> | undefined;
  #synchronizing: Promise<void> | undefined;
  #synchronizations = 0;
  readonly #unanswered: UnansweredPatch;
  readonly #disputes: Disputes;
  #lastStep = -1;
  #overdue = 0;
  /** Its host has dropped it. */
  #dropped = false;
  /** A migration came to nothing since it looked last. */
  #spoiled = false;
  #running: Promise<unknown> = Promise.resolve();

  private constructor(
    plan: VehiclePlan,
    modules: PartyModules,
    parts: {
      account: ChainAccount;
      state: TwinState;
      unanswered: UnansweredPatch;
      learned: LearnedChooser | undefined;
    },
  ) {
    this.done = this.#finished.promise;
    this.#plan = plan;
    this.#modules = modules;
    this.#account = parts.account;
    this.#state = parts.state;
    this.#unanswered = parts.unanswered;
    this.#learned = parts.learned;
    this.#instance = instanceOf(plan.setting);
    const { address } = parts.account;
    this.#owed = new Owed(address);
    this.#watch = new MarketWatch({
      clients: modules.clients,
      kept: { directory: modules.directory, party: { role: plan.role, address } },
      parts: { owed: this.#owed },
      onError: (error) => this.#tell(error),
    });
    this.#disputes = new Disputes({
      ...{ watch: this.#watch, account: parts.account, modules },
      nameOf: (server) => this.#nameOf(server) ?? server,
    });
  }

  /** @throws `PUBLIC_KEY_REFUSED` on chains that are not local; what `readPolicy` throws of its policy. */
  static async start(plan: VehiclePlan, modules: PartyModules): Promise<Vehicle> {
    const { clients, directory, random, listener } = modules;
    const learned = await startLearned(plan);
    const account = await clients.account(clients.main.client.name, "party", plan.key);
    const kept = await readKept(join(directory, "twin.state"));
    const state =
      kept === undefined
        ? TwinState.begin(plan.stateBytes, (bytes) => {
            for (let i = 0; i < bytes.length; i++) bytes[i] = random.integer(256);
          })
        : TwinState.read(kept);
    const unanswered = await UnansweredPatch.open(join(directory, "unanswered.json"), state.sequence);
    const vehicle = new Vehicle(plan, modules, { account, state, unanswered, learned });
    await vehicle.#watch.begin();
    await vehicle.#watch.market.approve(account);
    listener({ type: "ready", role: plan.role, name: plan.name, address: account.address });
    vehicle.#resume();
    const { signal } = vehicle.#stop;
    const turns = { clock: modules.clock, onError: (error: unknown) => vehicle.#tell(error) };
    const milliseconds = Math.min(200, plan.setting.stepMs / 4);
    vehicle.#running = Promise.all([
      inTurn(() => vehicle.#drive(), { signal, milliseconds }, turns),
      inTurn(() => vehicle.#seeDisputesEnd(), { signal, milliseconds: DISPUTES_MILLISECONDS }, turns),
    ]);
    return vehicle;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#watch.stop();
    await this.#running;
    await Promise.allSettled([this.#moving, this.#synchronizing]);
    this.#learned?.dispose();
  }

  /** Goes on with a migration that was under way when an earlier process of this vehicle ended. */
  #resume(): void {
    const { address } = this.#account;
    const own = [...this.#watch.ledger.migrations.values()].filter(({ vehicle }) => vehicle === address);
    for (const one of own) if (one.outcome === undefined && one.handedOver) this.#disputes.pursue(one);
    const open = own.filter(({ outcome, handedOver }) => outcome === undefined && !handedOver);
    const last = open.at(-1);
    if (last === undefined) return;
    this.#begin(last.accepted && !last.attested ? () => this.#handOver(last, 0) : () => this.#end(last));
  }

  async #drive(): Promise<void> {
    const { setting, track, synchronizeEvery } = this.#plan;
    const step = Math.floor((this.#modules.clock.now() - setting.startAtMs) / setting.stepMs);
    if (step < 0 || step === this.#lastStep) return;
    // By half of the past it has no host, and would begin anew.
    if (!this.#watch.isWhole) return;
    if (step >= setting.steps || step >= track.x.length) {
      await this.#arrive();
      return;
    }
    this.#lastStep = step;
    const here = { x: track.x[step]!, y: track.y[step]! };
    const hosted = this.#watch.ledger.hosts.get(this.#account.address);
    const host = hosted === undefined ? -1 : this.#placeOf(hosted.server);
    const edge = host >= 0 && host < this.#instance.edges;
    const out = edge && metresTo(this.#instance, host, here) > this.#instance.parameters.coverageMetres;
    this.#overdue = out && this.#moving === undefined ? this.#overdue + 1 : 0;
    if (this.#learned !== undefined) {
      this.#learned.look(this.#known(here, host), (step * setting.stepMs) / 1000);
      this.#spoiled = false;
    }
    if (this.#moving !== undefined) return;
    const intent = this.#decide(step, here, host, out);
    if (intent !== undefined) this.#begin(() => this.#migrate(intent, here));
    else if (host >= 0 && synchronizeEvery > 0 && step % synchronizeEvery === 0)
      this.#synchronize(hosted!.server);
  }

  #decide(step: number, here: { x: number; y: number }, host: number, out: boolean): Intent | undefined {
    const { setting, kilobytes, priority, rule } = this.#plan;
    const { ledger } = this.#watch;
    const epoch = this.#epoch();
    const megabytes = kilobytes / 1000;
    const twins = setting.servers.map(({ address }, m) => {
      const { hosted, coming } = ledger.twinsAt(address);
      return hosted + coming - (m === host ? 1 : 0);
    });
    const estimates = estimatesOf(this.#instance, { ...here, host, megabytes, priority, quality: 0 }, twins);
    const choices = setting.servers.flatMap(({ address }, server): Choice[] => {
      const offer = ledger.offer(address, epoch);
      const known = ledger.servers.get(address);
      if (server === host || offer === undefined || known?.joined !== true) return [];
      if (offer.capacity - offer.taken < kilobytes) return [];
      const reputation = ledger.reputation(address, epoch);
      return [{ server, estimate: estimates[server]!, theta: offer.theta / MICRO, reputation }];
    });
    if (this.#dropped || this.#overdue >= this.#instance.parameters.graceSteps) {
      const access = accessOf(this.#instance, here);
      const cold = choices.find(({ server }) => server === access);
      if (cold !== undefined) {
        this.#overdue = 0;
        const { estimate } = cold;
        const lost = this.#dropped
          ? "its host has dropped it"
          : `out of coverage for ${this.#instance.parameters.graceSteps} steps`;
        const why = `${lost}: the twin is lost and begins anew`;
        return { step, to: access, lost: true, why, stayCost: undefined, moveCost: 0, estimate };
      }
    }
    const stay = host < 0 ? undefined : { server: host, estimate: estimates[host]!, out };
    // Where a twin begins the rule says: learners never had a vehicle without one.
    if (this.#learned !== undefined && stay !== undefined) {
      return this.#decideAsLearned(this.#learned, step, host, choices);
    }
    const { server, cost, stayCost } = chooseHost(this.#instance, rule, megabytes, stay, choices);
    if (server === host || server < 0) return undefined;
    const cloud = server >= this.#instance.edges;
    const why =
      stay === undefined
        ? "the twin begins"
        : out
          ? "out of its host's coverage"
          : `${cloud ? "a cloud" : "an edge server"} is expected to serve it better`;
    return {
      ...{ step, to: server, lost: false, why, moveCost: cost, estimate: estimates[server]! },
      stayCost: stay === undefined ? undefined : stayCost,
    };
  }

  /** As the policy says, among servers that have an offer with room and are not expected to fail oftener than not. */
  #decideAsLearned(
    learned: LearnedChooser,
    step: number,
    host: number,
    choices: readonly Choice[],
  ): Intent | undefined {
    const { caution } = this.#plan.rule;
    // Reputation, which no learner knew: the rule's risk, (1/reputation − 1) L_max at its caution, is at most L_max.
    const open = new Map(
      choices
        .filter(({ reputation }) => caution * (1 / reputation - 1) <= 1)
        .map((choice) => [choice.server, choice]),
    );
    const { server, what } = learned.choose((one) => open.has(one));
    const choice = open.get(server);
    if (server === host || choice === undefined) return undefined;
    const why = `the learned policy (${learned.name}) chose ${what}`;
    const costs = { stayCost: undefined, moveCost: undefined };
    return { step, to: server, lost: false, why, ...costs, estimate: choice.estimate };
  }

  /** What it knows of the market now: its own, and what main has told. */
  #known(here: { x: number; y: number }, host: number): KnownMarket {
    const { setting, kilobytes, priority } = this.#plan;
    const { ledger } = this.#watch;
    const own = this.#account.address;
    const going = new Map(
      [...ledger.migrations.values()]
        .filter(({ accepted, handedOver, outcome }) => accepted && !handedOver && outcome === undefined)
        .map(({ vehicle, destination }) => [vehicle, this.#placeOf(destination)]),
    );
    const others = [...ledger.hosts].flatMap(([vehicle, hosted]): KnownTwin[] => {
      const place = this.#placeOf(hosted.server);
      if (vehicle === own || place < 0) return [];
      return [{ host: place, goingTo: going.get(vehicle) ?? -1, megabytes: hosted.kilobytes / 1000 }];
    });
    const epoch = this.#epoch();
    return {
      own: {
        ...{ ...here, host, goingTo: going.get(own) ?? -1, megabytes: kilobytes / 1000, priority },
        ...{ overdue: this.#overdue, spoiled: this.#spoiled },
      },
      others,
      theta: setting.servers.map(({ address }) => {
        const offer = ledger.offer(address, epoch);
        return offer === undefined ? undefined : offer.theta / MICRO;
      }),
    };
  }

  async #migrate(intent: Intent, here: { x: number; y: number }): Promise<void> {
    const { setting, kilobytes } = this.#plan;
    const { market, ledger } = this.#watch;
    const { step, to, lost, why, stayCost, moveCost, estimate } = intent;
    const destination = setting.servers[to]!;
    const epoch = this.#epoch();
    const asked = { destination: destination.address, epoch, kilobytes, lost };
    const { migration } = await market.request(this.#account, asked);
    const requested = await this.#watch.until(
      ({ migrations }) => migrations.get(migration),
      ANSWER_MILLISECONDS,
      this.#stop.signal,
    );
    if (requested === undefined) return;
    this.#modules.listener({
      ...{ type: "moving", migration: String(migration), step, ...here, why, stayCost, moveCost },
      ...{ from: this.#nameOf(requested.source), to: destination.name, escrow: String(requested.escrow) },
      reputation: ledger.reputation(destination.address, epoch),
      ...(lost && { lost }),
    });
    if (!(await this.#isAccepted(requested))) {
      this.#spoiled = true;
      this.#modules.listener({ type: "rejected", migration: String(migration), step, to: destination.name });
      return;
    }
    await this.#handOver(requested, estimate.transferSeconds);
  }

  /** Has the twin released and the order shown to the new host, and waits for it to accept; else takes it back. */
  async #isAccepted(known: KnownMigration): Promise<boolean> {
    const isOver = () => (known.accepted || known.outcome !== undefined ? true : undefined);
    try {
      await this.#settleUnanswered(known.source);
      const stateHash = await this.#state.digest();
      const order = await this.#release(known, stateHash);
      const destination = this.#hostsOf(known.destination)!;
      const signature = await signOrder(this.#modules.signer, destination.domain, order);
      await this.#ask(known.destination, PATHS.show, { order, signature, stateHash }, shownSchema);
      const patience = ACCEPT_MILLISECONDS + (await this.#messageMilliseconds());
      await this.#watch.until(isOver, patience, this.#stop.signal);
    } catch (error) {
      if (this.#stop.signal.aborted) throw error;
      if (error instanceof BaseError && error.code === "NotHosted") this.#dropped = true;
      this.#tell(error);
    }
    if (isOver() === undefined) {
      // It may have been accepted in this moment; then it goes on.
      await this.#watch.market
        .cancel(this.#account, known.migration)
        .catch((error: unknown) => this.#tell(error));
      await this.#watch.until(isOver, ANSWER_MILLISECONDS, this.#stop.signal);
    }
    if (known.accepted) this.#dropped = false;
    return known.accepted && known.outcome === undefined;
  }

  async #orderOf(migration: bigint): Promise<HandOver> {
    const { market } = this.#watch;
    const messages = await this.#watch.messageSeconds();
    const seconds = Math.min(ORDER_SECONDS + 2 * messages, MOST_ORDER_SECONDS - ORDER_SPARE_SECONDS);
    return market.orderOf(migration, Math.floor(this.#modules.clock.now() / 1000) + seconds);
  }

  /** What the market adds to each of its waits for messages, ms. */
  async #messageMilliseconds(): Promise<number> {
    return 1000 * (await this.#watch.messageSeconds());
  }

  /** Has the new host take the twin on, and brings the signatures to main. */
  async #handOver(known: KnownMigration, transferSeconds: number): Promise<void> {
    const { clock, signer } = this.#modules;
    const { market } = this.#watch;
    const { migration } = known;
    try {
      const begunMs = BigInt(Math.floor(clock.now()));
      const stateHash = await this.#state.digest();
      // The live state goes over the air, or all of the twin over the backhaul.
      await clock.sleep(transferSeconds * 1000, this.#stop.signal);
      const asked = { migration, stateHash, startMs: begunMs };
      const signature = await signer.signMessage(takeOnText(known.destination, asked));
      const body = { ...asked, signature };
      // It may be started anew meanwhile, and signs once whoever asks how often.
      const answer = await this.#again(() => this.#ask(known.destination, PATHS.takeOn, body, takenOnSchema));
      const { startMs, endMs, signature: signed } = answer;
      const { vehicle, source: from, destination: at } = known;
      const completion = { migration, vehicle, source: from, destination: at, stateHash, startMs };
      const theirs = { endMs, ...signed };
      const now = Math.floor(clock.now());
      const lie = isCompletedBy(at, market.domain, completion, theirs)
        ? lieOf({ startMs, endMs }, { begunMs, nowMs: BigInt(now) })
        : { why: "what it signed is not the completed migration", isSigned: false };
      if (lie !== undefined) this.#disputes.contest(known, lie.why);
      // It signs nothing with a start that is not its own.
      if (lie?.isSigned === false) return await this.#end(known);
      const own = await signCompletion(signer, market.domain, { ...completion, endMs: BigInt(now) });
      const stamps = [own, NO_STAMP, theirs] as const;
      await this.#again(() => market.complete(this.#account, migration, { stateHash, startMs, stamps }));
    } catch (error) {
      this.#tell(error);
    }
    await this.#end(known);
  }

  /** Does again what may pass for as long as a migration can last: the market refuses what comes later. */
  async #again<T>(work: () => Promise<T>): Promise<T> {
    const { clock } = this.#modules;
    const over = clock.now() + DONE_MILLISECONDS + (await this.#messageMilliseconds());
    const { signal } = this.#stop;
    const onFailure = (error: unknown) => this.#tell(error);
    const done = await tryAgain(work, { signal, until: () => over }, { clock, onFailure });
    if (signal.aborted) throw new BaseError("ABORTED", "The vehicle was stopped.");
    return done as T;
  }

  /**
   * Has the old host release the twin. If by the order nothing is released, or another state, the vehicle releases its
   * own by another order, which it shows to nobody before.
   *
   * @returns The order by which its own state is released.
   */
  async #release(known: KnownMigration, stateHash: string): Promise<HandOver> {
    const order = await this.#orderOf(known.migration);
    const hosts = this.#hostsOf(known.source);
    if (hosts === undefined) {
      await this.#modules.storage.put(this.#state.bytes);
      return order;
    }
    try {
      const signature = await signOrder(this.#modules.signer, hosts.domain, order);
      await this.#ask(known.source, PATHS.release, { order, signature }, releasedSchema);
    } catch (error) {
      if (this.#stop.signal.aborted) throw error;
      this.#tell(error);
    }
    // What it answers counts for nothing: what it released the chain says.
    const released = await hosts.read("releasedState", [keyOfOrder(order)]);
    if (released === stateHash) return order;
    if (BigInt(released) !== 0n) {
      this.#tell(
        new BaseError("OTHER_STATE", "The old host released another state than the vehicle's.", {
          details: `It released ${released}, the vehicle has ${stateHash}.`,
        }),
      );
    }
    await this.#modules.storage.put(this.#state.bytes);
    const account = await this.#modules.clients.account(hosts.client.name, "party", this.#plan.key);
    const own = { ...order, until: order.until + 1 };
    await hosts.release(account, own, stateHash);
    return own;
  }

  /** Waits until the chains say what became of a migration, and tells. What is contested it does not wait for. */
  async #end(known: KnownMigration): Promise<void> {
    const { migration, escrow } = known;
    const isOver = () =>
      known.outcome !== undefined || known.disputed || (known.handedOver && this.#disputes.has(known));
    const patience = DONE_MILLISECONDS + (await this.#messageMilliseconds());
    await this.#watch.until(() => (isOver() ? true : undefined), patience, this.#stop.signal);
    if (this.#stop.signal.aborted) return;
    const outcome = known.outcome ?? "pending";
    const isLate = outcome === "Late" || outcome === "Resolved";
    const paid = outcome === "Completed" ? escrow : isLate ? escrow - escrow / 10n : 0n;
    const failed = outcome === "Failed" || outcome === "Expired";
    const compensated = failed ? escrow / 10n : 0n;
    this.#spoiled ||= failed;
    // Of what is pursued it hears when it is over.
    if (known.outcome === undefined) this.#disputes.pursue(known);
    const [from, to] = [this.#hostsOf(known.source), this.#hostsOf(known.destination)];
    this.#modules.listener({
      ...{ type: "moved", migration: String(migration), step: this.#lastStep, outcome },
      ...{ from: this.#nameOf(known.source), to: this.#nameOf(known.destination)! },
      ...{ latencyMs: Number(known.latencyMs), paid: String(paid), compensated: String(compensated) },
      crossed: from !== undefined && from.client.name !== to?.client.name,
    });
    if (this.#owed.due.settled.length >= COLLECTED_AT_ONCE) await this.#collect();
  }

  #synchronize(server: string): void {
    if (this.#synchronizing !== undefined) return;
    this.#synchronizing = this.#send(server)
      .catch((error: unknown) => this.#tell(error))
      .finally(() => {
        this.#synchronizing = undefined;
      });
  }

  async #send(server: string): Promise<void> {
    const { signer, directory } = this.#modules;
    const vehicle = this.#account.address;
    // What a host did not answer it may have done all the same: it is asked the same again.
    const patch = this.#unanswered.patch ?? this.#drawPatch();
    if (this.#unanswered.patch === undefined) await this.#unanswered.keep(patch);
    const { sequence, at, bytes } = patch;
    const signature = await signer.signMessage(
      patchText({ vehicle, server, sequence, at }, keccak256(bytes)),
    );
    const next = this.#state.patched(patch);
    const asked = { vehicle, server, sequence, at, bytes: Buffer.from(bytes).toString("base64"), signature };
    const answer = await this.#ask(server, PATHS.synchronize, asked, synchronizedSchema);
    const stateHash = await next.digest();
    if (answer.stateHash !== stateHash) {
      throw new BaseError(
        "OTHER_STATE",
        `The host ${server} has another state of the twin than the vehicle.`,
        {
          details: `After synchronization ${sequence + 1} it has ${answer.stateHash}, the vehicle ${stateHash}.`,
        },
      );
    }
    await writeWhole(join(directory, "twin.state"), next.bytes);
    this.#state = next;
    await this.#unanswered.forget();
    this.#synchronizations++;
  }

  /** Before a twin is released vehicle and host must have one state; a host that still does not answer is done without. */
  async #settleUnanswered(source: string): Promise<void> {
    if (this.#unanswered.patch === undefined) return;
    try {
      if (source !== NOWHERE) await this.#send(source);
    } catch (error) {
      // Another process of this vehicle asks again.
      if (this.#stop.signal.aborted) throw error;
      this.#tell(error);
    }
    await this.#unanswered.forget();
  }

  async #seeDisputesEnd(): Promise<void> {
    await this.#disputes.look();
    // Who is under way collects many at once.
    if (this.#lastStep === this.#plan.setting.steps) await this.#collect();
  }

  #drawPatch(): TwinPatch {
    const { random } = this.#modules;
    const { size, sequence } = this.#state;
    const bytes = Uint8Array.from({ length: Math.max(1, Math.round(size * PATCH_SHARE)) }, () =>
      random.integer(256),
    );
    return { sequence, at: random.integer(size - bytes.length + 1), bytes };
  }

  async #arrive(): Promise<void> {
    if (this.#plan.setting.steps === this.#lastStep) return;
    await Promise.allSettled([this.#moving, this.#synchronizing]);
    await this.#collect();
    const { steps } = this.#plan.setting;
    this.#lastStep = steps;
    this.#modules.listener({ type: "arrived", steps, synchronizations: this.#synchronizations });
    this.#finished.resolve();
  }

  /** Has the vehicle paid what came back to it; what was paid already is left out. */
  async #collect(): Promise<void> {
    const { market } = this.#watch;
    const { address } = this.#account;
    for (;;) {
      const some = this.#owed.due.settled.slice(0, COLLECTED_AT_ONCE);
      if (some.length === 0) return;
      const amounts = await Promise.all(some.map((migration) => market.read("owedTo", [migration, address])));
      const due = some.filter((_, i) => amounts[i]! > 0n);
      if (due.length > 0) {
        await market.collect(this.#account, due, address);
        this.#modules.listener({ type: "collected", migrations: due.length });
      }
      this.#owed.collected(some);
    }
  }

  #ask<S extends z.ZodType>(server: string, path: string, body: unknown, answer: S): Promise<z.infer<S>> {
    return askServer(
      { url: this.#urlOf(server), path, body, answer, milliseconds: this.#answerMilliseconds() },
      this.#modules,
      this.#stop.signal,
    );
  }

  /** How long a server may take to answer: it may have to hear what this vehicle has heard, and to call a subchain. */
  #answerMilliseconds(): number {
    const { subchains } = this.#modules.clients;
    const block = subchains.reduce((most, { client }) => Math.max(most, client.blockSeconds), 0);
    return ANSWER_MILLISECONDS + this.#watch.untoldMilliseconds + CALL_BLOCKS * 1000 * block;
  }

  #begin(work: () => Promise<void>): void {
    // What is moved must not change meanwhile.
    this.#moving = Promise.resolve(this.#synchronizing)
      .then(work)
      .catch((error: unknown) => this.#tell(error))
      .finally(() => {
        this.#moving = undefined;
      });
  }

  #epoch(): number {
    return Math.floor(this.#modules.clock.now() / EPOCH_MILLISECONDS);
  }

  #placeOf(server: string): number {
    return this.#plan.setting.servers.findIndex(({ address }) => address === server);
  }

  #nameOf(server: string): string | undefined {
    return this.#plan.setting.servers[this.#placeOf(server)]?.name;
  }

  /** Hosts of the subchain of a server; undefined for nowhere. */
  #hostsOf(server: string): TwinHostsClient | undefined {
    if (server === NOWHERE) return undefined;
    const chainId = this.#watch.ledger.servers.get(server)?.chainId;
    const subchain = this.#modules.clients.subchains.find(({ client }) => client.chainId === chainId);
    if (subchain !== undefined) return new TwinHostsClient(subchain.client, subchain.place);
    throw new BaseError(
      "UNKNOWN_SUBCHAIN",
      `The subchain ${chainId} of ${server} is not in the network file.`,
    );
  }

  #urlOf(server: string): string {
    const places = this.#modules.clients.network.services?.[twinApplication.name] ?? [];
    const place = places.find(({ address }) => address === server);
    if (place !== undefined) return place.url;
    throw new BaseError("UNKNOWN_SERVICE", `The network file does not say where ${server} is asked.`, {
      next: `List it under services.${twinApplication.name} of the network file.`,
    });
  }

  #tell(error: unknown): void {
    if (!this.#stop.signal.aborted) this.#modules.listener({ type: "trouble", error });
  }
}

/** What is not so of the times that a server signed, and whether the vehicle can put its own beside them; undefined if nothing. */
function lieOf(
  { startMs, endMs }: { startMs: bigint; endMs: bigint },
  { begunMs, nowMs }: { begunMs: bigint; nowMs: bigint },
): { why: string; isSigned: boolean } | undefined {
  // It signs once: who asks again, after it was started anew, is answered with the start of the first time.
  if (startMs > begunMs) {
    return { why: `it signed a start ${startMs - begunMs} ms after the vehicle began`, isSigned: false };
  }
  if (endMs < startMs) return { why: "it signed an end before the start", isSigned: false };
  if (endMs > nowMs + BigInt(CLOCK_MILLISECONDS)) {
    return { why: `it signed an end that is ${endMs - nowMs} ms ahead`, isSigned: false };
  }
  if (endMs + BigInt(SPREAD_MILLISECONDS) >= nowMs) return undefined;
  return { why: `it signed an end ${nowMs - endMs} ms before the vehicle had its answer`, isSigned: true };
}

/** What a vehicle decides by, if its plan names a policy. */
async function startLearned({ policy, setting }: VehiclePlan): Promise<LearnedChooser | undefined> {
  if (policy === undefined) return undefined;
  const [{ readPolicy }, { LearnedChooser }] = await Promise.all([
    import("../learning/readPolicy.ts"),
    import("../decision/LearnedChooser.ts"),
  ]);
  const { vehicles, site } = setting;
  return LearnedChooser.start(await readPolicy(policy), { vehicles, site: site as Site });
}
