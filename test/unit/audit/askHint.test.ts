import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";

import { askHint } from "../../../audit/evidence/askHint.ts";
import { rejected } from "../thrown.ts";

describe("askHint", () => {
  let server: Server;
  let url: string;
  let sent = 0;
  before(async () => {
    server = createServer((request, response) => {
      if (request.url === "/gone") return response.writeHead(404).end("no");
      if (request.url === "/short") return response.end('{"list":"0x12"}');
      // Goes on for as long as somebody reads.
      const chunk = Buffer.alloc(64 * 1024, " ");
      const more = () => {
        while (!response.destroyed && sent < 64 * 1024 * 1024) {
          sent += chunk.length;
          if (!response.write(chunk)) return response.once("drain", more);
        }
        return response.end("{}");
      };
      return more();
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  it("gives what a service answers, as JSON", async () => {
    expect(await askHint(`${url}/short`)).to.deep.equal({ list: "0x12" });
    expect((await rejected(askHint(`${url}/gone`))).code).to.equal("HINT_REFUSED");
  });

  it("reads no more of an answer than a hint can have", async () => {
    expect((await rejected(askHint(`${url}/long`))).code).to.equal("HINT_TOO_LONG");
    expect(sent).to.be.below(16 * 1024 * 1024);
  });
});
