import { expect } from "chai";

import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { EventQueue } from "../../simulation/EventQueue.ts";
import { VirtualClock } from "../../simulation/VirtualClock.ts";
import { rejected } from "../unit/thrown.ts";

describe("EventQueue", () => {
  it("gives events by time, and by sequence at the same time", () => {
    const random = new SeededRandom(1, "events");
    const queue = new EventQueue<{ time: number; sequence: number }>();
    const events = Array.from({ length: 500 }, (_, sequence) => ({ time: random.integer(40), sequence }));
    for (const event of events) queue.push(event);
    const sorted = [...events].sort((a, b) => a.time - b.time || a.sequence - b.sequence);
    expect(Array.from(events, () => queue.pop())).to.deep.equal(sorted);
    expect(queue.pop()).to.equal(undefined);
  });

  it("takes events while it gives others", () => {
    const queue = new EventQueue<{ time: number; sequence: number }>();
    for (const time of [5, 1, 3]) queue.push({ time, sequence: time });
    expect(queue.pop()!.time).to.equal(1);
    queue.push({ time: 2, sequence: 9 });
    queue.push({ time: 4, sequence: 8 });
    expect([2, 3, 4, 5].map(() => queue.pop()!.time)).to.deep.equal([2, 3, 4, 5]);
    expect(queue.size).to.equal(0);
  });
});

describe("VirtualClock", () => {
  it("lets hours pass at once, in the order of time", async () => {
    const clock = new VirtualClock(1000);
    const seen: [string, number][] = [];
    const wait = async (name: string, milliseconds: number) => {
      await clock.sleep(milliseconds);
      seen.push([name, clock.now()]);
    };
    const began = performance.now();
    void wait("late", 3_600_000);
    void wait("first", 10);
    void wait("second", 10);
    await clock.run(1000 + 7_200_000);
    expect(seen).to.deep.equal([
      ["first", 1010],
      ["second", 1010],
      ["late", 3_601_000],
    ]);
    expect(clock.now()).to.equal(7_201_000);
    expect(performance.now() - began).to.be.lessThan(1000);
  });

  it("stands still at the end of a run and goes on with the next", async () => {
    const clock = new VirtualClock(0);
    let woken = 0;
    void clock.sleep(100).then(() => woken++);
    await clock.run(99);
    expect([woken, clock.now()]).to.deep.equal([0, 99]);
    await clock.run(100);
    expect([woken, clock.now()]).to.deep.equal([1, 100]);
  });

  it("ends a run early when it is finished", async () => {
    const clock = new VirtualClock(0);
    let rounds = 0;
    void (async () => {
      for (;;) {
        await clock.sleep(10);
        rounds++;
      }
    })();
    await clock.run(1_000_000, () => rounds === 3);
    expect([rounds, clock.now()]).to.deep.equal([3, 30]);
  });

  it("follows whatever an event sets off before the next event", async () => {
    const clock = new VirtualClock(0);
    const seen: string[] = [];
    void clock.sleep(5).then(async () => {
      // More steps than any service takes between two waits.
      for (let step = 0; step < 10_000; step++) await undefined;
      seen.push("end of the first");
    });
    clock.at(5, () => seen.push("second"));
    await clock.run(5);
    expect(seen).to.deep.equal(["end of the first", "second"]);
  });

  it("stands still while an event works outside the simulation", async () => {
    const clock = new VirtualClock(0);
    const seen: [string, number][] = [];
    clock.at(
      1,
      () => new Promise<string>((resolve) => setTimeout(() => resolve("worked"), 20)),
      (result) => {
        seen.push([result, clock.now()]);
        clock.in(0, () => seen.push(["planned then", clock.now()]));
      },
    );
    clock.at(2, () => seen.push(["later", clock.now()]));
    await clock.run(10);
    expect(seen).to.deep.equal([
      ["worked", 1],
      ["planned then", 1],
      ["later", 2],
    ]);
  });

  it("wakes a sleeper at once whose signal aborts, and forgets its time", async () => {
    const clock = new VirtualClock(0);
    const stop = new AbortController();
    let woken = -1;
    void clock.sleep(1000, stop.signal).then(() => {
      woken = clock.now();
    });
    clock.at(10, () => stop.abort());
    await clock.run(2000);
    expect(woken).to.equal(10);
    // Only the abort has happened: the sleep was called off.
    expect(clock.events).to.equal(1);
    await clock.sleep(1000, stop.signal);
  });

  it("lets as much time pass as a promise needs, and says when it never settles", async () => {
    const clock = new VirtualClock(0);
    const slept = clock.sleep(100).then(() => "woken");
    void clock.sleep(500);
    expect(clock.waiting).to.equal(2);
    expect(await clock.until(slept)).to.equal("woken");
    expect([clock.now(), clock.waiting]).to.deep.equal([100, 1]);
    const never = await rejected(clock.until(new Promise(() => undefined), 1000));
    expect(never.code).to.equal("NEVER_SETTLES");
    expect([clock.now(), clock.waiting]).to.deep.equal([1100, 0]);
    await clock.advance(50);
    expect(clock.now()).to.equal(1150);
  });

  it("refuses what waits for the machine's own timers", async () => {
    const clock = new VirtualClock(0);
    const strayed = new Promise((resolve) => setTimeout(resolve, 5)).then(() => clock.sleep(1));
    clock.at(1, () => new Promise((resolve) => setTimeout(resolve, 30)));
    const [run, stray] = await Promise.all([rejected(clock.run(10)), rejected(strayed)]);
    expect(run.code).to.equal("NOT_VIRTUAL");
    expect(stray).to.equal(run);
  });

  it("passes on what an event throws", async () => {
    const clock = new VirtualClock(0);
    clock.at(1, () => {
      throw new RangeError("a mistake of the simulation");
    });
    const outcome = await clock.run(10).catch((error: unknown) => error);
    expect(outcome).to.be.instanceOf(RangeError);
  });
});
