import { expect } from "chai";
import { AbiCoder, keccak256 } from "ethers";

import { checkMoney } from "../../../../../mechanisms/twin-migration/audit/checkMoney.ts";
import { addressOf, findingOf, joined, marketEvidence, type Told, VIRTUAL } from "./marketEvidence.ts";

const MICRO = 10n ** 12n;
const STAKE = 1000n * MICRO;
const server = addressOf("edge 1");

const accountOf = (number: number) =>
  BigInt(keccak256(AbiCoder.defaultAbiCoder().encode(["address", "uint32"], [server, number])));
const stakes = (number: number, at: number): Told => {
  const told = joined("edge 1", VIRTUAL, at);
  return { ...told, args: { ...told.args, account: accountOf(number), stake: STAKE } };
};
const funded = (id: bigint, amount: bigint, at: number): Told => ({
  ...{ name: "Funded", at },
  args: { id, amount, payer: server },
});
const refunded = (id: bigint, payer: string, at: number): Told => ({
  ...{ name: "Refunded", at },
  args: { id, amount: STAKE, payer },
});
const left = (number: number, at: number): Told => ({
  ...{ name: "ServerLeft", at },
  args: { server, account: accountOf(number), stake: STAKE },
});

describe("the audit of the market's money", () => {
  const found = (...main: Told[]) => {
    const held = (id: bigint) =>
      main.reduce((sum, { name, args }) => {
        if (args.id !== id) return sum;
        return name === "Funded" ? sum + (args.amount as bigint) : sum - (args.amount as bigint);
      }, 0n);
    const read = (method: string, values: readonly unknown[]) => {
      if (method === "heldBy") return held(values[1] as bigint);
      return method === "STAKE" ? STAKE / MICRO : MICRO;
    };
    return findingOf(checkMoney, marketEvidence({ main, read }));
  };
  const [first, second] = [accountOf(1), accountOf(2)];

  it("holds where a stake comes in with its server, and goes back when it leaves, as often as that is", async () => {
    expect((await found(stakes(1, 1), funded(first, STAKE, 1))).failure).to.equal("");
    const again = [left(1, 5), refunded(first, server, 5), stakes(2, 7), funded(second, STAKE, 7)];
    expect((await found(stakes(1, 1), funded(first, STAKE, 1), ...again)).failure).to.equal("");
  });

  it("finds a stake that is not whole, is elsewhere, goes early, to another, or is kept", async () => {
    const join = [stakes(1, 1), funded(first, STAKE, 1)];
    for (const [told, why] of [
      [[stakes(1, 1)], /joined with 0 wei/],
      [[stakes(1, 1), funded(first, STAKE - 1n, 1)], /a stake is/],
      [[stakes(2, 1), funded(second, STAKE, 1)], /Stake 1 of .* is in account/],
      [[...join, refunded(first, server, 4)], /before it left/],
      [[...join, refunded(first, server, 4), left(1, 5)], /before it left/],
      [[...join, left(1, 5), refunded(first, addressOf("thief"), 5)], /was paid .* of the stake of/],
      [[...join, left(1, 5)], /left .* and got 0/],
    ] as const) {
      expect((await found(...told)).failure).to.match(why);
    }
  });

  it("finds an account that is nobody's", async () => {
    for (const id of [7n, (2n ** 255n) | 7n, second]) {
      const { failure } = await found(stakes(1, 1), funded(first, STAKE, 1), funded(id, 5n, 2));
      expect(failure).to.match(/is neither a migration's nor a server's/);
    }
  });
});
