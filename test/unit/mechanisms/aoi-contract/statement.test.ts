import { readFileSync } from "node:fs";

import { expect } from "chai";
import { toBeHex } from "ethers";

import { encodeChoice, encodeTerms, encodeWork } from "../../../../mechanisms/aoi-contract/encodings.ts";
import { gapsOf, statement } from "../../../../mechanisms/aoi-contract/statement.ts";
import type {
  MissedRound,
  StatedPlace,
  StatedTask,
  StatedWorker,
} from "../../../../mechanisms/MechanismStatement.ts";

interface Vector {
  name: string;
  start: string;
  epochSeconds: string;
  period: string;
  reward: string;
  bonus: string;
  acceptedRounds: string;
  rounds: string;
  refreshes: string[];
  coveredSeconds: string;
  ageSquares: string;
  pay: string;
}
/** Those that the contracts pay by (test/solidity/GoldenVectors.t.sol). */
const { cases } = JSON.parse(
  readFileSync(new URL("../../../vectors/coverage.json", import.meta.url), "utf8"),
) as { cases: Vector[] };

const at = (time: number): StatedPlace => ({
  chainId: 4n,
  time,
  block: time,
  transaction: toBeHex(time, 32),
});
const missedFrom = (accepted: number, counted: number): MissedRound[] =>
  Array.from({ length: counted - accepted }, (_, i) => ({
    ...{ round: accepted + i, isOpen: false, why: `round ${accepted + i + 1} was missed` },
    evidence: [],
  }));

function stated(
  vector: Pick<Vector, "start" | "epochSeconds" | "period" | "reward" | "bonus" | "refreshes">,
  worker: Partial<StatedWorker> & Pick<StatedWorker, "acceptedRounds" | "countedRounds">,
  now = Number.MAX_SAFE_INTEGER,
): [StatedWorker, StatedTask] {
  const { start, epochSeconds, period, reward, bonus, refreshes } = vector;
  const menu = [{ period: Number(period), reward: BigInt(reward), cost: 1n }];
  const schedule = { startTime: Number(start), epochSeconds: Number(epochSeconds) };
  return [
    {
      ...{ worker: "0x01", chainId: 4n, choice: encodeChoice({ item: 0 }), work: undefined },
      ...{ refreshes: refreshes.map((time) => at(Number(time))), revealedRounds: [], score: undefined },
      missed: missedFrom(worker.acceptedRounds, worker.countedRounds),
      ...worker,
    },
    {
      ...{ task: 1n, terms: { schedule } as StatedTask["terms"], now, policyEvents: undefined },
      mechanismTerms: encodeTerms({ bonus: BigInt(bonus), menu }),
    },
  ];
}

const left = ({ possible, losses }: ReturnType<typeof statement.account>) =>
  losses.reduce((rest, { amount }) => rest - amount, possible);

