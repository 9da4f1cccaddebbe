import { expect } from "chai";
import type { TaskTerms } from "../../../protocol/taskTerms.ts";
import { parseTaskSpec } from "../../../tasks/taskSpec.ts";
import {
  objectionToCounts,
  objectionToSpec,
  objectionToTerms,
  objectionToTraining,
  type WorkerDemands,
} from "../../../workers/judgeTask.ts";
import { smallSpec } from "../tasks/smallSpec.ts";

const TOKEN = `0x${"Ab".repeat(20)}`;
const [FIRST, SECOND, THIRD] = [1, 2, 3].map((n) => `0x${String(n).repeat(40)}`) as [string, string, string];
const spec = parseTaskSpec(smallSpec());
const terms: TaskTerms = {
  specDigest: `0x${"11".repeat(32)}`,
  initialModel: `0x${"22".repeat(32)}`,
  mechanism: "0x12345678",
  rounds: 2,
  targetScorePpb: 0,
  quorumPpb: 1_000_000_000,
  minUpdates: 1,
  attestations: 2,
  maxWorkers: 10,
  maxSamples: 100,
  workersPerRound: 0,
  sampling: "Uniform",
  schedule: {
    startTime: 1000,
    deadline: 2000,
    epochSeconds: 100,
    commitSeconds: 40,
    revealSeconds: 10,
    reportSeconds: 10,
    claimSeconds: 60,
  },
  subchains: [1n],
  aggregators: [FIRST, SECOND, THIRD],
};
const demands: WorkerDemands = { tokens: [TOKEN.toLowerCase()], trainingSeconds: 3600 };
const urls = new Map([FIRST, SECOND, THIRD].map((one, i) => [one, `http://aggregator${i}/`]));
const withTimes = (times: Partial<TaskTerms["schedule"]>): TaskTerms => ({
  ...terms,
  schedule: { ...terms.schedule, ...times },
});

