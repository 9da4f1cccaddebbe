import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";

import { expect } from "chai";
import { hexlify, Wallet } from "ethers";

import { systemClock } from "../../../protocol/Clock.ts";
import { BlockServer } from "../../../storage/BlockServer.ts";
import type { Block } from "../../../storage/BlockStore.ts";
import { cidOf, digestOf } from "../../../storage/contentId.ts";
import { EmbeddedStore } from "../../../storage/EmbeddedStore.ts";
import { Holdings, LEAST_BYTES } from "../../../storage/Holdings.ts";
import { layOutContent } from "../../../storage/layOutContent.ts";
import { RemoteStore } from "../../../storage/RemoteStore.ts";
import { WriteGate, type WriteGateOptions } from "../../../storage/WriteGate.ts";
import { signWrites, type WriteSigner } from "../../../storage/writeSignature.ts";
import { thrown } from "../thrown.ts";
import { chacha20Bytes } from "./chacha20Bytes.ts";
import { rejection } from "./rejection.ts";
import { withDirectory } from "./withDirectory.ts";

const HOST = "storage.acme.example";
const TOKEN = "the-token-of-beta-0123456789abcdef";
const worker = Wallet.createRandom();
const stranger = Wallet.createRandom();

interface Guarded {
  url: string;
  store: EmbeddedStore;
  holdings: Holdings;
  /** The clock of writers and server, Unix ms. */
  time: { now: number };
  /** How often the chains were asked. */
  lookedUp: string[];
}

/** A server that lets in `worker` and TOKEN, in a directory that may have been another's before. */
async function guarded(
  directory: string,
  options: Partial<WriteGateOptions>,
  test: (server: Guarded) => Promise<void>,
): Promise<void> {
  const holdings = Holdings.open(join(directory, "holdings.sqlite"));
  const store = new EmbeddedStore({ directory: join(directory, "blocks") });
  const time = { now: 1_700_000_000_000 };
  const lookedUp: string[] = [];
  const gate = new WriteGate(
    {
      host: HOST,
      tokens: [{ writer: "beta", token: TOKEN }],
      mostBytes: 1_000_000,
      isSecret: true,
      ...options,
    },
    {
      blocks: store.blocks,
      holdings,
      clock: { ...systemClock, now: () => time.now },
      isWriter: async (address) => {
        lookedUp.push(address);
        return address === worker.address.toLowerCase();
      },
    },
  );
  const server = new BlockServer({}, { blocks: store.blocks, gate });
  const url = await server.listen();
  try {
    await test({ url, store, holdings, time, lookedUp });
  } finally {
    await server.close();
    holdings.close();
  }
}

const withGuarded = (test: (server: Guarded) => Promise<void>, options: Partial<WriteGateOptions> = {}) =>
  withDirectory((directory) => guarded(directory, options, test));

async function blockOf(text: string): Promise<Block> {
  return (await layOutContent(new TextEncoder().encode(text))).blocks[0]!;
}

/** Puts a block with a header, as whoever wrote it himself would. */
async function put(
  url: string,
  { digest, bytes }: Block,
  authorization?: string,
): Promise<{ status: number; said: string; challenge: string | undefined }> {
  const { hostname, port } = new URL(url);
  const headers = authorization === undefined ? {} : { authorization };
  const request = httpRequest({ hostname, port, path: `/blocks/${cidOf(digest)}`, method: "PUT", headers });
  request.on("error", () => undefined); // what is left of a refused body is not read
  request.end(bytes);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const said = (await buffer(response)).toString();
  return { status: response.statusCode!, said, challenge: response.headers["www-authenticate"] };
}

const signed = (
  { digest }: Pick<Block, "digest">,
  { now }: { now: number },
  by: WriteSigner = worker,
  host = HOST,
): Promise<string> =>
  signWrites(by, { ...systemClock, now: () => now })({ host, path: `/blocks/${cidOf(digest)}` });

