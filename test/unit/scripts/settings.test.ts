import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { LOCAL_PUBLISHERS } from "../../../chains/networks/localKeys.ts";

import { networkConfigSchema } from "../../../chains/networks/networkConfig.ts";
import { networkSettings, tokenAmount, wholeNumber } from "../../../scripts/settings.ts";
import { rejected, thrown } from "../thrown.ts";

describe("settings", () => {
  let directory: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-settings-"));
  });
  after(() => rm(directory, { recursive: true }));

  const file = async (text: string) => {
    const path = join(directory, "config.json");
    await writeFile(path, text);
    return path;
  };

  it("are the defaults unless told otherwise", async () => {
    expect(await networkSettings({})).to.deep.equal(networkConfigSchema.parse({}));
  });

  it("are those of the file, and the options before it", async () => {
    const config = await file(JSON.stringify({ directory: "here", devices: 3, storagePort: 9999 }));
    expect(await networkSettings({ config })).to.deep.include({
      directory: "here",
      devices: 3,
      storagePort: 9999,
    });
    const moved = await networkSettings({ config, basePort: "9300", directory: "there" });
    expect(moved.chains.map(({ port }) => port)).to.deep.equal([9300, 9301, 9302, 9303]);
    expect(moved).to.include({ directory: "there", devices: 3, storagePort: 9304, relayPort: 9305 });
    expect(moved.aggregatorPort).to.equal(9306);
  });

  it("take base ports up to where all fit", async () => {
    const { servicePort } = await networkSettings({ basePort: "65524" });
    expect(servicePort + LOCAL_PUBLISHERS - 1).to.equal(65_535);
    expect((await rejected(networkSettings({ basePort: "65525" }))).code).to.equal("OPTION_INVALID");
  });

  for (const basePort of ["0", "-1", "1.5", "1e3", "abc", "", " 9300"]) {
    it(`refuse the base port ${JSON.stringify(basePort)}`, async () => {
      const error = await rejected(networkSettings({ basePort }));
      expect(error.code).to.equal("OPTION_INVALID");
      expect(error.shortMessage).to.contain("--base-port");
      expect(error.details).to.contain(JSON.stringify(basePort));
    });
  }

  it("name every field of the file that does not hold", async () => {
    const config = await file(JSON.stringify({ devices: -1, storagePort: "x" }));
    const error = await rejected(networkSettings({ config }));
    expect(error.code).to.equal("CONFIG_INVALID");
    expect(error.shortMessage).to.contain(config);
    expect(error.details).to.match(/storagePort[\s\S]*devices/);
  });

  it("run the chains with the runner that the option names, if the rest of the file suits it", async () => {
    expect(await networkSettings({ chains: "anvil" })).to.deep.equal(
      networkConfigSchema.parse({ runner: "anvil" }),
    );
    const chains = networkConfigSchema.parse({}).chains.map((chain) => ({ ...chain, finality: "finalized" }));
    const config = await file(JSON.stringify({ chains }));
    expect((await networkSettings({ config })).runner).to.equal("hardhat");
    const error = await rejected(networkSettings({ config, chains: "anvil" }));
    expect(error.code).to.equal("CONFIG_INVALID");
    expect(error.details).to.contain("blockSeconds");
  });

  it("say when a file that was named is not there, or no JSON", async () => {
    const missing = await rejected(networkSettings({ config: join(directory, "none.json") }));
    expect(missing.code).to.equal("FILE_UNREADABLE");
    const broken = await rejected(networkSettings({ config: await file("{") }));
    expect(broken.code).to.equal("CONFIG_INVALID");
  });

  it("take whole numbers in their range, both ends in it", () => {
    expect(["2", "3", "5"].map((text) => wholeNumber(text, "--device", 2, 5))).to.deep.equal([2, 3, 5]);
    for (const text of ["1", "6"]) {
      expect(thrown(() => wholeNumber(text, "--device", 2, 5)).shortMessage).to.equal(
        "--device takes a whole number from 2 to 5.",
      );
    }
  });

  it("take amounts of tokens to the last wei, and none that an escrow cannot have", () => {
    const amounts = ["0", "12.5", "0.000000000000000001", "79228162514.264337593543950335"];
    expect(amounts.map((text) => tokenAmount(text, "--budget"))).to.deep.equal([
      ...[0n, 12_500_000_000_000_000_000n, 1n, 2n ** 96n - 1n],
    ]);
    const wrong = ["", "-5", "1e3", "1.", ".5", "0.0000000000000000001", "79228162514.264337593543950336"];
    for (const text of [...wrong, "9".repeat(1000), "Infinity", "0x10", "1,5"]) {
      const error = thrown(() => tokenAmount(text, "--budget"));
      expect(error).to.include({ code: "OPTION_INVALID" });
      expect(error.shortMessage).to.contain("--budget takes tokens");
    }
  });
});
