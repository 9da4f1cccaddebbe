import { expect } from "chai";

import type { RefreshSchedule } from "../../../mechanisms/MechanismWorker.ts";
import { samplesForRound } from "../../../workers/samplesForRound.ts";

/** Eight samples of one number each, oldest first. */
const STREAM = {
  features: Uint8Array.from({ length: 8 }, (_, i) => i),
  sampleShape: [1],
  scale: 1,
  labels: Uint8Array.from({ length: 8 }, (_, i) => i),
  classes: 8,
};
/** Refreshes at 100, 101, 105 and 106: no period, and no mechanism's here. */
const DUE = [100, 101, 105, 106];
const schedule: RefreshSchedule = {
  count: DUE.length,
  freshSeconds: 3,
  timeOf: (j) => DUE[j]!,
  lastBy: (time) => DUE.findLastIndex((due) => due <= time),
};
const times = { startTime: 100, epochSeconds: 12, rounds: 3 };
const newest = (round: number, most = 3) => [
  ...samplesForRound(STREAM, { times, schedule, round, most }).labels,
];

describe("samplesForRound", () => {
  it("takes the newest samples of the last refresh that was due when the round could begin", () => {
    // Half of the stream and a part of the rest: 5, 6, 7 and all 8 of its samples. Rounds begin at 100, 104 and 108.
    expect(newest(0)).to.deep.equal([2, 3, 4]);
    expect(newest(1)).to.deep.equal([3, 4, 5]);
    expect(newest(2)).to.deep.equal([5, 6, 7]);
  });

  it("takes all that there are when more are wanted", () => {
    expect(newest(0, 100)).to.deep.equal([0, 1, 2, 3, 4]);
  });
});
