import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { Wallet } from "ethers";

import type { ChainClient } from "../../../chains/clients/ChainClient.ts";
import { localKey } from "../../../chains/networks/localKeys.ts";
import { writeNetworkFile } from "../../../chains/networks/networkFile.ts";
import { payingNode } from "../../../scripts/commands/relay/payer.ts";
import { networkExample } from "../chains/networkExample.ts";
import { rejected } from "../thrown.ts";

const VARIABLE = "FRESHET_TEST_PAYER";

describe("who pays for what is done by hand", () => {
  let directory: string;
  let network: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-payer-"));
    await writeNetworkFile(directory, networkExample());
    network = join(directory, "network.json");
  });
  after(async () => {
    delete process.env[VARIABLE];
    await rm(directory, { recursive: true, force: true });
  });

  /** A node that says it is such a program. */
  const chain = (version: string) =>
    ({
      name: "main",
      url: "http://127.0.0.1:8545",
      closed: new AbortController().signal,
      provider: { send: async () => version },
    }) as unknown as ChainClient;

  it("is a development key by its role and place, on development nodes only", async () => {
    const { account } = await payingNode({ network, as: "device:2" });
    expect((await account(chain("anvil/v1"))).address).to.equal(localKey("device", 1).address);
    expect((await rejected(account(chain("Geth/v1.17")))).code).to.equal("PUBLIC_KEY_REFUSED");
  });

  it("is a key of the node file where there is one, on any chain", async () => {
    const key = Wallet.createRandom();
    process.env[VARIABLE] = key.privateKey;
    const node = join(directory, "node.json");
    await writeFile(node, JSON.stringify({ version: 1, keys: { publisher: [{ environment: VARIABLE }] } }));
    const { account } = await payingNode({ network, node, as: "publisher" });
    expect((await account(chain("Geth/v1.17"))).address).to.equal(key.address);
    expect((await rejected(payingNode({ network, node, as: "publisher:2" }))).code).to.equal("KEY_MISSING");
    expect((await rejected(payingNode({ network, node, as: "keeper" }))).code).to.equal("KEY_MISSING");
  });

  it("is asked for again, with the nearest role, where there is none of that name", async () => {
    const error = await rejected(payingNode({ network, as: "publsher" }));
    expect(error.code).to.equal("UNKNOWN_ROLE");
    expect(error.next).to.contain("did you mean publisher?");
    expect((await rejected(payingNode({ network, as: "device:0" }))).code).to.equal("OPTION_INVALID");
  });
});
