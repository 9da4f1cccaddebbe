import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { localKey } from "../../../chains/networks/localKeys.ts";
import { SeededRandom } from "../../../numerics/SeededRandom.ts";
import { RelayService } from "../../../relay/RelayService.ts";
import { relayUrls } from "../../../relay/relayUrls.ts";
import { freePorts } from "../../networks/freePorts.ts";
import { networkExample } from "../chains/networkExample.ts";

describe("the URLs of a relay", () => {
  const network = networkExample();
  network.validators = ["one", "two", "three", "three", "five"].map((name) => ({
    address: network.validators[0]!.address,
    url: `https://validator.${name}.example:9443`,
  }));

  it("are those of the validators that it runs, whichever the network file lists first", () => {
    expect(relayUrls(network, [3])).to.deep.equal(["https://validator.three.example:9443"]);
    expect(relayUrls(network, [4, 0])).to.deep.equal([
      "https://validator.five.example:9443",
      "https://validator.one.example:9443",
    ]);
    expect(relayUrls(network, [2, 3])).to.deep.equal(["https://validator.three.example:9443"]);
  });

  it("are this machine's own without validators: nobody else's", () => {
    expect(relayUrls(network, [])).to.deep.equal(["http://127.0.0.1:9443"]);
    expect(relayUrls({ ...network, validators: [] }, [])).to.deep.equal(["http://127.0.0.1:9211"]);
  });
});

describe("a relay's servers", () => {
  let directory: string;
  let relay: RelayService | undefined;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "freshet-relay-"));
  });
  afterEach(async () => {
    await relay?.stop();
    rmSync(directory, { recursive: true });
  });

  it("give each validator's signatures where the network file says, and bind nothing of the others'", async () => {
    const ports = await freePorts(3);
    const network = networkExample();
    network.validators = ports.map((port, i) => ({
      address: localKey("validator", i).address,
      url: `http://127.0.0.1:${port}`,
    }));
    const [taken, ...own] = network.validators;
    // Somebody else's, who is there already.
    const other = createServer().listen(ports[0], "127.0.0.1");
    await once(other, "listening");
    try {
      relay = await RelayService.start(
        network,
        { directory, parts: ["validators"], validators: [1, 2] },
        { listener: () => undefined, random: new SeededRandom(1, "relay") },
      );
      expect(relay.urls).to.deep.equal(own.map(({ url }) => url));
      const { chainId, contracts } = network.main;
      for (const { address, url } of own) {
        const path = `/checkpoints/${address}/${chainId}/${contracts.gateway}`;
        const answer = await fetch(`${url}${path}`);
        expect([answer.status, await answer.json()]).to.deep.equal([200, []]);
      }
      expect(taken!.url).not.to.be.oneOf(relay.urls as string[]);
    } finally {
      other.close();
    }
  });

  it("listen once at a place to which several URLs lead", async () => {
    const [port] = await freePorts(1);
    const network = networkExample();
    network.validators = [0, 1].map((i) => ({
      address: localKey("validator", i).address,
      url: `https://validator-${i}.example`,
    }));
    relay = await RelayService.start(
      network,
      { directory, parts: ["validators"], placeOf: () => ({ host: "127.0.0.1", port: port! }) },
      { listener: () => undefined, random: new SeededRandom(1, "relay") },
    );
    expect(relay.urls).to.have.length(2);
    expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).to.equal(200);
  });
});
