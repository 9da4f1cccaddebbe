import { expect } from "chai";

import { BaseError } from "../../../protocol/BaseError.ts";
import { Hints } from "../../../relay/Hints.ts";
import type { RelayEvent } from "../../../relay/RelayEvent.ts";
import { shareReads } from "../../../relay/reading/shareReads.ts";
import { relayLogger } from "../../../relay/relayLogger.ts";
import { repeat } from "../../../relay/repeat.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";

describe("shareReads", () => {
  let clock: VirtualClock;
  let asked: string[];
  let answer: () => Promise<unknown>;

  beforeEach(() => {
    clock = new VirtualClock(1_000_000);
    asked = [];
    answer = async () => asked.length;
  });
  const shared = (heads?: Hints) =>
    shareReads(
      {
        request: (method) => {
          asked.push(method);
          return answer();
        },
      },
      { milliseconds: 30 },
      { clock, onHead: heads?.source },
    );

  it("asks the same question once for all who have it at about the same time", async () => {
    const rpc = shared();
    const ask = () => rpc.request("eth_call", [{ data: "0x1" }, "latest"]);
    expect(
      await Promise.all([ask(), ask(), rpc.request("eth_call", [{ data: "0x2" }, "latest"])]),
    ).to.deep.equal([1, 1, 2]);
    await clock.advance(29);
    expect(await ask()).to.equal(1);
    await clock.advance(1);
    expect(await ask()).to.equal(3);
  });

  it("keeps nothing that was said before a new block, but what is said of a block by its hash", async () => {
    const heads = new Hints();
    const rpc = shared(heads);
    const latest = () => rpc.request("eth_getBlockByNumber", ["latest", false]);
    const state = () => rpc.request("eth_call", [{ to: "0x1" }, { blockHash: "0x2" }]);
    expect([await latest(), await state()]).to.deep.equal([1, 2]);
    expect([await latest(), await state()]).to.deep.equal([1, 2]);
    heads.give();
    expect([await latest(), await state()]).to.deep.equal([3, 2]);
    // Nor is an answer that is under way anybody's who heard of the block.
    let give: () => void = () => undefined;
    answer = () =>
      new Promise((resolve) => {
        give = () => resolve("of before");
      });
    await clock.advance(30);
    const first = latest();
    const giveFirst = give;
    heads.give();
    answer = async () => "of now";
    expect(await latest()).to.equal("of now");
    giveFirst();
    expect(await first).to.equal("of before");
    expect(await latest()).to.equal("of now");
  });

  it("shares logs while they are asked for, and keeps none", async () => {
    const rpc = shared();
    const ask = () => rpc.request("eth_getLogs", [{ fromBlock: "0x1" }]);
    expect(await Promise.all([ask(), ask()])).to.deep.equal([1, 1]);
    expect(await ask()).to.equal(2);
  });

  it("keeps longer what is said of a block by its hash", async () => {
    const rpc = shared();
    const ask = () => rpc.request("eth_call", [{ to: "0x1" }, { blockHash: "0x2" }]);
    await ask();
    await clock.advance(1999);
    expect(await ask()).to.equal(1);
    await clock.advance(1);
    expect(await ask()).to.equal(2);
  });

  for (const method of [
    "eth_sendRawTransaction",
    "eth_getTransactionCount",
    "eth_getTransactionReceipt",
    "eth_estimateGas",
  ]) {
    it(`never shares ${method}`, async () => {
      const rpc = shared();
      await rpc.request(method, ["0x1"]);
      await rpc.request(method, ["0x1"]);
      expect(asked).to.have.length(2);
    });
  }

  it("shares no failure with who comes later", async () => {
    const rpc = shared();
    answer = () => Promise.reject(new Error("It is down."));
    await rpc.request("eth_call", []).catch(() => undefined);
    answer = async () => "well again";
    expect(await rpc.request("eth_call", [])).to.equal("well again");
  });
});

describe("repeat", () => {
  it("works at once while there is more, pauses else, and ever longer after failures", async () => {
    const clock = new VirtualClock(1_000_000);
    const began = clock.now();
    const stop = new AbortController();
    const times: number[] = [];
    const errors: unknown[] = [];
    const turns = ["more", "idle", "fail", "fail", "fail", "fail", "fail", "fail", "fail", "idle", "idle"];
    const done = repeat(
      async () => {
        times.push(clock.now() - began);
        const turn = turns[times.length - 1] ?? "idle";
        if (turn === "fail") throw new Error("It failed.");
        return turn === "more";
      },
      { signal: stop.signal, pollMilliseconds: 100 },
      { clock, onError: (error) => errors.push(error) },
    );
    await clock.advance(18_000);
    expect(times.slice(0, 11)).to.deep.equal([0, 0, 100, 300, 700, 1500, 3100, 6300, 11_300, 16_300, 16_400]);
    expect(errors).to.have.length(7);
    stop.abort();
    await done;
    const turnsMade = times.length;
    await clock.advance(9000);
    expect(times).to.have.length(turnsMade);
  });
});

describe("relayLogger", () => {
  const log = (event: RelayEvent): Record<string, unknown> => {
    const lines: string[] = [];
    relayLogger({ write: (line) => lines.push(line) })(event);
    expect(lines).to.have.length(1);
    return JSON.parse(lines[0]!) as Record<string, unknown>;
  };

  it("writes an event as a line of JSON, with the message's id", () => {
    const line = log({ type: "message-sent", chain: "main", messageId: "0xab", nonce: 3, destination: 72n });
    expect(line).to.deep.include({
      level: 30,
      event: "message-sent",
      chain: "main",
      messageId: "0xab",
      nonce: 3,
      destination: "72",
    });
  });

  it("tells errors by code, message and details, as warnings", () => {
    const error = new BaseError("REVERTED", "It was refused.", { details: "Out of gas." });
    const failed = log({
      type: "delivery-failed",
      chain: "relay",
      messageId: "0xab",
      attempts: 2,
      retrySeconds: 0.4,
      isPermanent: true,
      error,
    });
    expect(failed).to.deep.include({
      level: 40,
      error: { code: "REVERTED", message: "It was refused.", details: "Out of gas." },
    });
    const plain = log({ type: "trouble", chain: "main", doing: "reading", error: new TypeError("Odd.") });
    expect(plain.error).to.deep.equal({ message: "Odd." });
  });
});
