import { z } from "zod";

import { migrationEnums } from "../encodings.ts";
import { countSchema, migrationSchema, partySchema } from "../market/ledgerState.ts";
import type { MarketEvent } from "../market/MarketLedger.ts";
import { CUT_SECONDS, type PostedPrice, type PricedServer, postedPrices } from "./postedPrices.ts";

const EPOCH_SECONDS = 100;
/** How many changes of a vehicle or a server are remembered, the latest. */
const REMEMBERED = 32;
/** Nobody asks for the prices of an epoch whose cut was so long before what main told last, s: of the running one it is not. */
const PASSED_SECONDS = 3 * EPOCH_SECONDS;
/** Of so many migrations that were not handed over the size is remembered, the latest. */
const REMEMBERED_SIZES = 4096;

/** Something that was so from a time on, Unix seconds. */
interface Since<T> {
  readonly time: number;
  readonly value: T;
}

/** Where a twin was from a time on. */
type Hosting = Since<{ migration: bigint; server: string; kilobytes: number }>;
/** What a server offered itself for an epoch, kB. */
type Own = Since<{ epoch: number; own: number }>;

function sinceSchema<T extends z.ZodRawShape>(value: T) {
  return z.strictObject({ time: countSchema, value: z.strictObject(value) });
}

/** What a PublicBook knows, in a file. */
export const bookSchema = z.strictObject({
  servers: z.array(
    sinceSchema({ address: partySchema, kind: z.enum(["Edge", "Cloud"]), cloud: partySchema }),
  ),
  own: z.array(
    z.strictObject({
      server: partySchema,
      changes: z.array(sinceSchema({ epoch: countSchema, own: countSchema })),
    }),
  ),
  hosts: z.array(
    z.strictObject({
      vehicle: partySchema,
      changes: z.array(
        sinceSchema({ migration: migrationSchema, server: partySchema, kilobytes: countSchema }),
      ),
    }),
  ),
  sizes: z.array(
    z.strictObject({ migration: migrationSchema, vehicle: partySchema, kilobytes: countSchema }),
  ),
});
export type BookState = z.infer<typeof bookSchema>;

/** What prices depend on, with when main told it: so that everybody computes an epoch's prices from the same. */
export class PublicBook {
  #servers: Since<{ address: string; kind: "Edge" | "Cloud"; cloud: string }>[] = [];
  readonly #own = new Map<string, Own[]>();
  readonly #hosts = new Map<string, Hosting[]>();
  /** Of migrations that may be handed over. */
  readonly #sizes = new Map<bigint, { vehicle: string; kilobytes: number }>();

  /** Whether what an event changes depends on when it was. */
  static isTimed({ name }: MarketEvent): boolean {
    return name === "ServerJoined" || name === "OfferPosted" || name === "TwinHandedOver";
  }

