import { readFileSync } from "node:fs";

import { expect } from "chai";
import { toBeHex, Wallet } from "ethers";

import type { Offer, PendingUpdate, WorkerTools } from "../../../../mechanisms/MechanismWorker.ts";
import { encodeChoice, encodeTerms } from "../../../../mechanisms/model-trading/encodings.ts";
import { solveSpec } from "../../../../mechanisms/model-trading/mathematics/solveSpec.ts";
import { choiceOf } from "../../../../mechanisms/model-trading/offers.ts";
import { rewardSchema } from "../../../../mechanisms/model-trading/rewardSchema.ts";
import { tradingTerms } from "../../../../mechanisms/model-trading/tradingTerms.ts";
import { worker } from "../../../../mechanisms/model-trading/worker.ts";
import { allocationsOf, bestOffers } from "../../../../mechanisms/model-trading/workers/bestOffers.ts";
import { ownerSchema, type TradingOwner } from "../../../../mechanisms/model-trading/workers/ownerSchema.ts";

const example = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../../../examples/${name}.json`, import.meta.url), "utf8"));
const TASKS = ["model-trading", "model-trading-2", "model-trading-3"].map(example);
const DEVICES = example("model-trading-workers").devices as { mechanisms: Record<string, unknown> }[];
/** Of the devices, and then of the twins of the first. */
const owner = (m: number) => ownerSchema.parse(DEVICES[m % DEVICES.length]!.mechanisms["model-trading"]);
const publisher = Wallet.createRandom();

/** The three tasks of the example, as they are offered. */
const terms = TASKS.map(({ reward, rounds }) =>
  tradingTerms(rewardSchema.parse(reward), { epochSeconds: 60, rounds, publisher: publisher.address }),
);
const OFFERS: Offer[] = terms.map((one) => ({
  epoch: { startTime: 1000, epochSeconds: 60 },
  mechanismTerms: encodeTerms(one),
}));
const { game, workers } = TASKS[0].reward.prices as { game: Record<string, unknown>; workers: string[] };
const costs = (m: number) => ({ refresh: 1n, worker: workers[m]!, owner: owner(m) });
const priced = (m: number, scale = 1n) =>
  OFFERS.map((offer, n) => ({ ...offer, price: choiceOf(terms[n]!, workers[m]!)!.price / scale }));

describe("model trading's worker", () => {
  it("takes all offers of the equilibrium, split as its game foresees", () => {
    const answer = solveSpec({ kind: "eq_coupled", game });
    if (!answer.ok) throw new Error(answer.message);
    const { f, B } = answer.result as { f: number[][]; B: number[][] };
    for (const m of workers.keys()) {
      const decisions = worker.choose(OFFERS, costs(m));
      for (const [n, decision] of decisions.entries()) {
        expect(decision).to.deep.equal({ choice: encodeChoice(choiceOf(terms[n]!, workers[m]!)!) });
      }
      for (const [n, { gigahertz, megahertz }] of allocationsOf(priced(m), owner(m))!.entries()) {
        expect(gigahertz).to.be.closeTo(f[m]![n]!, 1e-6 * f[m]![n]!);
        expect(megahertz).to.be.closeTo(B[m]![n]!, 1e-6 * B[m]![n]!);
      }
    }
  });

  it("decides the same one offer after the other as about all at once", () => {
    for (const m of workers.keys()) {
      const seen = OFFERS.map((offer) => ({ ...offer }));
      for (let n = 0; n < seen.length; n++) {
        const [decision] = worker.choose([seen[n]!, ...seen.filter((_, i) => i !== n)], costs(m));
        if ("choice" in decision!) seen[n]!.taken = decision.choice;
      }
      expect(seen.every(({ taken }) => taken !== undefined)).to.equal(true);
    }
  });

  it("stays away where prices do not cover its costs, and says why", () => {
    const poor = OFFERS.map((offer, n) => ({
      ...offer,
      mechanismTerms: encodeTerms({
        ...terms[n]!,
        offers: terms[n]!.offers.map((one) => ({ ...one, price: one.price / 1000n })),
      }),
    }));
    expect(worker.choose(poor, costs(0))).to.deep.equal(
      Array(3).fill({ abstain: "its price does not cover what a model in time and the bond cost it" }),
    );
    const { refresh, owner: own } = costs(0);
    expect(worker.choose(OFFERS, { refresh, owner: own, worker: publisher.address })).to.deep.equal(
      Array(3).fill({ abstain: "no price is posted for it", isMeant: true }),
    );
    expect(worker.choose(OFFERS, { refresh, worker: workers[0]! })).to.deep.equal(
      Array(3).fill({ abstain: "its owner has not said what it costs" }),
    );
  });

  it("is not lured by a high price under a low cap", () => {
    const lure = {
      ...OFFERS[0]!,
      mechanismTerms: encodeTerms({
        ...terms[0]!,
        cap: 1000n,
        offers: terms[0]!.offers.map((one) => ({ ...one, price: one.price * 50n })),
      }),
    };
    const [first, ...others] = worker.choose([lure, ...OFFERS.slice(1)], costs(0));
    expect(first).to.have.property("abstain");
    for (const decision of others) expect(decision).to.have.property("choice");
  });

  it("takes what is worth it beside whatever strangers publish", () => {
    const own = workers[0]!;
    const [M64, M96, M128] = [64n, 96n, 128n].map((bits) => 2n ** bits - 1n) as [bigint, bigint, bigint];
    const others = Array.from({ length: 255 }, (_, i) => toBeHex(BigInt(own) + BigInt(i), 20));
    const lures = {
      "a price under no cap": { cap: 1n, offers: [{ worker: own, price: M128 }] },
      "a period that nobody keeps": {
        ...{ periodMs: 1, startSlackMs: 0, cap: M96, scale: M64, dataWeight: M64 },
        offers: [{ worker: own, price: M128 }],
      },
      "more refreshes than anybody makes": { periodMs: 600, startSlackMs: 0, cap: M96 },
      "a bond that is not earned again": { bond: terms[0]!.cap + 1n },
      "offers to hundreds": { cap: 1n, offers: others.map((worker) => ({ worker, price: M128 })) },
    };
    for (const [name, lure] of Object.entries(lures)) {
      const epoch = { startTime: 1000, epochSeconds: name.startsWith("more") ? 40_000 : 60 };
      const strangers = Array.from({ length: 30 }, (_, i): Offer => {
        const one = { ...terms[0]!, mostOmega: 1_000_000_000 + i, ...lure };
        return { epoch, mechanismTerms: encodeTerms(one) };
      });
      const decisions = worker.choose([...OFFERS, ...strangers], costs(0));
      for (const decision of decisions.slice(0, 3)) expect(decision, name).to.have.property("choice");
      for (const decision of decisions.slice(3)) expect(decision, name).to.have.property("abstain");
    }
  });

  it("is not kept from honest offers by many that promise much and put up little", () => {
    const lure = {
      ...OFFERS[0]!,
      mechanismTerms: encodeTerms({
        ...terms[0]!,
        cap: 1000n,
        offers: terms[0]!.offers.map((one) => ({ ...one, price: 2n ** 127n })),
      }),
    };
    const decisions = worker.choose([OFFERS[2]!, ...Array<Offer>(30).fill(lure)], costs(0));
    expect(decisions[0]).to.have.property("choice");
    for (const decision of decisions.slice(1)) expect(decision).to.have.property("abstain");
  });

  it("counts on no more rounds and samples than the task takes, whatever its period promises", () => {
    // A minute's worth of sales at its price, of which one is bought; an hour's, of one sample each.
    const bounds = [
      { rounds: 1, maxSamples: 10 },
      { rounds: 5, maxSamples: 1 },
    ];
    for (const bound of bounds) {
      const [decision] = worker.choose([{ ...OFFERS[0]!, ...bound }], costs(0));
      expect(decision, JSON.stringify(bound)).to.have.property("abstain");
    }
    const { rounds } = TASKS[0] as { rounds: number };
    const [same] = worker.choose([{ ...OFFERS[0]!, rounds, maxSamples: 1200 }], costs(0));
    expect(same).to.have.property("choice");
  });

  it("gains no less than from any set of offers that it could take instead", () => {
    for (const m of workers.keys()) {
      for (const scale of [1n, 3n, 6n, 12n]) {
        // A bond above what can be earned is another reason to stay away.
        const unbonded = (n: number) => encodeTerms({ ...terms[n]!, bond: 0n });
        const offers = priced(m, scale).map((offer, n) => ({ ...offer, mechanismTerms: unbonded(n) }));
        const { utility } = bestOffers(offers, owner(m));
        for (let mask = 0; mask < 8; mask++) {
          const forced = offers.map((offer, n) => ({
            ...offer,
            taken: (mask >> n) & 1 ? "0x01" : undefined,
          }));
          const only = forced.filter(({ taken }) => taken !== undefined);
          expect(utility >= bestOffers(only, owner(m)).utility - 1e-12).to.equal(true);
        }
      }
    }
  });

  it("refreshes when rounds can begin", () => {
    for (const [n, { rounds }] of TASKS.entries()) {
      const { count, timeOf, lastBy } = worker.schedule(OFFERS[n]!.mechanismTerms, "0x", OFFERS[n]!.epoch);
      expect(count).to.equal(rounds);
      for (let r = 0; r < count; r++) {
        expect(timeOf(r)).to.equal(1000 + Math.floor((r * 60) / rounds));
        expect([lastBy(timeOf(r)), lastBy(timeOf(r) - 1)]).to.deep.equal([r, r - 1]);
      }
    }
  });
});

describe("what a model trader does before it commits", () => {
  /** A worker at a time that stands still but for its own sleep. */
  function at(begunAt: number, answer: (body: string) => Response | Promise<Response>) {
    const troubles: unknown[] = [];
    let now = begunAt;
    const signer = Wallet.createRandom();
    const taken = encodeChoice(choiceOf(terms[0]!, workers[0]!)!);
    const offer = { ...OFFERS[0]!, taken };
    const update: PendingUpdate = {
      ...{ task: 1n, round: 0, chainId: 3n, worker: workers[0]!, commitment: `0x${"c0".repeat(32)}` },
      ...{
        samples: 1000,
        openedAt: 1000,
        commitsUntil: 1020,
        commitsSurelyUntil: 1020,
        begunAt,
        offer,
        taken: [offer],
      },
    };
    const tools = {
      signer,
      owner: owner(0) as TradingOwner,
      subchain: `0x${"5b".repeat(20)}`,
      services: new Map([[publisher.address, "http://127.0.0.1:9"]]),
      fetch: async (_url: URL, { body }: RequestInit) => answer(body as string),
      clock: {
        now: () => now,
        // Of what waits for an answer nothing is heard here.
        sleep: async (milliseconds: number, signal?: AbortSignal) => {
          if (milliseconds === 2000)
            return new Promise<void>((end) => signal?.addEventListener("abort", () => end()));
          now += milliseconds;
        },
      },
      signal: new AbortController().signal,
      onTrouble: (_doing: string, error: unknown) => troubles.push(error),
    } as unknown as WorkerTools;
    return { update, tools, troubles, now: () => now };
  }

  it("takes as long as its allocation, and goes on without a signature that does not come", async () => {
    const { update, tools, troubles, now } = at(1_000_500, () => new Response("no", { status: 503 }));
    expect(await worker.beforeCommit!(update, tools)).to.equal("0x");
    const [{ computeSeconds, uploadSeconds }] = allocationsOf([priced(0)[0]!], owner(0))! as [never] &
      { computeSeconds: number; uploadSeconds: number }[];
    expect(now()).to.be.closeTo(1_000_500 + 1000 * (computeSeconds + uploadSeconds), 1);
    expect(troubles).to.have.length(1);
  });

  it("refuses what the publisher signs for another time to come, or another's signature", async () => {
    for (const receivedAtMs of ["1900000", "0"]) {
      const body = { generatedAtMs: "1000500", receivedAtMs, signature: `0x${"11".repeat(64)}` };
      const { update, tools, troubles } = at(1_000_500, () => Response.json(body));
      expect(await worker.beforeCommit!(update, tools)).to.equal("0x");
      expect(troubles[0]).to.have.property("code", "SALE_INVALID");
    }
  });

  it("commits in time whoever does not answer, and however early a quorum may end commits", async () => {
    for (const [commitsUntil, commitsSurelyUntil, begunAt] of [
      [1006, 1006, 1_000_000],
      [1006, 1006, 1_005_200],
      [1020, 1005, 1_000_000],
      [1003, 1001, 1_000_000],
    ] as const) {
      const { update, tools, now } = at(begunAt, () => new Response("unused"));
      const silent = {
        ...tools,
        fetch: (_url: unknown, { signal }: RequestInit) =>
          new Promise((_, reject) => signal!.addEventListener("abort", () => reject(signal!.reason))),
        clock: {
          ...tools.clock,
          // Nothing else happens meanwhile: the wait for an answer passes too.
          sleep: async (milliseconds: number) => tools.clock.sleep(milliseconds + 1e-9),
        },
      } as WorkerTools;
      const pending = { ...update, commitsUntil, commitsSurelyUntil };
      expect(await worker.beforeCommit!(pending, silent)).to.equal("0x");
      // A second is left for the transaction, unless there was less when it was trained.
      const limit = Math.max(begunAt, 1000 * commitsUntil - 1000);
      expect(now(), `until ${commitsUntil}`).to.be.at.most(limit);
      if (commitsSurelyUntil < commitsUntil) expect(now()).to.be.at.most(1000 * commitsSurelyUntil + 2001);
    }
  });

  it("asks again for what it had been given when it is started again after its commit", async () => {
    let asked = 0;
    const { update, tools } = at(1_025_000, () => {
      asked++;
      return new Response("no", { status: 403 });
    });
    await worker.beforeCommit!(update, tools);
    expect(asked).to.equal(1);
  });

  it("never says that it was begun outside of its round's slack", async () => {
    const said: string[] = [];
    for (const begunAt of [999_000, 1_000_500, 1_009_000]) {
      const { update, tools } = at(begunAt, (body) => {
        said.push((JSON.parse(body) as { generatedAtMs: string }).generatedAtMs);
        return new Response("no", { status: 403 });
      });
      await worker.beforeCommit!(update, tools);
    }
    expect(said).to.deep.equal(["1000000", "1000500", "1003000"]);
  });
});
