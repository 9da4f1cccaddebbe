import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { Interface } from "ethers";

import { AT_ONCE } from "../../chains/clients/finality.ts";
import { localKey } from "../../chains/networks/localKeys.ts";
import { NetworkClients } from "../../chains/networks/NetworkClients.ts";
import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import { SeededRandom } from "../../numerics/SeededRandom.ts";
import type { BaseError } from "../../protocol/BaseError.ts";
import { contracts } from "../../protocol/contracts.ts";
import { formatInteroperable } from "../../protocol/interoperableAddress.ts";
import type { RelayEvent } from "../../relay/RelayEvent.ts";
import { RelayService } from "../../relay/RelayService.ts";
import { GatewayFollower } from "../../relay/reading/GatewayFollower.ts";
import { RelayerStore } from "../../relay/store/RelayerStore.ts";
import { TaskHistory } from "../../tasks/history/TaskHistory.ts";
import { publishTask } from "../../tasks/publishTask.ts";
import { taskSpans } from "../../tasks/taskSpans.ts";
import { parseTaskSpec } from "../../tasks/taskSpec.ts";
import { smallSpec } from "../unit/tasks/smallSpec.ts";
import { FaultyProxy, type ProxyFault } from "./FaultyProxy.ts";
import { forgedHistory } from "./forgedHistory.ts";
import { Heard } from "./Heard.ts";
import { Program } from "./Program.ts";
import { TestNetwork } from "./TestNetwork.ts";

const BASE_PORT = 9850;
const PROXY_PORT = BASE_PORT + 10;
const SERVER_PORT = BASE_PORT + 15;
/** Times that a validator looks, after which one that could sign would have signed: some 60 ms each. */
const LONG_MILLISECONDS = 1500;

const GATEWAY = new Interface(contracts.Gateway.abi);
const OUTBOX = GATEWAY.getFunction("outbox")!.selector;

type Lie = FaultyProxy["lie"];
type Answer = Record<string, string>;

/** What one endpoint of three may do, and whether it is told of as one that differs. */
const FAULTS: readonly { name: string; fault: ProxyFault; lie?: () => Lie; differs?: true }[] = [
  {
    name: "has another history of messages",
    fault: "lying",
    lie: () => forgedHistory("0x66"),
    differs: true,
  },
  {
    name: "leaves logs out",
    fault: "lying",
    lie: () => (method, result) => (method === "eth_getLogs" ? [] : result),
    differs: true,
  },
  {
    name: "gives logs another block",
    fault: "lying",
    lie: () => (method, result) =>
      method === "eth_getLogs"
        ? (result as Answer[]).map((log) => ({ ...log, blockHash: `0x${"ab".repeat(32)}` }))
        : result,
    differs: true,
  },
  {
    name: "gives blocks another hash",
    fault: "lying",
    lie: () => (method, result) =>
      method === "eth_getBlockByNumber" && result !== null
        ? { ...(result as Answer), hash: `0x${"ab".repeat(32)}` }
        : result,
  },
  {
    name: "has another outbox",
    fault: "lying",
    lie: () => (method, result) => (method === "eth_call" ? `0x${"ab".repeat(64)}` : result),
    differs: true,
  },
  {
    name: "says to be far ahead",
    fault: "lying",
    lie:
      () =>
      (method, result, [block]) => {
        if (method === "eth_blockNumber") return "0xffffff";
        return method === "eth_getBlockByNumber" && block === "latest"
          ? { ...(result as Answer), number: "0xffffff" }
          : result;
      },
  },
  { name: "is silent", fault: "silent" },
  { name: "answers with an error", fault: "http-500" },
  { name: "answers with garbage", fault: "garbage" },
  { name: "is of another chain", fault: "wrong-chain" },
  { name: "lags behind", fault: "lagging" },
];

