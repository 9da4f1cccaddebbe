import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { expect } from "chai";
import { CID } from "multiformats/cid";
import { BlockServer, type BlockServerEvent } from "../../../storage/BlockServer.ts";
import { cidOf, digestOf } from "../../../storage/contentId.ts";
import { EmbeddedStore } from "../../../storage/EmbeddedStore.ts";
import { layOutContent } from "../../../storage/layOutContent.ts";
import { signOfOutsider } from "../../../storage/signOfOutsider.ts";
import { chacha20Bytes } from "./chacha20Bytes.ts";
import { rejection } from "./rejection.ts";
import { withBlockServer } from "./withBlockServer.ts";
import { withDirectory } from "./withDirectory.ts";

const hello = new TextEncoder().encode("hello world\n");
const helloCid = "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o";
const absentCid = "Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD";

interface Answer {
  status: number;
  headers: IncomingMessage["headers"];
  body: Buffer;
}

/** One request whose path is sent as it is: `fetch` would tidy it first. */
async function ask(
  base: string,
  path: string,
  method = "GET",
  headers: Record<string, string> = {},
  body?: Uint8Array,
): Promise<Answer> {
  const { hostname, port } = new URL(base);
  const request = httpRequest({ hostname, port, path, method, headers });
  request.end(body);
  const [response] = (await once(request, "response")) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await buffer(response) };
}

