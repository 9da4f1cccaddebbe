import { expect } from "chai";

import { TaskPlaces } from "../../../workers/TaskPlaces.ts";

describe("TaskPlaces", () => {
  let done: bigint[];
  let places: TaskPlaces;
  beforeEach(() => {
    done = [];
    places = new TaskPlaces((task) => done.push(task));
  });

  it("is done with a task once all its subchains are", () => {
    expect(places.published(1n, [10n, 20n])).to.equal(true);
    places.arrived(1n);
    places.left(1n, 10n);
    expect(done).to.deep.equal([]);
    expect(places.has(1n)).to.equal(true);
    places.left(1n, 20n);
    expect(done).to.deep.equal([1n]);
    expect(places.size).to.equal(0);
  });

  it("has nothing to do with a task whose subchains are not here, or were done with it before main told of it", () => {
    expect(places.published(1n, [])).to.equal(false);
    places.left(2n, 10n);
    expect(places.published(2n, [10n, 20n])).to.equal(true);
    places.left(3n, 10n);
    expect(places.published(3n, [10n])).to.equal(false);
    places.left(2n, 20n);
    expect(done).to.deep.equal([2n]);
    expect(places.size).to.equal(0);
  });

  it("is done with a task that was refused, unless it has arrived all the same", () => {
    places.published(1n, [10n]);
    places.published(2n, [10n]);
    places.arrived(2n);
    places.refused(1n);
    places.refused(2n);
    places.refused(3n);
    expect(done).to.deep.equal([1n]);
  });

  it("waits for so many tasks to arrive, and keeps those that are worked on", () => {
    places.published(1n, [10n]);
    places.arrived(1n);
    for (let task = 2n; task <= 10_000n; task++) places.published(task, [10n]);
    expect(places.size).to.equal(4096);
    expect(places.has(1n)).to.equal(true);
    expect(done[0]).to.equal(2n);
    for (let task = 20_000n; task <= 30_000n; task++) places.left(task, 10n);
    expect(places.size).to.equal(4096);
    expect(places.has(1n)).to.equal(true);
  });
});