describe("statement of the AoI contract", () => {
  for (const vector of cases) {
    it(`leaves what the contract pays: ${vector.name}`, () => {
      const { coveredSeconds, ageSquares, pay, reward, bonus } = vector;
      const work = encodeWork({
        ...{ item: 0, coveredSeconds: BigInt(coveredSeconds), ageSquares: BigInt(ageSquares) },
      });
      const [acceptedRounds, countedRounds] = [Number(vector.acceptedRounds), Number(vector.rounds)];
      for (const recorded of [work, undefined]) {
        const account = statement.account(
          ...stated(vector, { acceptedRounds, countedRounds, work: recorded }),
        );
        expect(account.possible).to.equal(BigInt(reward) + BigInt(bonus));
        expect(left(account)).to.equal(BigInt(pay));
        for (const { amount, text } of account.losses) expect(amount >= 0n, text).to.equal(true);
        expect(account.losses.map(({ kind }) => kind)).to.not.include("recorded-otherwise");
      }
    });
  }

  const base = { start: "1000", epochSeconds: "300", period: "60", reward: "3000", bonus: "7" };

  it("says which refresh was late, by how much, and what it cost", () => {
    const vector = { ...base, refreshes: ["1000", "1075", "1180", "1241"] };
    const { losses } = statement.account(...stated(vector, { acceptedRounds: 2, countedRounds: 2 }));
    expect(losses.map(({ kind, amount, seconds, text }) => [kind, amount, seconds, text])).to.deep.equal([
      ["late-refresh", 150n, 15, "15 s not fresh: the refresh due by second 60 came at second 75"],
      ["late-refresh", 450n, 45, "45 s not fresh: the refresh due by second 135 came at second 180"],
      ["late-refresh", 10n, 1, "1 s not fresh: the refresh due by second 240 came at second 241"],
      ["bonus", 7n, undefined, "the bonus, which is for 300 s fresh and 2 of 2 rounds"],
    ]);
    expect(losses[1]!.evidence).to.deep.equal([at(1075), at(1180)]);
  });

  it("says that refreshes were left out, began late or stopped", () => {
    const texts = (...refreshes: string[]) =>
      statement
        .account(...stated({ ...base, refreshes }, { acceptedRounds: 1, countedRounds: 1 }))
        .losses.map(({ text }) => text);
    expect(texts()[0]).to.equal("300 s not fresh: there was no refresh to the end");
    expect(texts("1010", "1200")).to.deep.equal([
      "10 s not fresh: the first refresh came at second 10",
      "130 s not fresh: the refresh due by second 70 came at second 200, 2 left out",
      "40 s not fresh: after the refresh of second 200, good until second 260, none came to the end",
      "the bonus, which is for 300 s fresh and 1 of 1 rounds",
    ]);
  });

  it("takes rounds off what freshness left, in their order", () => {
    const vector = { ...base, refreshes: ["1000", "1060", "1120", "1180", "1270"] };
    const { losses } = statement.account(...stated(vector, { acceptedRounds: 1, countedRounds: 3 }));
    expect(losses.map(({ kind, amount, round }) => [kind, amount, round])).to.deep.equal([
      ["late-refresh", 300n, undefined],
      ["missed-round", 900n, 1],
      ["missed-round", 900n, 2],
      ["bonus", 7n, undefined],
    ]);
  });

  it("keeps apart what is lost and what may still be earned", () => {
    const vector = { ...base, refreshes: ["1000", "1075"] };
    const missed = missedFrom(1, 2).map((one) => ({ ...one, isOpen: true }));
    const account = statement.account(
      ...stated(vector, { acceptedRounds: 1, countedRounds: 2, missed }, 1100),
    );
    expect(account.losses.map(({ kind, isOpen, amount }) => [kind, isOpen, amount])).to.deep.equal([
      ["late-refresh", false, 150n],
      ["to-come", true, 2000n],
      ["missed-round", true, 425n],
      ["bonus", false, 7n],
    ]);
    // 85 of 300 s, one of two rounds.
    expect(left(account)).to.equal(425n);
    const onTime = statement.account(
      ...stated({ ...base, refreshes: ["1000"] }, { acceptedRounds: 1, countedRounds: 2, missed }, 1050),
    );
    expect(onTime.losses.at(-1)).to.include({ kind: "bonus", isOpen: true });
  });

  it("says so where the subchain recorded another coverage than the refreshes make", () => {
    const vector = { ...base, refreshes: ["1000", "1060", "1120", "1180", "1240"] };
    const work = encodeWork({ item: 0, coveredSeconds: 290n, ageSquares: 0n });
    const account = statement.account(...stated(vector, { acceptedRounds: 1, countedRounds: 1, work }));
    expect(account.losses[0]).to.include({ kind: "recorded-otherwise", amount: 100n, seconds: 10 });
    expect(left(account)).to.equal(2900n);
  });

  it("finds no gap after the time that is looked at, and of refreshes before the epoch what is left of them", () => {
    const gaps = (refreshes: number[], until: number) =>
      gapsOf(refreshes.map(at), { startTime: 1000, until, period: 60 }).map(({ from, to }) => [from, to]);
    expect(gaps([970, 1050], 100)).to.deep.equal([[30, 50]]);
    expect(gaps([1000], 60)).to.deep.equal([]);
    expect(gaps([1000], 61)).to.deep.equal([[60, 61]]);
    expect(gaps([], 0)).to.deep.equal([]);
  });
});
