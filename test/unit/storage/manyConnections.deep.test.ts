import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";

import { expect } from "chai";
import { MOST_CONNECTIONS } from "../../../protocol/BoundedServer.ts";
import { systemClock } from "../../../protocol/Clock.ts";
import { BlockServer } from "../../../storage/BlockServer.ts";
import { EmbeddedStore } from "../../../storage/EmbeddedStore.ts";
import { Holdings } from "../../../storage/Holdings.ts";
import { RemoteStore } from "../../../storage/RemoteStore.ts";
import { WriteGate } from "../../../storage/WriteGate.ts";
import { withDirectory } from "./withDirectory.ts";

const CONNECTIONS = 10_000;
/** Addresses of this machine that they come from, each with more than its share. */
const ADDRESSES = 10;
const TOKEN = "a-token-of-this-test-0123456789abcdef";

describe("a block server that others reach", function () {
  this.timeout(120_000);

  it(`bounds ${CONNECTIONS} connections that ask nothing, or never end asking, and serves its writers meanwhile`, async () => {
    await withDirectory(async (directory) => {
      const { blocks } = new EmbeddedStore({ directory });
      const holdings = Holdings.open(join(directory, "holdings.sqlite"));
      const gate = new WriteGate(
        {
          host: "storage.example",
          tokens: [{ writer: "beta", token: TOKEN }],
          mostBytes: 1_000_000,
          isSecret: true,
        },
        { blocks, holdings, clock: systemClock, isWriter: async () => false },
      );
      const server = new BlockServer({ host: "0.0.0.0" }, { blocks, gate });
      const url = (await server.listen()).replace("0.0.0.0", "127.0.0.1");
      const port = Number(new URL(url).port);
      const sockets = new Set<Socket>();
      let most = 0;
      try {
        for (let made = 0; made < CONNECTIONS; made += 100) {
          const batch = Array.from({ length: 100 }, (_, i) => {
            const localAddress = `127.0.1.${1 + ((made + i) % ADDRESSES)}`;
            const socket = connect({ host: "127.0.0.1", port, localAddress });
            socket.on("error", () => undefined);
            socket.on("close", () => sockets.delete(socket));
            sockets.add(socket);
            if (i % 2 === 0)
              socket.write("PUT /blocks/Qm HTTP/1.1\r\nhost: it\r\ncontent-length: 1000\r\n\r\nx");
            return Promise.race([once(socket, "connect"), once(socket, "close")]).catch(() => undefined);
          });
          await Promise.all(batch);
          most = Math.max(most, server.connections);
        }
        expect(most).to.be.greaterThan(MOST_CONNECTIONS.ofAnAddress);
        expect(most).to.be.at.most(MOST_CONNECTIONS.all);
        const store = new RemoteStore({ servers: [url] }, { authorize: () => async () => `Bearer ${TOKEN}` });
        const bytes = new TextEncoder().encode("in spite of them");
        expect(await store.get(await store.put(bytes))).to.deep.equal(bytes);
      } finally {
        for (const socket of sockets) socket.destroy();
        await server.close();
        holdings.close();
      }
    });
  });
});
