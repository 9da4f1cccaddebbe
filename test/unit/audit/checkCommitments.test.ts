import { expect } from "chai";
import { id } from "ethers";

import type { ChainEvidence } from "../../../audit/evidence/ChainEvidence.ts";
import type { Evidence } from "../../../audit/evidence/Evidence.ts";
import type { SubchainRound } from "../../../audit/evidence/subchainRounds.ts";
import { checkCommitments } from "../../../audit/rounds/checkCommitments.ts";
import { Tally } from "../../../audit/Tally.ts";
import { drawnWorkers, type Sampling } from "../../../protocol/draws.ts";

const TASK = 3n;
const START = 1000;
const ENROLLED = 7;
const DRAWN = 3;
const BEACON = id("a beacon");
const SAMPLINGS: readonly Sampling[] = ["Uniform", "Freshness"];
const range = (count: number) => [...Array(count).keys()];
const nameOf = (index: number) => `worker ${index}`;

/** What the check says first of a round in which these workers committed; undefined when it holds. */
async function finding(
  round: number,
  workers: readonly number[],
  { sampling, beacon = BEACON }: { sampling: Sampling; beacon?: string | undefined },
): Promise<string | undefined> {
  const at = (name: string, args: object) => ({
    ...{ contract: "LearningSubchain", name, args: { task: TASK, ...args } },
    ...{ blockNumber: 9, logIndex: 0, transactionHash: "a transaction" },
  });
  const chain = {
    ...{ name: "physical", chainId: 4n },
    events: [
      ...range(ENROLLED).map((index) => at("WorkerEnrolled", { index, worker: nameOf(index) })),
      ...(beacon === "" ? [] : [at("BeaconDrawn", { beacon })]),
    ],
    blockTime: async () => START + 5,
  };
  const schedule = { commitSeconds: 20, revealSeconds: 10 };
  const evidence = {
    task: TASK,
    terms: async () => ({ quorumPpb: 1e9, workersPerRound: DRAWN, sampling, schedule }),
  };
  const shown = {
    ...{ round, openedAt: START, startedAt: START, revealsFrom: START + 22, reveals: [] },
    commits: workers.map((index) => at("UpdateCommitted", { round, worker: nameOf(index) })),
  };
  const given = [evidence, chain, shown] as unknown as [Evidence, ChainEvidence, SubchainRound];
  try {
    await checkCommitments(...given, new Tally());
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe("checkCommitments", () => {
  for (const sampling of SAMPLINGS) {
    it(`takes the commits of those that are drawn, and finds every other (${sampling})`, async () => {
      for (const round of range(5)) {
        const facts = { sampling, beacon: BEACON, enrolled: ENROLLED, drawn: DRAWN };
        const drawn = Array.from(drawnWorkers(facts, round));
        expect(await finding(round, drawn, { sampling })).to.equal(undefined);
        for (const index of range(ENROLLED)) {
          const told = await finding(round, [index], { sampling });
          if (drawn.includes(index)) expect(told).to.equal(undefined);
          else {
            expect(told).to.equal(
              `The commit of worker ${nameOf(index)} of physical in round ${round + 1} is by one who is not drawn for the round.`,
            );
          }
        }
      }
    });

    it(`finds any commit before the beacon (${sampling})`, async () => {
      for (const index of range(ENROLLED)) {
        expect(await finding(0, [index], { sampling, beacon: "" })).to.contain("is not drawn for the round");
      }
    });
  }

  it("finds rounds that were drawn in another way than the terms say, or from another beacon", async () => {
    for (const sampling of SAMPLINGS) {
      const [other] = SAMPLINGS.filter((one) => one !== sampling);
      for (const drawn of [
        { sampling: other!, beacon: BEACON },
        { sampling, beacon: id("another") },
      ]) {
        const told = await Promise.all(
          range(12).map((round) => {
            const workers = drawnWorkers({ ...drawn, enrolled: ENROLLED, drawn: DRAWN }, round);
            return finding(round, Array.from(workers), { sampling });
          }),
        );
        // Of 35 triples one is the same by chance.
        const found = told.filter((sentence) => sentence?.includes("is not drawn for the round"));
        expect(found).to.have.lengthOf.at.least(10);
      }
    }
  });
});
