import { readFileSync } from "node:fs";

import { expect } from "chai";
import { Wallet } from "ethers";

import type { AuditedTask, CheckTally, EnrolledWorker } from "../../../../mechanisms/MechanismAudit.ts";
import { ln1p } from "../../../../mechanisms/model-trading/audit/naturalLog.ts";
import { payOf } from "../../../../mechanisms/model-trading/audit/payOf.ts";
import { workOf } from "../../../../mechanisms/model-trading/audit/workOf.ts";
import {
  decodeScore,
  decodeWork,
  encodeChoice,
  encodeEvidence,
  encodeTerms,
  encodeWork,
} from "../../../../mechanisms/model-trading/encodings.ts";
import { choiceOf, offersTree } from "../../../../mechanisms/model-trading/offers.ts";
import {
  evidenceOf,
  isSaleOf,
  saleDigest,
  signatureOf,
  signSale,
} from "../../../../mechanisms/model-trading/sales/sale.ts";

type Row = Readonly<Record<string, string>>;
interface Vectors {
  logarithms: Row[];
  ages: (Row & { rounds: Row[] } & Record<string, unknown>)[];
  pays: Row[];
  offers: { workers: string[]; prices: string[]; [field: string]: unknown }[];
  sales: Row[];
}
const vectors = JSON.parse(
  readFileSync(new URL("../../../vectors/trading.json", import.meta.url), "utf8"),
) as Vectors;

const tally: CheckTally = {
  count: () => undefined,
  note: () => undefined,
  require(holds, sentence) {
    if (!holds) throw new Error(sentence);
  },
};

describe("model trading's golden vectors, in TypeScript", () => {
  it("has the chain's logarithm, bit for bit, and it is never above the exact one", () => {
    for (const { x, ln, exact } of vectors.logarithms) {
      expect(ln1p(BigInt(x!))).to.equal(BigInt(ln!));
      const short = BigInt(exact!) - BigInt(ln!);
      expect(short >= 0n && short << 66n <= BigInt(exact!), x).to.equal(true);
    }
  });

  it("has the chain's ages, of co-signed sales and of those without a signature", async () => {
    const cosigner = Wallet.createRandom();
    const subchain = `0x${"5b".repeat(20)}`;
    const worker = `0x${"77".repeat(20)}`;
    const commitment = `0x${"c0".repeat(32)}`;
    for (const vector of vectors.ages) {
      const { name, periodMs, startSlackMs, price, rounds, work } = vector as unknown as Row & {
        rounds: Row[];
      };
      const terms = {
        ...{ periodMs: Number(periodMs), scale: 1n, dataWeight: 1n, leastTheta: 1, mostOmega: 1 },
        ...{ startSlackMs: Number(startSlackMs), cap: 1n, bond: 0n, cosigner: cosigner.address },
        offers: [{ worker, price: BigInt(price!) }],
      };
      const opened = rounds.map(({ openedAt }) => Number(openedAt));
      const sold = rounds.flatMap(({ committedAt, samples, generatedAtMs, receivedAtMs }, round) =>
        committedAt === "0" ? [] : [{ round, committedAt, samples, generatedAtMs, receivedAtMs }],
      );
      const reveals = await Promise.all(
        sold.map(async ({ round, samples, generatedAtMs, receivedAtMs }) => {
          const times = { generatedAtMs: BigInt(generatedAtMs!), receivedAtMs: BigInt(receivedAtMs!) };
          const sale = {
            chainId: 3n,
            task: 1n,
            round,
            worker,
            commitment,
            samples: Number(samples),
            ...times,
          };
          const evidence =
            times.receivedAtMs === 0n
              ? "0x"
              : encodeEvidence(evidenceOf(sale, await signSale(cosigner, { chainId: 3n, subchain }, sale)));
          return { round, update: commitment, samples: Number(samples), time: opened[round]!, evidence };
        }),
      );
      const enrolled: EnrolledWorker = {
        ...{ worker, index: 0, refreshes: [], reveals },
        choice: encodeChoice(choiceOf(terms, worker)!),
        subchain: {
          ...{ chainId: 3n, address: subchain },
          rounds: opened.map((openedAt, round) => ({ round, openedAt, time: openedAt })),
          commits: sold.map(({ round, committedAt }) => ({
            ...{ round, worker, commitment, time: Number(committedAt) },
          })),
        },
      };
      const task = {
        task: 1n,
        mechanismTerms: encodeTerms(terms),
        terms: { schedule: { startTime: opened[0], epochSeconds: 2_000_000_000 } },
      } as unknown as AuditedTask;
      expect(encodeWork(workOf(task, enrolled, tally)), name).to.equal(work);
    }
  });

  it("has the chain's pay", () => {
    for (const vector of vectors.pays) {
      const { name, work, score, accepted, counted, pay } = vector as Record<string, string>;
      const number = (field: string) => Number(vector[field]);
      const paid = payOf({
        terms: {
          periodMs: number("periodMs"),
          leastTheta: number("leastTheta"),
          mostOmega: number("mostOmega"),
          scale: BigInt(vector.scale!),
          dataWeight: BigInt(vector.dataWeight!),
          cap: BigInt(vector.cap!),
        },
        maxSamples: number("maxSamples"),
        work: decodeWork(work!),
        score: score === "0x" ? undefined : decodeScore(score!),
        acceptedRounds: Number(accepted),
        countedRounds: Number(counted),
      });
      expect(paid, name).to.equal(BigInt(pay!));
    }
  });

  it("proves the chain's offers", () => {
    for (const { workers, prices, root } of vectors.offers) {
      const offers = workers.map((worker, i) => ({ worker, price: BigInt(prices[i]!) }));
      expect(offersTree({ offers }).root()).to.equal(root);
    }
  });

  it("signs what the chain takes for signed", () => {
    for (const vector of vectors.sales) {
      const { chainId, task, round, worker, commitment, generatedAtMs, receivedAtMs, samples } = vector;
      const sale = {
        ...{ chainId: BigInt(chainId!), task: BigInt(task!), round: Number(round), worker: worker! },
        ...{ commitment: commitment!, samples: Number(samples) },
        ...{ generatedAtMs: BigInt(generatedAtMs!), receivedAtMs: BigInt(receivedAtMs!) },
      };
      const domain = { chainId: sale.chainId, subchain: vector.subchain! };
      expect(saleDigest(domain, sale)).to.equal(vector.digest);
      const times = { generatedAtMs: sale.generatedAtMs, receivedAtMs: sale.receivedAtMs };
      const shown = { ...times, r: vector.r!, yParityAndS: vector.yParityAndS! };
      expect(encodeEvidence(shown)).to.equal(vector.evidence);
      expect(encodeEvidence(evidenceOf(sale, signatureOf(shown)))).to.equal(vector.evidence);
      expect(isSaleOf(vector.cosigner!, domain, sale, signatureOf(shown))).to.equal(true);
      expect(isSaleOf(vector.cosigner!, domain, { ...sale, samples: 1 }, signatureOf(shown))).to.equal(false);
    }
  });
});
