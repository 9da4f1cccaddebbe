import { readFileSync } from "node:fs";

import { expect } from "chai";
import { Wallet } from "ethers";

import { encodeTerms } from "../../../../mechanisms/model-trading/encodings.ts";
import { rewardSchema } from "../../../../mechanisms/model-trading/rewardSchema.ts";
import { task } from "../../../../mechanisms/model-trading/task.ts";
import { tradingTerms } from "../../../../mechanisms/model-trading/tradingTerms.ts";
import { thrown } from "../../thrown.ts";

const { reward } = JSON.parse(
  readFileSync(new URL("../../../../examples/model-trading.json", import.meta.url), "utf8"),
);
const FRAME = { epochSeconds: 60, rounds: 5, publisher: Wallet.createRandom().address };

describe("terms of model trading", () => {
  const termsOf = (other: Record<string, unknown>, frame = FRAME) =>
    tradingTerms(rewardSchema.parse({ ...reward, ...other }), frame);
  const { address } = Wallet.createRandom();
  const swapped = address.replace(/[a-fA-F]/g, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );

  it("take an address however it is written", () => {
    const prices = { offers: [{ worker: swapped, price: "1" }] };
    const { cosigner, offers } = termsOf({ cosigner: swapped, prices });
    expect([cosigner, offers[0]!.worker]).to.deep.equal([address, address]);
  });

  it("have a slack that a round's opening fits into, where it takes its time to the subchains", () => {
    const frame = { ...FRAME, epochSeconds: 80, rounds: 2, maxWorkers: 2, subchains: 2 };
    const prices = { offers: [{ worker: address, price: "1" }] };
    const shortOf = (other: object, heard: number) =>
      task.shortTimes!({ ...reward, prices, startSlackSeconds: undefined, ...other }, frame, heard).map(
        ({ field, is, needed }) => [field, is, needed],
      );
    expect(shortOf({}, 0)).to.deep.equal([]);
    // A quarter of 40 s unless given.
    expect(shortOf({}, 20)).to.deep.equal([["startSlackSeconds", 10, 20]]);
    expect(shortOf({ startSlackSeconds: 20 }, 20)).to.deep.equal([]);
    expect(shortOf({ startSlackSeconds: 19 }, 20)).to.deep.equal([["startSlackSeconds", 19, 20]]);
    expect(shortOf({ periodSeconds: 20, startSlackSeconds: 20 }, 20)).to.deep.equal([
      ["periodSeconds", 20, 21],
      ["startSlackSeconds", 19.999, 20],
    ]);
  });

  it("say what does not fit into them, before anything is encoded", () => {
    const year = { ...FRAME, epochSeconds: 366 * 86_400 };
    expect(thrown(() => termsOf({}, { ...year, rounds: 1 }))).to.have.property("code", "PERIOD_INVALID");
    expect(encodeTerms(termsOf({}, { ...year, rounds: 8 }))).to.match(/^0x/);
    const many = { ...FRAME, epochSeconds: 10_000, rounds: 2049 };
    expect(thrown(() => termsOf({}, many))).to.have.property("code", "ROUNDS_INVALID");
    expect(termsOf({}, { ...many, rounds: 2048 }).periodMs).to.equal(4882);
    const twice = { offers: [address, swapped].map((worker) => ({ worker, price: "1" })) };
    expect(thrown(() => termsOf({ prices: twice }))).to.have.property("code", "OFFERS_INVALID");
  });
});
