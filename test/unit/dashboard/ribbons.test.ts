import { expect } from "chai";

import { type Flow, ribbons } from "../../../dashboard/page/charts/ribbons.ts";

const ROOM = { width: 600, height: 300, bar: 12, gap: 8, least: 2 };
const FLOWS: Flow[] = [
  { from: "publisher", to: "escrow", amount: 100n },
  { from: "escrow", to: "virtual", amount: 60n },
  { from: "escrow", to: "refunded", amount: 40n },
  { from: "virtual", to: "worker 1", amount: 45n },
  { from: "virtual", to: "worker 2", amount: 15n },
];

describe("ribbons of a Sankey diagram", () => {
  it("puts each name as far to the right as its longest way, in the room", () => {
    const { bars } = ribbons(FLOWS, ROOM);
    expect(Object.fromEntries(bars.map(({ name, column }) => [name, column]))).to.deep.equal({
      publisher: 0,
      escrow: 1,
      virtual: 2,
      refunded: 2,
      "worker 1": 3,
      "worker 2": 3,
    });
    for (const { x, y, height } of bars) {
      expect(x).to.be.within(0, ROOM.width - ROOM.bar);
      expect(y + height).to.be.at.most(ROOM.height + 1e-9);
    }
  });

  it("makes bars as high as their amounts, in one scale", () => {
    const { bars } = ribbons(FLOWS, ROOM);
    const heightOf = (name: string) => bars.find((bar) => bar.name === name)!.height - ROOM.least;
    expect(heightOf("worker 1") / heightOf("worker 2")).to.be.closeTo(3, 1e-9);
    expect(heightOf("virtual") / heightOf("escrow")).to.be.closeTo(0.6, 1e-9);
  });

  it("leaves a line to each small bar, near to what flows into it", () => {
    const workers = Array.from({ length: 9 }, (_, i) => `worker ${i}`);
    const { bars } = ribbons(
      [
        { from: "publisher", to: "escrow", amount: 1000n },
        { from: "escrow", to: "refunded", amount: 955n },
        { from: "escrow", to: "virtual", amount: 45n },
        ...workers.map((to) => ({ from: "virtual", to, amount: 5n })),
      ],
      { ...ROOM, line: 18 },
    );
    const middles = workers.map((name) => {
      const { y, height } = bars.find((bar) => bar.name === name)!;
      return y + height / 2;
    });
    for (let i = 1; i < middles.length; i++) expect(middles[i]! - middles[i - 1]!).to.be.at.least(18);
    expect(middles[0]).to.be.at.least(9);
    expect(middles.at(-1)).to.be.within(ROOM.height - 12, ROOM.height);
  });

  it("leaves out flows of nothing, and stands flows that go round", () => {
    expect(ribbons([{ from: "a", to: "b", amount: 0n }], ROOM)).to.deep.equal({ bars: [], ribbons: [] });
    const round = ribbons(
      [
        { from: "a", to: "b", amount: 1n },
        { from: "b", to: "a", amount: 1n },
      ],
      ROOM,
    );
    expect(round.ribbons).to.have.length(2);
  });

  it("draws what is more than a number of JavaScript holds", () => {
    const wei = 367n * 10n ** 30n;
    const { ribbons: laid } = ribbons([{ from: "a", to: "b", amount: wei }], ROOM);
    expect(laid[0]!.path).to.match(/^M[\d.]+ [\d.]+C/);
    expect(laid[0]!.path).to.not.match(/NaN|Infinity/);
  });
});
