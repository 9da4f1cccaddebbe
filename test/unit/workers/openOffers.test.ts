import { expect } from "chai";

import type { ChainEvent } from "../../../chains/clients/ChainEvent.ts";
import { EventHistory } from "../../../chains/clients/EventHistory.ts";
import type { TaskTerms } from "../../../protocol/taskTerms.ts";
import { type OfferPlaces, offerOf, openOffers } from "../../../workers/openOffers.ts";
import { rejected } from "../thrown.ts";

const MECHANISM = "0x11111111";
const OTHER = "0x22222222";
const WORKER = "0xa";

/** Tasks that have arrived, each with an epoch of 10 s. */
function places(tasks: readonly { task: bigint; startTime: number; mechanism?: string; taken?: string }[]) {
  const history = new EventHistory();
  const add = (name: string, args: object) => history.add({ name, args } as ChainEvent);
  for (const { task, startTime, taken } of tasks) {
    add("TaskArrived", { task, startTime, epochSeconds: 10 });
    add("TaskPublished", { task, mechanismTerms: `0x0${task}` });
    add("WorkerEnrolled", { task, worker: "0xb", choice: "0x05" });
    if (taken !== undefined) add("WorkerEnrolled", { task, worker: WORKER, choice: taken });
  }
  const follower = {
    past: history.select.bind(history),
    first: async (filter: never) => history.select(filter)[0],
  };
  const termsOf = async (task: bigint) => {
    const { startTime, mechanism = MECHANISM } = tasks.find((other) => other.task === task)!;
    return { mechanism, schedule: { startTime, epochSeconds: 10 } } as TaskTerms;
  };
  return { main: { termsOf }, mainFollower: follower, follower } as unknown as OfferPlaces;
}

async function open(given: OfferPlaces, now: number): Promise<[bigint, string | undefined][]> {
  const offers = await openOffers(
    given,
    { mechanism: MECHANISM, worker: WORKER, now },
    new AbortController().signal,
  );
  return offers.map(({ task, taken }) => [task, taken]);
}

describe("offerOf", () => {
  it("takes no terms of a mechanism from a task that a chain lost when it was set back", async () => {
    const terms = { specDigest: "0x02", schedule: { startTime: 100, epochSeconds: 10 } };
    const published = [
      { args: { specDigest: "0x01", mechanismTerms: "0xaa" } },
      { args: { specDigest: "0x02", mechanismTerms: "0xbb" } },
    ];
    const given = {
      main: { client: { name: "main" }, termsOf: async () => terms },
      mainFollower: { first: async () => published[0] },
      follower: { past: () => [] },
    } as unknown as OfferPlaces;
    const { signal } = new AbortController();
    const error = await rejected(offerOf(given, 1n, WORKER, signal));
    expect(error).to.include({ code: "RPC_UNAVAILABLE", retryable: true });
    // The follower has gone back.
    published.shift();
    expect((await offerOf(given, 1n, WORKER, signal)).mechanismTerms).to.equal("0xbb");
  });
});

describe("openOffers", () => {
  it("are those of the mechanism that a worker can take or has taken, until their epochs end", async () => {
    const given = places([
      { task: 1n, startTime: 100, taken: "0x07" },
      { task: 2n, startTime: 100 },
      { task: 3n, startTime: 120 },
      { task: 4n, startTime: 120, mechanism: OTHER },
    ]);
    expect(await open(given, 99)).to.deep.equal([
      [1n, "0x07"],
      [2n, undefined],
      [3n, undefined],
    ]);
    expect(await open(given, 109)).to.deep.equal([
      [1n, "0x07"],
      [3n, undefined],
    ]);
    expect(await open(given, 110)).to.deep.equal([[3n, undefined]]);
    expect(await open(given, 120)).to.deep.equal([]);
  });

  it("ask the main chain of no task that the worker cannot take any more: strangers' go on for a year", async () => {
    const strangers = Array.from({ length: 50 }, (_, i) => ({ task: BigInt(10 + i), startTime: 100 }));
    const given = places([{ task: 1n, startTime: 100, taken: "0x07" }, ...strangers]);
    const asked: bigint[] = [];
    const { termsOf } = given.main;
    given.main.termsOf = (task) => {
      asked.push(task);
      return termsOf.call(given.main, task);
    };
    expect(await open(given, 105)).to.deep.equal([[1n, "0x07"]]);
    expect(asked).to.deep.equal([1n]);
  });
});
