import { expect } from "chai";

import { BaseError } from "../../../protocol/BaseError.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { Turns } from "../../../workers/Turns.ts";
import { rejected } from "../thrown.ts";

describe("Turns", () => {
  let clock: VirtualClock;
  let log: string[];

  beforeEach(() => {
    clock = new VirtualClock(1_000_000);
    log = [];
  });

  /** Something that takes a second. */
  const work = (name: string) => async () => {
    log.push(`${name} begins at ${clock.now() - 1_000_000}`);
    await clock.sleep(1000);
    return name;
  };

  it("has so many at a time, in the order in which they came", async () => {
    const turns = new Turns(2, { clock });
    const done = Promise.all(["a", "b", "c", "d"].map((name) => turns.take(work(name))));
    expect(await clock.until(done)).to.deep.equal(["a", "b", "c", "d"]);
    expect(log).to.deep.equal(["a begins at 0", "b begins at 0", "c begins at 1000", "d begins at 1000"]);
  });

  it("goes on when one fails", async () => {
    const turns = new Turns(1, { clock });
    const failed = rejected(turns.take(() => Promise.reject(new BaseError("FAILED", "no"))));
    const done = turns.take(work("a"));
    expect((await failed).code).to.equal("FAILED");
    expect(await clock.until(done)).to.equal("a");
  });

  it("begins none while something urgent is under way", async () => {
    const turns = new Turns(2, { clock });
    const urgent = [turns.before(work("refresh 1")), turns.before(work("refresh 2"))];
    const done = turns.take(work("training"));
    await clock.until(Promise.all([...urgent, done]));
    expect(log).to.deep.equal(["refresh 1 begins at 0", "refresh 2 begins at 0", "training begins at 1000"]);
  });

  it("does not wait for ever for what is urgent", async () => {
    const turns = new Turns(2, { clock });
    const urgent = (async () => {
      // Something is always under way.
      for (let i = 0; i < 10; i++) {
        const next = turns.before(() => clock.sleep(600));
        await clock.sleep(500);
        void next;
      }
    })();
    const trainings = Promise.all([turns.take(work("a")), turns.take(work("b"))]);
    await clock.until(trainings);
    expect(log).to.deep.equal(["a begins at 1500", "b begins at 1500"]);
    await clock.until(turns.take(work("c")));
    expect(log.at(-1)).to.equal("c begins at 2500");
    await clock.until(urgent);
  });

  it("waits for the same urgent things as the turns that it is beside, with a number of its own", async () => {
    const trainings = new Turns(1, { clock });
    const shows = new Turns(2, { clock }, trainings);
    const urgent = trainings.before(work("refresh"));
    const done = ["a", "b", "c"].map((name) => shows.take(work(name)));
    await clock.until(Promise.all([urgent, trainings.take(work("training")), ...done]));
    expect(log).to.deep.equal([
      "refresh begins at 0",
      "a begins at 1000",
      "b begins at 1000",
      "training begins at 1000",
      "c begins at 2000",
    ]);
  });

  it("is passed on by who holds it for long, once", async () => {
    const turns = new Turns(1, { clock });
    const done = ["a", "b", "c"].map((name) => turns.take(work(name), 400));
    expect(await clock.until(Promise.all(done))).to.deep.equal(["a", "b", "c"]);
    expect(log).to.deep.equal(["a begins at 0", "b begins at 400", "c begins at 800"]);
    log = [];
    await clock.until(Promise.all(["d", "e"].map((name) => turns.take(work(name)))));
    expect(log.map((line) => line.split(" ")[0])).to.deep.equal(["d", "e"]);
    expect(Number(log[1]!.split(" ").at(-1)) - Number(log[0]!.split(" ").at(-1))).to.equal(1000);
  });
});
