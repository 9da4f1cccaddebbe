import type { Dataset } from "../../learning/datasets/Dataset.ts";
import type { PlayedBehaviour } from "../../learning/federated/behaviours/playBehaviour.ts";

/** What a client trains on: samples of its own, or rows of data that several have, which are best in shared memory. */
export type ClientSamples = Dataset | { readonly of: Dataset; readonly rows: Uint32Array };

/**
 * Those who may train, by their numbers from 0. Nothing is asked of a client before it takes part, so that any number of
 * them may be registered; the same questions must have the same answers.
 */
export interface FederatedClients {
  /** How many are registered. */
  readonly count: number;
  /** Names a client's stream of random numbers; no two have the same. */
  readonly nameOf: (client: number) => string;
  /** What it trains on in a round, from 0; undefined when it sits the round out. */
  readonly dataFor: (client: number, round: number) => ClientSamples | undefined;
  /** Samples it holds, for who is chosen by them; all hold as many unless given. */
  readonly sizeOf?: (client: number) => number;
  /** How it departs in a round from what the task asks; it is honest unless given. */
  readonly behaviourIn?: (client: number, round: number) => PlayedBehaviour | undefined;
  /** On how many samples it says that it trained, of so many; on as many unless given. */
  readonly statedSamples?: (client: number, samples: number) => number;
}

/** One of a few who train. */
export interface FederatedWorker {
  readonly name: string;
  readonly dataFor: (round: number) => ClientSamples | undefined;
}

/** Clients that are listed, in their order. */
export function listedClients(workers: readonly FederatedWorker[]): FederatedClients {
  return {
    count: workers.length,
    nameOf: (client) => workers[client]!.name,
    dataFor: (client, round) => workers[client]!.dataFor(round),
  };
}

/** How many samples there are. */
export function sampleCount(samples: ClientSamples): number {
  return "rows" in samples ? samples.rows.length : samples.labels.length;
}