describe("a worker's judgement of a task", () => {
  it("has nothing against honest terms", () => {
    expect(objectionToTerms({ terms, token: TOKEN }, demands, urls)).to.equal(undefined);
    expect(objectionToTerms({ terms: { ...terms, rounds: 16 }, token: TOKEN }, demands, urls)).to.equal(
      undefined,
    );
    expect(objectionToSpec(spec, 8, 100)).to.equal(undefined);
  });

  const hostile: [
    what: string,
    terms: TaskTerms,
    token: string,
    more: Partial<WorkerDemands>,
    said: RegExp,
  ][] = [
    ["a worthless token", terms, FIRST, {}, /paid in 0x1+, which is not among/],
    [
      "an epoch of 136 years",
      withTimes({ epochSeconds: 2 ** 32 - 1 }),
      TOKEN,
      {},
      /goes on for 4294967295 s/,
    ],
    ["a deadline in 9 million years", withTimes({ deadline: 2 ** 48 - 1 }), TOKEN, {}, /goes on for/],
    [
      "more updates than it keeps events of",
      { ...terms, rounds: 4096, maxWorkers: 65 },
      TOKEN,
      {},
      /its 4096 rounds of 65 workers can have 266240 updates/,
    ],
    ["claims for ever", withTimes({ claimSeconds: 2 ** 32 - 1 }), TOKEN, {}, /goes on for/],
    [
      "a deadline before the first round's end",
      { ...withTimes({ commitSeconds: 981 }), rounds: 1 },
      TOKEN,
      {},
      /its 1 rounds take 1003 s/,
    ],
    ["a deadline before the epoch's end", withTimes({ deadline: 1099 }), TOKEN, {}, /end of its epoch/],
    [
      "a deadline that leaves no time for the last round",
      { ...terms, rounds: 17 },
      TOKEN,
      {},
      /its 17 rounds take 1054 s at the longest, and its deadline leaves 1000 s/,
    ],
    [
      "a deadline that comes before the last round, which begins late in the epoch, has its time",
      withTimes({ epochSeconds: 1000, commitSeconds: 480 }),
      TOKEN,
      {},
      /its 2 rounds take 1004 s/,
    ],
    ["one aggregator of three who decides", { ...terms, attestations: 1 }, TOKEN, {}, /1 of its 3/],
    [
      "half of the aggregators",
      { ...terms, aggregators: [FIRST, SECOND], attestations: 1 },
      TOKEN,
      {},
      /1 of its 2/,
    ],
    [
      "aggregators of the publisher's",
      terms,
      TOKEN,
      { aggregators: [FIRST] },
      /2 of its aggregators are not/,
    ],
  ];
  for (const [what, hard, token, more, said] of hostile) {
    it(`objects to ${what}`, () => {
      expect(objectionToTerms({ terms: hard, token }, { ...demands, ...more }, urls)).to.match(said);
    });
  }

  it("takes strangers among the aggregators when they cannot decide alone", () => {
    const trusting = { ...demands, aggregators: [FIRST, SECOND.toUpperCase().replace("X", "x")] };
    expect(objectionToTerms({ terms, token: TOKEN }, trusting, urls)).to.equal(undefined);
  });

  it("objects when too few aggregators have a server that gives receipts", () => {
    const known = (...who: string[]) => new Map(who.map((one) => [one, "http://aggregator/"]));
    const judge = (of: ReadonlyMap<string, string>) => objectionToTerms({ terms, token: TOKEN }, demands, of);
    expect(judge(known(FIRST, THIRD))).to.equal(undefined);
    expect(judge(known(FIRST, TOKEN))).to.equal(
      "storage receipts can be had of 1 of its aggregators, and 2 are needed",
    );
  });

  it("objects to training without end, and to files that no store takes", () => {
    const endless = { ...spec, training: { ...spec.training, epochs: Number.MAX_SAFE_INTEGER } };
    expect(objectionToSpec(endless, 8, 1)).to.match(/too much for any worker/);
    // With a limit of steps it has an end.
    expect(objectionToSpec({ ...endless, training: { ...endless.training, maxSteps: 10 } }, 8, 1)).to.equal(
      undefined,
    );
    const huge = {
      ...spec,
      model: { kind: "mlp" as const, inputs: 784, hidden: [20_000, 1000], outputs: 10 },
    };
    expect(objectionToSpec(huge, 8, 1)).to.match(/more than storage takes/);
  });

  it("objects to rounds whose updates no aggregator can have in memory", () => {
    expect(objectionToSpec(spec, 1000, 100)).to.equal(undefined);
    expect(objectionToSpec(spec, 65_536, 100)).to.match(/the updates of 65536 workers can take \d+ bytes/);
  });

  it("objects to training that takes longer here than a round leaves for it", () => {
    // Each of 100 samples twice.
    const work = {
      ...spec,
      training: { ...spec.training, samplesPerRound: 100, epochs: 2, maxSteps: undefined },
    };
    const judge = (
      samplesASecond: number,
      quorumPpb = 1_000_000_000,
      trainingSeconds = 3600,
      samples = 1000,
    ) =>
      objectionToTraining(
        { spec: work, terms: { ...terms, quorumPpb }, samples },
        { samplesASecond, trainingSeconds },
      );
    expect(judge(5)).to.equal(undefined);
    expect(judge(4.9)).to.equal("a round's training takes 41 s here, and 40 s are left for it");
    // A quorum can end the commits after a quarter of their time.
    expect(judge(20, 500_000_000)).to.equal(undefined);
    expect(judge(19, 500_000_000)).to.equal("a round's training takes 11 s here, and 10 s are left for it");
    expect(judge(20, 1_000_000_000, 9)).to.match(/9 s are left/);
    expect(judge(1, 1_000_000_000, 3600, 20)).to.equal(undefined);
  });

  it("objects to terms that refuse every update that the specification asks for", () => {
    const { samplesPerRound } = spec.training;
    expect(objectionToCounts(spec, { maxSamples: samplesPerRound })).to.equal(undefined);
    expect(objectionToCounts(spec, { maxSamples: samplesPerRound - 1 })).to.equal(
      `it takes updates of at most ${samplesPerRound - 1} samples, and has workers train on ${samplesPerRound}`,
    );
  });
});
