import { readFileSync } from "node:fs";

import { expect } from "chai";

import type { MissedRound, StatedTask, StatedWorker } from "../../../../mechanisms/MechanismStatement.ts";
import { decodeWork, encodeTerms, encodeWork } from "../../../../mechanisms/model-trading/encodings.ts";
import { statement } from "../../../../mechanisms/model-trading/statement.ts";

const WORKER = `0x${"11".repeat(20)}`;
const OTHER = `0x${"22".repeat(20)}`;

/** Those that the contracts pay by (test/solidity/GoldenVectors.t.sol). */
const { pays } = JSON.parse(
  readFileSync(new URL("../../../vectors/trading.json", import.meta.url), "utf8"),
) as { pays: Record<string, string>[] };

function stated(
  vector: Record<string, string>,
  worker: Partial<StatedWorker> = {},
  { bond = 0n, policyEvents }: { bond?: bigint; policyEvents?: StatedTask["policyEvents"] } = {},
): [StatedWorker, StatedTask] {
  const number = (field: string) => Number(vector[field]);
  const [acceptedRounds, countedRounds] = [number("accepted"), number("counted")];
  const missed = Array.from(
    { length: Math.max(0, countedRounds - acceptedRounds) },
    (_, i): MissedRound => ({
      round: acceptedRounds + i,
      isOpen: false,
      why: "it did not reveal",
      evidence: [],
    }),
  );
  const terms = {
    ...{ periodMs: number("periodMs"), leastTheta: number("leastTheta"), mostOmega: number("mostOmega") },
    ...{ scale: BigInt(vector.scale!), dataWeight: BigInt(vector.dataWeight!), cap: BigInt(vector.cap!) },
    ...{ startSlackMs: 0, bond, cosigner: OTHER, offers: [{ worker: WORKER, price: 1n }] },
  };
  return [
    {
      ...{ worker: WORKER, chainId: 3n, choice: "0x", refreshes: [], revealedRounds: [] },
      ...{ work: vector.work!, score: vector.score!, acceptedRounds, countedRounds, missed },
      ...worker,
    },
    {
      ...{ task: 1n, now: 0, mechanismTerms: encodeTerms(terms), policyEvents },
      terms: { maxSamples: number("maxSamples") } as StatedTask["terms"],
    },
  ];
}

const left = ({ possible, losses }: ReturnType<typeof statement.account>) =>
  losses.reduce((rest, { amount }) => rest - amount, possible);
const named = (name: string) => pays.find((vector) => vector.name === name)!;

describe("statement of model trading", () => {
  for (const vector of pays) {
    it(`leaves what the contract pays: ${vector.name}`, () => {
      const account = statement.account(...stated(vector));
      expect(left(account)).to.equal(BigInt(vector.pay!));
      for (const { amount, text } of account.losses) expect(amount >= 0n, text).to.equal(true);
    });
  }

  it("says what rounds without a sale, age, and rounds that were not taken cost", () => {
    const planned = named("every round, as planned");
    const work = decodeWork(planned.work!);
    const vector = {
      ...{ ...planned, accepted: "3" },
      work: encodeWork({ ...work, sales: 4, samples: 400n }),
    };
    const account = statement.account(...stated(vector, { revealedRounds: [0, 1, 2, 3] }));
    expect(account.losses.map(({ kind, round }) => [kind, round])).to.deep.equal([
      ["no-sale", 4],
      ["age", undefined],
      ["missed-round", 3],
      ["missed-round", 4],
    ]);
    for (const { amount } of account.losses) expect(amount > 0n).to.equal(true);
  });

  it("pays nothing without a bond, and says so only where somebody looked", () => {
    const vector = named("every round, as planned");
    const locked = { name: "BondLocked", args: { worker: WORKER, chainId: 3n } };
    const kinds = (policyEvents: StatedTask["policyEvents"]) =>
      statement.account(...stated(vector, {}, { bond: 5n, policyEvents })).losses.map(({ kind }) => kind);
    expect(kinds([])).to.include("no-bond");
    expect(kinds([{ ...locked, args: { worker: OTHER, chainId: 3n } }])).to.include("no-bond");
    expect(kinds([locked])).to.not.include("no-bond");
    expect(kinds(undefined)).to.not.include("no-bond");
  });

  it("tells what is not known yet from what is lost", () => {
    const vector = named("every round, as planned");
    const told = (worker: Partial<StatedWorker>) => {
      const { kind, isOpen, amount } = statement.account(...stated(vector, worker)).losses[0]!;
      expect(amount).to.equal(BigInt(vector.cap!));
      return [kind, isOpen];
    };
    expect(told({ work: undefined })).to.deep.equal(["to-come", true]);
    expect(told({ score: undefined })).to.deep.equal(["score-unread", true]);
    expect(told({ score: "0x" })).to.deep.equal(["no-score", false]);
  });

  it("tells whom its terms leave out", () => {
    const [, { mechanismTerms }] = stated(named("every round, as planned"));
    expect(statement.excluded!(WORKER, mechanismTerms)).to.equal(undefined);
    expect(statement.excluded!(OTHER, mechanismTerms)).to.contain("no price");
  });
});
