import { expect } from "chai";
import { getAddress, toBeHex } from "ethers";

import type { AuditedSubchain, AuditedTask, CheckTally } from "../../../../mechanisms/MechanismAudit.ts";
import { workOf } from "../../../../mechanisms/model-trading/audit/workOf.ts";
import { encodeChoice, encodeTerms } from "../../../../mechanisms/model-trading/encodings.ts";

const ROUNDS = 5;
const WORKERS = Array.from({ length: 4 }, (_, i) => getAddress(toBeHex(i + 1, 20)));
const EPOCH = { startTime: 1000, epochSeconds: 10 * ROUNDS };
const openedAt = (round: number) => EPOCH.startTime + 10 * round;
const tally: CheckTally = {
  count: () => undefined,
  note: () => undefined,
  require(holds, sentence) {
    if (!holds) throw new Error(sentence);
  },
};
const task = {
  task: 1n,
  terms: { schedule: EPOCH },
  mechanismTerms: encodeTerms({
    ...{ periodMs: 10_000, scale: 1n, dataWeight: 1n, leastTheta: 1, mostOmega: 1, startSlackMs: 0 },
    ...{ cap: 1n, bond: 0n, cosigner: WORKERS[0]! },
    offers: WORKERS.map((worker, i) => ({ worker, price: BigInt(i + 1) })),
  }),
} as unknown as AuditedTask;

/** All worker but the last reveal; of round 3 the first alone. */
const sells = (worker: number, round: number) => worker < (round === 3 ? 1 : 3);

function story() {
  const reads = { commits: 0 };
  const all = Array.from({ length: ROUNDS }, (_, round) =>
    WORKERS.flatMap((worker, i) => (sells(i, round) ? [{ round, worker }] : [])),
  ).flat();
  const commits = all.map((one) => ({ ...one, commitment: "0x", time: openedAt(one.round) + 2 }));
  const rounds = Array.from({ length: ROUNDS }, (_, round) => ({
    ...{ round, openedAt: openedAt(round), time: openedAt(round) },
  }));
  const subchain: AuditedSubchain = {
    ...{ chainId: 3n, address: "0x", rounds },
    get commits() {
      reads.commits++;
      return commits;
    },
  };
  const of = (place: number, choice = { offer: place, price: BigInt(place + 1), branch: [] }) => {
    const own = Array.from({ length: ROUNDS }, (_, round) => round).filter((round) => sells(place, round));
    return workOf(
      task,
      {
        ...{ worker: WORKERS[place]!, index: place, choice: encodeChoice(choice), refreshes: [], subchain },
        reveals: own.map((round) => ({
          ...{ round, update: "0x", samples: 7, time: openedAt(round) + 4, evidence: "0x" },
        })),
      },
      tally,
    );
  };
  return { of, reads };
}

describe("the audit of sales", () => {
  it("dates sales without a signature by blocks", () => {
    const { of } = story();
    expect(of(0)).to.deep.include({ price: 1n, samples: 35n, sales: 5, rounds: 5 });
    expect(of(0)).to.deep.include({ firstDelayMs: 3000, spanMs: 40_000 });
    expect(of(2)).to.deep.include({ price: 3n, sales: 4 });
    expect(of(3)).to.deep.include({ price: 4n, sales: 0, spanMs: 0 });
  });

  it("takes no offer that is another's or none", () => {
    const { of } = story();
    expect(() => of(1, { offer: 0, price: 1n, branch: [] })).to.throw(/1 for 0x0+1/);
    expect(() => of(1, { offer: 1, price: 1n, branch: [] })).to.throw(/that is 2 for/);
    expect(() => of(1, { offer: 9, price: 1n, branch: [] })).to.throw(/that is none/);
  });

  it("looks through a subchain once for all of its workers: many publishers' own would keep an auditor for hours", () => {
    const { of, reads } = story();
    for (const place of WORKERS.keys()) of(place);
    expect(reads).to.deep.equal({ commits: 1 });
  });
});