describe("BlockServer", function () {
  this.timeout(10_000);

  it("is bounded as the servers of relay and aggregators are", async () => {
    await withBlockServer(async ({ url }) => {
      const { status } = await ask(url, `/ipfs/${absentCid}?format=raw`, "GET", {
        "x-long": "x".repeat(5000),
      });
      expect(status).to.equal(431);
    });
  });

  it("serves a block as a trustless gateway does", async () => {
    await withBlockServer(async ({ url, store, events }) => {
      const digest = await store.put(hello);
      const block = await store.blocks.getBlock(digest);
      const { status, headers, body } = await ask(url, `/ipfs/${helloCid}?format=raw`);
      expect(status).to.equal(200);
      expect(Buffer.compare(body, block)).to.equal(0);
      expect(headers).to.include({
        "content-type": "application/vnd.ipld.raw",
        "content-length": String(block.length),
        "content-disposition": `attachment; filename="${helloCid}.bin"`,
        etag: `"${helloCid}.raw"`,
        "cache-control": "public, max-age=29030400, immutable",
        "x-content-type-options": "nosniff",
      });
      expect(events).to.deep.equal([{ type: "blockServed", digest, bytes: block.length }]);
    });
  });

  it("answers HEAD, the Accept header, CIDv1 and the specification's probe", async () => {
    await withBlockServer(async ({ url, store }) => {
      await store.put(hello);
      const block = await store.blocks.getBlock(await digestOf(hello));
      const head = await ask(url, `/ipfs/${helloCid}?format=raw`, "HEAD");
      expect(head.status).to.equal(200);
      expect(head.headers["content-length"]).to.equal(String(block.length));
      expect(head.body).to.have.length(0);
      const accept = { accept: "application/vnd.ipld.raw" };
      expect((await ask(url, `/ipfs/${helloCid}`, "GET", accept)).status).to.equal(200);
      const cidV1 = CID.parse(helloCid).toV1().toString();
      expect((await ask(url, `/ipfs/${cidV1}?format=raw`)).status).to.equal(200);
      const probe = await ask(url, "/ipfs/bafkqaaa?format=raw");
      expect(probe).to.deep.include({ status: 200, body: Buffer.alloc(0) });
    });
  });

  it("answers 404 for a block that it lacks", async () => {
    await withBlockServer(async ({ url }) => {
      for (const method of ["GET", "HEAD"]) {
        const { status, headers, body } = await ask(url, `/ipfs/${absentCid}?format=raw`, method);
        expect(status).to.equal(404);
        expect(headers).to.include({ "x-freshet-error": "STORAGE_NOT_FOUND", "cache-control": "no-store" });
        if (method === "GET") expect(body.toString()).to.include(absentCid);
        else expect(body).to.have.length(0);
      }
    });
  });

  it("never serves a corrupted block", async () => {
    await withBlockServer(async ({ url, store, events }) => {
      const digest = await store.put(hello);
      await writeFile(store.blocks.pathOf(digest), "something else");
      for (const method of ["GET", "HEAD"]) {
        const { status, headers, body } = await ask(url, `/ipfs/${helloCid}?format=raw`, method);
        expect(status).to.equal(500);
        expect(headers["x-freshet-error"]).to.equal("STORAGE_CORRUPT");
        expect(body.toString()).not.to.include("something else");
      }
      expect(events.map(({ type }) => type)).to.deep.equal(["requestFailed", "requestFailed"]);
    });
  });

  const badPaths: [path: string, status: number][] = [
    ["/ipfs/../../../../etc/passwd?format=raw", 400],
    ["/ipfs/..%2f..%2f..%2fetc%2fpasswd?format=raw", 400],
    ["/ipfs/%00?format=raw", 400],
    ["/ipfs/?format=raw", 400],
    [`/ipfs/${helloCid}/../secret?format=raw`, 400],
    [`/ipfs/${helloCid}x?format=raw`, 400],
    [`/ipfs/${helloCid.toLowerCase()}?format=raw`, 400],
    ["/ipfs/bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e?format=raw", 400],
    [`/ipfs/${helloCid}`, 400],
    [`/ipfs/${helloCid}?format=car`, 400],
    [`/ipns/${helloCid}?format=raw`, 404],
    ["/", 404],
    ["//etc/passwd", 404],
    ["*", 404],
  ];
  for (const [path, expected] of badPaths) {
    it(`answers ${expected} to ${path}`, async () => {
      await withBlockServer(async ({ url, store }) => {
        await store.put(hello);
        const { status, headers, body } = await ask(url, path);
        expect(status).to.equal(expected);
        expect(headers["content-type"]).to.equal("text/plain; charset=utf-8");
        expect(body.toString()).to.match(/^\S.*\n/);
      });
    });
  }

  it("takes a block, serves it, and takes it again", async () => {
    await withBlockServer(async ({ url, store, events }) => {
      const { root, blocks } = await layOutContent(hello);
      const bytes = blocks[0]?.bytes as Uint8Array;
      for (let i = 0; i < 2; i++) {
        const answer = await ask(url, `/blocks/${helloCid}`, "PUT", {}, bytes);
        expect(answer.status).to.equal(201);
        expect(answer.headers.location).to.equal(`/ipfs/${helloCid}?format=raw`);
      }
      expect(await store.get(root)).to.deep.equal(hello);
      expect(events[0]).to.deep.equal({ type: "blockStored", digest: root, bytes: bytes.length });
    });
  });

  it("heals a corrupted block that is put again", async () => {
    await withBlockServer(async ({ url, store }) => {
      const digest = await store.put(hello);
      const bytes = await store.blocks.getBlock(digest);
      await writeFile(store.blocks.pathOf(digest), "something else");
      expect((await ask(url, `/blocks/${helloCid}`, "PUT", {}, bytes)).status).to.equal(201);
      expect(await store.get(digest)).to.deep.equal(hello);
    });
  });

  it("takes no bytes that are not those of the CID", async () => {
    await withBlockServer(async ({ url, store }) => {
      const answer = await ask(url, `/blocks/${helloCid}`, "PUT", {}, hello);
      expect(answer.status).to.equal(400);
      expect(answer.body.toString()).to.include(helloCid);
      expect((await ask(url, "/blocks/..%2fx", "PUT", {}, hello)).status).to.equal(400);
      expect((await ask(url, `/blocks/${helloCid}`, "POST", {}, hello)).status).to.equal(404);
      expect(await store.has(await digestOf(hello))).to.equal(false);
    });
  });

  it("takes no block above 2 MiB, announced or not", async () => {
    await withBlockServer(async ({ url }) => {
      const { hostname, port } = new URL(url);
      const large = Buffer.alloc(2 * 1024 * 1024 + 1);
      for (const headers of [
        { "content-length": String(large.length) },
        { "transfer-encoding": "chunked" },
      ]) {
        const request = httpRequest({ hostname, port, path: `/blocks/${helloCid}`, method: "PUT", headers });
        request.on("error", () => undefined); // the rest of the body is not read
        request.write(large);
        const [response] = (await once(request, "response")) as [IncomingMessage];
        expect(response.statusCode).to.equal(413);
        request.destroy();
      }
    });
  });

  for (const header of ["origin", "x-forwarded-for", "forwarded", "via"]) {
    it(`takes no block from a request with the header ${header}`, async () => {
      await withBlockServer(async ({ url }) => {
        const block = (await layOutContent(hello)).blocks[0]?.bytes as Uint8Array;
        const answer = await ask(
          url,
          `/blocks/${helloCid}`,
          "PUT",
          { [header]: "https://example.org" },
          block,
        );
        expect(answer.status).to.equal(403);
      });
    });
  }

  const addresses: [address: string, family: string, inside: boolean][] = [
    ["127.0.0.1", "IPv4", true],
    ["127.9.8.7", "IPv4", true],
    ["::1", "IPv6", true],
    ["::ffff:127.0.0.1", "IPv6", true],
    ["192.0.2.7", "IPv4", false],
    ["::ffff:192.0.2.7", "IPv6", false],
    ["2001:db8::1", "IPv6", false],
    ["", "IPv4", false],
  ];
  for (const [remoteAddress, remoteFamily, inside] of addresses) {
    it(`${inside ? "takes" : "takes no"} blocks from "${remoteAddress}"`, () => {
      const request = { socket: { remoteAddress, remoteFamily }, headers: {} } as unknown as IncomingMessage;
      expect(signOfOutsider(request) === undefined).to.equal(inside);
    });
  }

  it("survives a client that leaves in the middle of a block", async () => {
    await withDirectory(async (directory) => {
      const { blocks } = new EmbeddedStore({ directory });
      const reported = Promise.withResolvers<BlockServerEvent>();
      const server = new BlockServer({}, { blocks, onEvent: reported.resolve });
      const url = await server.listen();
      const { hostname, port } = new URL(url);
      const headers = { "content-length": "1000" };
      const request = httpRequest({ hostname, port, path: `/blocks/${helloCid}`, method: "PUT", headers });
      request.on("error", () => undefined);
      request.write("half of it", () => request.destroy());
      expect(await reported.promise).to.include({ type: "requestRefused", status: 400 });
      expect((await ask(url, `/ipfs/${helloCid}?format=raw`)).status).to.equal(404);
      await server.close();
    });
  });

  it("says that its port is taken", async () => {
    await withBlockServer(async ({ url, store }) => {
      const port = Number(new URL(url).port);
      const second = new BlockServer({ port }, { blocks: store.blocks });
      const error = await rejection(second.listen());
      expect(error.code).to.equal("PORT_IN_USE");
      expect(error.message).to.include(`127.0.0.1:${port}`);
      await second.close();
    });
  });

  it("says that an address is not this machine's", async () => {
    await withBlockServer(async ({ store }) => {
      const server = new BlockServer({ host: "192.0.2.7" }, { blocks: store.blocks });
      expect((await rejection(server.listen())).code).to.equal("LISTEN_FAILED");
    });
  });

  it("closes at once though a client stays connected", async () => {
    await withBlockServer(async ({ url, server }) => {
      const socket = connect(Number(new URL(url).port), "127.0.0.1");
      socket.on("error", () => undefined);
      await once(socket, "connect");
      socket.write("GET /ipfs/unfinished");
      const gone = new Promise((resolve) => socket.once("close", resolve));
      await server.close();
      await gone;
      await server.close(); // again: no harm
    });
  });

  it("serves several megabytes unchanged", async () => {
    await withBlockServer(async ({ url, store }) => {
      const file = chacha20Bytes(3_000_000, "several megabytes");
      await store.put(file);
      for (const { digest, bytes } of (await layOutContent(file)).blocks) {
        const { body } = await ask(url, `/ipfs/${cidOf(digest)}?format=raw`);
        expect(Buffer.compare(body, bytes)).to.equal(0);
      }
    });
  });
});
