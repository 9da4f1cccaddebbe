import { readFileSync } from "node:fs";

import { expect } from "chai";

import { encodeChoice, encodeTerms, encodeWork } from "../../../../mechanisms/model-trading/encodings.ts";
import { choiceOf } from "../../../../mechanisms/model-trading/offers.ts";
import { rewardSchema } from "../../../../mechanisms/model-trading/rewardSchema.ts";
import { settlementReport } from "../../../../mechanisms/model-trading/settlement/settlementReport.ts";
import { tellSettlement } from "../../../../mechanisms/model-trading/settlement/tellSettlement.ts";
import { tradingTerms } from "../../../../mechanisms/model-trading/tradingTerms.ts";
import type { SettledTask } from "../../../../mechanisms/SettledTask.ts";

const { reward, rounds } = JSON.parse(
  readFileSync(new URL("../../../../examples/model-trading.json", import.meta.url), "utf8"),
);
const terms = tradingTerms(rewardSchema.parse(reward), {
  ...{ epochSeconds: 60, rounds, publisher: `0x${"aa".repeat(20)}` },
});
const [worker] = reward.prices.workers as string[];

describe("model trading's settlement report", () => {
  const settled = {
    ...{ taskId: "1", status: "Completed", unsettled: [], rounds, reward },
    mechanismTerms: encodeTerms(terms),
    escrow: { funded: 10n, paid: 4n, refunded: 6n },
    workers: [
      {
        ...{ worker, chain: "physical", refreshes: 5, claim: { acceptedRounds: 5, paid: 4n } },
        choice: encodeChoice(choiceOf(terms, worker!)!),
        work: encodeWork({
          ...{ price: 1n, samples: 6000n, sales: 5, rounds, firstDelayMs: 3000, spanMs: 48_000 },
          // A mean age of 9 s.
          ageMs2: 2n * 48_000n * 9000n,
        }),
      },
    ],
  } as unknown as SettledTask;

  it("puts realized ages and pay beside those of the game that prices are of", () => {
    const [told] = settlementReport(settled).workers;
    expect(told!.ageSeconds.realized).to.equal(9);
    // τ/2, and what its allocation takes.
    expect(told!.ageSeconds.predicted).to.be.within(6, 12);
    expect(told).to.deep.include({ sales: 5, acceptedRounds: 5, claimed: true });
    expect(BigInt(told!.pay.predicted!) > 0n && told!.pay.realized === "4").to.equal(true);
    expect(told!.foreseen!.gigahertz > 0 && told!.foreseen!.megahertz > 0).to.equal(true);
    const { parts } = tellSettlement(settlementReport(settled));
    expect(JSON.stringify(parts)).to.contain("9.000");
  });

  it("tells what was realized where prices are stated, or the specification is lost", () => {
    for (const other of [undefined, { ...reward, prices: { offers: [{ worker, price: "1" }] } }]) {
      const [told] = settlementReport({ ...settled, reward: other }).workers;
      expect(told!.ageSeconds).to.deep.equal({ predicted: null, realized: 9 });
      expect(told!.pay.predicted).to.equal(null);
    }
  });
});
