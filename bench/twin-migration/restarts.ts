/**
 * What a server of the market of twins takes of a long history of migrations that have ended: memory while they pass
 * through, and what it asks main for when it is started again, without what it had folded and with it.
 * `node --expose-gc bench/twin-migration/restarts.ts [MIGRATIONS…]`
 */
import { z } from "zod";

import type { ChainEvent } from "../../chains/clients/ChainEvent.ts";
import { ChainFollower } from "../../chains/clients/ChainFollower.ts";
import type { Fold, Snapshot } from "../../chains/clients/Fold.ts";
import type { Interest } from "../../chains/clients/Interest.ts";
import { ledgerSchema } from "../../mechanisms/twin-migration/market/ledgerState.ts";
import { type MarketEvent, MarketLedger } from "../../mechanisms/twin-migration/market/MarketLedger.ts";
import { PARTY_EVENTS } from "../../mechanisms/twin-migration/market/MarketWatch.ts";
import { Owed } from "../../mechanisms/twin-migration/parties/Owed.ts";
import { bookSchema } from "../../mechanisms/twin-migration/pricing/PublicBook.ts";
import { TimedBook } from "../../mechanisms/twin-migration/pricing/TimedBook.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { textTable } from "../../reports/textTable.ts";
import { hashOf, LongHistory } from "../LongHistory.ts";

/** A migration begins every so many blocks, and has ended in the last of them; every tenth nobody accepts. */
const BLOCKS_A_MIGRATION = 4;
const REJECTED = 10;
const VEHICLES = 200;
const BLOCK_SECONDS = 2;
const BLOCKS_AN_EPOCH = 100 / BLOCK_SECONDS;
const CONFIRMATIONS = 3;
/** Blocks that came since what is folded was kept. */
const UNKEPT_BLOCKS = 14;
const KILOBYTES = 5000;
const ESCROW = 2_000_000n;

const address = (number: number) => `0x${number.toString(16).padStart(40, "0")}`;
const NOWHERE = address(0);
const SERVERS = [address(1), address(2)] as const;

/** A history of migrations that were requested and have ended. */
class LongMarket extends LongHistory {
  constructor() {
    super(BLOCK_SECONDS);
  }

  protected *eventsOf(block: number): Generator<ChainEvent> {
    let logIndex = 0;
    const event = (name: string, args: Record<string, unknown>) =>
      ({
        ...{ contract: "TwinMarket", name, args, address: NOWHERE, blockNumber: block, logIndex: logIndex++ },
        transactionHash: hashOf(block * 100 + logIndex),
      }) as unknown as ChainEvent;
    const epoch = Math.floor(block / BLOCKS_AN_EPOCH);
    if (block === 0) {
      for (const server of SERVERS) {
        yield event("ServerJoined", { server, kind: 1n, chainId: 5n, cloud: NOWHERE });
      }
    }
    if (block % BLOCKS_AN_EPOCH === 0) {
      for (const server of SERVERS) {
        const terms = { theta: 400_000, wholesale: 0, own: 10 ** 8, capacity: 10 ** 8 };
        yield event("OfferPosted", { server, epoch, ...terms });
      }
    }
    const j = Math.floor(block / BLOCKS_A_MIGRATION);
    const migration = BigInt(j + 1);
    const vehicle = address(1000 + (j % VEHICLES));
    const trip = Math.floor(j / VEHICLES);
    const destination = SERVERS[trip % 2]!;
    const isRejected = (j + trip) % REJECTED === 0;
    switch (block % BLOCKS_A_MIGRATION) {
      case 0: {
        const terms = { epoch, kilobytes: KILOBYTES, theta: 400_000, escrow: ESCROW, lost: false };
        const source = trip === 0 ? NOWHERE : SERVERS[(trip + 1) % 2]!;
        yield event("MigrationRequested", { migration, vehicle, destination, source, ...terms });
        break;
      }
      case 1:
        if (isRejected) break;
        yield event("MigrationAccepted", { migration, destination, bought: 0n, cloud: NOWHERE });
        break;
      case 2: {
        if (!isRejected) {
          yield event("TwinHandedOver", { migration, vehicle, destination });
          yield event("MigrationAttested", { migration, latencyMs: 900n });
        }
        yield event("MigrationSettled", {
          ...{ migration, outcome: isRejected ? 5n : 1n, latencyMs: 900n, toCloud: 0n },
          ...{ refund: isRejected ? ESCROW : 0n, bondSlashed: 0n },
        });
        const counts = { server: destination, epoch, okPpm: 10n ** 6n, badPpm: 0n };
        if (!isRejected) yield event("ReputationChanged", counts);
        break;
      }
      default: {
        const party = isRejected ? vehicle : destination;
        yield event("ShareCollected", { migration, party, amount: 1n });
      }
    }
  }
}

