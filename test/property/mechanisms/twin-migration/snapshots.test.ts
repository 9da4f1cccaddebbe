import { expect } from "chai";
import fc from "fast-check";
import { z } from "zod";

import type { ChainClient } from "../../../../chains/clients/ChainClient.ts";
import {
  type HostEvent,
  HostLedger,
  type HostState,
  hostSchema,
} from "../../../../mechanisms/twin-migration/market/HostLedger.ts";
import { ledgerSchema } from "../../../../mechanisms/twin-migration/market/ledgerState.ts";
import { type MarketEvent, MarketLedger } from "../../../../mechanisms/twin-migration/market/MarketLedger.ts";
import { Owed } from "../../../../mechanisms/twin-migration/parties/Owed.ts";
import { TimedBook } from "../../../../mechanisms/twin-migration/pricing/TimedBook.ts";
import { systemClock } from "../../../../protocol/Clock.ts";
import { runs } from "../../../tier.ts";
import { MemorySnapshot } from "../../../unit/chains/MemorySnapshot.ts";
import { type PlannedEvent, TaskEventChain } from "../../../unit/chains/TaskEventChain.ts";

const address = (digit: string) => `0x${digit.repeat(40)}`;
const NOWHERE = address("0");
const [CLOUD, EDGE, OTHER] = [address("a"), address("b"), address("c")];
const SERVERS = [CLOUD, EDGE, OTHER] as const;
const VEHICLES = ["1", "2", "3"].map(address);
/** The parties whose knowledge it is: a server, whose hosts are on the subchain, and a vehicle. */
const [SERVER, VEHICLE] = [EDGE, VEHICLES[0]!];
/** An epoch has so many blocks. */
const BLOCK_SECONDS = 25;

const MAIN_NAMES = [
  ...["ServerJoined", "ServerLeft", "OfferPosted", "ReputationChanged"],
  ...["MigrationRequested", "MigrationRequested", "MigrationAccepted", "MigrationAccepted"],
  ...["MigrationAttested", "TwinHandedOver", "TwinHandedOver", "AttestationDropped", "MigrationDisputed"],
  ...["MigrationSettled", "MigrationSettled", "ShareCollected"],
] as const;
const SUB_NAMES = ["HostChanged", "HostChanged", "TwinDropped", "RootPosted", "ReleaseArrived"] as const;

/** What happens, or would: of whom, with what. */
const wanted = fc.record({ kind: fc.nat(99), who: fc.nat(2), which: fc.nat(9), much: fc.nat(6) });
type Wanted = typeof wanted extends fc.Arbitrary<infer T> ? T : never;
const blocks = fc.array(fc.array(wanted, { maxLength: 4 }), { maxLength: 5 });
const chainOf = fc.constantFrom("main" as const, "main" as const, "sub" as const);
/** Which chain is read after it, in which order, and whether what is folded is kept. */
const after = { poll: fc.constantFrom("none", "main", "sub", "main first", "sub first"), keep: fc.boolean() };
const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant("mine" as const), chain: chainOf, blocks, ...after }),
  },
  // Also deeper than the chain's rule allows.
  {
    weight: 2,
    arbitrary: fc.record({
      ...{ type: fc.constant("replace" as const), chain: chainOf, depth: fc.integer({ min: 1, max: 9 }) },
      ...{ blocks, ...after },
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("restart" as const), slow: fc.boolean() }) },
);

