import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { loopbackDirectly } from "../../../chains/networks/loopbackDirectly.ts";
import { networkFilePath, writeNetworkFile } from "../../../chains/networks/networkFile.ts";
import { answering } from "./answering.ts";
import { networkExample } from "./networkExample.ts";

const ENTRY = fileURLToPath(new URL("../../../scripts/freshet.ts", import.meta.url));

describe("loopbackDirectly", () => {
  const exempt = (environment: NodeJS.ProcessEnv, ...hosts: string[]) => {
    loopbackDirectly(hosts, environment);
    return environment;
  };

  it("adds this machine's hosts to those without a proxy, each once, and no others", () => {
    expect(exempt({}, "127.0.0.1", "[::1]", "localhost")).to.deep.equal({
      NO_PROXY: "127.0.0.1,[::1],localhost",
    });
    expect(exempt({ NO_PROXY: "corp, 127.0.0.1" }, "127.0.0.1", "127.8.0.9")).to.deep.equal({
      NO_PROXY: "corp,127.0.0.1,127.8.0.9",
    });
    expect(exempt({ no_proxy: "", NO_PROXY: "corp" }, "localhost", "node.example", "10.0.0.1")).to.deep.equal(
      {
        no_proxy: "localhost",
        NO_PROXY: "corp",
      },
    );
    expect(exempt({ NO_PROXY: "*" }, "localhost")).to.deep.equal({ NO_PROXY: "*" });
  });

  describe("where Node uses the environment's proxy", () => {
    let directory: string;
    const asked: string[] = [];
    const proxy = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.writeHead(502).end();
    });
    proxy.on("connect", (request, socket) => {
      asked.push(request.url ?? "");
      socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
    });
    before(async () => {
      directory = await mkdtemp(join(tmpdir(), "freshet-proxy-"));
      await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
    });
    after(async () => {
      proxy.close();
      await rm(directory, { recursive: true });
    });

    /** The code of the error with which a command ends that asks a chain there, which is another than it should be. */
    const errorAt = async (url: string, environment: NodeJS.ProcessEnv) => {
      await writeNetworkFile(directory, { ...networkExample(), main: { ...networkExample().main, url } });
      const { port } = proxy.address() as AddressInfo;
      const env = {
        ...process.env,
        NODE_USE_ENV_PROXY: "1",
        HTTP_PROXY: `http://127.0.0.1:${port}`,
        ...environment,
      };
      const words = [ENTRY, "task", "list", "--json", "--network", networkFilePath(directory)];
      return new Promise<string>((resolve, reject) => {
        execFile(process.execPath, words, { env }, (_, stdout, stderr) => {
          if (stdout === "") reject(new Error(stderr));
          else resolve((JSON.parse(stdout) as { error: string }).error);
        });
      });
    };

    for (const environment of [
      {},
      { NO_PROXY: "example.com" },
      { no_proxy: "", https_proxy: "http://127.0.0.1:9" },
    ]) {
      it(`asks this machine directly, with ${JSON.stringify(environment)}`, async () => {
        await answering({ eth_chainId: "0x1" }, async (url) => {
          expect(await errorAt(url, environment)).to.equal("WRONG_CHAIN_ID");
          expect(await errorAt(url.replace("127.0.0.1", "localhost"), environment)).to.equal(
            "WRONG_CHAIN_ID",
          );
        });
        expect(asked).to.deep.equal([]);
      });
    }

    it("asks every other machine through it", async () => {
      await errorAt("http://chain.invalid:8545", {});
      expect(asked.length).to.be.greaterThan(0);
      expect(new Set(asked)).to.deep.equal(new Set(["chain.invalid:8545"]));
    });
  });
});