const stateSchema = z.strictObject({
  ledger: ledgerSchema,
  owed: new Owed(SERVERS[0]).schema,
  book: bookSchema,
});

/** A snapshot as its file has it. */
class KeptText {
  text: string | undefined;

  async load(): Promise<Snapshot<unknown> | undefined> {
    if (this.text === undefined) return undefined;
    const { state, ...marks } = JSON.parse(this.text) as Snapshot<unknown>;
    return { ...marks, state: stateSchema.parse(state) };
  }

  async save(snapshot: Snapshot<unknown>): Promise<void> {
    this.text = JSON.stringify(snapshot, (_, value: unknown) =>
      typeof value === "bigint" ? String(value) : value,
    );
  }
}

/** What a server makes of main's events: as MarketWatch puts it together. */
class ServersKnowledge {
  readonly ledger = new MarketLedger();
  readonly owed = new Owed(SERVERS[0]);
  readonly follower: ChainFollower;

  constructor(history: LongMarket, store?: KeptText) {
    const book = new TimedBook(history.client, {
      clock: systemClock,
      signal: new AbortController().signal,
      onError: thrown,
    });
    const fold: Fold<unknown> = {
      store: store ?? new KeptText(),
      state: () => ({ ledger: this.ledger.state(), owed: this.owed.state(), book: book.state() }),
      restore: (state) => {
        const known = state as z.infer<typeof stateSchema> | undefined;
        this.ledger.restore(known?.ledger);
        this.owed.restore(known?.owed);
        book.restore(known?.book);
      },
    };
    this.follower = new ChainFollower(
      history.client,
      [],
      {
        finality: { confirmations: CONFIRMATIONS },
        interest: { names: PARTY_EVENTS } as unknown as Interest,
        fold,
      },
      { onError: thrown, onRead: () => book.settled() },
    );
    this.follower.subscribe((event) => {
      const one = event as unknown as MarketEvent;
      this.ledger.add(one);
      this.owed.add(one);
      book.add(one);
    });
  }
}

function thrown(error: unknown): never {
  throw error;
}

function heapMegabytes(): number {
  globalThis.gc?.();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

/** What a restart asks for, with a snapshot or without. */
async function restart(history: LongMarket, store?: KeptText) {
  history.read = { requests: 0, blocks: 0, events: 0, times: 0 };
  const began = performance.now();
  const { follower } = new ServersKnowledge(history, store);
  await follower.poll();
  await follower.stop();
  return { ...history.read, milliseconds: performance.now() - began };
}

const counts = process.argv.slice(2).map(Number);
const marks = counts.length > 0 ? counts : [1_000, 10_000, 100_000];
const history = new LongMarket();
const store = new KeptText();
const known = new ServersKnowledge(history, store);
const rows: string[][] = [];
for (const migrations of marks) {
  while (history.head < migrations * BLOCKS_A_MIGRATION) {
    history.head += 2;
    await known.follower.poll();
    // As every half a minute.
    if (history.head % 16 === 0) await known.follower.keepCursor();
  }
  // Half a minute's blocks that are not in it.
  history.head += UNKEPT_BLOCKS;
  await known.follower.poll();
  const heap = heapMegabytes();
  const whole = await restart(history);
  const spared = await restart(history, store);
  const { settled, open } = known.owed.due;
  const numbers = [migrations, history.head, known.ledger.migrations.size, settled.length + open];
  const asked = [whole, spared].flatMap(({ blocks, requests, events, times, milliseconds }) => [
    ...[blocks, requests, events, times].map((value) => value.toLocaleString("en")),
    `${Math.round(milliseconds)}`,
  ]);
  rows.push([
    ...numbers.map((value) => value.toLocaleString("en")),
    `${Math.round(store.text!.length / 1000)}`,
    heap.toFixed(1),
    ...asked,
  ]);
}
await known.follower.stop();
const headers = [
  ...["ended migrations", "blocks", "migrations kept", "owed kept", "snapshot kB", "heap MB"],
  ...["without", "with"].flatMap((which) => [`blocks read ${which}`, "requests", "events", "times", "ms"]),
];
const columns = headers.map((header) => ({ header, align: "right" as const }));
const table = textTable({ columns, rows });
process.stdout.write(`${[table.header, ...table.rows].join("\n")}\n`);