  /** A copy of all that it knows. */
  state(): BookState {
    return {
      servers: [...this.#servers],
      own: [...this.#own].map(([server, changes]) => ({ server, changes })),
      hosts: [...this.#hosts].map(([vehicle, changes]) => ({ vehicle, changes })),
      sizes: [...this.#sizes].map(([migration, size]) => ({ migration, ...size })),
    };
  }

  /** Knows what it knew before, and nothing else; nothing at all where nothing is given. */
  restore(state: BookState | undefined): void {
    for (const map of [this.#own, this.#hosts, this.#sizes]) map.clear();
    this.#servers = [...(state?.servers ?? [])];
    for (const { server, changes } of state?.own ?? []) this.#own.set(server, changes);
    for (const { vehicle, changes } of state?.hosts ?? []) this.#hosts.set(vehicle, changes);
    for (const { migration, ...size } of state?.sizes ?? []) this.#sizes.set(migration, size);
  }

  /** Takes the next event. @param time - Of its block, Unix seconds: what is not timed may have any. */
  add(event: MarketEvent, time: number): void {
    if (event.name === "ServerJoined") {
      const { server: address, kind, cloud } = event.args;
      const named = migrationEnums.ServerKind[Number(kind)];
      const known = this.#servers.some(({ value }) => value.address === address);
      if (named !== "Edge" && named !== "Cloud") return;
      if (!known) this.#servers.push({ time, value: { address, kind: named, cloud } });
    }
    if (event.name === "OfferPosted") {
      const { server, epoch, own } = event.args;
      // Of what every epoch that is asked for comes after, the last epoch's counts.
      const passed = Math.floor((time - PASSED_SECONDS) / EPOCH_SECONDS);
      const isPassed = (one: Own) => one.time < time - PASSED_SECONDS && one.value.epoch < passed;
      const change = { time, value: { epoch, own } };
      keep(this.#own, server, { change, isPassed, rank: ({ value }) => value.epoch });
    }
    if (event.name === "MigrationRequested") {
      const { migration, vehicle, kilobytes } = event.args;
      this.#sizes.set(migration, { vehicle, kilobytes });
    }
    if (event.name === "TwinHandedOver") {
      const { migration, vehicle, destination: server } = event.args;
      const size = this.#sizes.get(migration);
      if (size === undefined) return;
      // Those before it change nothing any more.
      for (const [id, one] of this.#sizes) {
        if (one.vehicle === vehicle && id <= migration) this.#sizes.delete(id);
      }
      const change = { time, value: { migration, server, kilobytes: size.kilobytes } };
      const isPassed = (one: Hosting) => one.time < time - PASSED_SECONDS;
      keep(this.#hosts, vehicle, { change, isPassed, rank: ({ value }) => value.migration });
    }
    if (event.name === "MigrationSettled") {
      for (const migration of this.#sizes.keys()) {
        if (this.#sizes.size <= REMEMBERED_SIZES) break;
        this.#sizes.delete(migration);
      }
    }
  }

  /** When what counts for an epoch is known, Unix seconds. */
  static cutOf(epoch: number): number {
    return epoch * EPOCH_SECONDS - CUT_SECONDS;
  }

  /**
   * The prices of an epoch, by server: of those that had joined and made an offer by its cut. A server that had not,
   * posts as one without vehicles.
   *
   * @param asked - What clouds have posted as wholesale prices, micro-$/MB.
   */
  pricesOf(epoch: number, asked?: ReadonlyMap<string, number>): ReadonlyMap<string, PostedPrice> {
    const cut = PublicBook.cutOf(epoch);
    const servers = this.#servers.map(({ value }) => ({
      ...value,
      own: this.#ownAt(value.address, epoch, cut),
    }));
    const priced = (kind: "Edge" | "Cloud"): PricedServer[] =>
      servers
        .filter((server) => server.kind === kind)
        .map(({ address, cloud, own }) => ({ address, cloud: kind === "Edge" ? cloud : undefined, own }))
        .sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
    const hosted = [...this.#hosts.entries()].flatMap(([vehicle, changes]) => {
      const last = changes
        .filter(({ time }) => time < cut)
        .reduce<(typeof changes)[number] | undefined>(
          (newest, one) =>
            newest === undefined || one.value.migration > newest.value.migration ? one : newest,
          undefined,
        );
      return last === undefined ? [] : [{ vehicle, ...last.value }];
    });
    hosted.sort((a, b) => (BigInt(a.vehicle) < BigInt(b.vehicle) ? -1 : 1));
    return postedPrices(priced("Edge"), priced("Cloud"), hosted, asked);
  }

  #ownAt(server: string, epoch: number, cut: number): number {
    const made = (this.#own.get(server) ?? []).filter(({ time, value }) => time < cut && value.epoch < epoch);
    return made.reduce((last, one) => (one.value.epoch >= last.epoch ? one.value : last), {
      epoch: -1,
      own: 0,
    }).own;
  }
}

/** Adds a change; of those that are passed only the one of the highest rank counts in what is asked from now on. */
function keep<T extends Since<unknown>>(
  map: Map<string, T[]>,
  key: string,
  { change, isPassed, rank }: { change: T; isPassed: (one: T) => boolean; rank: (one: T) => number | bigint },
): void {
  const before = map.get(key) ?? [];
  const passed = before.filter(isPassed);
  const last = passed.reduce<T | undefined>(
    (most, one) => (most === undefined || rank(one) >= rank(most) ? one : most),
    undefined,
  );
  const changes = [...before.filter((one) => one === last || !isPassed(one)), change];
  map.set(key, changes.slice(-REMEMBERED));
}