/** What main can tell next on its present branch, of what is wanted. */
function possibleOnMain(chain: TaskEventChain, all: readonly Wanted[]): PlannedEvent[] {
  const block: PlannedEvent[] = [];
  const told = () => [...chain.events(), ...block] as unknown as MarketEvent[];
  const epoch = Math.floor(((chain.head + 1) * BLOCK_SECONDS) / 100);
  for (const { kind, who, which, much } of all) {
    const name = MAIN_NAMES[kind % MAIN_NAMES.length]!;
    const events = told();
    const has = (what: string, of: (args: Record<string, unknown>) => boolean) =>
      events.some((event) => event.name === what && of(event.args as unknown as Record<string, unknown>));
    const requests = events.filter((event) => event.name === "MigrationRequested");
    const asked = requests[which % Math.max(1, requests.length)]?.args;
    const migration = asked?.migration ?? 0n;
    const isOf = (args: Record<string, unknown>) => args.migration === migration;
    const [isAccepted, isHanded, isSettled] = ["MigrationAccepted", "TwinHandedOver", "MigrationSettled"].map(
      (what) => has(what, isOf),
    );
    const server = SERVERS[who]!;
    const vehicle = VEHICLES[who]!;
    const cloud = server === CLOUD ? NOWHERE : CLOUD;
    const isOpen = asked !== undefined && isAccepted === true && isSettled === false;
    const made = (): Record<string, unknown> | undefined => {
      switch (name) {
        case "ServerJoined": {
          const last = events.findLast(
            (event) =>
              (event.name === "ServerJoined" || event.name === "ServerLeft") && event.args.server === server,
          );
          return last?.name === name
            ? undefined
            : { server, kind: server === CLOUD ? 2n : 1n, chainId: 5n, cloud };
        }
        case "ServerLeft":
          return { server };
        case "OfferPosted": {
          const offer = { server, epoch: epoch + (much % 3) };
          const stands = has(name, (args) => args.server === server && args.epoch === offer.epoch);
          return stands
            ? undefined
            : { ...offer, theta: 400_000, wholesale: 1, own: 1000 * much, capacity: 9000 };
        }
        case "ReputationChanged":
          return { server, epoch, okPpm: BigInt(much) * 10n ** 6n, badPpm: 1n };
        case "MigrationRequested": {
          const host = events.findLast(
            (event) => event.name === "TwinHandedOver" && event.args.vehicle === vehicle,
          );
          const source = host?.name === "TwinHandedOver" ? host.args.destination : NOWHERE;
          const terms = { epoch, kilobytes: 100 * (much + 1), theta: 400_000, escrow: 40n, lost: much === 0 };
          const destination = SERVERS[which % 3]!;
          return { migration: BigInt(requests.length + 1), vehicle, destination, source, ...terms };
        }
        case "MigrationAccepted":
          if (asked === undefined || isAccepted || isSettled) return undefined;
          return {
            ...{ migration, destination: asked.destination, bond: 40n, bought: BigInt(much), wholesale: 0n },
            cloud: much > 0 && asked.destination !== CLOUD ? CLOUD : NOWHERE,
          };
        case "TwinHandedOver":
          // Also of one that nobody accepted, or that is settled.
          if (asked === undefined || isHanded) return undefined;
          return { migration, vehicle: asked.vehicle, destination: asked.destination };
        case "MigrationSettled": {
          if (asked === undefined || isSettled) return undefined;
          const outcome = isAccepted ? ([1, 2, 3, 4, 6] as const)[much % 5]! : 5;
          const parts = {
            ...{ toProvider: outcome === 1 ? 40n : 0n, refund: outcome === 1 ? 0n : 4n },
            ...{ bondReturned: 36n, bondSlashed: 0n, toCloud: outcome === 1 && much > 2 ? 1n : 0n },
          };
          return { migration, outcome: BigInt(outcome), latencyMs: 9n, ...parts };
        }
        case "ShareCollected":
          return isSettled ? { migration, party: [SERVER, VEHICLE, CLOUD][who]!, amount: 1n } : undefined;
        default:
          return isOpen ? { migration, latencyMs: BigInt(much) } : undefined;
      }
    };
    const args = made();
    if (args !== undefined) block.push({ name, args, transactionHash: `${name} ${kind} ${which}` });
  }
  return block;
}

/** The same of the subchain: hosts go by ever later migrations. */
function possibleOnSub(chain: TaskEventChain, all: readonly Wanted[]): PlannedEvent[] {
  const block: PlannedEvent[] = [];
  for (const { kind, who, which, much } of all) {
    const name = SUB_NAMES[kind % SUB_NAMES.length]!;
    const events = [...chain.events(), ...block] as unknown as HostEvent[];
    const vehicle = VEHICLES[who]!;
    const last = events.findLast((event) => "vehicle" in event.args && event.args.vehicle === vehicle);
    const migrations = events.flatMap((event) =>
      event.name === "HostChanged" && event.args.vehicle === vehicle ? [event.args.migration] : [],
    );
    const stateHash = `0x${String(much).repeat(64)}`;
    const migration = BigInt(which + 1);
    const isHosted = last?.name === "HostChanged";
    const args =
      name === "HostChanged"
        ? migrations.every((one) => one < migration) && {
            ...{ vehicle, server: much % 3 === 0 ? OTHER : SERVER, migration, stateHash },
          }
        : name === "TwinDropped"
          ? isHosted && { vehicle, server: last.args.server }
          : name === "RootPosted"
            ? { server: much % 2 === 0 ? OTHER : SERVER, epoch: 10 * which + much, root: stateHash, count: 1 }
            : { order: stateHash, migration, stateHash };
    if (args) block.push({ name, args, transactionHash: `${name} ${kind} ${which}` });
  }
  return block;
}

