import { connect, createServer, type Server, type Socket } from "node:net";
import { expect } from "chai";
import type { JsonRpcServer } from "hardhat/types/network";
import { ChainAccount } from "../../chains/clients/ChainAccount.ts";
import { ChainClient } from "../../chains/clients/ChainClient.ts";
import type { ChainEvent } from "../../chains/clients/ChainEvent.ts";
import { ChainFollower, type ChainFollowerOptions } from "../../chains/clients/ChainFollower.ts";
import { AT_ONCE } from "../../chains/clients/finality.ts";
import { hardhat } from "../../chains/networks/hardhat.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { logsInRange } from "../../chains/rpc/logRange.ts";
import type { Rpc } from "../../chains/rpc/Rpc.ts";
import { RpcEndpoints } from "../../chains/rpc/RpcEndpoints.ts";
import type { RpcEvent } from "../../chains/rpc/RpcEvent.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import type { BaseError } from "../../protocol/BaseError.ts";
import { systemClock } from "../../protocol/Clock.ts";
import { contracts } from "../../protocol/contracts.ts";
import { rejected } from "../unit/thrown.ts";
import { FaultyProxy, type ProxyFault } from "./FaultyProxy.ts";

const CHAIN_ID = 41_499;
const PORT = 9500;
const URL_OF_NODE = `http://127.0.0.1:${PORT}`;

/** Whatever it is called with, it tells of a transfer: its log's value is the call's second argument. */
const TRANSFER = contracts.LocalToken.topicOf("Transfer").slice(2);
const EMITTER_CODE = `0x60243560005233337f${TRANSFER}60206000a300`;
const EMITTER = { contract: contracts.LocalToken, address: `0x${"e1".repeat(20)}` };

