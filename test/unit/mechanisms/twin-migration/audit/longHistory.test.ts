import { expect } from "chai";
import { AbiCoder, keccak256 } from "ethers";

import type { MarketEvidence, SeenMessage } from "../../../../../mechanisms/MarketAudit.ts";
import { audit } from "../../../../../mechanisms/twin-migration/audit/audit.ts";
import type { MarketEvent } from "../../../../../mechanisms/twin-migration/market/MarketLedger.ts";
import { listBytes, rootOf } from "../../../../../mechanisms/twin-migration/parties/SynchronizationLog.ts";
import { PublicBook } from "../../../../../mechanisms/twin-migration/pricing/PublicBook.ts";
import { TwinState } from "../../../../../mechanisms/twin-migration/twins/TwinState.ts";
import { tiered } from "../../../../tier.ts";
import { MemoryStore } from "../../../audit/MemoryStore.ts";
import {
  addressOf,
  findingOf,
  hashOf,
  MAIN,
  marketEvidence,
  NOWHERE,
  PHYSICAL,
  RELAY,
  type Told,
  VIRTUAL,
} from "./marketEvidence.ts";

const VEHICLES = 20;
/** A migration every so many seconds, from an epoch's beginning on. */
const SECONDS_BETWEEN = 10;
const FIRST_SECOND = 2000;
const KILOBYTES = 1000;
const OWN = 1_000_000;
const PPM = 1_000_000n;
const BOND = 1n << 255n;
const EDGES = ["edge 1", "edge 2"].map(addressOf) as [string, string];
const CHAINS = [VIRTUAL, PHYSICAL] as const;
const ORDER =
  "tuple(uint256 migration, address vehicle, address source, uint64 sourceChain, address destination, uint64 destinationChain, uint48 until)";

