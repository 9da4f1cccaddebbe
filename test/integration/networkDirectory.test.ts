import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { SeededRandom } from "../../numerics/SeededRandom.ts";
import { RelayService } from "../../relay/RelayService.ts";
import type { EarlierNetworks } from "../../scripts/earlierNetworks.ts";
import { LocalNetwork } from "../../scripts/LocalNetwork.ts";
import { EmbeddedStore } from "../../storage/EmbeddedStore.ts";
import { rejected } from "../unit/thrown.ts";
import { networkConfig } from "./TestNetwork.ts";

const BYTES = new Uint8Array([1, 2, 3]);

describe("the directory of a network", () => {
  let directory: string;
  const running: { stop(): Promise<void> }[] = [];
  const at = (basePort: number) => networkConfig({ basePort, subchains: ["virtual"] }, directory);
  const startRelay = (network: LocalNetwork) =>
    RelayService.start(
      network.file,
      { directory: join(directory, "relay") },
      { listener: () => undefined, random: new SeededRandom(1, "relayer") },
    );

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-directory-"));
  });
  after(async () => {
    for (const part of running.reverse()) await part.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it("is no directory of somebody else's, of which nothing is moved or removed", async () => {
    const other = await mkdtemp(join(tmpdir(), "freshet-other-"));
    try {
      await mkdir(join(other, "logs"));
      await writeFile(join(other, "logs", "mine.txt"), "mine");
      for (const options of [{}, { fresh: true }]) {
        const refused = await rejected(LocalNetwork.start({ ...at(9721), directory: other }, options));
        expect(refused.code).to.equal("DIRECTORY_NOT_OURS");
      }
      expect(await readdir(other, { recursive: true })).to.have.members(["logs", "logs/mine.txt"]);
    } finally {
      await rm(other, { recursive: true });
    }
  });

  it("has one network at a time, each part of the relay once, and loses nothing to a second one", async () => {
    const first = await LocalNetwork.start(at(9701));
    running.push(first);
    const digest = await first.storage.put(BYTES);
    const relay = await startRelay(first);
    running.push(relay);
    const before = await readdir(directory, { recursive: true });

    for (const options of [{}, { fresh: true }, { resume: true }]) {
      const refused = await rejected(LocalNetwork.start(at(9711), options));
      expect(refused.code).to.equal("DIRECTORY_IN_USE");
      expect(refused.shortMessage).to.contain(directory);
      expect(refused.details).to.contain(`process ${process.pid} `);
    }
    expect((await rejected(startRelay(first))).code).to.equal("DATABASE_IN_USE");
    expect(await readdir(directory, { recursive: true })).to.include.members(before);
    expect(await first.storage.get(digest)).to.deep.equal(BYTES);

    // The chains end, the relay stays: what it has may be the only copy.
    await first.stop();
    running.shift();
    expect((await rejected(LocalNetwork.start(at(9711)))).code).to.equal("DATABASE_IN_USE");
    await relay.stop();
    running.shift();

    let kept: EarlierNetworks | undefined;
    const second = await LocalNetwork.start(at(9701), { onSetAside: (earlier) => (kept = earlier) });
    running.push(second);
    expect(kept).to.include({ count: 1 });
    const content = new EmbeddedStore({ directory: join(kept!.last, "content") });
    expect(await content.get(digest)).to.deep.equal(BYTES);
    expect(before.filter((name) => /^relay\/.*\.sqlite$/.test(name))).to.have.length.greaterThan(1);
    expect(await readdir(kept!.last, { recursive: true })).to.include.members(
      before.filter((name) => /^(content|relay)\b/.test(name) && !/-(wal|shm)$/.test(name)),
    );
    expect((await rejected(second.storage.get(digest))).code).to.equal("STORAGE_NOT_FOUND");
  });
});
