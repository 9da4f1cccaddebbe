import { migrationEnums } from "../encodings.ts";
import type { MarketEvent } from "../market/MarketLedger.ts";
import { CUT_SECONDS, type PostedPrice, type PricedServer, postedPrices } from "./postedPrices.ts";

const EPOCH_SECONDS = 100;
/** How many changes of a vehicle or a server are remembered, the latest. */
const REMEMBERED = 32;

/** Something that was so from a time on, Unix seconds. */
interface Since<T> {
  readonly time: number;
  readonly value: T;
}

/** What prices depend on, with when main told it: so that everybody computes an epoch's prices from the same. */
export class PublicBook {
  readonly #servers: Since<{ address: string; kind: "Edge" | "Cloud"; cloud: string }>[] = [];
  readonly #own = new Map<string, Since<{ epoch: number; own: number }>[]>();
  readonly #hosts = new Map<string, Since<{ migration: bigint; server: string; kilobytes: number }>[]>();
  readonly #sizes = new Map<bigint, number>();

  /** Takes the next event. @param time - Of its block, Unix seconds. */
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
      keep(this.#own, server, { time, value: { epoch, own } });
    }
    if (event.name === "MigrationRequested") this.#sizes.set(event.args.migration, event.args.kilobytes);
    if (event.name === "TwinHandedOver") {
      const { migration, vehicle, destination: server } = event.args;
      const kilobytes = this.#sizes.get(migration);
      if (kilobytes === undefined) return;
      keep(this.#hosts, vehicle, { time, value: { migration, server, kilobytes } });
    }
    if (event.name === "MigrationSettled") {
      // A hand-over may still come: the size of the latest few thousand is enough.
      for (const migration of this.#sizes.keys()) {
        if (this.#sizes.size <= 4096) break;
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

function keep<T>(map: Map<string, Since<T>[]>, key: string, change: Since<T>): void {
  const changes = [...(map.get(key) ?? []), change];
  map.set(key, changes.slice(-REMEMBERED));
}
