import { expect } from "chai";

import { HeadSubscription } from "../../../chains/rpc/HeadSubscription.ts";
import { settled, VirtualClock } from "../../../simulation/VirtualClock.ts";

/** A WebSocket whose other end is the test. */
class FakeSocket extends EventTarget {
  readonly sent: { id: number; method: string; params: unknown[] }[] = [];
  closed = false;

  send(text: string): void {
    if (this.closed) throw new Error("closed");
    this.sent.push(JSON.parse(text));
  }

  close(): void {
    this.closed = true;
  }

  says(data: unknown): void {
    const event = Object.assign(new Event("message"), {
      data: typeof data === "string" ? data : JSON.stringify(data),
    });
    this.dispatchEvent(event);
  }

  /** Opens, and grants the subscription. */
  opens(): void {
    this.dispatchEvent(new Event("open"));
    this.says({ jsonrpc: "2.0", id: 1, result: "0x1" });
  }
}

describe("HeadSubscription", () => {
  let clock: VirtualClock;
  let sockets: FakeSocket[];
  let heads: HeadSubscription;
  let heard: number;
  const newHead = { jsonrpc: "2.0", method: "eth_subscription", params: { subscription: "0x1", result: {} } };

  beforeEach(() => {
    clock = new VirtualClock(1_000_000);
    sockets = [];
    heard = 0;
    heads = new HeadSubscription(
      {
        url: "ws://node",
        firstBackOffMilliseconds: 100,
        lastBackOffMilliseconds: 400,
        silenceMilliseconds: 1000,
        leastMilliseconds: 10,
      },
      {
        clock,
        open: (url) => {
          expect(url).to.equal("ws://node");
          const socket = new FakeSocket();
          sockets.push(socket);
          return socket as unknown as WebSocket;
        },
      },
    );
  });
  afterEach(async () => {
    heads.close();
    await settled();
    expect(clock.waiting, "timers left after close()").to.equal(0);
    for (const { closed } of sockets) expect(closed).to.equal(true);
  });
  const listen = () => heads.onHead(() => heard++);

  it("opens no connection before somebody listens, and one for all", async () => {
    await clock.advance(10_000);
    expect(sockets).to.have.length(0);
    listen();
    listen();
    expect(sockets).to.have.length(1);
  });

  it("tells of new blocks, and once when it begins: there may have been some before", async () => {
    const end = listen();
    sockets[0]!.opens();
    expect(sockets[0]!.sent).to.deep.equal([
      { jsonrpc: "2.0", id: 1, method: "eth_subscribe", params: ["newHeads"] },
    ]);
    expect(heard).to.equal(1);
    await clock.advance(10);
    sockets[0]!.says(newHead);
    sockets[0]!.says("garbage");
    sockets[0]!.says("null");
    expect(heard).to.equal(2);
    end();
    await clock.advance(10);
    sockets[0]!.says(newHead);
    expect(heard).to.equal(2);
  });

  it("tells of so many at a time at the most, and always of the last", async () => {
    listen();
    sockets[0]!.opens();
    for (let i = 0; i < 1000; i++) {
      sockets[0]!.says(newHead);
      if (i % 10 === 9) await clock.advance(1);
    }
    const most = heard;
    expect(most).to.be.within(10, 12);
    sockets[0]!.says(newHead);
    await clock.advance(10);
    expect(heard).to.equal(most + 1);
    await clock.advance(100);
    expect(heard).to.equal(most + 1);
  });

  it("connects again when the connection closes, ever later while it fails", async () => {
    listen();
    const waits: number[] = [];
    for (let i = 0; i < 5; i++) {
      sockets.at(-1)!.dispatchEvent(new Event(i % 2 === 0 ? "close" : "error"));
      const before = clock.now();
      for (const known = sockets.length; sockets.length === known; ) await clock.advance(10);
      waits.push(clock.now() - before);
    }
    expect(waits).to.deep.equal([100, 200, 400, 400, 400]);
    // A connection that worked begins anew.
    sockets.at(-1)!.opens();
    sockets.at(-1)!.dispatchEvent(new Event("close"));
    const known = sockets.length;
    await clock.advance(100);
    expect(sockets).to.have.length(known + 1);
    sockets.at(-1)!.opens();
    expect(heard).to.equal(2);
  });

  it("asks a silent connection for a sign of life, and gives it up when none comes", async () => {
    listen();
    sockets[0]!.opens();
    await clock.advance(1000);
    expect(sockets[0]!.sent).to.have.length(1);
    await clock.advance(1000);
    expect(sockets[0]!.sent.at(-1)).to.include({ id: 2, method: "eth_blockNumber" });
    sockets[0]!.says({ jsonrpc: "2.0", id: 2, result: "0x5" });
    await clock.advance(1000);
    expect(sockets[0]!.closed).to.equal(false);
    await clock.advance(2000);
    expect(sockets[0]!.closed).to.equal(true);
    await clock.advance(100);
    expect(sockets).to.have.length(2);
    expect(heard).to.equal(1);
  });

  it("gives up a connection without a subscription", async () => {
    listen();
    sockets[0]!.dispatchEvent(new Event("open"));
    sockets[0]!.says({ jsonrpc: "2.0", id: 1, error: { code: -32601, message: "not supported" } });
    await settled();
    expect(sockets[0]!.closed).to.equal(true);
    expect(heard).to.equal(0);
  });

  it("is closed for good", async () => {
    listen();
    sockets[0]!.opens();
    heads.close();
    await clock.advance(10_000);
    listen();
    expect(sockets).to.have.length(1);
  });
});
