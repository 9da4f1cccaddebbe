import { join } from "node:path";

import { expect } from "chai";

import { systemClock } from "../../../protocol/Clock.ts";
import { digestOf } from "../../../storage/contentId.ts";
import { Holdings } from "../../../storage/Holdings.ts";
import { KuboStore, type KuboStoreOptions } from "../../../storage/KuboStore.ts";
import { layOutContent } from "../../../storage/layOutContent.ts";
import { chacha20Bytes } from "./chacha20Bytes.ts";
import { FakeKubo } from "./FakeKubo.ts";
import { rejection } from "./rejection.ts";
import { withBlockServer } from "./withBlockServer.ts";
import { withDirectory } from "./withDirectory.ts";

const file = chacha20Bytes(600_000, "a file of three leaves");

describe("KuboStore", function () {
  this.timeout(10_000);
  let kubo: FakeKubo;
  let url: string;
  let pins: Holdings;
  let now: number;

  beforeEach(async () => {
    kubo = new FakeKubo();
    url = await kubo.listen();
    pins = Holdings.open(":memory:");
    now = 1_000;
  });
  afterEach(async () => {
    pins.close();
    await kubo.close();
  });

  const storeOf = (options: Partial<KuboStoreOptions> = {}) =>
    new KuboStore(
      { url, peersMilliseconds: 50, backoffMilliseconds: 1, ...options },
      { pins, clock: { ...systemClock, now: () => now } },
    );

  it("puts a file under the digest that all stores give, says how it is cut, and pins it", async () => {
    const store = storeOf();
    const digest = await store.put(file);
    expect(digest).to.equal(await digestOf(file));
    expect(Object.fromEntries(kubo.asked[0]!.options)).to.include({
      "cid-version": "0",
      "raw-leaves": "false",
      chunker: "size-262144",
      hash: "sha2-256",
      "max-file-links": "174",
      trickle: "false",
      "wrap-with-directory": "false",
      pin: "true",
    });
    expect([...kubo.pins]).to.deep.equal([digest]);
    expect([...pins.all()]).to.deep.equal([{ writer: "pinned", digest, bytes: file.length, at: 1_000 }]);
    expect(Buffer.compare(await store.get(digest), file)).to.equal(0);
    expect(await store.has(digest)).to.equal(true);
  });

  it("refuses a node that gives another CID, and leaves nothing of it pinned", async () => {
    const other = await digestOf(Buffer.from("other"));
    kubo.lie = () => other;
    const error = await rejection(storeOf().put(file));
    expect(error.code).to.equal("STORAGE_OTHER_CID");
    expect([...kubo.pins]).to.deep.equal([]);
    expect([...pins.all()]).to.deep.equal([]);
  });

  it("asks its own disk first, then gateways for what they have, then its peers, and checks each block", async () => {
    await withBlockServer(async ({ url: gateway, store: theirs, events }) => {
      const digest = await theirs.put(file);
      const store = storeOf({ gateways: [gateway] });
      expect(Buffer.compare(await store.get(digest), file)).to.equal(0);
      expect(events.map(({ type }) => type)).to.deep.equal(new Array(4).fill("blockServed"));
      // Nobody looked for what a gateway had.
      expect(kubo.asked.map(({ options }) => options.get("offline"))).to.deep.equal(
        new Array(4).fill("true"),
      );
      const absent = chacha20Bytes(1_000, "with peers only");
      const { root, blocks } = await layOutContent(absent);
      for (const { digest: one, bytes } of blocks) kubo.peers.set(one, bytes);
      expect(Buffer.compare(await store.get(root), absent)).to.equal(0);
      expect(kubo.asked.at(-1)!.options.get("timeout")).to.equal("50ms");
      kubo.blocks.set(root, Buffer.from("something else"));
      kubo.peers.clear();
      expect((await rejection(store.get(root))).code).to.equal("STORAGE_CORRUPT");
    });
  });

  it("says that a file is missing, that the node is down, and that it does not let in", async () => {
    const absent = await digestOf(Buffer.from("absent"));
    const missing = await rejection(storeOf().get(absent));
    expect([missing.code, missing.retryable]).to.deep.equal(["STORAGE_NOT_FOUND", true]);
    expect(await storeOf().has(absent)).to.equal(false);
    kubo.before = async () => ({ status: 403, message: "Forbidden" });
    const refused = await rejection(storeOf().put(file));
    expect([refused.code, refused.retryable]).to.deep.equal(["STORAGE_REFUSED", false]);
    await kubo.close();
    const down = await rejection(storeOf().put(file));
    expect([down.code, down.retryable]).to.deep.equal(["STORAGE_UNREACHABLE", true]);
    expect((await rejection(storeOf().get(absent))).code).to.equal("STORAGE_UNREACHABLE");
  });

  it("reads from a gateway while its own node hangs, at the cost of one time limit", async () => {
    await withBlockServer(async ({ url: gateway, store: theirs }) => {
      const digest = await theirs.put(file);
      kubo.before = () => new Promise(() => undefined);
      const store = storeOf({ gateways: [gateway], ownMilliseconds: 100 });
      const began = Date.now();
      expect(Buffer.compare(await store.get(digest), file)).to.equal(0);
      expect(Date.now() - began).to.be.lessThan(600);
    });
  });

  it("shows what lets it in, and tells nothing of it", async () => {
    const store = storeOf({ authorization: "Bearer a-secret-of-this-test" });
    kubo.before = async () => ({ status: 403, message: "Forbidden" });
    const error = await rejection(store.put(file));
    expect(kubo.asked[0]!.authorization).to.equal("Bearer a-secret-of-this-test");
    expect(`${error.message} ${JSON.stringify(error)}`).not.to.include("a-secret-of-this-test");
  });

  it("unpins what may go, keeps the rest, and remembers pins after a restart", async () => {
    await withDirectory(async (directory) => {
      const path = join(directory, "pins.sqlite");
      pins = Holdings.open(path);
      const early = await storeOf().put(Buffer.from("early"));
      now = 2_000;
      const late = await storeOf().put(Buffer.from("late"));
      pins.close();
      pins = Holdings.open(path);
      expect(await storeOf().release((at) => at < 2_000)).to.deep.equal({ digests: 1, bytes: 4096 });
      expect([...kubo.pins]).to.deep.equal([late]);
      expect(pins.isHeld(early)).to.equal(false);
      // What was unpinned by hand is no trouble.
      kubo.pins.clear();
      await storeOf().release(() => true);
      expect([...pins.all()]).to.deep.equal([]);
    });
  });

  it("keeps what is put again while it is being unpinned", async () => {
    const store = storeOf();
    const digest = await store.put(file);
    now = 5_000;
    kubo.before = async ({ path }) => {
      if (path !== "pin/rm") return undefined;
      kubo.before = async () => undefined;
      await store.put(file);
      return undefined;
    };
    expect(await store.release((at) => at < 2_000)).to.deep.equal({ digests: 0, bytes: 0 });
    expect([...kubo.pins]).to.deep.equal([digest]);
    expect([...pins.all()]).to.deep.equal([{ writer: "pinned", digest, bytes: file.length, at: 5_000 }]);
  });

  it("loses no pin from its list when the node stops answering in between", async () => {
    const digest = await storeOf().put(file);
    kubo.before = async ({ path }) => (path === "pin/rm" ? { status: 500, message: "busy" } : undefined);
    expect((await rejection(storeOf().release(() => true))).code).to.equal("STORAGE_UNREACHABLE");
    expect(pins.isHeld(digest)).to.equal(true);
  });
});
