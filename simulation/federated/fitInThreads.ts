import { MessageChannel } from "node:worker_threads";
import { UpdateSums } from "../../learning/federated/UpdateSums.ts";
import { BatchWriter } from "./BatchWriter.ts";
import type { FederationPool } from "./FederationPool.ts";
import type { ClientToFit, FitLane, FittedClient } from "./FitLane.ts";

/** Clients a thread is given at once, at the most. */
const MOST_CLIENTS = 32;
/** Batches a thread is to get of the clients that are left, so that all end at about the same time. */
const BATCHES_LEFT = 4;
/** Batches that a thread has at a time: one that it is at, and one for when that is done. */
const BATCHES_AHEAD = 2;

/** What {@link fitInThreads} needs. */
export interface FitInThreadsParameters {
  readonly pool: Pick<FederationPool, "fit" | "threads">;
  /** What all threads are told. */
  readonly common: Omit<FitLane, "memory" | "port">;
  /** How many are to be asked for. */
  readonly count: number;
  /** A client by its place, when its turn has come; undefined when it sits the round out. */
  readonly clientAt: (place: number) => Promise<ClientToFit | undefined>;
  /** Memory for sums, for as many threads as are to fit; undefined: updates are returned. */
  readonly memories: readonly (Float64Array | undefined)[];
  /** Told of each client that has been fitted, in any order. */
  readonly fitted: (place: number, client: FittedClient) => void;
  /** Told after every batch of how many places. */
  readonly over: (places: number) => void;
}

/** Clients on their way to a thread, by their places. */
interface Batch {
  readonly places: number;
  readonly present: readonly number[];
  readonly clients: readonly ClientToFit[];
}

/**
 * Fits clients on threads of a pool. Each thread has sums of its own, to which it
 * adds its clients' updates; in the end they are added up.
 *
 * @returns The sums; undefined unless memory was given.
 * @throws BaseError those of `FederationPool.fit`, `clientAt` and `fitted`, once no thread fits any more.
 */
export async function fitInThreads(parameters: FitInThreadsParameters): Promise<UpdateSums | undefined> {
  const { pool, common, count, clientAt, memories, fitted, over } = parameters;
  let next = 0;
  let failed = false;

  /** The next clients who are there; undefined when there are no more. */
  const nextBatch = async (): Promise<Batch | undefined> => {
    while (next < count && !failed) {
      const left = Math.floor((count - next) / (BATCHES_LEFT * memories.length));
      const begin = next;
      const end = begin + Math.max(1, Math.min(MOST_CLIENTS, left));
      next = end;
      const [present, clients]: [number[], ClientToFit[]] = [[], []];
      for (let place = begin; place < end; place++) {
        const client = await clientAt(place);
        if (client === undefined) continue;
        present.push(place);
        clients.push(client);
      }
      if (clients.length > 0) return { places: end - begin, present, clients };
      over(end - begin);
    }
    return undefined;
  };

  const lane = async (memory: Float64Array | undefined): Promise<UpdateSums | undefined> => {
    const { port1: ours, port2: port } = new MessageChannel();
    const writer = new BatchWriter();
    const under: Batch[] = [];
    const { promise: answered, resolve: allAnswered, reject: stop } = Promise.withResolvers<void>();
    let ended = false;
    const feed = async () => {
      if (ended) return;
      const batch = await nextBatch();
      ended = batch === undefined;
      if (batch === undefined) {
        ours.postMessage(null);
        if (under.length === 0) allAnswered();
        return;
      }
      under.push(batch);
      const { batch: message, transferList } = writer.write(batch.clients);
      ours.postMessage(message, transferList);
    };
    const fail = (error: unknown) => {
      failed = true;
      ended = true;
      ours.postMessage(null);
      stop(error);
    };
    // One after the other, so that the end comes last.
    let feeding = Promise.resolve();
    const feedNext = () => {
      feeding = feeding.then(feed).catch(fail);
    };
    ours.on("message", (clients: FittedClient[]) => {
      try {
        const { present, places } = under.shift()!;
        for (const [index, client] of clients.entries()) fitted(present[index]!, client);
        over(places);
      } catch (error) {
        fail(error);
        return;
      }
      if (ended && under.length === 0) allAnswered();
      feedNext();
    });
    for (let ahead = 0; ahead < BATCHES_AHEAD; ahead++) feedNext();
    const fitting = pool.fit({ ...common, memory, port });
    try {
      const [state] = await Promise.all([fitting, answered]);
      return memory && new UpdateSums(common.task, memory, state);
    } catch (error) {
      failed = true;
      throw error;
    } finally {
      ended = true;
      await Promise.allSettled([feeding, fitting]);
      ours.close();
    }
  };

  const ends = await Promise.allSettled(memories.map(lane));
  const sums = ends.map((end) => {
    if (end.status === "rejected") throw end.reason;
    return end.value;
  });
  const [whole, ...others] = sums;
  for (const other of others) whole?.merge(other!);
  return whole;
}
