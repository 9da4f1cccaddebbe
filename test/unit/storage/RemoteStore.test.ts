import { spawn } from "node:child_process";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { BaseError } from "../../../protocol/BaseError.ts";
import { type Clock, systemClock } from "../../../protocol/Clock.ts";
import { BlockServer } from "../../../storage/BlockServer.ts";
import { cidOf, digestOf } from "../../../storage/contentId.ts";
import { EmbeddedStore } from "../../../storage/EmbeddedStore.ts";
import { layOutContent } from "../../../storage/layOutContent.ts";
import { RemoteStore, type RemoteStoreOptions } from "../../../storage/RemoteStore.ts";
import { chacha20Bytes } from "./chacha20Bytes.ts";
import { rejection } from "./rejection.ts";
import { withBlockServer } from "./withBlockServer.ts";
import { withDirectory } from "./withDirectory.ts";

const chunk = 262_144;
const file = chacha20Bytes(3 * chunk + 5, "a model");
const hello = new TextEncoder().encode("hello world\n");

/** A store that never really waits; `pauses` are the waits it asked for, in milliseconds. */
function storeOver(
  servers: string[],
  options: Partial<RemoteStoreOptions> = {},
): { store: RemoteStore; pauses: number[] } {
  const pauses: number[] = [];
  const clock = pausing(async (milliseconds) => {
    pauses.push(milliseconds);
  });
  return { store: new RemoteStore({ servers, ...options }, { clock }), pauses };
}

/** The machine's clock, but for the pauses between attempts. */
function pausing(pause: (milliseconds: number) => Promise<void>): Clock {
  const { now, sleep } = systemClock;
  // What can be called off is the time that a request has.
  return {
    now,
    sleep: (milliseconds, signal) => (signal === undefined ? pause : sleep)(milliseconds, signal),
  };
}

