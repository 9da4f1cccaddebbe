import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { digestOf } from "../../storage/contentId.ts";
import { Holdings } from "../../storage/Holdings.ts";
import { KuboStore, type KuboStoreOptions } from "../../storage/KuboStore.ts";
import { RemoteStore } from "../../storage/RemoteStore.ts";
import { chacha20Bytes } from "../unit/storage/chacha20Bytes.ts";
import { rejection } from "../unit/storage/rejection.ts";
import { BUILD_MILLISECONDS, builtTools } from "./builtTools.ts";
import { Kubo } from "./Kubo.ts";

const chunk = 262_144;
const AUTHORIZATION = "Bearer a-token-of-this-test";
/** What would give other CIDs, were it not said how files are cut. */
const CONTRARY = {
  "Import.CidVersion": 1,
  "Import.UnixFSRawLeaves": true,
  "Import.UnixFSChunker": "size-1048576",
  "Import.UnixFSFileMaxLinks": 1024,
};

/** Two organisations' daemons, one of them configured to name files otherwise, and one that lets in only whom it knows. */
describe("KuboStore with real nodes", function () {
  this.timeout(120_000);
  let directory: string;
  let acme: Kubo;
  let borea: Kubo;
  let guarded: Kubo;
  const lists: Holdings[] = [];
  const storeOf = (kubo: Kubo, options: Partial<KuboStoreOptions> = {}) => {
    const pins = Holdings.open(":memory:");
    lists.push(pins);
    return new KuboStore({ url: kubo.apiUrl, peersMilliseconds: 3_000, ...options }, { pins });
  };

  before(async function () {
    this.timeout(BUILD_MILLISECONDS);
    const { kubo: binary } = await builtTools(this, ["kubo"]);
    directory = await mkdtemp(join(tmpdir(), "freshet-kubo-"));
    const start = (name: string, configuration: Record<string, unknown>) =>
      Kubo.start({ binary, name, directory: join(directory, name), configuration });
    [acme, borea, guarded] = await Promise.all([
      start("acme", CONTRARY),
      start("borea", {}),
      start("guarded", {
        "API.Authorizations": {
          freshet: {
            AuthSecret: `bearer:${AUTHORIZATION.slice("Bearer ".length)}`,
            AllowedPaths: ["/api/v0"],
          },
        },
      }),
    ]);
  });
  after(async () => {
    for (const list of lists) list.close();
    await Promise.all([acme?.stop(), borea?.stop(), guarded?.stop()]);
    if (directory !== undefined) await rm(directory, { recursive: true, force: true });
  });

  for (const size of [0, 1, chunk, chunk + 1, 3 * chunk, 174 * chunk + 1]) {
    it(`names a file of ${size} bytes as all stores do, whatever the node's configuration says, and gives it back`, async () => {
      const store = storeOf(acme);
      const file = chacha20Bytes(size, `of ${size} bytes`);
      const digest = await store.put(file);
      expect(digest).to.equal(await digestOf(file));
      expect(Buffer.compare(await store.get(digest), file)).to.equal(0);
    });
  }

  it("reads what another organisation has by its gateway, and once they are peers without one", async () => {
    const file = chacha20Bytes(3 * chunk, "Acme's");
    const digest = await storeOf(acme).put(file);
    const alone = await rejection(storeOf(borea).get(digest));
    expect([alone.code, alone.retryable]).to.deep.equal(["STORAGE_NOT_FOUND", true]);
    const byGateway = storeOf(borea, { gateways: [acme.gatewayUrl], peersMilliseconds: 1 });
    expect(Buffer.compare(await byGateway.get(digest), file)).to.equal(0);
    // Whoever has only public files reads there, too.
    const anybody = new RemoteStore({ servers: [acme.gatewayUrl] });
    expect(Buffer.compare(await anybody.get(digest), file)).to.equal(0);
    await borea.meet(acme);
    expect(Buffer.compare(await storeOf(borea).get(digest), file)).to.equal(0);
  });

  it("says in time that nobody has a file", async () => {
    const absent = await digestOf(Buffer.from("nobody's"));
    const store = storeOf(borea, { gateways: [acme.gatewayUrl], attempts: 1 });
    const began = Date.now();
    expect((await rejection(store.get(absent))).code).to.equal("STORAGE_NOT_FOUND");
    expect(await store.has(absent)).to.equal(false);
    expect(Date.now() - began).to.be.lessThan(15_000);
  });

  it("keeps what is pinned through its node's garbage collection and death, and gives up what was released", async () => {
    const store = storeOf(acme);
    const [file, other] = [chacha20Bytes(1_000, "to be released"), chacha20Bytes(2_000, "to be kept")];
    const released = await store.put(file);
    expect(await store.release(() => true)).to.deep.equal({ digests: 1, bytes: 4_096 });
    const kept = await store.put(other);
    const collected = await fetch(`${acme.apiUrl}/api/v0/repo/gc`, { method: "POST" });
    await collected.text();
    await acme.kill();
    const down = await rejection(store.put(file));
    expect([down.code, down.retryable]).to.deep.equal(["STORAGE_UNREACHABLE", true]);
    const theirs = await storeOf(borea).put(chacha20Bytes(500, "Borea's"));
    const meanwhile = storeOf(acme, { gateways: [borea.gatewayUrl] });
    expect(await meanwhile.get(theirs)).to.have.length(500);
    await acme.run();
    const again = storeOf(acme, { peersMilliseconds: 500 });
    expect(Buffer.compare(await again.get(kept), other)).to.equal(0);
    expect((await rejection(again.get(released))).code).to.equal("STORAGE_NOT_FOUND");
  });

  it("is let in by what the node file names, and says when it is not", async () => {
    const file = chacha20Bytes(100, "guarded");
    const refused = await rejection(storeOf(guarded).put(file));
    expect([refused.code, refused.retryable]).to.deep.equal(["STORAGE_REFUSED", false]);
    const store = storeOf(guarded, { authorization: AUTHORIZATION });
    expect(Buffer.compare(await store.get(await store.put(file)), file)).to.equal(0);
  });
});
