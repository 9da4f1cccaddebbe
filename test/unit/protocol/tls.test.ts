import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { type AddressInfo, connect, type Socket } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { BoundedServer, sendJson } from "../../../protocol/BoundedServer.ts";
import { systemClock } from "../../../protocol/Clock.ts";
import { fetchFailure } from "../../../protocol/fetchFailure.ts";
import type { ServerTls } from "../../../protocol/ServerTls.ts";
import { type ClientTls, trustOrigins } from "../../../protocol/trustOrigins.ts";
import { BlockClient } from "../../../storage/BlockClient.ts";
import { rejected } from "../thrown.ts";

const FILES = fileURLToPath(new URL("../../vectors/tls", import.meta.url));
const pem = (name: string) => readFileSync(join(FILES, `${name}.pem`), "utf8");
const own = (name: string) => ({ certificate: pem(name), key: pem(`${name}-key`) });

describe("TLS", () => {
  const undo: (() => Promise<void>)[] = [];
  const held: Socket[] = [];
  afterEach(async () => {
    for (const socket of held.splice(0)) socket.destroy();
    for (const one of undo.splice(0).reverse()) await one();
  });

  /** Where a server answers, and what it was asked. */
  async function serve(
    tls: ServerTls,
    mostConnections?: { all: number; ofAnAddress: number },
  ): Promise<{ url: string; port: number; asked: string[]; server: BoundedServer }> {
    const asked: string[] = [];
    const server = new BoundedServer(
      { purpose: "a test", ...(mostConnections && { mostConnections }) },
      {
        answer: (request, response) => {
          asked.push(`${request.url} ${request.headers.authorization ?? ""}`);
          sendJson(response, 200, "well");
        },
        onFailure: (_, response) => response.destroy(),
      },
    );
    const { port } = await server.listen({ host: "127.0.0.1", port: 0, tls });
    undo.push(() => server.close());
    return { url: `https://127.0.0.1:${port}`, port, asked, server };
  }

  function trust(urls: string[], tls: ClientTls): void {
    undo.push(trustOrigins(urls, tls));
  }

  const ask = async (url: string): Promise<string> => {
    try {
      const response = await fetch(url);
      return String(await response.json());
    } catch (error) {
      return fetchFailure(error);
    }
  };

  it("is served with a certificate of one's own, and believed by who names its authority, for those servers only", async () => {
    const [one, other] = [await serve(own("server")), await serve(own("server"))];
    expect(await ask(one.url)).to.match(/^The server's certificate is not to be trusted: .* not known here/);
    trust([one.url, "http://127.0.0.1:1"], { authorities: [pem("ours")] });
    expect(await ask(one.url)).to.equal("well");
    expect(await ask(other.url)).to.match(/not to be trusted/);
    expect(other.asked).to.deep.equal([]);
  });

  it("refuses a man in the middle: another's certificate for the same host, and ours for another host", async () => {
    const middle = await serve(own("middle"));
    const elsewhere = await serve(own("elsewhere"));
    trust([middle.url, elsewhere.url], { authorities: [pem("ours")], ...own("client") });
    expect(await ask(middle.url)).to.match(/not to be trusted: .*not known here/);
    expect(await ask(elsewhere.url)).to.match(/not to be trusted: it is for another host/);
    const client = new BlockClient(
      { url: middle.url, timeoutMilliseconds: 2_000 },
      { fetch, clock: systemClock, authorize: async () => "Bearer a-secret" },
    );
    const digest = "0x46d44814b9c5af141c3aaab7c05dc5e844ead5f91f12858b021eba45768b4c0e";
    const error = await rejected(client.getBlock(digest));
    expect([error.code, error.retryable]).to.deep.equal(["STORAGE_UNTRUSTED", false]);
    expect(error.message).to.include("somebody is in between");
    expect([...middle.asked, ...elsewhere.asked]).to.deep.equal([]);
  });

  it("lets in only clients with a certificate of an authority that it names, if it asks for one", async () => {
    const mutual = await serve({ ...own("server"), clientAuthorities: [pem("ours")] });
    trust([mutual.url], { authorities: [pem("ours")] });
    expect(await ask(mutual.url)).to.match(/only clients with a certificate/);
    await undo.pop()!();
    trust([mutual.url], { authorities: [pem("ours")], ...own("stranger") });
    expect(await ask(mutual.url)).to.match(/only clients with a certificate/);
    await undo.pop()!();
    expect(mutual.asked).to.deep.equal([]);
    trust([mutual.url], { authorities: [pem("ours")], ...own("client") });
    expect(await ask(mutual.url)).to.equal("well");
  });

  it("is believed of a node's WebSocket, too", async () => {
    const node = createServer({ cert: pem("server"), key: pem("server-key") });
    node.on("upgrade", (request, socket) => {
      undo.push(async () => void socket.destroy());
      const key = `${request.headers["sec-websocket-key"]}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
      const accept = createHash("sha1").update(key).digest("base64");
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
      );
    });
    await new Promise<void>((resolve) => node.listen(0, "127.0.0.1", resolve));
    undo.push(async () => void node.close());
    const url = `wss://127.0.0.1:${(node.address() as AddressInfo).port}`;
    const open = async () => {
      const socket = new WebSocket(url);
      const [event] = await Promise.race([once(socket, "open"), once(socket, "error")]);
      socket.close();
      return (event as Event).type;
    };
    expect(await open()).to.equal("error");
    trust([url], { authorities: [pem("ours")] });
    expect(await open()).to.equal("open");
  });

  it("bounds connections that never say who they are, and answers others meanwhile", async () => {
    const { url, port } = await serve(own("server"), { all: 8, ofAnAddress: 4 });
    trust([url], { authorities: [pem("ours")] });
    for (const localAddress of ["127.0.0.2", "127.0.0.3"]) {
      for (let i = 0; i < 8; i++) {
        const socket = connect({ host: "127.0.0.1", port, localAddress });
        socket.on("error", () => undefined);
        held.push(socket);
        await once(socket, "connect");
      }
    }
    expect(await ask(url)).to.equal("well");
  });

  it("counts a connection no longer once it has ended, whoever ended it and however far it came", async () => {
    const { url, port, server } = await serve(own("server"), { all: 8, ofAnAddress: 4 });
    trust([url], { authorities: [pem("ours")] });
    for (let i = 0; i < 10; i++) {
      const response = await fetch(url, { headers: { connection: "close" } });
      await response.text();
      const socket = connect({ host: "127.0.0.1", port });
      socket.on("error", () => undefined);
      await once(socket, "connect");
      if (i % 2 === 0) socket.write("this is no TLS\r\n\r\n");
      const closed = once(socket, "close");
      if (i % 2 === 1) socket.destroy();
      await closed;
    }
    // Every end is told of by an event of its own.
    for (let i = 0; i < 50 && server.connections > 0; i++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect(server.connections).to.equal(0);
  });

  it("says what is wrong with a certificate and a key", async () => {
    const server = new BoundedServer(
      { purpose: "a test" },
      { answer: () => undefined, onFailure: () => undefined },
    );
    const tls = { certificate: pem("server"), key: pem("client-key") };
    const error = await rejected(server.listen({ host: "127.0.0.1", port: 0, tls }));
    expect(error.code).to.equal("TLS_INVALID");
    expect(error.message).not.to.include("PRIVATE KEY");
  });
});
