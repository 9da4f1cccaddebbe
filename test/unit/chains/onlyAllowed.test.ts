import { expect } from "chai";
import { Wallet } from "ethers";

import { NodeKeys } from "../../../chains/keys/NodeKeys.ts";
import { LOCAL_KEYS, localKey } from "../../../chains/networks/localKeys.ts";
import { onlyAllowed } from "../../../chains/networks/onlyAllowed.ts";
import type { Rpc } from "../../../chains/rpc/Rpc.ts";
import { rejected } from "../thrown.ts";

const URLS = ["http://127.0.0.1:8545", "https://rpc.acme.example"];

describe("onlyAllowed", () => {
  const geth: Rpc = {
    request: async <T>(method: string) => (method === "web3_clientVersion" ? "Geth/v1.17.10" : method) as T,
  };
  const send = (rpc: Rpc) => rpc.request("eth_sendRawTransaction", ["0x"]);
  const keysOf = async (privateKey: string) => {
    process.env.FRESHET_TEST_ONLY_ALLOWED = privateKey;
    try {
      return await NodeKeys.open({ keys: { relayer: [{ environment: "FRESHET_TEST_ONLY_ALLOWED" }] } }, [
        "relayer",
      ]);
    } finally {
      delete process.env.FRESHET_TEST_ONLY_ALLOWED;
    }
  };

  it("sends what an organisation signed with keys of its own to any node", async () => {
    const keys = await keysOf(Wallet.createRandom().privateKey);
    expect(await send(onlyAllowed(geth, URLS, keys))).to.equal("eth_sendRawTransaction");
  });

  it("sends nothing that public keys signed to a node that is no development node, and reads all the same", async () => {
    const own = await keysOf(localKey("relayer").privateKey);
    for (const keys of [LOCAL_KEYS, own]) {
      const rpc = onlyAllowed(geth, URLS, keys);
      expect((await rejected(send(rpc))).code).to.equal("PUBLIC_KEY_REFUSED");
      expect(await rpc.request("eth_chainId", [])).to.equal("eth_chainId");
    }
  });
});