/** A market of two edge servers on different subchains between which vehicles go to and fro. */
async function history(count: number): Promise<MarketEvidence> {
  const storage = new MemoryStore();
  const stateHash = await storage.put(TwinState.begin(100, (bytes) => bytes.fill(1)).bytes);
  const main: (Told & { id?: string })[] = [];
  const hosts: [Told[], Told[]] = [[], []];
  const messages: SeenMessage[] = [];
  const book = new PublicBook();
  const tallies = new Map<
    number,
    { attempts: number; successes: number; missed: number; rejected: number }
  >();
  const counts = new Map(EDGES.map((server) => [server, { ok: 0n, epoch: 0 }]));
  const tell = (told: Told & { id?: string }) => {
    main.push(told);
    book.add({ name: told.name, args: told.args } as unknown as MarketEvent, told.at);
  };
  const decayed = ({ ok, epoch }: { ok: bigint; epoch: number }, now: number) => {
    for (let left = now - epoch; left > 0; left--) ok = (ok * 98n) / 100n;
    return ok;
  };
  for (const [m, server] of EDGES.entries()) {
    const account = BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(["address", "uint32"], [server, 1])));
    tell({
      ...{ name: "ServerJoined", at: 1 },
      args: { server, kind: 1n, chainId: CHAINS[m], cloud: NOWHERE, account, stake: 7n },
    });
    tell({ name: "Funded", at: 1, args: { id: account, amount: 7n } });
  }
  const lists = new Map<string, { list: string }>();
  let leaves: [Parameters<typeof rootOf>[0][number][], Parameters<typeof rootOf>[0][number][]] = [[], []];
  let epoch = 0;
  for (let i = 0; i < count; i++) {
    const at = FIRST_SECOND + SECONDS_BETWEEN * i;
    const now = Math.floor(at / 100);
    if (now !== epoch) {
      for (const [m, server] of EDGES.entries()) {
        const own = leaves[m]!;
        if (own.length === 0) continue;
        lists.set(`${m}/${epoch}`, { list: await storage.put(listBytes(own)) });
        const args = { server, epoch, root: rootOf(own), count: own.length };
        hosts[m]!.push({ name: "RootPosted", at, args });
      }
      leaves = [[], []];
      epoch = now;
      const prices = book.pricesOf(epoch);
      for (const server of EDGES) {
        const theta = prices.get(server)!.theta;
        tell({
          ...{ name: "OfferPosted", at },
          args: { server, epoch, theta, wholesale: 0, own: OWN, capacity: OWN },
        });
      }
    }
    const [v, trip] = [i % VEHICLES, Math.floor(i / VEHICLES)];
    const [to, from] = [(trip + v) % 2, (trip + v + 1) % 2] as [0 | 1, 0 | 1];
    const migration = BigInt(i + 1);
    const vehicle = addressOf(`vehicle ${v}`);
    const [destination, source] = [EDGES[to], trip === 0 ? NOWHERE : EDGES[from]];
    const offer = main.findLast(({ name, args }) => name === "OfferPosted" && args.server === destination)!;
    const { theta } = offer.args as { theta: number };
    const escrow = BigInt(theta);
    const order = {
      ...{ migration, vehicle, source, sourceChain: trip === 0 ? 0n : CHAINS[from] },
      ...{ destination, destinationChain: CHAINS[to], until: at + 200 },
    };
    const key = keccak256(AbiCoder.defaultAbiCoder().encode([ORDER], [order]));
    const body = AbiCoder.defaultAbiCoder().encode(
      [`tuple(${ORDER} order, bytes32 stateHash, uint48 at)`],
      [{ order, stateHash, at }],
    );
    /** A report that goes from a subchain by the relay chain to another. */
    const send = (kind: number, origin: bigint, end: bigint) => {
      const payload = AbiCoder.defaultAbiCoder().encode(["uint8", "bytes"], [kind, body]);
      const ids = [`${kind} ${i} out`, `${kind} ${i} on`].map(hashOf) as [string, string];
      const delivered = { transactionHash: hashOf(`delivery ${kind} ${i}`), blockNumber: at };
      messages.push({ id: ids[0], origin, destination: RELAY, payload, blockNumber: at, delivered });
      messages.push({ id: ids[1], origin: RELAY, destination: end, payload, blockNumber: at, delivered });
      return ids[1];
    };
    tell({
      ...{ name: "MigrationRequested", at },
      args: {
        migration,
        vehicle,
        destination,
        source,
        epoch,
        kilobytes: KILOBYTES,
        theta,
        escrow,
        lost: false,
      },
    });
    tell({ name: "Funded", at, args: { id: migration, amount: escrow } });
    if (trip > 0) {
      const args = {
        order: key,
        migration,
        vehicle,
        source,
        destination,
        destinationChain: CHAINS[to],
        stateHash,
      };
      hosts[from].push({ name: "TwinReleased", at: at + 1, args, from: vehicle });
      send(0, CHAINS[from], CHAINS[to]);
    }
    const bought = { bond: escrow, bought: 0n, wholesale: 0n, cloud: NOWHERE };
    tell({ name: "MigrationAccepted", at: at + 1, args: { migration, destination, ...bought } });
    tell({ name: "Funded", at: at + 1, args: { id: BOND | migration, amount: escrow } });
    hosts[to].push({
      ...{ name: "TwinTakenOn", at: at + 2 },
      args: { order: key, migration, vehicle, destination, stateHash },
    });
    const changed = { vehicle, server: destination, migration, order: key, stateHash };
    hosts[to].push({ name: "HostChanged", at: at + 2, args: changed });
    const startMs = BigInt(at + 1) * 1000n;
    const attested = { stateHash, startMs, stamps: [startMs + 900n, 0n, startMs + 900n] };
    tell({
      // By another contract's call: the signatures are not what is counted here.
      ...{ name: "MigrationAttested", at: at + 3, to: addressOf("another contract") },
      args: { migration, ...attested, latencyMs: 900n, spreadMs: 0n },
    });
    const receiveId = send(1, CHAINS[to], MAIN);
    tell({
      ...{ name: "TwinHandedOver", at: at + 4, id: receiveId },
      args: { migration, vehicle, destination, stateHash, takenOnAt: 0n, receiveId },
    });
    const shares = { toProvider: escrow, refund: 0n, bondReturned: escrow, bondSlashed: 0n, toCloud: 0n };
    tell({
      name: "MigrationSettled",
      at: at + 4,
      args: { migration, outcome: 1n, latencyMs: 900n, ...shares },
    });
    const ok = decayed(counts.get(destination)!, epoch) + PPM;
    counts.set(destination, { ok, epoch });
    tell({
      name: "ReputationChanged",
      at: at + 4,
      args: { server: destination, epoch, okPpm: ok, badPpm: 0n },
    });
    const tally = tallies.get(epoch) ?? { attempts: 0, successes: 0, missed: 0, rejected: 0 };
    tallies.set(epoch, tally);
    if (trip > 0) {
      tally.attempts++;
      tally.successes++;
    }
    leaves[to].push({
      ...{
        vehicle,
        server: destination,
        epoch,
        step: (at + 5) % 100,
        atMs: BigInt(at + 5) * 1000n,
        stateHash,
      },
    });
  }
  const funded = new Map(
    main.filter(({ name }) => name === "Funded").map(({ args }) => [args.id as bigint, args.amount]),
  );
  const evidence = marketEvidence({
    ...{ main, virtual: hosts[0], physical: hosts[1], storage },
    hint: async (url) => {
      const m = url.includes("edge1") ? 0 : 1;
      return lists.get(`${m}/${url.split("/").at(-1)}`);
    },
    read: (method, values) => {
      if (method === "WEI_PER_MICRO") return 1n;
      if (method === "STAKE") return 7n;
      if (method === "MESSAGE_SECONDS") return 0n;
      if (method === "tallyOf") return tallies.get(values[0] as number);
      if (method === "heldBy") return funded.get(values[1] as bigint);
      const last = counts.get(values[0] as string)!;
      const good = decayed(last, Math.floor(evidence.main.head / 100));
      return (PPM * (PPM + good)) / (2n * PPM + good);
    },
  });
  // Where main shows a hand-over, its message was delivered.
  for (const [i, { id }] of main.entries()) {
    const message = messages.find((one) => one.id === id && id !== undefined);
    if (message !== undefined) {
      message.delivered = { transactionHash: evidence.main.events[i]!.transactionHash, blockNumber: 1 };
    }
  }
  return { ...evidence, messages };
}

