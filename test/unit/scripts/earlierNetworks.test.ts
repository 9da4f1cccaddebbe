import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { holdDatabase } from "../../../relay/store/holdDatabase.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import {
  claimDirectory,
  earlierInWords,
  removeEarlier,
  setNetworkAside,
} from "../../../scripts/earlierNetworks.ts";
import { serviceDirectory } from "../../../scripts/serviceDirectory.ts";
import { rejected } from "../thrown.ts";

const NOW = Date.UTC(2026, 4, 17, 12, 30, 5);

describe("earlier networks", () => {
  let directory: string;
  let database: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet earlier #"));
    database = join(directory, "relay", "relayer-0.sqlite");
    for (const folder of ["content/AA", "relay", "history"]) {
      await mkdir(join(directory, folder), { recursive: true });
    }
    await writeFile(join(directory, "content", "AA", "block"), new Uint8Array(1_500_000));
    await writeFile(join(directory, "network.json"), "{}");
    await writeFile(join(directory, "notes.txt"), "mine");
    new RelayerStore(database).close();
  });
  afterEach(() => rm(directory, { recursive: true }));

  it("are moved whole into folders of their own, and nothing else is", async () => {
    const first = await setNetworkAside(directory, NOW);
    expect(first?.last).to.equal(join(directory, "earlier", "2026-05-17T12-30-05"));
    expect(first?.count).to.equal(1);
    expect(first?.bytes).to.be.within(1_500_000, 2_000_000);
    expect((await readdir(first!.last)).sort()).to.deep.equal([
      "content",
      "history",
      "network.json",
      "relay",
    ]);
    new RelayerStore(join(first!.last, "relay", "relayer-0.sqlite")).close();
    expect((await readdir(directory)).sort()).to.deep.equal(["earlier", "notes.txt"]);
    expect(await readFile(join(directory, "notes.txt"), "utf8")).to.equal("mine");

    await writeFile(join(directory, "network.json"), "{}");
    const second = await setNetworkAside(directory, NOW);
    expect(second?.last).to.equal(`${first!.last}-2`);
    expect(second?.count).to.equal(2);
    expect(earlierInWords(second!)).to.match(/2 such folders hold 1\.\d MB; --fresh removes them\.$/);
    expect(await setNetworkAside(directory, NOW)).to.equal(undefined);
  });

  it("leave nothing that a service would take for its own: receipts of sale of tasks of the same number, held updates", async () => {
    const service = serviceDirectory(directory, "a-mechanism", 0);
    for (const folder of [join(service, "1", "0"), join(directory, "held", "0")]) {
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, "receipt.json"), "{}");
    }
    await setNetworkAside(directory, NOW);
    expect((await readdir(directory)).sort()).to.deep.equal(["earlier", "notes.txt"]);
    await mkdir(service, { recursive: true });
    await removeEarlier(directory);
    expect(await readdir(directory)).to.deep.equal(["notes.txt"]);
  });

  it("are removed when that is asked for, and nothing else is", async () => {
    await setNetworkAside(directory, NOW);
    await writeFile(join(directory, "network.json"), "{}");
    await removeEarlier(directory);
    expect(await readdir(directory)).to.deep.equal(["notes.txt"]);
  });

  it("are of directories that a network made its own; whatever else is there stays", async () => {
    const error = await rejected(claimDirectory(directory));
    expect(error.code).to.equal("DIRECTORY_NOT_OURS");
    expect(error.details).to.contain("content, relay, history, network.json");
    for (const name of ["content", "relay", "history", "network.json"]) {
      await rm(join(directory, name), { recursive: true });
    }
    await claimDirectory(directory);
    await mkdir(join(directory, "relay"));
    await claimDirectory(directory);
    expect((await readdir(directory)).sort()).to.deep.equal([".freshet-network", "notes.txt", "relay"]);
  });

  it("stay where they are while a part of their relay runs", async () => {
    const lock = holdDatabase(database);
    try {
      for (const way of [setNetworkAside(directory, NOW), removeEarlier(directory)]) {
        const error = await rejected(way);
        expect(error.code).to.equal("DATABASE_IN_USE");
        expect(error.details).to.contain(`process ${process.pid} `);
      }
      expect(existsSync(database)).to.equal(true);
      expect(existsSync(join(directory, "earlier"))).to.equal(false);
    } finally {
      lock.release();
    }
    expect(await setNetworkAside(directory, NOW)).to.include({ count: 1 });
  });
});
