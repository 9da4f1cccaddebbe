import { once } from "node:events";
import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { expect } from "chai";

import { BoundedServer } from "../../../protocol/BoundedServer.ts";

const MOST = { all: 8, ofAnAddress: 4 };

describe("BoundedServer", () => {
  let server: BoundedServer;
  let port: number;
  let held: Socket[];
  /** Lets go the requests that are held up. */
  let goOn: () => void;

  beforeEach(async () => {
    held = [];
    const gate = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    server = new BoundedServer(
      { purpose: "a test", mostConnections: MOST },
      {
        answer: async ({ url }, response) => {
          if (url === "/slow") await gate;
          response.end("ok");
        },
        onFailure: (_, response) => response.destroy(),
      },
    );
    ({ port } = await server.listen({ host: "127.0.0.1", port: 0 }));
  });
  afterEach(async () => {
    goOn();
    for (const socket of held) socket.destroy();
    await server.close();
  });

  /** So many connections of an address, which ask something that takes long, or nothing. */
  async function hold(localAddress: string, count: number, asks: boolean): Promise<void> {
    for (let i = 0; i < count; i++) {
      const socket = connect({ host: "127.0.0.1", port, localAddress });
      socket.on("error", () => undefined);
      held.push(socket);
      await once(socket, "connect");
      if (asks) socket.write("GET /slow HTTP/1.1\r\nhost: it\r\n\r\n");
    }
    // A question on another connection is answered once these were heard.
    await new Promise((resolve) => setTimeout(resolve, 30));
  }

  const ask = (localAddress: string): Promise<string> =>
    new Promise((resolve) => {
      request({ host: "127.0.0.1", port, localAddress, agent: false }, (response) => {
        response.resume();
        resolve(String(response.statusCode));
      })
        .on("error", () => resolve("cut"))
        .end();
    });

  it("answers others though two addresses hold all of its connections, whether they ask or not", async () => {
    await hold("127.0.0.2", 4, false);
    await hold("127.0.0.3", 4, true);
    expect(await ask("127.0.0.4")).to.equal("200");
    await hold("127.0.0.2", 4, true);
    expect(await ask("127.0.0.4")).to.equal("200");
  });

  it("lets an address that has its share ask again on an idle connection's place, and not on another's", async () => {
    await hold("127.0.0.2", 4, false);
    expect(await ask("127.0.0.2")).to.equal("200");
    await hold("127.0.0.2", 4, true);
    expect(await ask("127.0.0.2")).to.equal("cut");
    goOn();
    expect(await ask("127.0.0.3")).to.equal("200");
  });
});
