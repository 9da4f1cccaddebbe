import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { ChainClient, pollMillisecondsOf } from "../../../chains/clients/ChainClient.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { rejected, thrown } from "../thrown.ts";
import { answering } from "./answering.ts";

describe("ChainClient.connect", () => {
  it("says so, and that it may help to try again, when nothing answers", async () => {
    let url = "";
    await answering({}, async (known) => {
      url = known;
    });
    const error = await rejected(ChainClient.connect({ name: "main", chainId: 31_401, url }));
    expect(error).to.include({ code: "CHAIN_UNREACHABLE", retryable: true });
    expect(error.shortMessage).to.equal(`The main chain does not answer at ${url}.`);
    expect(error.details).to.contain("ECONNREFUSED");
  });

  it("says so when something answers that is no chain", async () => {
    const server = createServer((_, response) => response.end("<html>"));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const error = await rejected(ChainClient.connect({ name: "main", chainId: 31_401, url }));
      expect(error.code).to.equal("CHAIN_UNREACHABLE");
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it("says so when a server answers without a chain id", async () => {
    await answering({}, async (url) => {
      const error = await rejected(ChainClient.connect({ name: "main", chainId: 31_401, url }));
      expect(error.code).to.equal("CHAIN_UNREACHABLE");
    });
  });

  it("refuses another chain than the one it should be", async () => {
    await answering({ eth_chainId: "0x1" }, async (url) => {
      const error = await rejected(ChainClient.connect({ name: "main", chainId: 31_401, url }));
      expect(error).to.include({ code: "WRONG_CHAIN_ID", retryable: false });
      expect(error.shortMessage).to.equal(`${url} is chain 1, not main (31401).`);
    });
  });

  it("connects to the chain it should be", async () => {
    await answering({ eth_chainId: "0x7aa9" }, async (url) => {
      const client = await ChainClient.connect({ name: "main", chainId: 31_401, url });
      expect(client).to.include({ name: "main", chainId: 31_401n, url });
      client.close();
    });
  });
});

describe("ChainClient.open", () => {
  it("needs no chain that answers yet, but an endpoint that can be asked", async () => {
    let url = "";
    await answering({}, async (known) => {
      url = known;
    });
    const client = ChainClient.open({ name: "main", chainId: 31_401, url, urls: ["ws://127.0.0.1:9"] });
    const error = await rejected(client.provider.getBlockNumber());
    expect(error).to.include({ code: "RPC_UNAVAILABLE", retryable: true });
    expect(error.details).to.contain("ECONNREFUSED");
    client.close();
    const onlyHints = () => ChainClient.open({ name: "main", chainId: 31_401, url: "ws://127.0.0.1:9" });
    expect(thrown(onlyHints).code).to.equal("ENDPOINT_MISSING");
  });

  it("reads through the JSON-RPC it is given", async () => {
    const asked: string[] = [];
    const rpc = {
      request: async (method: string) => {
        asked.push(method);
        return "0x10";
      },
    };
    const client = ChainClient.open({ name: "main", chainId: 31_401, url: "http://127.0.0.1:9" }, { rpc });
    expect(await client.provider.getBlockNumber()).to.equal(16);
    expect(client.rpc).to.equal(rpc);
    expect(client.endpoints).to.deep.equal([]);
    expect(asked).to.deep.equal(["eth_blockNumber"]);
    client.close();
  });
});

describe("a chain's pace", () => {
  /** A chain whose blocks come every two seconds, half a second after the time that they are of. */
  function slow(clock: VirtualClock, late = 500, blockSeconds?: number): ChainClient {
    const latest = () => Math.floor((clock.now() - late) / 2000) * 2;
    return ChainClient.open(
      { name: "main", chainId: 1, url: "http://127.0.0.1:9", blockSeconds },
      {
        clock,
        rpc: {
          request: async (_, [tag]) => {
            // Of the next block, as nodes that make them at intervals give the pending one.
            const time = tag === "pending" ? latest() + 2 : latest();
            return { number: "0x1", hash: "0x", parentHash: "0x", timestamp: `0x${time.toString(16)}` };
          },
        },
      },
    );
  }

  it("has a clock that is behind by as much as blocks are later than their time, and never ahead of them", async () => {
    for (const start of [1_000_000, 1_000_499, 1_000_900, 1_001_999]) {
      for (const late of [0, 500, 1700]) {
        const clock = new VirtualClock(start);
        const client = slow(clock, late, 2);
        expect(await clock.until(client.clockLag()), `${start}, ${late}`).to.be.within(late, late + 61);
        client.close();
      }
    }
  });

  it("is asked for something new some times a block, and often where a block is made at once", () => {
    expect([undefined, 0.2, 1, 2, 12, 600].map((seconds) => pollMillisecondsOf(seconds))).to.deep.equal([
      60, 60, 125, 250, 1500, 2000,
    ]);
  });

  it("is waited for until a transaction is in a block, or nobody waits any more", async () => {
    const clock = new VirtualClock(1_000_000);
    const client = ChainClient.open(
      { name: "main", chainId: 1, url: "http://127.0.0.1:9" },
      { clock, rpc: { request: async () => null } },
    );
    const stop = new AbortController();
    const waiting = rejected(client.receipt("0x01", stop.signal));
    await clock.advance(10_000);
    stop.abort();
    expect((await clock.until(waiting)).code).to.equal("ABORTED");
    const closed = rejected(client.receipt("0x01"));
    client.close();
    expect((await clock.until(closed)).code).to.equal("ABORTED");
    expect(clock.waiting).to.equal(0);
  });
});
