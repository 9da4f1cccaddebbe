import type { ChainFollower } from "../chains/clients/ChainFollower.ts";
import type { MainChain } from "../chains/clients/MainChain.ts";
import { RpcUnavailable } from "../chains/rpc/Rpc.ts";
import type { Offer } from "../mechanisms/MechanismWorker.ts";
import type { TaskTerms } from "../protocol/taskTerms.ts";

/** An offer with the task that makes it. */
export interface TaskOffer extends Offer {
  task: bigint;
  terms: TaskTerms;
  /** What it is paid in, an address. */
  token: string;
}

/** Where offers are looked for. */
export interface OfferPlaces {
  main: MainChain;
  mainFollower: ChainFollower;
  /** Of the worker's subchain. */
  follower: ChainFollower;
}

/**
 * A task as an offer to a worker.
 *
 * @param worker - The worker's address.
 * @throws `RPC_UNAVAILABLE` (retryable) while main's events are not those of the task as it is now.
 */
export async function offerOf(
  { main, mainFollower, follower }: OfferPlaces,
  task: bigint,
  worker: string,
  signal: AbortSignal,
): Promise<TaskOffer> {
  const [terms, published] = await Promise.all([
    main.termsOf(task),
    mainFollower.first({ name: "TaskPublished", task }, signal),
  ]);
  if (published.args.specDigest !== terms.specDigest) {
    throw new RpcUnavailable(
      `The events of ${main.client.name} that were read tell of another task ${task}.`,
      {
        details: "The chain was set back, and another task was published with the same id.",
        next: "Nothing: the events are read again.",
      },
    );
  }
  const [enrolled] = follower.past({
    name: "WorkerEnrolled",
    task,
    where: ({ args }) => args.worker === worker,
  });
  return {
    task,
    terms,
    token: published.args.token,
    epoch: terms.schedule,
    rounds: terms.rounds,
    maxSamples: terms.maxSamples,
    mechanismTerms: published.args.mechanismTerms,
    taken: enrolled?.args.choice,
  };
}

/**
 * All offers of a mechanism that a worker can enrol in, or has enrolled in until their epochs end.
 *
 * @param now - Time of the subchain, Unix seconds.
 */
export async function openOffers(
  places: OfferPlaces,
  { mechanism, worker, now }: { mechanism: string; worker: string; now: number },
  signal: AbortSignal,
): Promise<TaskOffer[]> {
  const enrolled = places.follower.past({
    name: "WorkerEnrolled",
    where: ({ args }) => args.worker === worker,
  });
  const taken = new Set(enrolled.map(({ args }) => args.task));
  const arrived = places.follower.past({
    name: "TaskArrived",
    where: ({ args: { task, startTime, epochSeconds } }) =>
      startTime > now || (taken.has(task) && startTime + epochSeconds > now),
  });
  const offers = await Promise.all(arrived.map(({ args }) => offerOf(places, args.task, worker, signal)));
  return offers.filter(
    ({ terms, taken }) =>
      terms.mechanism === mechanism && (taken !== undefined || terms.schedule.startTime > now),
  );
}
