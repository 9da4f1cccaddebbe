import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { expect } from "chai";

import { readNodeFile } from "../../../chains/networks/nodeFile.ts";
import { ownStorage } from "../../../scripts/ownStorage.ts";
import { KuboStore } from "../../../storage/KuboStore.ts";
import { RemoteStore } from "../../../storage/RemoteStore.ts";
import { withDirectory } from "../storage/withDirectory.ts";
import { rejected } from "../thrown.ts";

const network = { storage: { url: "http://storage.example:9210" } };

/** What a node file is read as, and its directory. */
async function withNode(
  rest: Record<string, unknown>,
  test: (read: ReturnType<typeof readNodeFile>, directory: string) => Promise<void>,
): Promise<void> {
  await withDirectory(async (directory) => {
    const path = join(directory, "node.json");
    await writeFile(path, JSON.stringify({ version: 1, keys: {}, ...rest }));
    await test(readNodeFile(path), directory);
  });
}

describe("the storage that a node file names", () => {
  it("is a Kubo node, or a server, or the network's", async () => {
    for (const [storage, kind] of [
      [{ kubo: "http://127.0.0.1:5001" }, KuboStore],
      [{ url: "http://127.0.0.1:9210", token: { file: "token" } }, RemoteStore],
      [undefined, RemoteStore],
    ] as const) {
      await withNode(storage === undefined ? {} : { storage }, async (read, directory) => {
        await writeFile(join(directory, "token"), "a token that is long enough, and more\n");
        const networkFile = join(directory, "network.json");
        expect(await ownStorage(network, await read, { networkFile })).to.be.instanceOf(kind);
      });
    }
  });

  it("is no server to which a token would be sent in the clear", async () => {
    await withNode({ storage: { token: { file: "token" } } }, async (read, directory) => {
      await writeFile(join(directory, "token"), "a token that is long enough, and more\n");
      const error = await rejected(
        ownStorage(network, await read, { networkFile: join(directory, "network.json") }),
      );
      expect([error.code, error.shortMessage.includes("in the clear")]).to.deep.equal([
        "NODE_FILE_INVALID",
        true,
      ]);
      expect(error.message).not.to.include("long enough");
    });
  });

  it("has its files beside the node file, and bounds that hold for all", async () => {
    await withNode(
      {
        storageServer: { directory: "served", tokens: [{ writer: "beta", token: { file: "beta" } }] },
        tls: { certificate: "tls/one.pem", key: "/etc/one.pem", authorities: ["tls/all.pem"] },
      },
      async (read, directory) => {
        const { storageServer, tls, bind } = await read;
        expect(storageServer).to.deep.equal({
          directory: join(directory, "served"),
          tokens: [{ writer: "beta", token: { file: join(directory, "beta") } }],
          writers: [],
          quotaMegabytes: 4096,
          keepDays: 30,
        });
        expect(tls).to.deep.equal({
          certificate: join(directory, "tls", "one.pem"),
          key: "/etc/one.pem",
          authorities: [join(directory, "tls", "all.pem")],
        });
        expect(bind).to.deep.equal({});
      },
    );
  });

  const faults: [fault: string, rest: Record<string, unknown>, says: RegExp][] = [
    ["both forms", { storage: { kubo: "http://127.0.0.1:5001", url: "http://127.0.0.1" } }, /storage/],
    ["a token in its own text", { storage: { token: "my-secret" } }, /storage\.token: expected object/],
    ["a certificate without its key", { tls: { certificate: "one.pem" } }, /tls\.key: certificate and key/],
    [
      "clients of no authority",
      { tls: { certificate: "one.pem", key: "one.pem", clients: "required" } },
      /tls\.authorities: clients are known/,
    ],
    ["a service that there is not", { bind: { storag: { host: "0.0.0.0" } } }, /storag; /],
    [
      "a quota of nothing",
      { storageServer: { directory: "served", quotaMegabytes: 0 } },
      /storageServer\.quotaMegabytes/,
    ],
  ];
  for (const [fault, rest, says] of faults) {
    it(`is not read from a node file with ${fault}`, async () => {
      await withNode(rest, async (read) => {
        const error = await rejected(read);
        expect(error.code).to.equal("NODE_FILE_INVALID");
        expect(error.details).to.match(says);
        expect(error.message).not.to.include("my-secret");
      });
    });
  }
});