/** Runs a test beside a server that answers as it likes; `requests` are "METHOD path". */
async function withFakeServer(
  answer: RequestListener,
  test: (url: string, requests: string[]) => Promise<void>,
): Promise<void> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    await test(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

/** A URL at which nothing listens. */
async function urlOfNobody(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}

describe("RemoteStore", function () {
  this.timeout(10_000);

  it("puts and gets through a server", async () => {
    await withBlockServer(async ({ url, store: embedded }) => {
      const { store } = storeOver([url]);
      const digest = await digestOf(file);
      expect(await store.has(digest)).to.equal(false);
      expect(await store.put(file)).to.equal(digest);
      expect(await store.has(digest)).to.equal(true);
      expect(Buffer.compare(await store.get(digest), file)).to.equal(0);
      expect(Buffer.compare(await embedded.get(digest), file)).to.equal(0);
    });
  });

  it("works from a second process, both ways", async () => {
    await withBlockServer(async ({ url, store }) => {
      const module = new URL("../../../storage/RemoteStore.ts", import.meta.url);
      const script = `
        import { RemoteStore } from ${JSON.stringify(module.href)};
        const [url, digest] = process.argv.slice(1);
        const store = new RemoteStore({ servers: [url] });
        const bytes = await store.get(digest);
        console.log(await store.put(bytes.toReversed()));`;
      const digest = await store.put(file);
      const worker = spawn(process.execPath, ["--input-type=module", "--eval", script, url, digest], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      const printed = (await text(worker.stdout)).trim();
      expect(printed).to.equal(await digestOf(file.toReversed()));
      expect(Buffer.compare(await store.get(printed as `0x${string}`), file.toReversed())).to.equal(0);
    });
  });

  it("takes the same file from many writers at once", async () => {
    await withBlockServer(async ({ url, store: embedded }) => {
      const writers = Array.from({ length: 8 }, () => storeOver([url]).store.put(file));
      const [digest = "0x"] = await Promise.all(writers);
      expect(Buffer.compare(await embedded.get(digest), file)).to.equal(0);
    });
  });

  const lies: Record<string, RequestListener> = {
    "other bytes": (_, response) => response.end("trust me"),
    nothing: (_, response) => response.end(),
    "three megabytes": (_, response) => response.end(Buffer.alloc(3_000_000)),
    "bytes without end": (_, response) => {
      const pour = (): void => {
        if (!response.destroyed) response.write(Buffer.alloc(100_000), pour);
      };
      pour();
    },
  };
  for (const [name, answer] of Object.entries(lies)) {
    it(`does not believe a server that answers ${name}`, async () => {
      await withFakeServer(answer, async (url, requests) => {
        const digest = await digestOf(file);
        const error = await rejection(storeOver([url]).store.get(digest));
        expect(error).to.include({ code: "STORAGE_CORRUPT", retryable: false });
        expect(error.message).to.include(cidOf(digest)).and.include(url);
        expect(requests).to.have.length(1);
      });
    });
  }

  it("gets past a server that lies, one that is down and one that lacks the file", async () => {
    await withBlockServer(async ({ url: empty }) => {
      await withBlockServer(async ({ url: full, store: embedded }) => {
        await withFakeServer(
          (_, response) => response.end("trust me"),
          async (liar, requests) => {
            const digest = await embedded.put(file);
            const { store, pauses } = storeOver([liar, await urlOfNobody(), empty, full]);
            expect(Buffer.compare(await store.get(digest), file)).to.equal(0);
            expect(await store.has(digest)).to.equal(true);
            expect(pauses).to.deep.equal([]);
            // Once for each call: then the liar is the last to be asked.
            expect(requests.filter((request) => request.startsWith("GET"))).to.have.length(2);
          },
        );
      });
    });
  });

  it("gives up on a server that hangs", async () => {
    await withFakeServer(
      () => undefined,
      async (url, requests) => {
        const { store, pauses } = storeOver([url], { timeoutMilliseconds: 20 });
        const error = await rejection(store.get(await digestOf(hello)));
        expect(error).to.include({ code: "STORAGE_UNREACHABLE", retryable: true });
        expect(error.details).to.include("20 ms");
        expect(requests).to.have.length(3);
        expect(pauses).to.deep.equal([200, 400]);
      },
    );
  });

  it("gives up on a server that begins to answer and then hangs", async () => {
    await withFakeServer(
      (_, response) => response.write("a few bytes"),
      async (url) => {
        const { store } = storeOver([url], { timeoutMilliseconds: 20, attempts: 1 });
        const error = await rejection(store.get(await digestOf(hello)));
        expect(error.code).to.equal("STORAGE_UNREACHABLE");
      },
    );
  });

  it("waits for a hanging server once a file, not once a block", async () => {
    await withBlockServer(async ({ url, store: embedded }) => {
      await withFakeServer(
        () => undefined,
        async (hanging, requests) => {
          const digest = await embedded.put(file);
          const { store } = storeOver([hanging, url], { timeoutMilliseconds: 500 });
          expect(Buffer.compare(await store.get(digest), file)).to.equal(0);
          expect(requests).to.have.length(1);
        },
      );
    });
  });

  it("says which server is down, and what each of several did", async () => {
    await withBlockServer(async ({ url: empty }) => {
      const nobody = await urlOfNobody();
      const digest = await digestOf(hello);
      for (const call of ["get", "has"] as const) {
        const { store, pauses } = storeOver([nobody, empty], { attempts: 4, backoffMilliseconds: 10 });
        const error = await rejection(store[call](digest));
        expect(error).to.include({ code: "STORAGE_UNREACHABLE", retryable: true });
        expect(error.message).to.include("ECONNREFUSED").and.include(nobody).and.include(empty);
        expect(pauses).to.deep.equal([10, 20, 40]);
      }
    });
  });

  it("finds a server that comes up between two attempts", async () => {
    await withDirectory(async (directory) => {
      const embedded = new EmbeddedStore({ directory });
      const digest = await embedded.put(file);
      const url = await urlOfNobody();
      const server = new BlockServer({ port: Number(new URL(url).port) }, { blocks: embedded.blocks });
      const clock = pausing(async () => void (await server.listen()));
      const store = new RemoteStore({ servers: [url] }, { clock });
      expect(Buffer.compare(await store.get(digest), file)).to.equal(0);
      await server.close();
    });
  });

  it("says that no server has the file", async () => {
    await withBlockServer(async ({ url }) => {
      const { store, pauses } = storeOver([url, `${url}/`]);
      const error = await rejection(store.get(await digestOf(hello)));
      expect(error).to.include({ code: "STORAGE_NOT_FOUND", retryable: true });
      expect(pauses).to.deep.equal([]);
    });
  });

  it("reports a block that is corrupted at the server, and heals it by putting again", async () => {
    await withBlockServer(async ({ url, store: embedded }) => {
      const { store } = storeOver([url]);
      const digest = await store.put(file);
      for (const block of (await layOutContent(file)).blocks) {
        await writeFile(embedded.blocks.pathOf(block.digest), "rotten");
        const error = await rejection(store.get(digest));
        expect(error.code).to.equal("STORAGE_CORRUPT");
        expect(error.message).to.include(cidOf(block.digest));
        expect(await store.has(digest)).to.equal(false);
        await store.put(file);
        expect(await store.has(digest)).to.equal(true);
      }
    });
  });

  it("reads a file whose blocks are spread over two servers", async () => {
    await withBlockServer(async ({ url: first, store: one }) => {
      await withBlockServer(async ({ url: second, store: other }) => {
        const { root, blocks } = await layOutContent(file);
        await one.put(file);
        await other.put(file);
        for (const [i, { digest }] of blocks.entries()) {
          await rm((i % 2 === 0 ? one : other).blocks.pathOf(digest));
        }
        expect(Buffer.compare(await storeOver([first, second]).store.get(root), file)).to.equal(0);
      });
    });
  });

  it("puts a whole file into the first server that takes it", async () => {
    await withBlockServer(async ({ url, store: embedded }) => {
      const readOnly: RequestListener = (_, response) => response.writeHead(405).end("read only");
      await withFakeServer(readOnly, async (reader) => {
        const digest = await storeOver([reader, await urlOfNobody(), url]).store.put(file);
        expect(await embedded.has(digest)).to.equal(true);
        const error = await rejection(storeOver([reader]).store.put(file));
        expect(error).to.include({ code: "STORAGE_REFUSED", retryable: false });
        expect(error.message).to.include("405: read only");
      });
    });
  });

  it("asks again after a 503", async () => {
    const [block] = (await layOutContent(hello)).blocks;
    let asked = 0;
    const answer: RequestListener = (_, response) =>
      asked++ === 0 ? response.writeHead(503).end("busy") : response.end(block?.bytes);
    await withFakeServer(answer, async (url) => {
      const { store, pauses } = storeOver([url]);
      expect(await store.get(await digestOf(hello))).to.deep.equal(hello);
      expect(pauses).to.deep.equal([200]);
    });
  });

  it("works below a path and refuses what is no URL", async () => {
    await withFakeServer(
      (_, response) => response.writeHead(404).end(),
      async (url, requests) => {
        await rejection(storeOver([`${url}/storage`]).store.get(await digestOf(hello)));
        expect(requests).to.deep.equal([`GET /storage/ipfs/${cidOf(await digestOf(hello))}?format=raw`]);
      },
    );
    for (const servers of [[], ["127.0.0.1:9310"], ["ftp://example.org"], [""]]) {
      expect(() => new RemoteStore({ servers }))
        .to.throw(BaseError)
        .with.property("code", "STORAGE_INVALID_SERVER");
    }
  });
});
