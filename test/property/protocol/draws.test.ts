import { expect } from "chai";
import fc from "fast-check";
import { RoundOrder } from "../../../protocol/draws.ts";
import { runs, tiered } from "../../tier.ts";

const beacon = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`);

/** That a round's order has every place once, and that a worker is found from its place. */
function expectPermutation(of: string, round: number, enrolled: number): void {
  const order = new RoundOrder(of, round, enrolled);
  const places = new Uint8Array(enrolled);
  for (let index = 0; index < enrolled; index++) {
    const place = order.placeOf(index);
    expect(place).to.be.within(0, enrolled - 1);
    expect(places[place]).to.equal(0, `two workers of ${enrolled} at place ${place}`);
    places[place] = 1;
    expect(order.workerAt(place)).to.equal(index);
  }
}

describe("draws (property)", () => {
  it("order any workers, each at a place of its own", () => {
    fc.assert(
      fc.property(beacon, fc.nat({ max: 4095 }), fc.integer({ min: 1, max: 2000 }), (of, round, enrolled) => {
        expectPermutation(of, round, enrolled);
      }),
      runs(20),
    );
  });

  it("order every number of workers", () => {
    const most = tiered(40, 2000);
    for (let enrolled = 1; enrolled <= most; enrolled++) {
      expectPermutation(`0x${"5a".repeat(32)}`, enrolled, enrolled);
    }
  });
});
