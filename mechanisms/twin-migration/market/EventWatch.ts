import { join } from "node:path";

import type { z } from "zod";

import { type ChainClient, pollMillisecondsOf } from "../../../chains/clients/ChainClient.ts";
import type { ChainEvent, ContractPlace } from "../../../chains/clients/ChainEvent.ts";
import { ChainFollower } from "../../../chains/clients/ChainFollower.ts";
import { chainPace, hopSeconds } from "../../../chains/clients/chainPace.ts";
import type { Folding } from "../../../chains/clients/Fold.ts";
import { isFinalAtOnce } from "../../../chains/clients/finality.ts";
import type { Interest } from "../../../chains/clients/Interest.ts";
import type { NetworkClients } from "../../../chains/networks/NetworkClients.ts";
import type { ChainPlace } from "../../../chains/networks/networkFile.ts";
import { SnapshotFile } from "../../../chains/networks/SnapshotFile.ts";
import type { AnyContract } from "../../../protocol/ContractAbi.ts";
import type { EventsOf } from "../../../protocol/contracts.ts";
import { withTimeout } from "../../../protocol/withTimeout.ts";

/** How often a chain is asked for new events at the most, milliseconds: many parties may share a machine. */
const POLL_MILLISECONDS = 200;

/** Where a party keeps what it has folded, and whose it is. */
export interface SnapshotPlace {
  directory: string;
  /** What it is and its address: what another folds is another's. */
  party: { role: string; address: string };
}

/** What is made of the events, and where it is kept for the next start. */
export interface WatchedFold<S> {
  /** Names its file: letters, digits and `-`. */
  program: string;
  clients: NetworkClients;
  kept: SnapshotPlace;
  /** Reads what was made, of which bigints are decimal text. */
  schema: z.ZodType<S>;
  prepare?: () => Promise<void>;
  state: () => S;
  restore: (state: S | undefined) => void;
  /** Watches of other chains, whose events have a part in it. */
  besides?: readonly { readonly folding: Folding }[];
}

/** Where a party keeps what it has folded, in its directory. */
const SNAPSHOT_DIRECTORY = "snapshots";

/** Events of one contract as they come, told to whoever folds them; none is kept here, only what is made of them. */
export class EventWatch<C extends AnyContract> {
  readonly client: ChainClient;
  readonly #follower: ChainFollower;
  readonly #looks = new Set<() => void>();
  readonly #place: ChainPlace;
  #untoldMilliseconds = 0;

  /**
   * @param names - Of the events that are read.
   * @param network - The chain.
   * @param take - Called with every event in the order of the chain, those of the past first that are not in what was kept.
   * @param onRead - Awaited when events were told, before more are read.
   */
  constructor(
    { client, place, names }: { client: ChainClient; place: ContractPlace<C>; names: readonly string[] },
    network: ChainPlace,
    {
      take,
      onRead = async () => undefined,
      onError,
      fold,
    }: {
      take: (event: ChainEvent<EventsOf<C>>) => void;
      onRead?: () => Promise<void>;
      onError: (error: unknown) => void;
      fold: WatchedFold<unknown>;
    },
  ) {
    this.client = client;
    this.#place = network;
    const { fromBlock, finality } = network;
    // A follower knows the core's names; whatever else a contract has comes in the same stream.
    const interest = { names } as unknown as Interest;
    const pollMilliseconds = pollMillisecondsOf(client.blockSeconds, POLL_MILLISECONDS);
    const { clients, kept, program, schema, besides = [] } = fold;
    const about = [names, place.address, kept.party];
    const reader = clients.readerOf({ client, place: network }, program, about);
    const store = new SnapshotFile(join(kept.directory, SNAPSHOT_DIRECTORY), reader, schema);
    const folding = { ...fold, store, besides: besides.map((watch) => watch.folding) };
    this.#follower = new ChainFollower(
      client,
      [place],
      { fromBlock, finality, pollMilliseconds, interest, fold: folding },
      { onError, onRead },
    );
    this.#follower.subscribe((event) => {
      take(event as unknown as ChainEvent<EventsOf<C>>);
      for (const look of [...this.#looks]) look();
    });
  }

  /** Whether all is folded up to the chain's present: not while the past is read, nor where it begins anew. */
  get isWhole(): boolean {
    return this.#follower.isWhole;
  }

  /** How far it has folded. */
  get folding(): Folding {
    return this.#follower;
  }

  /** What a newest block's events take until they are final, and so told, milliseconds; as it was at the beginning. */
  get untoldMilliseconds(): number {
    return this.#untoldMilliseconds;
  }

  /** Begins to read; resolves when the past is known, or the chain does not answer. */
  async begin(): Promise<void> {
    await this.#follower.begin();
    if (isFinalAtOnce(this.#place.finality)) return;
    await this.#measure().catch(() => undefined);
  }

  /** A chain that does not answer yet is taken for one that is final at once. */
  async #measure(): Promise<void> {
    this.#untoldMilliseconds = 1000 * hopSeconds(await chainPace(this.client, this.#place));
  }

  /** Reads what is new now. */
  async poll(): Promise<void> {
    await this.#follower.poll();
  }

  /**
   * Waits until something that follows from the events is there.
   *
   * @param find - Asked now and after every further event.
   * @param milliseconds - How long it may take to come to the chain; until it is final there is waited for besides.
   * @returns undefined when the time is over, or `signal` aborts.
   */
  async until<T>(
    find: () => T | undefined,
    milliseconds: number,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const now = find();
    if (now !== undefined) return now;
    const patience = milliseconds + this.#untoldMilliseconds;
    return withTimeout({ clock: this.client.clock, milliseconds: patience, signal }, (ended) => {
      return new Promise<T | undefined>((resolve) => {
        const stop = (found: T | undefined) => {
          this.#looks.delete(look);
          resolve(found);
        };
        const look = () => {
          const found = find();
          if (found !== undefined) stop(found);
        };
        this.#looks.add(look);
        if (ended.aborted) stop(undefined);
        else ended.addEventListener("abort", () => stop(undefined), { once: true });
      });
    });
  }

  async stop(): Promise<void> {
    await this.#follower.stop();
  }
}
