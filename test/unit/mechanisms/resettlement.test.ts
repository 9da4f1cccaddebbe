import { readFileSync } from "node:fs";

import { expect } from "chai";

import { encodeTerms as aoiTerms, encodeChoice } from "../../../mechanisms/aoi-contract/encodings.ts";
import { resettlement as aoi } from "../../../mechanisms/aoi-contract/resettlement.ts";
import type { PastTask, PastWorker } from "../../../mechanisms/MechanismResettlement.ts";
import { decodeWork, encodeTerms as tradingTerms } from "../../../mechanisms/model-trading/encodings.ts";
import { resettlement as trading } from "../../../mechanisms/model-trading/resettlement.ts";

const WORKER = `0x${"11".repeat(20)}`;

/** Those that the contracts pay by (test/solidity/GoldenVectors.t.sol). */
const vectors = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8"));
const { cases } = vectors("coverage") as { cases: (Record<string, string> & { refreshes: string[] })[] };
const { pays } = vectors("trading") as { pays: Record<string, string>[] };

/** A task of one worker. */
function past(
  task: Pick<PastTask, "mechanism" | "mechanismTerms"> & { schedule?: object; maxSamples?: number },
  worker: Partial<PastWorker>,
): PastTask {
  const { mechanism, mechanismTerms, schedule = {}, maxSamples = 0 } = task;
  return {
    ...{ task: 1n, mechanism, mechanismTerms, now: Number.MAX_SAFE_INTEGER, policyEvents: undefined },
    ...{ rounds: new Map(), terms: { schedule, maxSamples } as PastTask["terms"] },
    workers: [
      {
        ...{ worker: WORKER, chainId: 3n, enrolledAt: 0, refreshes: [], updates: [], choice: "0x" },
        ...{ work: undefined, scores: {}, acceptedRounds: 0, countedRounds: 0 },
        ...worker,
      },
    ],
  };
}

describe("resettlement", () => {
  for (const vector of cases) {
    it(`of the AoI contract pays what the contract does: ${vector.name}`, () => {
      const number = (field: string) => Number(vector[field]);
      const mechanismTerms = aoiTerms({
        bonus: BigInt(vector.bonus!),
        menu: [{ period: number("period"), reward: BigInt(vector.reward!), cost: 0n }],
      });
      const schedule = { startTime: number("start"), epochSeconds: number("epochSeconds") };
      const own = { mechanism: "aoi-contract", mechanismTerms };
      const task = past(
        { ...own, schedule },
        {
          ...{ refreshes: vector.refreshes.map(Number), choice: encodeChoice({ item: 0 }) },
          ...{ acceptedRounds: number("acceptedRounds"), countedRounds: number("rounds") },
        },
      );
      const { amount } = aoi.settle(task, { mechanismTerms, choose: "recorded" }).pays[0]!;
      expect(amount).to.equal(BigInt(vector.pay!));
    });
  }

  for (const vector of pays) {
    it(`of model trading pays what the contract does: ${vector.name}`, () => {
      const number = (field: string) => Number(vector[field]);
      const { price } = decodeWork(vector.work!);
      const mechanismTerms = tradingTerms({
        ...{ periodMs: number("periodMs"), leastTheta: number("leastTheta") },
        ...{ mostOmega: number("mostOmega"), scale: BigInt(vector.scale!), cap: BigInt(vector.cap!) },
        ...{ dataWeight: BigInt(vector.dataWeight!), startSlackMs: 0, bond: 0n, cosigner: WORKER },
        offers: [{ worker: WORKER, price }],
      });
      const task = past(
        { mechanism: "model-trading", mechanismTerms, maxSamples: number("maxSamples") },
        {
          ...{ work: vector.work!, scores: { "model-trading": vector.score! } },
          ...{ acceptedRounds: number("accepted"), countedRounds: number("counted") },
        },
      );
      const { amount } = trading.settle(task, { mechanismTerms, choose: "recorded" }).pays[0]!;
      expect(amount).to.equal(BigInt(vector.pay!));
    });
  }
});