/** Methods that look through a list. */
const LOOKS = [
  "find",
  "findLast",
  "findIndex",
  "findLastIndex",
  "filter",
  "some",
  "every",
  "flatMap",
] as const;

/** What a check asks chains, and how many entries it looks at one by one in lists. */
async function workOf(check: (typeof audit.checks)[number], evidence: MarketEvidence) {
  const work = { questions: 0, looks: 0, atOnce: 0 };
  let open = 0;
  const asked = async <T>(answer: Promise<T>): Promise<T> => {
    work.questions++;
    open++;
    work.atOnce = Math.max(work.atOnce, open);
    // A chain takes its time.
    await Promise.resolve();
    const said = await answer;
    open--;
    return said;
  };
  const counted = (chain: MarketEvidence["main"]): MarketEvidence["main"] => ({
    ...chain,
    blockTime: (block) => asked(chain.blockTime(block)),
    transaction: (hash) => {
      work.questions++;
      return chain.transaction(hash);
    },
  });
  const given = {
    ...{ ...evidence, main: counted(evidence.main), relay: counted(evidence.relay) },
    subchains: evidence.subchains.map(counted),
  };
  const before = LOOKS.map((name) => [name, Array.prototype[name]] as const);
  for (const [name, original] of before) {
    Object.defineProperty(Array.prototype, name, {
      ...{ configurable: true, writable: true },
      value(this: unknown[], callback: (...values: unknown[]) => unknown, self?: unknown) {
        return (original as (this: unknown[], ...values: unknown[]) => unknown).call(
          this,
          (...values: unknown[]) => {
            work.looks++;
            return callback.apply(self, values);
          },
        );
      },
    });
  }
  try {
    const found = await findingOf(check.run, given);
    return { ...work, ...found };
  } finally {
    for (const [name, value] of before) {
      Object.defineProperty(Array.prototype, name, { configurable: true, writable: true, value });
    }
  }
}

describe("the audit of a long history", function () {
  this.timeout(120_000);
  const sizes = [tiered(100, 500), tiered(400, 2000)] as const;
  const evidences: MarketEvidence[] = [];
  before(async () => {
    for (const size of sizes) evidences.push(await history(size));
  });

  for (const check of audit.checks) {
    it(`asks and compares in proportion to it: ${check.name}`, async () => {
      const [short, long] = [await workOf(check, evidences[0]!), await workOf(check, evidences[1]!)];
      expect([short.failure, long.failure]).eql(["", ""]);
      expect(long.examined).at.least(short.examined).and.above(0);
      const four = sizes[1] / sizes[0];
      expect(long.questions, `${short.questions} questions of ${sizes[0]} migrations`).at.most(
        1.1 * four * short.questions + 10,
      );
      expect(long.looks, `${short.looks} entries looked at of ${sizes[0]} migrations`).at.most(
        1.1 * four * short.looks + 10,
      );
      expect(long.looks).at.most(100 * sizes[1]);
      expect(long.atOnce).at.most(16);
    });
  }
});
