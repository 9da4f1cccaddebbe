import { expect } from "chai";

import type { PastTask, PastWorker } from "../../../../mechanisms/MechanismResettlement.ts";
import type { MarketHappened, TaskMoment } from "../../../../mechanisms/MechanismView.ts";
import { payOf } from "../../../../mechanisms/model-trading/audit/payOf.ts";
import {
  decodeScore,
  decodeTerms,
  encodeChoice,
  encodeScore,
  encodeTerms,
  encodeWork,
} from "../../../../mechanisms/model-trading/encodings.ts";
import { view } from "../../../../mechanisms/model-trading/view.ts";

const START = 1000;
const TOKEN = 10n ** 18n;
const BILLION = 1_000_000_000;
const PRICE = TOKEN / 2n;
const TERMS = encodeTerms({
  cosigner: "0x00000000000000000000000000000000000000a2",
  periodMs: 20_000,
  startSlackMs: 1000,
  scale: 1_000_000n,
  // η = 0.01 a sample.
  dataWeight: 10n ** 16n,
  leastTheta: 1_000_000,
  mostOmega: 2 * BILLION,
  cap: 1000n * TOKEN,
  bond: 0n,
  offers: [],
});

const seller: PastWorker = {
  worker: "0x0A",
  chainId: 7n,
  enrolledAt: START - 5,
  refreshes: [],
  // Opened every 20 s, committed 3 s later, revealed after 5 more.
  updates: [0, 1].map((round) => ({
    round,
    samples: 100,
    openedAt: START + 20 * round,
    committedAt: START + 20 * round + 3,
    revealedAt: START + 20 * round + 8,
    isTaken: true,
  })),
  acceptedRounds: 2,
  countedRounds: 3,
  choice: encodeChoice({ offer: 0, price: PRICE, branch: [] }),
  work: undefined,
  scores: {},
};
const idle = { ...seller, worker: "0x0B", updates: [], acceptedRounds: 0 };
const task = {
  mechanism: "model-trading",
  mechanismTerms: TERMS,
  terms: { maxSamples: 1000, schedule: { startTime: START, epochSeconds: 60 } },
  now: START + 50,
  rounds: new Map([
    [7n, [0, 1, 2].map((round) => ({ round, openedAt: START + 20 * round, time: START + 20 * round }))],
  ]),
  workers: [seller, idle],
} as unknown as PastTask;
const scoreOf = (thetaPpb: number, rounds: number) => (worker: PastWorker) =>
  worker.worker === "0x0A" ? encodeScore({ omegaPpb: BILLION, thetaPpb, rounds }) : undefined;
const attested = [
  { round: 0, at: START + 12, scoreOf: scoreOf(900_000_000, 1) },
  { round: 1, at: START + 32, scoreOf: scoreOf(800_000_000, 2) },
  { round: 2, at: START + 52, scoreOf: scoreOf(800_000_000, 2) },
];

function linesOf(happened: Partial<MarketHappened>) {
  const series = view.series!(task, { paid: () => undefined, attested: [], ...happened });
  return Object.fromEntries(series.map(({ name, lines }) => [name, lines.map(({ points }) => points)]));
}

describe("what model trading shows over time", () => {
  it("is each worker's price, and its sales and samples from their reveals on", () => {
    const { price, sales, samples } = linesOf({});
    const constant = [
      [START, 0.5],
      [START + 50, 0.5],
    ];
    expect(price).to.deep.equal([constant, constant]);
    expect(sales).to.deep.equal([
      [
        [START, 0],
        [START + 8, 1],
        [START + 28, 2],
      ],
      [],
    ]);
    expect(samples![0]!.at(-1)).to.deep.equal([START + 28, 200]);
  });

  it("is the IoM so far with every final round, and at last what was paid for", () => {
    const { IoM } = linesOf({ attested });
    expect(IoM![1]).to.deep.equal([]);
    const [nothing, first, second, third] = IoM![0]!;
    expect(nothing).to.deep.equal([START, 0]);
    // Pay of a single sale: 4 s after its round opened, half a period old on average, one of three rounds.
    const single = payOf({
      terms: decodeTerms(TERMS),
      maxSamples: 1000,
      work: { price: PRICE, samples: 100n, sales: 1, spanMs: 0, ageMs2: 0n, firstDelayMs: 4000 },
      score: decodeScore(scoreOf(900_000_000, 1)(seller)!),
      acceptedRounds: 1,
      countedRounds: 3,
    });
    expect(single > 0n, "a sale is worth something").to.equal(true);
    expect(first![0]).to.equal(START + 12);
    expect(first![1]).to.be.closeTo(Number(single) / Number(PRICE), 1e-9);
    expect(second![0]).to.equal(START + 32);
    expect(second![1]).to.be.above(first![1]);
    // Nothing was sold in the third round, so nothing was added.
    expect(third).to.deep.equal([START + 52, second![1]]);

    const paid = { amount: 3n * TOKEN, at: START + 90 };
    const { IoM: ended } = linesOf({
      attested,
      paid: ({ worker }) => (worker === "0x0A" ? paid : undefined),
    });
    expect(ended![0]!.slice(0, 4)).to.deep.equal(IoM![0]);
    expect(ended![0]!.at(-1)).to.deep.equal([START + 90, 6]);
  });

  it("is what was paid for alone where nothing is known of what was attested", () => {
    const { IoM } = linesOf({ paid: () => ({ amount: TOKEN, at: START + 90 }) });
    expect(IoM![0]).to.deep.equal([
      [START, 0],
      [START + 90, 2],
    ]);
  });
});

describe("the pay of model trading as a formula", () => {
  const history = {
    ...{ worker: "0x0A", choice: seller.choice, refreshes: [], revealedRounds: [0, 1], cost: undefined },
    ...{ acceptedRounds: 2, countedRounds: 3 },
    work: encodeWork({
      ...{ price: PRICE, samples: 200n, sales: 2, rounds: 3 },
      ...{ firstDelayMs: 4000, spanMs: 20_000, ageMs2: 20_000n * 28_000n },
    }),
  };
  const moment = { terms: { maxSamples: 1000 }, mechanismTerms: TERMS, now: START } as unknown as TaskMoment;
  const formula = (score: string | undefined) => view.payFormula!(history, moment, score)!;

  it("has the numbers that were attested, in units that come to the wei", () => {
    const { numbers, result } = formula(scoreOf(800_000_000, 2)(seller));
    // p·ω·ε·ln(1 + η·x) / θ · (τ − Δ̂) with Δ̂ = 14 s, of two of three rounds.
    const iom = ((1e9 * 1e6 * Math.log(1 + 0.01 * 200)) / 8e8) * (20_000 - 14_000) * 1e-12;
    expect(Number(result) / Number(PRICE)).to.be.closeTo((iom * 2) / 3, 1e-9);
    expect(numbers).to.contain("·1000000000·1000000·ln(1 + 10000000000000000·10⁻¹⁸·200) / 800000000 ·");
  });

  it("has no result before what was attested is read, and none is paid for what nobody attested", () => {
    expect(formula(undefined)).to.include({ result: undefined });
    expect(formula(undefined).note).to.contain("not read here yet");
    expect(formula("0x").result).to.equal(0n);
  });
});