describe("WriteGate", function () {
  this.timeout(10_000);

  it("lets in whoever has a token, and a registered worker by its signature, and counts what each puts", async () => {
    await withGuarded(async ({ url, store, holdings, time }) => {
      const file = chacha20Bytes(300_000, "an update");
      const clock = { ...systemClock, now: () => time.now };
      // What is signed is for the host in the URL that the writer knows: a proxy may lead here.
      const sign = signWrites(worker, clock);
      const bySignature = new RemoteStore(
        { servers: [url], attempts: 1 },
        {
          authorize:
            () =>
            ({ path }) =>
              sign({ host: HOST, path }),
        },
      );
      expect(await store.get(await bySignature.put(file))).to.deep.equal(file);
      const byToken = new RemoteStore({ servers: [url] }, { authorize: () => async () => `Bearer ${TOKEN}` });
      await byToken.put(new TextEncoder().encode("beta's"));
      const kept = holdings.writers();
      expect(kept.map(({ writer, files }) => [writer, files])).to.deep.equal([
        [worker.address.toLowerCase(), 3],
        ["beta", 1],
      ]);
      expect(kept[0]!.bytes).to.be.greaterThan(300_000);
    });
  });

  it("refuses a stranger: without anything, with a token of nobody's, with a key that nobody registered", async () => {
    await withGuarded(async ({ url, store, time }) => {
      const block = await blockOf("a stranger's");
      const nothing = await put(url, block);
      expect([nothing.status, nothing.challenge]).to.deep.equal([401, "Bearer, Freshet-Signature"]);
      expect((await put(url, block, `Bearer ${TOKEN}x`)).status).to.equal(401);
      expect((await put(url, block, "Bearer ")).status).to.equal(401);
      expect((await put(url, block, "Basic YTpi")).status).to.equal(401);
      expect((await put(url, block, "Freshet-Signature bm90aGluZw")).status).to.equal(401);
      const known = await put(url, block, await signed(block, time, stranger));
      expect(known.status).to.equal(403);
      expect(known.said).to.include(stranger.address);
      expect(await store.has(block.digest)).to.equal(false);
    });
  });

  it("takes no signature twice, not after a restart either", async () => {
    await withDirectory(async (directory) => {
      const block = await blockOf("once");
      let authorization = "";
      await guarded(directory, {}, async ({ url, time }) => {
        authorization = await signed(block, time);
        expect((await put(url, block, authorization)).status).to.equal(201);
        const again = await put(url, block, authorization);
        expect([again.status, again.said.includes("used before")]).to.deep.equal([401, true]);
      });
      await guarded(directory, {}, async ({ url }) => {
        expect((await put(url, block, authorization)).status).to.equal(401);
      });
    });
  });

  it("takes no signature for another server, another block, another moment, or by another", async () => {
    await withGuarded(async ({ url, store, time }) => {
      const [block, other] = [await blockOf("meant"), await blockOf("not meant")];
      expect(
        (await put(url, block, await signed(block, time, worker, "storage.beta.example"))).status,
      ).to.equal(401);
      expect((await put(url, other, await signed(block, time))).status).to.equal(401);
      for (const away of [-60_001, 60_001]) {
        const late = await put(url, block, await signed(block, { now: time.now + away }));
        expect([late.status, / s (ago|ahead)/.test(late.said)]).to.deep.equal([401, true]);
      }
      const [scheme, text] = (await signed(block, time, stranger)).split(" ") as [string, string];
      const credentials = JSON.parse(Buffer.from(text, "base64url").toString());
      const forged = { ...credentials, address: worker.address };
      const lie = `${scheme} ${Buffer.from(JSON.stringify(forged)).toString("base64url")}`;
      expect((await put(url, block, lie)).status).to.equal(401);
      expect(await store.has(block.digest)).to.equal(false);
      expect((await put(url, block, await signed(block, { now: time.now - 59_000 }))).status).to.equal(201);
    });
  });

  it("takes a token of another server's for nobody's, and none that came in the clear", async () => {
    const block = await blockOf("a token");
    await withGuarded(
      async ({ url }) => {
        expect((await put(url, block, `Bearer ${TOKEN}`)).status).to.equal(401);
      },
      { tokens: [{ writer: "beta", token: "another-server-has-another-token-0" }] },
    );
    await withGuarded(
      async ({ url }) => {
        const { status, said } = await put(url, block, `Bearer ${TOKEN}`);
        expect([status, said.includes("over TLS only")]).to.deep.equal([401, true]);
        expect(said).not.to.include(TOKEN);
      },
      { isSecret: false },
    );
  });

  it("takes no token that can be guessed, or that two have", async () => {
    for (const tokens of [
      [{ writer: "beta", token: "short" }],
      [
        { writer: "beta", token: TOKEN },
        { writer: "acme", token: TOKEN },
      ],
    ]) {
      const modules = {
        blocks: new EmbeddedStore({ directory: "/nowhere" }).blocks,
        holdings: Holdings.open(":memory:"),
        clock: systemClock,
        isWriter: async () => false,
      };
      const error = thrown(
        () => new WriteGate({ host: HOST, tokens, mostBytes: 1, isSecret: true }, modules),
      );
      expect(error.code).to.equal("STORAGE_TOKEN_WEAK");
      expect(error.message).not.to.include(TOKEN);
    }
  });

  it("answers 507 to a writer above its quota, says so to the store, and has room again once something may go", async () => {
    await withGuarded(
      async ({ url, store, holdings, time }) => {
        const remote = new RemoteStore(
          { servers: [url] },
          { authorize: () => async () => `Bearer ${TOKEN}` },
        );
        const [first, second] = [chacha20Bytes(900, "first"), chacha20Bytes(900, "second")];
        const kept = await remote.put(first);
        const full = await rejection(remote.put(second));
        expect([full.code, full.retryable]).to.deep.equal(["STORAGE_FULL", false]);
        expect(full.details).to.include("507");
        expect(await store.has(await digestOf(second))).to.equal(false);
        await remote.put(first);
        // Another writer has a quota of its own.
        const block = await blockOf("x".repeat(900));
        expect((await put(url, block, await signed(block, time))).status).to.equal(201);
        await holdings.release(
          (at) => at <= time.now,
          (digest) => store.blocks.remove(digest),
        );
        expect(await store.has(kept)).to.equal(false);
        await remote.put(second);
      },
      { mostBytes: LEAST_BYTES },
    );
  });

  it("answers 413 to a block above 2 MiB of whoever may write, and 400 to bytes that are not the CID's", async () => {
    await withGuarded(async ({ url, holdings }) => {
      const block = await blockOf("small");
      const large = { ...block, bytes: new Uint8Array(2 * 1024 * 1024 + 1) };
      expect((await put(url, large, `Bearer ${TOKEN}`)).status).to.equal(413);
      const wrong = { ...block, bytes: new Uint8Array(10) };
      expect((await put(url, wrong, `Bearer ${TOKEN}`)).status).to.equal(400);
      expect(holdings.bytesOf("beta")).to.equal(0);
    });
  });

  it("asks the chains once about whom it does not know, and seldom for one address of the network", async () => {
    await withGuarded(async ({ url, time, lookedUp }) => {
      const block = await blockOf("flood");
      for (let i = 0; i < 2; i++) {
        expect((await put(url, block, await signed(block, time, stranger))).status).to.equal(403);
      }
      expect(lookedUp).to.have.length(1);
      const statuses = new Set<number>();
      for (let i = 0; i < 40; i++) {
        statuses.add(
          (await put(url, block, await signed(block, time, new Wallet(hexlify(randomBytes(32)))))).status,
        );
      }
      expect([...statuses].sort()).to.deep.equal([403, 503]);
      expect(lookedUp.length).to.be.at.most(33);
    });
  });

  it("is needed wherever others reach the server, from this machine too", async () => {
    await withDirectory(async (directory) => {
      const { blocks } = new EmbeddedStore({ directory });
      const server = new BlockServer({ host: "0.0.0.0" }, { blocks });
      const url = (await server.listen()).replace("0.0.0.0", "127.0.0.1");
      try {
        expect((await put(url, await blockOf("from a proxy, perhaps"))).status).to.equal(403);
      } finally {
        await server.close();
      }
    });
  });
});
