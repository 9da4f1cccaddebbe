import { UpdateSums, type UpdateSumsState } from "../../learning/federated/UpdateSums.ts";
import type { FederationPool } from "./FederationPool.ts";
import type { ClientToFit, FitBatch, FittedClient } from "./FitBatch.ts";

/** Clients a thread is given at once, at the most. */
const MOST_CLIENTS = 32;
/** Batches a thread is to get of the clients that are left, so that all end at about the same time. */
const BATCHES_LEFT = 3;

/** What {@link fitInThreads} needs. */
export interface FitInThreadsParameters {
  readonly pool: Pick<FederationPool, "fit" | "threads">;
  /** What all batches have in common. */
  readonly common: Omit<FitBatch, "clients" | "sums">;
  /** How many are to be asked for. */
  readonly count: number;
  /** A client by its place, when its turn has come; undefined when it sits the round out. */
  readonly clientAt: (place: number) => Promise<ClientToFit | undefined>;
  /** Memory for sums, of which a thread that fits has one, all 0; updates are returned unless given. */
  readonly memories?: readonly Float64Array[] | undefined;
  /** Told of each client that has been fitted, in any order. */
  readonly fitted: (place: number, client: FittedClient) => void;
  /** Told after every batch of how many places. */
  readonly over: (places: number) => void;
}

/**
 * Fits clients on all threads of a pool. Each thread has sums of its own, to which it
 * adds its clients' updates; in the end they are added up.
 *
 * @returns The sums; undefined unless memory was given.
 * @throws BaseError those of `FederationPool.fit` and `clientAt`, once no thread fits any more.
 */
export async function fitInThreads(parameters: FitInThreadsParameters): Promise<UpdateSums | undefined> {
  const { pool, common, count, clientAt, memories, fitted, over } = parameters;
  let next = 0;
  let failed = false;
  const lane = async (memory: Float64Array | undefined): Promise<UpdateSums | undefined> => {
    let state: UpdateSumsState | undefined;
    while (next < count && !failed) {
      const most = Math.floor((count - next) / (BATCHES_LEFT * pool.threads));
      const begin = next;
      next += Math.max(1, Math.min(MOST_CLIENTS, most));
      const places = Array.from({ length: next - begin }, (_, index) => begin + index);
      const present: number[] = [];
      const clients: ClientToFit[] = [];
      for (const place of places) {
        const client = await clientAt(place);
        if (client === undefined) continue;
        present.push(place);
        clients.push(client);
      }
      if (clients.length > 0) {
        const reply = await pool.fit({ ...common, clients, ...(memory && { sums: { memory, state } }) });
        state = reply.sums;
        for (const [index, client] of reply.clients.entries()) fitted(present[index]!, client);
      }
      over(places.length);
    }
    return memory && new UpdateSums(common.task, memory, state);
  };
  const lanes = memories ?? Array.from({ length: pool.threads }, () => undefined);
  const ends = await Promise.allSettled(
    lanes.map((memory) =>
      lane(memory).catch((error: unknown) => {
        failed = true;
        throw error;
      }),
    ),
  );
  const sums = ends.map((end) => {
    if (end.status === "rejected") throw end.reason;
    return end.value;
  });
  const [whole, ...others] = sums;
  for (const other of others) whole?.merge(other!);
  return whole;
}
