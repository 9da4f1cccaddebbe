import { expect } from "chai";

import { AT_ONCE } from "../../../chains/clients/finality.ts";
import { localKey } from "../../../chains/networks/localKeys.ts";
import { NetworkClients } from "../../../chains/networks/NetworkClients.ts";
import { chainsOf, type NetworkFile } from "../../../chains/networks/networkFile.ts";
import type { BaseError } from "../../../protocol/BaseError.ts";
import { systemClock } from "../../../protocol/Clock.ts";
import { rejected, thrown } from "../thrown.ts";
import { answering } from "./answering.ts";
import { networkExample } from "./networkExample.ts";

/** The network whose main chain is at a URL, and the others where nobody is. */
function networkAt(url: string): NetworkFile {
  const network = networkExample();
  for (const place of chainsOf(network)) place.url = "http://127.0.0.1:9";
  network.main.url = url;
  return network;
}

const HERE = { eth_chainId: "0x7aa9", web3_clientVersion: "HardhatNetwork/3" };

describe("NetworkClients", () => {
  let clients: NetworkClients | undefined;
  afterEach(async () => {
    await clients?.stop();
    clients?.close();
  });

  it("has a client for every chain, and none for another", () => {
    clients = NetworkClients.open(networkExample());
    expect(clients.all.map(({ name }) => name)).to.deep.equal(["main", "relay", "virtual", "physical"]);
    expect(clients.client("virtual").chainId).to.equal(31_403n);
    expect(clients.main.client).to.equal(clients.client("main"));
    expect(clients.subchains.map(({ client }) => client.name)).to.deep.equal(["virtual", "physical"]);
    const error = thrown(() => clients!.client("fourth"));
    expect(error.code).to.equal("UNKNOWN_CHAIN");
    expect(error.next).to.contain("main, relay, virtual, physical");
  });

  it("tells which chains are silent, and goes on", async () => {
    await answering(HERE, async (url) => {
      clients = NetworkClients.open(networkAt(url));
      const silent = new Map<string, string>();
      await clients.look((error, chain) => silent.set(chain, error.code));
      expect([...silent]).to.have.deep.members(
        ["relay", "virtual", "physical"].map((name) => [name, "CHAIN_UNREACHABLE"]),
      );
      expect((await rejected(NetworkClients.connect(networkAt(url)))).code).to.equal("CHAIN_UNREACHABLE");
    });
  });

  it("refuses another chain than the network file says, whether or not the others answer", async () => {
    await answering({ ...HERE, eth_chainId: "0x1" }, async (url) => {
      clients = NetworkClients.open(networkAt(url));
      const error = await rejected(clients.look(() => undefined));
      expect(error.code).to.equal("WRONG_CHAIN_ID");
      expect(error.shortMessage).to.equal(`${url} is chain 1, not main (31401).`);
    });
  });

  it("gives one account a key and chain, and asks anew where the chain did not answer", async () => {
    await answering(HERE, async (url) => {
      clients = NetworkClients.open(networkAt(url));
      const [one, same] = await Promise.all([
        clients.account("main", "device", 2),
        clients.account("main", "device", 2),
      ]);
      expect(one).to.equal(same);
      expect(one!.address).to.equal(localKey("device", 2).address);
      expect(await clients.account("main", "device", 3)).to.not.equal(one);
      const silent = clients.account("virtual", "device", 2);
      expect((await rejected(silent)).code).to.equal("RPC_UNAVAILABLE");
      const again = clients.account("virtual", "device", 2);
      expect(again).to.not.equal(silent);
      expect((await rejected(again)).code).to.equal("RPC_UNAVAILABLE");
    });
  });

  it("follows a chain that does not answer yet, and says so", async () => {
    clients = NetworkClients.open(networkAt("http://127.0.0.1:9"), { clock: systemClock });
    const errors: BaseError[] = [];
    const follower = await clients.follow(clients.main, AT_ONCE, (error) => errors.push(error as BaseError));
    expect(errors.map(({ code }) => code)).to.deep.equal(["RPC_UNAVAILABLE"]);
    const waiting = rejected(follower.first({ name: "TaskPublished" }));
    await clients.stop();
    expect((await waiting).code).to.equal("ABORTED");
  });
});
