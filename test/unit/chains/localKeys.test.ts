import { expect } from "chai";
import { JsonRpcProvider } from "ethers";

import { localKey, localSigner } from "../../../chains/networks/localKeys.ts";
import { rejected } from "../thrown.ts";
import { answering } from "./answering.ts";

/** What happens when a development key is asked for on a node that calls itself so. */
async function asking(url: string) {
  const provider = new JsonRpcProvider(url, 31_401, { staticNetwork: true });
  try {
    return await localSigner(provider, url, "publisher");
  } finally {
    provider.destroy();
  }
}

describe("localKeys", () => {
  it("are those of the public development mnemonic, one a role and index", () => {
    expect(localKey("deployer").address).to.equal("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266");
    expect(localKey("publisher").address).to.equal("0x70997970C51812dc3A010C7d01b50e0d17dc79C8");
    const single = (["deployer", "publisher", "relayer", "keeper"] as const).map((role) => localKey(role));
    // As many as a network's configuration can ask for.
    const most = { validator: 32, aggregator: 32, device: 500, twin: 500 } as const;
    const many = Object.entries(most).flatMap(([role, count]) =>
      [0, 1, count - 1].map((i) => localKey(role as keyof typeof most, i)),
    );
    const addresses = [...single, ...many].map(({ address }) => address);
    expect(new Set(addresses)).to.have.length(16);
  });

  for (const client of ["HardhatNetwork/3.17.0", "anvil/v1.2.3"]) {
    it(`are given for ${client} on this machine`, async () => {
      await answering({ web3_clientVersion: client }, async (url) => {
        expect((await asking(url)).address).to.equal(localKey("publisher").address);
      });
    });
  }

  for (const client of ["Geth/v1.16.0", "besu/v25.7.0", ""]) {
    it(`are refused on a node on this machine that is none for development: ${client}`, async () => {
      await answering({ web3_clientVersion: client }, async (url) => {
        const error = await rejected(asking(url));
        expect(error.code).to.equal("PUBLIC_KEY_REFUSED");
        expect(error.details).to.contain(client);
      });
    });
  }

  for (const url of [
    "https://rpc.example.org",
    "http://192.0.2.7:8545",
    "http://localhost.example.org:8545",
    "http://127.0.0.1.example.org",
    "http://[2001:db8::1]:8545",
  ]) {
    it(`are refused on ${url} without asking it anything`, async () => {
      const error = await rejected(asking(url));
      expect(error.code).to.equal("PUBLIC_KEY_REFUSED");
      expect(error.details).to.equal("It is not on this machine.");
    });
  }
});
