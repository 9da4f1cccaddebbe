import { expect } from "chai";
import { Wallet } from "ethers";

import { ChainClient } from "../../../chains/clients/ChainClient.ts";
import type { EventNamed } from "../../../chains/clients/ChainEvent.ts";
import { ChainFollower, type ChainFollowerOptions } from "../../../chains/clients/ChainFollower.ts";
import { AT_ONCE } from "../../../chains/clients/finality.ts";
import { toDeliverable } from "../../../chains/clients/GatewayClient.ts";
import { RpcUnavailable } from "../../../chains/rpc/Rpc.ts";
import type { BaseError } from "../../../protocol/BaseError.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { VirtualClock } from "../../../simulation/VirtualClock.ts";
import { FakeChain } from "../relay/FakeChain.ts";
import { DESTINATION, message, ORIGIN } from "../relay/samples.ts";
import { rejected } from "../thrown.ts";

const wallet = new Wallet(`0x${"42".repeat(32)}`);

describe("ChainFollower", () => {
  let chain: FakeChain;
  let clock: VirtualClock;
  let client: ChainClient;
  let follower: ChainFollower;
  let errors: BaseError[];
  let heard: number[];

  const open = (options: Partial<ChainFollowerOptions> = {}): ChainFollower =>
    new ChainFollower(
      client,
      [{ contract: contracts.Gateway, address: chain.address }],
      { finality: AT_ONCE, ...options },
      { onError: (error) => errors.push(error as BaseError) },
    );
  const nonceOf = ({ args }: EventNamed<"MessageInserted" | "MessageDelivered">): number => args.nonce;
  const sent = () => follower.past({ name: "MessageInserted" }).map(nonceOf);
  const delivered = () => follower.past({ name: "MessageDelivered" }).map(nonceOf);
  /** Puts deliveries into the node's pool: transactions that blocks of any branch can have. */
  async function deliver(...nonces: number[]): Promise<void> {
    for (const [i, nonce] of nonces.entries()) {
      const raw = await wallet.signTransaction({
        chainId: chain.chainId,
        to: chain.address,
        nonce: i,
        data: chain.gateway.deliveryData(ORIGIN, [toDeliverable(message(nonce))], "0x"),
        gasLimit: 100_000,
        type: 2,
        maxFeePerGas: 100n,
      });
      await chain.request("eth_sendRawTransaction", [raw]);
    }
  }

  beforeEach(() => {
    chain = new FakeChain({ chainId: DESTINATION });
    clock = new VirtualClock(1_000_000);
    client = ChainClient.open(
      { name: "main", chainId: chain.chainId, url: "http://127.0.0.1:9" },
      { rpc: chain, clock },
    );
    errors = [];
    heard = [];
    follower = open();
    follower.subscribe((event) => {
      if (event.name === "MessageDelivered") heard.push(nonceOf(event));
    });
  });
  afterEach(async () => {
    await follower.stop();
    client.close();
    await clock.advance(0);
    expect(clock.waiting, "timers left after stop()").to.equal(0);
  });

  it("begins with a chain that does not answer, says so once, and reads it as soon as it does", async () => {
    chain.mine({ send: 1 });
    chain.intercept = () => {
      throw new RpcUnavailable("It is not there yet.");
    };
    expect((await rejected(follower.start())).code).to.equal("RPC_UNAVAILABLE");
    await follower.begin();
    await clock.advance(10_000);
    expect(errors.map(({ code }) => code)).to.deep.equal(["RPC_UNAVAILABLE"]);
    expect(sent()).to.deep.equal([]);
    chain.intercept = undefined;
    await clock.advance(5000);
    expect(sent()).to.deep.equal([0]);
  });

  it("reads what there is, then what comes", async () => {
    chain.mine({ send: 2 });
    await follower.start();
    expect(sent()).to.deep.equal([0, 1]);
    chain.mine({ send: 1 });
    await clock.advance(100);
    expect(sent()).to.deep.equal([0, 1, 2]);
  });

  it("reads only what its finality rule calls final", async () => {
    for (const finality of [{ confirmations: 2 }, "finalized"] as const) {
      await follower.stop();
      follower = open({ finality });
      const before = chain.head.leaves.length;
      chain.mine({ send: 1 });
      await follower.poll();
      expect(sent()).to.not.include(before);
      chain.mine();
      chain.mine();
      await follower.poll();
      expect(sent()).to.include(before);
    }
  });

  describe("after a reorganization", () => {
    it("tells listeners of an event once, though both branches have it", async () => {
      await deliver(5, 6);
      chain.mine();
      await follower.start();
      chain.unwind(1);
      chain.mine({ send: 1 });
      chain.mine();
      await clock.advance(200);
      expect(errors.map(({ code }) => code)).to.deep.equal(["CHAIN_REORGANIZED"]);
      expect(delivered()).to.deep.equal([5, 6]);
      expect(heard).to.deep.equal([5, 6]);
    });

    it("collects each event of the present branch once, and none of a replaced block", async () => {
      await deliver(5, 6);
      const [first, second] = chain.pool.map(({ hash }) => hash!);
      chain.mine({ take: [first!] });
      await follower.start();
      const all = follower.collect({ name: "MessageDelivered" }, ({ length }) => length >= 2);
      await clock.advance(200);
      // The first is told again, in a block that replaced its own: it does not count twice.
      chain.unwind(1);
      chain.mine({ send: 1, take: [] });
      chain.mine({ take: [first!] });
      await clock.advance(200);
      expect(delivered()).to.deep.equal([5]);
      chain.mine({ take: [second!] });
      const events = await clock.until(all);
      expect(events.map(nonceOf)).to.deep.equal([5, 6]);
      expect(events.map(({ blockNumber }) => blockNumber)).to.deep.equal([2, 3]);
    });

    it("forgets what only the replaced branch had", async () => {
      chain.mine({ send: ["0x01"] });
      await follower.start();
      chain.unwind(1);
      chain.mine();
      chain.mine();
      await clock.advance(200);
      expect(sent()).to.deep.equal([]);
      expect(follower.events).to.deep.equal([]);
    });

    it("reads all of the new branch, also where the chain does not answer while it looks where that began", async () => {
      await follower.start();
      for (let i = 0; i < 6; i++) {
        chain.mine({ send: 1 });
        await clock.advance(100);
      }
      chain.unwind(3);
      for (let i = 0; i < 5; i++) chain.mine({ send: 2 });
      // Of each block once.
      const silent = new Set(["0x1", "0x2", "0x3", "0x4", "0x5", "0x6"]);
      chain.intercept = (method, params, node) => {
        if (method === "eth_getBlockByNumber" && silent.delete(String(params[0]))) {
          throw new RpcUnavailable("It does not answer.");
        }
        return node();
      };
      await clock.advance(60_000);
      expect(silent.has("0x3")).to.equal(false);
      expect(sent()).to.deep.equal(Array.from({ length: 3 + 10 }, (_, i) => i));
    });

    it("notices a chain that was set back as soon as it has another block, and waits for a node that is behind", async () => {
      await follower.start();
      for (let i = 0; i < 5; i++) {
        chain.mine({ send: 1 });
        await clock.advance(100);
      }
      chain.intercept = (method, params, node) =>
        method === "eth_getBlockByNumber" && params[0] === "latest"
          ? chain.request(method, ["0x2", false])
          : node();
      await clock.advance(1000);
      chain.intercept = undefined;
      expect(errors).to.deep.equal([]);
      expect(sent()).to.deep.equal([0, 1, 2, 3, 4]);
      chain.unwind(4);
      chain.mine({ send: ["0x01"] });
      await clock.advance(200);
      expect(errors.map(({ code }) => code)).to.deep.equal(["CHAIN_REORGANIZED"]);
      expect(sent()).to.deep.equal([0, 1]);
    });

    it("notices at once when only the newest block was replaced", async () => {
      chain.mine({ send: ["0x01"] });
      await follower.start();
      chain.unwind(1);
      chain.mine();
      await clock.advance(100);
      expect(errors.map(({ code }) => code)).to.deep.equal(["CHAIN_REORGANIZED"]);
      expect(sent()).to.deep.equal([]);
    });
  });

  it("gives the first event that fits, past or future", async () => {
    chain.mine({ send: 1 });
    await follower.start();
    const filter = (nonce: number) => ({
      name: "MessageInserted" as const,
      where: (event: EventNamed<"MessageInserted">) => nonceOf(event) === nonce,
    });
    expect(nonceOf(await follower.first(filter(0)))).to.equal(0);
    const later = follower.first(filter(2));
    chain.mine({ send: 1 });
    await clock.advance(100);
    chain.mine({ send: 1 });
    expect(nonceOf(await clock.until(later))).to.equal(2);
  });

  it("tells of a chain that does not answer once, and again the next time; it goes on", async () => {
    await follower.start();
    for (let times = 1; times <= 2; times++) {
      chain.intercept = () => {
        throw new RpcUnavailable("It is down.");
      };
      await clock.advance(60_000);
      expect(errors.map(({ code }) => code)).to.deep.equal(Array(times).fill("RPC_UNAVAILABLE"));
      chain.intercept = undefined;
      chain.mine({ send: 1 });
      await clock.advance(10_000);
      expect(sent()).to.have.length(times);
    }
  });

  it("tells of every listener that fails, and the others hear of all", async () => {
    await follower.start();
    let failures = 0;
    follower.subscribe(() => {
      throw new Error(`failure ${++failures}`);
    });
    const others: string[] = [];
    follower.subscribe(({ name }) => others.push(name));
    chain.mine({ send: 1 });
    await clock.advance(300);
    chain.mine({ send: 1 });
    await clock.advance(300);
    expect(errors.map(({ message: text }) => text)).to.deep.equal(["failure 1", "failure 3"]);
    expect(others).to.have.length(4);
  });

  it("ends waiting with ABORTED when the signal aborts or it is stopped", async () => {
    await follower.start();
    const stop = new AbortController();
    const [one, other] = [
      rejected(follower.first({ name: "MessageSent" }, stop.signal)),
      rejected(follower.first({ name: "MessageSent" })),
    ];
    stop.abort();
    expect((await one).code).to.equal("ABORTED");
    expect((await rejected(follower.first({ name: "MessageSent" }, stop.signal))).code).to.equal("ABORTED");
    await follower.stop();
    expect((await other).code).to.equal("ABORTED");
    expect((await rejected(follower.first({ name: "MessageSent" }))).code).to.equal("ABORTED");
  });
});
