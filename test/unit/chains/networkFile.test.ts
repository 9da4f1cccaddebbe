import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import {
  chainsOf,
  type MainPlace,
  networkFilePath,
  originsOf,
  readNetworkFile,
  writeNetworkFile,
} from "../../../chains/networks/networkFile.ts";
import { rejected } from "../thrown.ts";
import { networkExample } from "./networkExample.ts";

/** The example with other contracts on its main chain. */
function changedMain(contracts: Partial<MainPlace["contracts"]> | object): object {
  const { main, ...network } = networkExample();
  return { ...network, main: { ...main, contracts: { ...main.contracts, ...contracts } } };
}

describe("networkFile", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-network-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("is read back as it was written, and leaves nothing else behind", async () => {
    await writeNetworkFile(directory, networkExample());
    expect(await readNetworkFile(networkFilePath(directory))).to.deep.equal(networkExample());
    expect(await readdir(directory)).to.deep.equal(["network.json"]);
  });

  it("can name further applications and mechanisms of a chain", async () => {
    const there = `0x${"5".repeat(40)}`;
    const further = changedMain({
      applications: { tasks: there, trading: there },
      policies: { "aoi-contract": there, another: there },
    });
    const path = networkFilePath(directory);
    await writeFile(path, JSON.stringify(further));
    expect(await readNetworkFile(path)).to.deep.equal(further);
  });

  it("knows aggregators and validators by their checksummed addresses, however they are written", async () => {
    const checksummed = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    const path = networkFilePath(directory);
    for (const address of [checksummed.toLowerCase(), `0x${checksummed.slice(2).toUpperCase()}`]) {
      const parties = [{ address, url: "http://127.0.0.1:9/" }];
      await writeFile(
        path,
        JSON.stringify({ ...networkExample(), aggregators: parties, validators: parties }),
      );
      const { aggregators, validators } = await readNetworkFile(path);
      expect([...aggregators, ...validators].map((one) => one.address)).to.deep.equal([
        checksummed,
        checksummed,
      ]);
    }
  });

  it("lists main, relay, then the subchains", () => {
    expect(chainsOf(networkExample()).map(({ name }) => name)).to.deep.equal([
      "main",
      "relay",
      "virtual",
      "physical",
    ]);
  });

  it("fills in what files of an earlier version leave out: blocks are final at once, nobody publishes", async () => {
    const { validators: _, ...file } = networkExample();
    const { finality: _finality, proofs: _proofs, ...main } = file.main;
    const path = networkFilePath(directory);
    await writeFile(path, JSON.stringify({ ...file, main }));
    expect(await readNetworkFile(path)).to.deep.equal({ ...networkExample(), validators: [] });
  });

  it("knows whose messages each chain takes", () => {
    const network = networkExample();
    const names = chainsOf(network).map((place) => originsOf(network, place).map(({ name }) => name));
    expect(names).to.deep.equal([["relay"], ["main", "virtual", "physical"], ["relay"], ["relay"]]);
  });

  it("says how to come by one when there is none", async () => {
    const error = await rejected(readNetworkFile(join(directory, "none.json")));
    expect(error.code).to.equal("NETWORK_FILE_MISSING");
    expect(error.next).to.contain("freshet up");
  });

  const wrong: [what: string, text: string, said: RegExp][] = [
    ["is no JSON", "{", /JSON/],
    [
      "has an address that is none",
      JSON.stringify({ ...networkExample(), aggregators: [{ address: "0x12", url: "http://127.0.0.1:1" }] }),
      /20 bytes/,
    ],
    [
      "has a finality rule that is none",
      JSON.stringify({ ...networkExample(), main: { ...networkExample().main, finality: "safe" } }),
      /finality/,
    ],
    [
      "has no verifier of headers where a chain's messages are proven by them",
      JSON.stringify({ ...networkExample(), main: { ...networkExample().main, proofs: "header" } }),
      /relay needs a headerVerifier, as main's messages are proven by headers/,
    ],
    [
      "names no application for tasks",
      JSON.stringify(changedMain({ applications: { trading: `0x${"5".repeat(40)}` } })),
      /tasks/,
    ],
    [
      "has a policy at no address",
      JSON.stringify(changedMain({ policies: { "aoi-contract": "0x12" } })),
      /20 bytes/,
    ],
    ["has no subchain", JSON.stringify({ ...networkExample(), subchains: [] }), /subchains/],
  ];
  for (const [what, text, said] of wrong) {
    it(`refuses a file that ${what}`, async () => {
      const path = networkFilePath(directory);
      await writeFile(path, text);
      const error = await rejected(readNetworkFile(path));
      expect(error.code).to.equal("NETWORK_FILE_INVALID");
      expect(error.details).to.match(said);
    });
  }
});
