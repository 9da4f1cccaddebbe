import { join } from "node:path";

import type { KeySource } from "../chains/keys/KeySource.ts";
import { type AskPassword, passwordOf } from "../chains/keys/passwordOf.ts";
import type { ReadQuorum } from "../chains/networks/ComparedChains.ts";
import { isLoopback } from "../chains/networks/isLoopback.ts";
import { NetworkClients } from "../chains/networks/NetworkClients.ts";
import type { NetworkFile } from "../chains/networks/networkFile.ts";
import type { StorageServerPlace } from "../chains/networks/nodeStorage.ts";
import { Lock } from "../files/Lock.ts";
import { systemClock } from "../protocol/Clock.ts";
import type { PartHealth } from "../protocol/PartHealth.ts";
import { BlockServer, type BlockServerEvent } from "../storage/BlockServer.ts";
import { EmbeddedStore } from "../storage/EmbeddedStore.ts";
import { Holdings } from "../storage/Holdings.ts";
import { type Cleaned, StorageCleaner } from "../storage/StorageCleaner.ts";
import { WriteGate } from "../storage/WriteGate.ts";
import { TaskHistory } from "../tasks/history/TaskHistory.ts";
import { storageWriters } from "../tasks/storageWriters.ts";
import { taskSpans } from "../tasks/taskSpans.ts";
import type { PlaceOf } from "./ownTls.ts";

/** Whom what was there before counts for. */
const EARLIER = "earlier";
const DAY_MILLISECONDS = 86_400_000;
const MEGABYTE = 1_048_576;

/** What storage tells. */
export type StorageEvent =
  | BlockServerEvent
  | { type: "storageCleaned"; cleaned: Cleaned }
  | { type: "storageTrouble"; doing: string; error: unknown };

/** What a storage service works with. */
export interface StorageServiceModules {
  placeOf: PlaceOf;
  keys?: KeySource;
  ask?: AskPassword | undefined;
  /** How many of a chain's endpoints must answer alike before files are removed; more than half of them unless given. */
  readQuorum?: ReadQuorum;
  listener: (event: StorageEvent) => void;
}

/** The block server that an organisation runs for others: who may write, how much, and how long it is kept. */
export class StorageService {
  /** Under which others reach it. */
  readonly url: string;
  readonly holdings: Holdings;
  readonly #server: BlockServer;
  /** By which it is known who may write: at the worst somebody fills a quota. */
  readonly #clients: NetworkClients;
  /** By which files are removed. */
  readonly #compared: NetworkClients;
  readonly #lock: Lock;
  readonly #stop = new AbortController();
  #cleaning: Promise<void> = Promise.resolve();

  private constructor(
    url: string,
    parts: {
      holdings: Holdings;
      server: BlockServer;
      clients: NetworkClients;
      compared: NetworkClients;
      lock: Lock;
    },
  ) {
    this.url = url;
    this.holdings = parts.holdings;
    this.#server = parts.server;
    this.#clients = parts.clients;
    this.#compared = parts.compared;
    this.#lock = parts.lock;
  }

  /**
   * Begins to serve, also while chains are down: until they answer, only tokens let in, and those whom the files list.
   *
   * @throws `STORAGE_IN_USE`, `STORAGE_TOKEN_WEAK`, `PORT_IN_USE`, `LISTEN_FAILED`, `TLS_INVALID`, `STORAGE_IO`; those of
   * `passwordOf`.
   */
  static async start(
    network: NetworkFile,
    place: StorageServerPlace,
    { placeOf, keys, ask, listener, readQuorum = {} }: StorageServiceModules,
  ): Promise<StorageService> {
    const url = place.url ?? network.storage.url;
    const { host, hostname, protocol } = new URL(url);
    const tokens = await Promise.all(
      place.tokens.map(async ({ writer, token }) => ({
        writer,
        token: await passwordOf(token, `the token of ${writer}`, ask),
      })),
    );
    const bound = placeOf("storage", url);
    const lock = Lock.take(join(place.directory, ".lock"), {
      code: "STORAGE_IN_USE",
      what: `The storage directory ${place.directory}`,
      instead: "name another with storageServer.directory",
    });
    let holdings: Holdings | undefined;
    let clients: NetworkClients | undefined;
    let compared: NetworkClients | undefined;
    try {
      holdings = Holdings.open(join(place.directory, "holdings.sqlite"));
      clients = NetworkClients.open(network, keys && { keys });
      compared = NetworkClients.open(network, { readQuorum });
      const { blocks } = new EmbeddedStore({ directory: join(place.directory, "blocks") });
      for await (const { digest, bytes, at } of blocks.list()) {
        if (!holdings.isHeld(digest)) holdings.hold({ writer: EARLIER, digest, bytes, at });
      }
      const gate = new WriteGate(
        {
          host,
          tokens,
          mostBytes: place.quotaMegabytes * MEGABYTE,
          // With https, the way from a proxy to here is its owner's business.
          isSecret: protocol === "https:" || isLoopback(hostname),
        },
        {
          blocks,
          holdings,
          clock: systemClock,
          isWriter: storageWriters(clients, { writers: place.writers, isLocal: isLoopback(hostname) }),
        },
      );
      const server = new BlockServer(bound, { blocks, gate, onEvent: listener });
      await server.listen();
      const service = new StorageService(url, { holdings, server, clients, compared, lock });
      service.#clean(place, blocks, listener);
      return service;
    } catch (cause) {
      clients?.close();
      compared?.close();
      holdings?.close();
      lock.release();
      throw cause;
    }
  }

  /** Whether the chains that say who may write are reached. */
  get health(): PartHealth {
    return this.#clients.health;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#server.close();
    await Promise.all([this.#clients.stop(), this.#compared.stop()]);
    this.#clients.close();
    this.#compared.close();
    await this.#cleaning;
    this.holdings.close();
    this.#lock.release();
  }

  #clean(
    { keepDays, directory }: StorageServerPlace,
    blocks: EmbeddedStore["blocks"],
    listener: (event: StorageEvent) => void,
  ): void {
    const cleaner = storageCleaner(
      { clients: this.#compared, directory, keepDays },
      { release: (mayGo) => this.holdings.release(mayGo, (digest) => blocks.remove(digest)), listener },
    );
    this.#cleaning = cleaner.run(this.#stop.signal);
  }
}

/**
 * Removes what a network's tasks need no more. What is removed is gone: so its clients go by a quorum of endpoints.
 *
 * @param options - `directory`: where it keeps what it read of tasks, apart from what commands keep that believe one
 *   endpoint.
 */
export function storageCleaner(
  { clients, directory, keepDays }: { clients: NetworkClients; directory: string; keepDays: number },
  {
    release,
    listener,
  }: {
    release: (mayGo: (at: number) => boolean) => Cleaned | Promise<Cleaned>;
    listener: (event: StorageEvent) => void;
  },
): StorageCleaner {
  const history = new TaskHistory(clients, directory);
  return new StorageCleaner(
    { keepMilliseconds: keepDays * DAY_MILLISECONDS },
    {
      tasks: () => taskSpans(clients.main, history),
      release,
      clock: systemClock,
      onCleaned: (cleaned) => listener({ type: "storageCleaned", cleaned }),
      onError: (error) => listener({ type: "storageTrouble", doing: "removing what no task needs", error }),
    },
  );
}
