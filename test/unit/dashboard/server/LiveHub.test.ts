import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";

import { expect } from "chai";

import { BOUNDS, MOST_KEPT } from "../../../../dashboard/server/bounds.ts";
import { LiveHub } from "../../../../dashboard/server/LiveHub.ts";
import { ANSWER_MILLISECONDS } from "../../../../protocol/BoundedServer.ts";

/** A response of which a test sees what was written, and says how much of it is read. */
class Heard extends EventEmitter {
  readonly written: string[] = [];
  destroyed = false;
  writableLength = 0;
  reads = true;

  write(bytes: Buffer): boolean {
    this.written.push(bytes.toString());
    if (!this.reads) this.writableLength += bytes.length;
    return this.reads;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }

  get response(): ServerResponse {
    return this as unknown as ServerResponse;
  }

  /** Types of what was pushed, in order. */
  get types(): string[] {
    return this.written.flatMap((text) => /event: (.*)/.exec(text)?.[1] ?? []);
  }

  get lastId(): string {
    return this.written.flatMap((text) => /id: (.*)/.exec(text)?.[1] ?? []).at(-1)!;
  }
}

class SetClock {
  time = 1_800_000_000_000;
  readonly now = () => this.time;
  readonly sleep = async () => undefined;
}

function hubWith() {
  const clock = new SetClock();
  return { clock, hub: new LiveHub({ version: "0.1.0", startedAt: 1_800_000_000 }, { clock }) };
}

describe("LiveHub", () => {
  it("tells everybody first how long it lets an answer take", () => {
    const { hub } = hubWith();
    const viewer = new Heard();
    hub.attach(viewer.response, { address: "a", topics: undefined, lastId: undefined });
    expect(viewer.written.join("")).to.contain(`"answerSeconds":${ANSWER_MILLISECONDS / 1000}`);
  });

  it("pushes to those who named the topic, once each", () => {
    const { hub } = hubWith();
    const [one, other] = [new Heard(), new Heard()];
    hub.attach(one.response, { address: "a", topics: "task.7,messages", lastId: undefined });
    hub.attach(other.response, { address: "b", topics: undefined, lastId: undefined });
    hub.push("task.7", { type: "task", taskId: "7" });
    hub.push("network", { type: "network" });
    expect(one.types).to.deep.equal(["hello", "task"]);
    expect(other.types).to.deep.equal(["hello", "network"]);
  });

  it("gives whoever comes back what it missed of its topics, and nothing twice", () => {
    const { hub } = hubWith();
    const before = new Heard();
    hub.attach(before.response, { address: "a", topics: "task.7", lastId: undefined });
    hub.push("task.7", { type: "task", taskId: "7" });
    const { lastId } = before;
    before.destroy();
    hub.push("task.7", { type: "task", taskId: "7" });
    hub.push("task.8", { type: "task", taskId: "8" });
    hub.push("task.7", { type: "task", taskId: "7" });
    const after = new Heard();
    hub.attach(after.response, { address: "a", topics: "task.7", lastId });
    expect(after.types).to.deep.equal(["hello", "task", "task"]);
  });

  it("goes on from a connection on which nothing happened", () => {
    const { hub } = hubWith();
    const before = new Heard();
    hub.attach(before.response, { address: "a", topics: "task.7", lastId: undefined });
    before.destroy();
    hub.push("task.7", { type: "task", taskId: "7" });
    const after = new Heard();
    hub.attach(after.response, { address: "a", topics: "task.7", lastId: before.lastId });
    expect(after.types).to.deep.equal(["hello", "task"]);
  });

  it("resets whoever was gone for too long, comes from another server, or makes an id up", () => {
    const { hub } = hubWith();
    for (let n = 0; n <= MOST_KEPT.pushed + 1; n++) hub.push("network", { type: "network" });
    for (const lastId of ["1800000000-1", "1700000000-5", "nonsense", "1800000000-999999999"]) {
      const heard = new Heard();
      hub.attach(heard.response, { address: "a", topics: undefined, lastId });
      expect(heard.types, lastId).to.deep.equal(["hello", "reset"]);
    }
  });

  it("drops whoever does not read, before much is kept for it", () => {
    const { hub, clock } = hubWith();
    const [idle, deaf] = [new Heard(), new Heard()];
    hub.attach(idle.response, { address: "a", topics: undefined, lastId: undefined });
    hub.attach(deaf.response, { address: "b", topics: undefined, lastId: undefined });
    idle.reads = deaf.reads = false;
    hub.push("network", { type: "network" });
    clock.time += BOUNDS.unreadMilliseconds + 1;
    hub.beat();
    expect([idle.destroyed, deaf.destroyed]).to.deep.equal([true, true]);
    expect(hub.viewers).to.equal(0);

    const flooded = new Heard();
    hub.attach(flooded.response, { address: "c", topics: "audit.1", lastId: undefined });
    flooded.reads = false;
    const long = "9".repeat(100_000);
    for (let n = 0; n < 10 && !flooded.destroyed; n++) hub.push("audit.1", { type: "audit", taskId: long });
    expect(flooded.destroyed).to.equal(true);
    expect(flooded.writableLength).to.be.below(BOUNDS.unreadBytes);
    expect(hub.dropped).to.equal(3);
  });

  it("has room for so many, and for so many from an address", () => {
    const { hub } = hubWith();
    for (let n = 0; n < BOUNDS.viewersOfAnAddress; n++) {
      expect(hub.hasRoomFor("a")).to.equal(true);
      hub.attach(new Heard().response, { address: "a", topics: undefined, lastId: undefined });
    }
    expect(hub.hasRoomFor("a")).to.equal(false);
    expect(hub.hasRoomFor("b")).to.equal(true);
  });

  it("remembers no more than its bound of bytes", () => {
    const { hub } = hubWith();
    const long = "9".repeat(1 << 20);
    for (let n = 0; n < 8; n++) hub.push("audit.1", { type: "audit", taskId: long });
    const heard = new Heard();
    hub.attach(heard.response, { address: "a", topics: "audit.1", lastId: "1800000000-0" });
    expect(heard.types).to.deep.equal(["hello", "reset"]);
  });
});
