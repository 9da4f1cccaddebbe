import { expect } from "chai";
import { id, ZeroHash } from "ethers";

import type { ChainEvidence } from "../../../audit/evidence/ChainEvidence.ts";
import type { Evidence } from "../../../audit/evidence/Evidence.ts";
import { checkBeacon } from "../../../audit/rounds/checkBeacon.ts";
import { Tally } from "../../../audit/Tally.ts";
import { beaconOf } from "../../../protocol/draws.ts";

const TASK = 3n;
const START = 1000;
const SUBCHAIN = `0x${"5c".repeat(20)}`;
const hashOf = (block: number) => id(`block ${block}`);

interface Told {
  workersPerRound: number;
  named: { block: number; names: number }[];
  drawn: { block: number; from: number; hash: string; beacon: string }[];
  settled: string;
  held: string;
}

/** Five workers, of whom two are drawn from block 20. */
function honest(): Told {
  const beacon = beaconOf(4n, SUBCHAIN, TASK, hashOf(20));
  return {
    workersPerRound: 2,
    named: [{ block: 20, names: 20 }],
    drawn: [{ block: 21, from: 20, hash: hashOf(20), beacon }],
    settled: beacon,
    held: beacon,
  };
}

/** What the check says first of what is told; undefined when it holds. Blocks are a second apart, from 990. */
async function finding(told: Told): Promise<string | undefined> {
  const at = (name: string, blockNumber: number, args: object) => ({
    ...{ contract: "LearningSubchain", name, args: { task: TASK, ...args } },
    ...{ blockNumber, logIndex: 0, transactionHash: `tx of block ${blockNumber}` },
  });
  const chain = {
    ...{ name: "physical", chainId: 4n, place: { contracts: { applications: { tasks: SUBCHAIN } } } },
    events: [
      ...[0, 1, 2, 3, 4].map((index) =>
        at("WorkerEnrolled", 1 + index, { index, worker: `worker ${index}` }),
      ),
      ...told.named.map(({ block, names }) => at("BeaconNamed", block, { blockNumber: names })),
      ...told.drawn.map(({ block, from, hash, beacon }) =>
        at("BeaconDrawn", block, { blockNumber: from, blockHash: hash, beacon }),
      ),
    ],
    blockTime: async (block: number) => 990 + block,
    blockHash: async (block: number) => hashOf(block),
  };
  const settlement = { kind: "EpochSettled", body: { beacon: told.settled }, transactionHash: "settlement" };
  const evidence = {
    ...{ task: TASK, manager: "manager" },
    terms: async () => ({ workersPerRound: told.workersPerRound, schedule: { startTime: START } }),
    main: { state: async () => told.held },
    messagesFrom: () => [settlement],
  };
  try {
    await checkBeacon(evidence as unknown as Evidence, chain as unknown as ChainEvidence, new Tally());
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

describe("checkBeacon", () => {
  it("has nothing against what honest chains show", async () => {
    expect(await finding(honest())).to.equal(undefined);
    // Nobody drew it: no commit is possible, and the settlement says so.
    expect(await finding({ ...honest(), drawn: [], settled: ZeroHash, held: ZeroHash })).to.equal(undefined);
    const all = { workersPerRound: 0, named: [], drawn: [], settled: ZeroHash, held: ZeroHash };
    expect(await finding(all)).to.equal(undefined);
    // The first block's hash was gone.
    const late = honest();
    const beacon = beaconOf(4n, SUBCHAIN, TASK, hashOf(277));
    const again = {
      named: [...late.named, { block: 277, names: 277 }],
      drawn: [{ block: 300, from: 277, hash: hashOf(277), beacon }],
      ...{ settled: beacon, held: beacon },
    };
    expect(await finding({ ...late, ...again })).to.equal(undefined);
  });

  const lies: [string, RegExp, (told: Told) => void][] = [
    ["a draw where all take part", /in which all of its 5 take part/, (told) => (told.workersPerRound = 5)],
    ["a second beacon", /drew a second beacon/, (told) => told.drawn.push(told.drawn[0]!)],
    [
      "a block that was there before",
      /names block 19 and is in block 20/,
      (told) => (told.named[0]!.names = 19),
    ],
    [
      "a block within enrolment",
      /is at 999; workers enrolled until 1000/,
      (told) => (told.named = [{ block: 9, names: 9 }]),
    ],
    [
      "another block while the first one's hash was known",
      /until block 276/,
      (told) => told.named.push({ block: 276, names: 276 }),
    ],
    ["another block's hash", /is of block 19; 20 was named/, (told) => (told.drawn[0]!.from = 19)],
    ["a hash that is none", /block 20 has/, (told) => (told.drawn[0]!.hash = hashOf(7))],
    ["a beacon that is not the hash's", /that block gives/, (told) => (told.drawn[0]!.beacon = id("mine"))],
    [
      "another one in the settlement",
      /settled in transaction settlement/,
      (told) => (told.settled = id("mine")),
    ],
    ["another one on main", /^Main holds/, (told) => (told.held = id("mine"))],
  ];
  for (const [what, sentence, lie] of lies) {
    it(`finds ${what}`, async () => {
      const told = honest();
      lie(told);
      expect(await finding(told)).to.match(sentence);
    });
  }
});