describe("a validator some of whose endpoints lie", function () {
  this.timeout(60_000);
  let network: TestNetwork;
  let proxies: FaultyProxy[];
  let directory: string;
  /** The outbox as it is. */
  let outbox: GatewayFollower;
  const read = new RelayerStore(":memory:");
  let heard: Heard<RelayEvent>;
  let relay: RelayService | undefined;
  let others: Server | undefined;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), "freshet-lies-"));
    network = await TestNetwork.start({ basePort: BASE_PORT, subchains: ["physical"] });
    proxies = [0, 1, 2].map((i) => new FaultyProxy(network.place("main").url, PROXY_PORT + i));
    for (const proxy of proxies) await proxy.start();
    const gateway = network.gateway("main");
    outbox = new GatewayFollower({ fromBlock: 0, finality: AT_ONCE }, { gateway, store: read });
  });
  after(async () => {
    for (const proxy of proxies ?? []) await proxy.stop();
    read.close();
    await network?.stop();
    rmSync(directory, { recursive: true, force: true });
  });

  beforeEach(() => {
    heard = new Heard();
    for (const proxy of proxies) proxy.fault = "none";
  });
  afterEach(async () => {
    others?.closeAllConnections();
    others?.close();
    others = undefined;
    await relay?.stop();
    relay = undefined;
  });

  /** Starts a validator that asks main at the three proxies; it has signed nothing before. */
  async function start(readQuorum: Record<string, number> = {}): Promise<void> {
    const [first, ...others] = proxies.map(({ url }) => url);
    const { file } = network;
    const reached: NetworkFile = { ...file, main: { ...file.main, url: first!, urls: others } };
    relay = await RelayService.start(
      reached,
      {
        directory: mkdtempSync(join(directory, "relay-")),
        parts: ["validators"],
        validators: [0],
        url: `http://127.0.0.1:${SERVER_PORT}`,
        readQuorum,
      },
      { listener: heard.listener, random: new SeededRandom(1, "relay") },
    );
  }

  function lies(proxy: FaultyProxy, { fault, lie }: { fault: ProxyFault; lie?: () => Lie }): void {
    if (lie !== undefined) proxy.lie = lie();
    proxy.fault = fault;
  }

  /** Sends a message from main; the root of main's outbox with it. */
  async function send(): Promise<string> {
    const account = await network.account("main", "publisher");
    const { chainId } = network.client("relay");
    const to = formatInteroperable({ chainId, address: localKey("publisher").address });
    const gateway = { contract: contracts.Gateway, address: outbox.gateway.address };
    await account.send(gateway, "sendMessage", [to, "0x1234", []]);
    while ((await outbox.step()).type !== "idle");
    return outbox.tree.root();
  }

  const signed = () =>
    heard.events.flatMap((event) => (event.type === "vouched" && event.chain === "main" ? [event.hash] : []));
  const isTrue = (root: string) =>
    Array.from({ length: outbox.tree.count }, (_, i) => outbox.tree.root(i + 1)).includes(root);
  const signs = (root: string) => heard.until((event) => event.type === "vouched" && event.hash === root);

  it("signs a root that is none where the first answer is believed, as a quorum of one says", async () => {
    const root = await send();
    lies(proxies[0]!, { fault: "lying", lie: () => forgedHistory("0x66") });
    await start({ main: 1 });
    await heard.until((event) => event.type === "vouched" && event.chain === "main");
    expect(signed()).not.to.include(root);
    expect(signed().some(isTrue)).to.equal(false);
  });

  for (const fault of FAULTS) {
    it(`signs what is true, and goes on, when one of three ${fault.name}`, async () => {
      lies(proxies[0]!, fault);
      await start();
      for (let i = 0; i < 2; i++) await signs(await send());
      expect(signed().every(isTrue)).to.equal(true);
      if (fault.differs === undefined) return;
      const told = await heard.until(({ type }) => type === "endpoint-differs");
      expect(told).to.include({ chain: "main", endpoint: proxies[0]!.url });
    });
  }

  it("signs nothing while two of three contradict each other and the third, and says which said what", async () => {
    lies(proxies[0]!, { fault: "lying", lie: () => forgedHistory("0x66") });
    lies(proxies[2]!, { fault: "lying", lie: () => forgedHistory("0x77") });
    const root = await send();
    await start();
    const trouble = await heard.until(
      (event) => event.type === "trouble" && (event.error as BaseError).code === "ENDPOINTS_DISAGREE",
    );
    const { details } = (trouble as { error: BaseError }).error;
    for (const { url } of proxies) expect(details).to.match(new RegExp(`${url}: \\d+ logs \\(sha256 `));
    await new Promise((resolve) => setTimeout(resolve, LONG_MILLISECONDS));
    expect(signed()).to.deep.equal([]);
    const metrics = await (await fetch(`http://127.0.0.1:${SERVER_PORT}/metrics`)).text();
    expect(metrics).to.match(/freshet_trouble_total\{chain="main",error="ENDPOINTS_DISAGREE"\} [1-9]/);
    // One of them is mended.
    proxies[2]!.fault = "none";
    await signs(root);
    expect(signed().every(isTrue)).to.equal(true);
    await heard.until((event) => event.type === "endpoint-differs" && event.endpoint === proxies[0]!.url);
    const after = await (await fetch(`http://127.0.0.1:${SERVER_PORT}/metrics`)).text();
    // It is told once for each method in which it lies: logs, and the outbox.
    const own = `freshet_endpoint_differences_total{chain="main",endpoint="${proxies[0]!.url}"}`;
    const line = after.split("\n").find((one) => one.startsWith(own));
    expect(Number(line?.slice(own.length)), line).to.be.within(1, 2);
  });

  it("is put back behind all that was signed, when one of three shows less", async function () {
    this.timeout(180_000);
    const root = await send();
    await start();
    await signs(root);
    await relay!.stop();
    relay = undefined;
    // The others answer, and have signed nothing of it yet.
    others = createServer(({ url }, response) => {
      const isOwn = url!.toLowerCase().includes(localKey("validator").address.toLowerCase());
      response.writeHead(isOwn ? 404 : 200, { "content-type": "application/json" }).end("[]");
    });
    const { hostname, port } = new URL(network.file.validators[0]!.url);
    await new Promise<void>((resolve) => others!.listen(Number(port), hostname, resolve));
    const { count } = outbox.tree;
    const lessen: Lie = (method, result, [call]) => {
      const isOutbox = method === "eth_call" && (call as { data: string }).data === OUTBOX;
      if (!isOutbox) return result;
      const [, all] = GATEWAY.decodeFunctionResult("outbox", result as string);
      return GATEWAY.encodeFunctionResult("outbox", [outbox.tree.root(Number(all) - 1), all - 1n]);
    };
    lies(proxies[0]!, { fault: "lying", lie: () => lessen });
    const restored = async (readQuorum: Record<string, number>) => {
      const [node, where] = [join(directory, "node.json"), mkdtempSync(join(directory, "restored-"))];
      const endpoints = { main: proxies.map(({ url }) => url) };
      writeFileSync(node, JSON.stringify({ version: 1, keys: {}, endpoints, readQuorum }));
      const program = new Program(
        ...["relay", "restore", "--without-copy", "--validator", localKey("validator").address],
        ...["--directory", where, "--node", node, "--network", network.path, "--json"],
      );
      const code = await program.exitCode();
      expect(code, program.stdout + program.stderr).to.equal(0);
      const { fences } = JSON.parse(program.stdout) as { fences: { chain: string; fence: number }[] };
      return { fence: fences.find(({ chain }) => chain === "main")!.fence, people: program.stderr };
    };
    // Whoever believes one may sign another message for the last place.
    expect((await restored({ main: 1 })).fence).to.equal(count - 2);
    const compared = await restored({});
    expect(compared.fence).to.equal(count - 1);
    expect(compared.people).to.contain(`main: ${proxies[0]!.url} answers eth_call otherwise`);
    // Two that lie alike are a quorum: the third shows more, and it is refused.
    lies(proxies[1]!, { fault: "lying", lie: () => lessen });
    const refused = new Program(
      ...["relay", "restore", "--without-copy", "--validator", localKey("validator").address],
      ...["--directory", join(directory, "never"), "--node", join(directory, "node.json")],
      ...["--network", network.path, "--json"],
    );
    expect(await refused.exitCode()).to.equal(2);
    const { error, details } = JSON.parse(refused.stdout) as { error: string; details: string };
    expect(error).to.equal("RESTORE_UNSURE");
    expect(details).to.contain(`${count - 1}`);
  });

  it("is no server whose storage removes the files of a task that one of three hides", async () => {
    const { main, file, storage } = network;
    const publisher = await network.account("main", "publisher");
    const spec = parseTaskSpec({
      ...smallSpec(),
      aggregators: { attestations: 1, of: 1 },
      subchains: ["physical"],
    });
    const { task } = await publishTask(spec, { network: file, main, publisher, storage });
    lies(proxies[0]!, {
      fault: "lying",
      lie: () => (method, result) => (method === "eth_getLogs" ? [] : result),
    });
    const [first, ...others] = proxies.map(({ url }) => url);
    const reached: NetworkFile = { ...file, main: { ...file.main, url: first!, urls: others } };
    const kept = async (options: { readQuorum?: Record<string, number> }) => {
      const clients = NetworkClients.open(reached, options);
      try {
        const history = new TaskHistory(clients, mkdtempSync(join(directory, "history-")));
        const spans = await taskSpans(clients.main, history);
        const health = clients.health.chains!.main!.ok;
        return { spans, health, task: (await history.tasks())[0]?.task };
      } finally {
        clients.close();
      }
    };
    // Whoever believes the first removes, after keepDays, what the task still needs.
    expect((await kept({})).spans).to.deep.equal([]);
    const compared = await kept({ readQuorum: {} });
    expect(compared.spans.map(({ overAt }) => overAt)).to.deep.equal([undefined]);
    expect([compared.health, compared.task]).to.deep.equal([true, task]);
  });

  it("signs nothing when one of three lies and one is dead, until that is back", async () => {
    lies(proxies[0]!, { fault: "lying", lie: () => forgedHistory("0x66") });
    lies(proxies[1]!, { fault: "http-500" });
    const root = await send();
    await start();
    await heard.until(
      (event) => event.type === "trouble" && (event.error as BaseError).code === "ENDPOINTS_DISAGREE",
    );
    await new Promise((resolve) => setTimeout(resolve, LONG_MILLISECONDS));
    expect(signed()).to.deep.equal([]);
    proxies[1]!.fault = "none";
    await signs(root);
    expect(signed().every(isTrue)).to.equal(true);
  });
});