const marketSchema = z.strictObject({
  ledger: ledgerSchema,
  server: new Owed(SERVER).schema,
  vehicle: new Owed(VEHICLE).schema,
  book: z.unknown(),
});

/** What parties know, as they make it of the events of both chains. */
class Knowledge {
  readonly ledger = new MarketLedger();
  readonly owed = { server: new Owed(SERVER), vehicle: new Owed(VEHICLE) };
  readonly book = new TimedBook(
    { header: async (block: number) => ({ timestamp: this.#timeOf(block) }) } as unknown as ChainClient,
    { clock: systemClock, signal: new AbortController().signal, onError: (error) => this.errors.push(error) },
  );
  readonly hosts = new HostLedger(SERVER, (vehicle, migration) => {
    const host = this.ledger.hosts.get(vehicle);
    return host !== undefined && host.migration > migration;
  });
  readonly errors: unknown[] = [];
  readonly #chain: TaskEventChain;
  readonly main;
  readonly sub;

  constructor(
    chains: { main: TaskEventChain; sub: TaskEventChain },
    stores: Stores,
    blocksPerRequest: number,
  ) {
    this.#chain = chains.main;
    const parts = { ...this.owed, book: this.book };
    this.main = chains.main.fold(
      {
        store: stores.main as MemorySnapshot<unknown>,
        state: () => this.market,
        restore: (state) => {
          const { ledger, ...others } = (state ?? {}) as Partial<z.infer<typeof marketSchema>>;
          this.ledger.restore(ledger);
          parts.server.restore(others.server);
          parts.vehicle.restore(others.vehicle);
          parts.book.restore(others.book === undefined ? undefined : this.book.schema.parse(others.book));
          this.hosts.look();
        },
      },
      (event) => {
        const one = event as unknown as MarketEvent;
        this.ledger.add(one);
        for (const part of Object.values(parts)) part.add(one);
        if (one.name === "TwinHandedOver") this.hosts.look(one.args.vehicle);
      },
      { blocksPerRequest, onRead: () => this.book.settled() },
    );
    this.sub = chains.sub.fold(
      {
        store: stores.sub as MemorySnapshot<unknown>,
        state: () => this.hosts.state(),
        restore: (state) => this.hosts.restore(state as HostState | undefined),
        besides: [this.main],
      },
      (event) => this.hosts.add(event as unknown as HostEvent),
      { blocksPerRequest },
    );
  }

  /** Blocks of other branches have other times. */
  #timeOf(block: number): number {
    const made = Number(this.#chain.hashes[block]!.replace("block ", ""));
    return block * BLOCK_SECONDS + (made % BLOCK_SECONDS);
  }

  get market() {
    const { server, vehicle } = this.owed;
    const book = this.book.state();
    return { ledger: this.ledger.state(), server: server.state(), vehicle: vehicle.state(), book };
  }

  /** What is known of hosts, in an order of its own: main may tell sooner or later that one has left. */
  get hosted(): HostState {
    const { came, ...others } = this.hosts.state();
    return { ...others, came: came.sort((a, b) => (a.vehicle < b.vehicle ? -1 : 1)) };
  }

  async poll(which: string): Promise<void> {
    if (which === "main" || which === "main first") await this.main.poll();
    if (which === "sub" || which === "main first" || which === "sub first") await this.sub.poll();
    if (which === "sub first") await this.main.poll();
  }

  async stop(): Promise<void> {
    await Promise.all([this.main.stop(), this.sub.stop()]);
  }
}

interface Stores {
  main: MemorySnapshot<z.infer<typeof marketSchema>>;
  sub: MemorySnapshot<HostState>;
}

function emptyStores(): Stores {
  return { main: new MemorySnapshot(marketSchema), sub: new MemorySnapshot(hostSchema) };
}

/** What is known holds of all events of main, each looked at by itself: whatever was dropped is not missed. */
function requireTrue(known: Knowledge, events: readonly MarketEvent[]): void {
  const requests = events.flatMap((event) => (event.name === "MigrationRequested" ? [event.args] : []));
  const migrationsOf = (what: string, party?: string) =>
    events.flatMap(({ name, args }) => {
      const isMeant = name === what && (party === undefined || Reflect.get(args, "party") === party);
      return isMeant ? [Reflect.get(args, "migration") as bigint] : [];
    });
  const [handed, settled] = [migrationsOf("TwinHandedOver"), migrationsOf("MigrationSettled")];
  for (const vehicle of VEHICLES) {
    const own = requests.filter((one) => one.vehicle === vehicle && handed.includes(one.migration));
    const last = own.sort((a, b) => Number(b.migration - a.migration))[0];
    const due = last && {
      server: last.destination,
      migration: last.migration,
      kilobytes: last.kilobytes,
    };
    expect(known.ledger.hosts.get(vehicle)).to.deep.equal(due);
  }
  const isOpen = (migration: bigint) => !settled.includes(migration);
  const open = [...known.ledger.migrations.values()].filter(({ outcome }) => outcome === undefined);
  const due = requests.filter(({ migration }) => isOpen(migration));
  expect(open.map(({ migration }) => migration)).to.deep.equal(due.map(({ migration }) => migration));
  // Nobody's shares are smaller than something, but of a vehicle that got what it paid for.
  const owed = requests.filter(({ migration, vehicle }) => {
    const end = events.find(
      (event) => event.name === "MigrationSettled" && event.args.migration === migration,
    );
    const paid = end?.name === "MigrationSettled" && end.args.refund + end.args.bondSlashed > 0n;
    return vehicle === VEHICLE && paid && !migrationsOf("ShareCollected", VEHICLE).includes(migration);
  });
  const told = [...known.owed.vehicle.due.settled].sort((a, b) => Number(a - b));
  expect(told).to.deep.equal(owed.map(({ migration }) => migration));
}

describe("What parties of the market of twins know", () => {
  it("is after every restart what the chains tell from the beginning, through whatever happened before", async () => {
    let [resumed, reread, dropped] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 0, max: 3 }),
        async (steps, blocksPerRequest, confirmations) => {
          const chains = {
            main: new TaskEventChain(confirmations),
            sub: new TaskEventChain(confirmations),
          };
          const stores = emptyStores();
          let known = new Knowledge(chains, stores, blocksPerRequest);
          const fromTheBeginning = async () => {
            const whole = new Knowledge(chains, emptyStores(), 5000);
            await whole.poll("main first");
            await whole.stop();
            return whole;
          };
          for (const each of [...steps, { type: "restart" as const, slow: false }]) {
            if (each.type !== "restart") {
              const chain = chains[each.chain];
              const before = chain.head;
              const possible = each.chain === "main" ? possibleOnMain : possibleOnSub;
              if (each.type === "replace") chain.unwind(each.depth);
              for (const one of each.blocks) chain.mine(possible(chain, one));
              while (each.type === "replace" && chain.head <= before) chain.mine([]);
              await known.poll(each.poll);
              if (each.keep) await Promise.all([known.main.keepCursor(), known.sub.keepCursor()]);
              if (each.poll === "none" || each.poll === "sub") continue;
              // In the process, too, whatever was replaced.
              expect(known.market).to.deep.equal((await fromTheBeginning()).market);
              continue;
            }
            // As after a crash: while it is kept.
            if (each.slow) void Promise.all([known.main.keepCursor(), known.sub.keepCursor()]);
            await known.stop();
            known = new Knowledge(chains, stores, blocksPerRequest);
            const { read } = chains.main;
            const blocksRead = read.blocks;
            await known.poll(each.slow ? "sub first" : "main first");
            if (read.blocks - blocksRead < chains.main.final + 1) resumed++;
            else reread++;
            const whole = await fromTheBeginning();
            expect(known.market).to.deep.equal(whole.market);
            expect(known.hosted).to.deep.equal(whole.hosted);
            requireTrue(known, chains.main.events(0, chains.main.final) as unknown as MarketEvent[]);
            const settled = chains.main
              .events()
              .filter(({ name }) => String(name) === "MigrationSettled").length;
            const kept = [...whole.ledger.migrations.values()].filter(({ outcome }) => outcome !== undefined);
            dropped += settled - kept.length > 0 ? 1 : 0;
          }
          await known.stop();
          expect(known.errors).to.deep.equal([]);
        },
      ),
      runs(500),
    );
    // All happen often.
    expect(resumed).to.be.at.least(reread / 10);
    expect(reread).to.be.at.least(1);
    expect(dropped).to.be.at.least(10);
  });
});