describe("RPC endpoints that fail", function () {
  this.timeout(60_000);
  let node: JsonRpcServer;
  /** Straight to the node: the truth. */
  let direct: ChainClient;
  let account: ChainAccount;
  let proxies: FaultyProxy[];
  const closing: (() => unknown)[] = [];
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown) => unhandled.push(error);
  let emitted = 0;

  before(async () => {
    process.on("unhandledRejection", onUnhandled);
    const { network } = await hardhat();
    node = await network.createServer(
      { network: "local", override: { chainId: CHAIN_ID } },
      "127.0.0.1",
      PORT,
    );
    await node.listen();
    direct = await ChainClient.connect({ name: "test", chainId: CHAIN_ID, url: URL_OF_NODE });
    await direct.provider.send("hardhat_setCode", [EMITTER.address, EMITTER_CODE]);
    for (const key of [localKey("publisher"), localKey("relayer")]) {
      await direct.provider.send("hardhat_setBalance", [key.address, "0x56bc75e2d63100000"]);
    }
    account = new ChainAccount(direct, localKey("publisher"));
    proxies = [1, 2, 3].map((i) => new FaultyProxy(URL_OF_NODE, PORT + i));
    for (const proxy of proxies) await proxy.start();
  });
  after(async () => {
    direct?.close();
    for (const proxy of proxies ?? []) await proxy.stop();
    await node?.close();
    process.off("unhandledRejection", onUnhandled);
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
    for (const proxy of proxies) {
      proxy.fault = "none";
      proxy.asked.length = 0;
    }
    expect(unhandled).to.deep.equal([]);
  });

  const emit = (count = 1, by = account) =>
    Array.from({ length: count }).reduce<Promise<void>>(async (before) => {
      await before;
      await by.send(EMITTER, "transfer", [EMITTER.address, BigInt(++emitted)]);
    }, Promise.resolve());
  const truth = async () => {
    const logs = await logsInRange(
      direct.rpc,
      { address: EMITTER.address },
      0,
      await direct.provider.getBlockNumber(),
    );
    return logs.map(({ data }) => Number(data));
  };
  const valuesOf = (events: readonly ChainEvent[]) => events.map(transferred);
  const transferOf = (value: number) => ({
    name: "Transfer" as const,
    where: (event: ChainEvent) => transferred(event) === value,
  });
  const until = async (holds: () => boolean | Promise<boolean>) => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  function endpoints(urls: readonly string[], timeoutMilliseconds = 500) {
    const events: RpcEvent[] = [];
    const rpc = new RpcEndpoints(
      {
        name: "test",
        chainId: CHAIN_ID,
        endpoints: urls,
        timeoutMilliseconds,
        firstBackOffMilliseconds: 50,
        lastBackOffMilliseconds: 200,
        verifyEveryMilliseconds: 1000,
        compareEveryMilliseconds: 100,
      },
      { clock: systemClock, listener: (event) => events.push(event) },
    );
    closing.push(() => rpc.close());
    return { rpc, events };
  }
  function clientOver(rpc: Rpc) {
    const client = ChainClient.open({ name: "test", chainId: CHAIN_ID, url: proxies[0]!.url }, { rpc });
    closing.push(() => client.close());
    return client;
  }
  function follow(client: ChainClient, options: Partial<ChainFollowerOptions> = {}) {
    const errors: unknown[] = [];
    const follower = new ChainFollower(
      client,
      [EMITTER],
      { pollMilliseconds: 20, finality: AT_ONCE, ...options },
      { onError: (error) => errors.push(error) },
    );
    closing.push(() => follower.stop());
    return { follower, errors };
  }

  const FAULTS: readonly ProxyFault[] = [
    "silent",
    "answer-lost",
    "http-429",
    "http-500",
    "garbage",
    "truncated",
    "wrong-chain",
    "lagging",
  ];
  for (const fault of FAULTS) {
    it(`are left for one that is well: ${fault}`, async () => {
      await emit(12);
      const [faulty, well] = proxies;
      const { rpc, events } = endpoints([faulty!.url, well!.url]);
      faulty!.fault = fault;
      const client = clientOver(rpc);
      const latest = await direct.provider.getBlockNumber();
      if (fault === "lagging") await until(async () => (await client.provider.getBlockNumber()) === latest);
      expect(await client.provider.getBlockNumber()).to.equal(latest);
      expect(valuesOf(await client.events([EMITTER], 0, latest))).to.deep.equal(await truth());
      expect((await client.provider.getBlock(latest))!.number).to.equal(latest);
      const type = { "wrong-chain": "wrong-chain", lagging: "lagging" }[fault as string] ?? "endpoint-down";
      expect(events[0]).to.include({ type, url: faulty!.url });
      // It is used again when it is well and the other is not.
      faulty!.fault = "none";
      well!.fault = "http-500";
      await until(() =>
        client.provider.getBlockNumber().then(
          (head) => head === latest,
          () => false,
        ),
      );
      expect(events.map((event) => event.type)).to.include("endpoint-up");
    });
  }

  it("lose no event and no crash, whatever fails meanwhile", async () => {
    const seed = 20_261_122;
    const random = new SeededRandom(seed);
    const { rpc, events } = endpoints(
      proxies.map(({ url }) => url),
      150,
    );
    const client = clientOver(rpc);
    const { follower } = follow(client, { fromBlock: 0 });
    const heard: number[] = [];
    follower.subscribe((event) => heard.push(transferred(event)));
    await follower.start();
    const through = new ChainAccount(client, localKey("relayer"));
    const sending: Promise<unknown>[] = [];
    const choices: readonly ProxyFault[] = [
      "none",
      "small-ranges",
      ...FAULTS.filter((fault) => fault !== "wrong-chain"),
    ];
    for (let step = 0; step < 60; step++) {
      for (const proxy of proxies) {
        proxy.fault = choices[random.integer(choices.length)]!;
        proxy.lagBlocks = 1 + random.integer(12);
      }
      // Sent through what fails; a transaction whose answer is lost may be in the chain all the same.
      const sent = emit(1, through).catch((error) => {
        expect(error).to.include({ code: "TRANSACTION_FAILED", retryable: true });
      });
      sending.push(sent);
      await Promise.race([sent, new Promise((resolve) => setTimeout(resolve, 200))]);
      if (step % 3 === 0) await emit();
    }
    for (const proxy of proxies) proxy.fault = "none";
    await Promise.all(sending);
    await emit();
    const last = emitted;
    await until(() => heard.includes(last));
    expect(heard, `seed ${seed}`).to.deep.equal(await truth());
    expect(new Set(heard).size).to.equal(heard.length);
    expect(
      events.filter(({ type }) => type === "endpoint-down"),
      "the faults were felt",
    ).to.have.lengthOf.above(10);
  });

  it("of which none answers stop nobody from starting", async () => {
    const late = new FaultyProxy(URL_OF_NODE, PORT + 5);
    const place = { name: "test", chainId: CHAIN_ID, url: late.url, urls: [`http://127.0.0.1:${PORT + 6}`] };
    expect((await rejected(ChainClient.connect(place))).code).to.equal("CHAIN_UNREACHABLE");
    const client = ChainClient.open(place);
    closing.push(() => client.close());
    expect(await rejected(client.provider.getBlockNumber())).to.include({
      code: "RPC_UNAVAILABLE",
      retryable: true,
    });
    expect(client.endpoints.map(({ state }) => state)).to.deep.equal(["down", "down"]);
    await late.start();
    closing.push(() => late.stop());
    expect(await client.provider.getBlockNumber()).to.equal(await direct.provider.getBlockNumber());
    expect(client.endpoints.map(({ state }) => state)).to.deep.equal(["up", "down"]);
  });

  it("are connected to when any of them answers, and not when all are of another chain", async () => {
    const [first, second] = proxies;
    first!.fault = "wrong-chain";
    const place = { name: "test", chainId: CHAIN_ID, url: first!.url, urls: [second!.url] };
    const client = await ChainClient.connect(place);
    closing.push(() => client.close());
    expect(await client.provider.getBlockNumber()).to.equal(await direct.provider.getBlockNumber());
    second!.fault = "wrong-chain";
    const error = await rejected(ChainClient.connect(place));
    expect(error.code).to.equal("WRONG_CHAIN_ID");
    expect(error.shortMessage).to.equal(`${first!.url} is chain 1, not test (${CHAIN_ID}).`);
  });

  it("give reverts with their data", async () => {
    const { rpc } = endpoints([proxies[0]!.url]);
    const { provider } = clientOver(rpc);
    // Reverts with the word 42.
    const call = { data: "0x602a60005260206000fd" };
    const word = `0x${"2a".padStart(64, "0")}`;
    for (const asked of [provider.call(call), provider.estimateGas(call)]) {
      const error = await asked.then(
        () => undefined,
        (caught: unknown) => caught,
      );
      expect(error).to.include({ code: "CALL_EXCEPTION", data: word });
    }
    const refusal = await rejected(rpc.request("eth_call", [call, "latest"]));
    expect(refusal).to.include({ code: "RPC_REFUSED", data: word });
  });

  it("whose ranges of logs are small are asked for smaller ones", async () => {
    await emit(15);
    proxies[0]!.fault = "small-ranges";
    const { follower, errors } = follow(clientOver(endpoints([proxies[0]!.url]).rpc));
    await follower.start();
    expect(valuesOf(follower.events)).to.deep.equal(await truth());
    expect(errors).to.deep.equal([]);
  });

  describe("a follower", () => {
    it("neither skips nor goes back with a node that is behind", async () => {
      const [proxy] = proxies;
      const { follower } = follow(clientOver(endpoints([proxy!.url]).rpc));
      await follower.start();
      const heard = valuesOf(follower.events);
      // Only the polls of the test.
      await follower.stop();
      proxy!.fault = "lagging";
      proxy!.lagBlocks = 5;
      await emit(3);
      await follower.poll();
      expect(valuesOf(follower.events)).to.deep.equal(heard);
      await emit(4);
      await follower.poll();
      expect(valuesOf(follower.events)).to.deep.equal((await truth()).slice(0, heard.length + 2));
      proxy!.fault = "none";
      await follower.poll();
      expect(valuesOf(follower.events)).to.deep.equal(await truth());
    });

    it("reads only blocks with as many on top as told", async () => {
      const { follower } = follow(direct, { finality: { confirmations: 2 } });
      await follower.start();
      await follower.stop();
      const before = follower.events.length;
      await emit();
      await direct.provider.send("hardhat_mine", ["0x1"]);
      await follower.poll();
      // The blocks that were the last two are deep enough now; the new event is not.
      expect(valuesOf(follower.events)).to.not.include(emitted);
      expect(follower.events.length).to.be.at.least(before);
      await direct.provider.send("hardhat_mine", ["0x1"]);
      await follower.poll();
      expect(valuesOf(follower.events)).to.deep.equal(await truth());
    });

    it("says when blocks it read are gone, and reads those that took their place", async () => {
      const { follower, errors } = follow(direct);
      await emit(2);
      await follower.start();
      const heard: number[] = [];
      follower.subscribe((event) => heard.push(transferred(event)));
      heard.length = 0;
      const snapshot = await direct.provider.send("evm_snapshot", []);
      await emit(3);
      const gone = [emitted - 2, emitted - 1, emitted];
      await until(() => heard.length === 3);
      await follower.stop();
      // While it is not looking the chain gets other blocks, and more of them.
      await direct.provider.send("evm_revert", [snapshot]);
      account = new ChainAccount(direct, localKey("publisher"));
      await emit(5, new ChainAccount(direct, localKey("relayer")));
      await follower.poll();
      expect(valuesOf(follower.events)).to.deep.equal(await truth());
      expect(valuesOf(follower.events)).to.not.include.members(gone);
      expect(errors.map((error) => (error as BaseError).code)).to.deep.equal(["CHAIN_REORGANIZED"]);
      expect((errors[0] as BaseError).details).to.match(
        /^Blocks up to \d+ had been read; they are read again from \d+\.$/,
      );
    });

    it("goes on when the WebSocket that tells it of blocks is closed midway", async () => {
      const sockets = new Set<Socket>();
      const wires = await listening(PORT + 7, (socket) => {
        sockets.add(socket);
        const inner = connect(PORT, "127.0.0.1");
        socket.pipe(inner).pipe(socket);
        for (const [one, other] of [
          [socket, inner],
          [inner, socket],
        ] as const) {
          one.on("error", () => undefined).on("close", () => other.destroy());
        }
      });
      closing.push(() => {
        for (const socket of sockets) socket.destroy();
        return new Promise((resolve) => wires.close(resolve));
      });
      const urls = [`ws://127.0.0.1:${PORT + 7}`];
      const client = await ChainClient.connect({ name: "test", chainId: CHAIN_ID, url: URL_OF_NODE, urls });
      closing.push(() => client.close());
      // It hardly polls: what it hears of soon, it was told.
      const { follower } = follow(client, { pollMilliseconds: 100_000 });
      await follower.start();
      const soon = async () => {
        await emit();
        const value = emitted;
        await follower.first(transferOf(value), AbortSignal.timeout(5000));
      };
      await until(() => sockets.size === 1);
      await soon();
      await soon();
      for (const socket of sockets) socket.destroy();
      await emit(2);
      // A new connection looks at once for what was missed.
      const missed = emitted;
      await follower.first(transferOf(missed), AbortSignal.timeout(5000));
      expect(sockets.size).to.equal(2);
      await soon();
      expect(valuesOf(follower.events)).to.deep.equal(await truth());
    });
  });
});

/** What a transfer tells. */
function transferred(event: ChainEvent): number {
  return event.name === "Transfer" ? Number(event.args.value) : Number.NaN;
}

async function listening(port: number, onConnection: (socket: Socket) => void): Promise<Server> {
  const server = createServer(onConnection);
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return server;
}
