import { expect } from "chai";
import { Wallet, ZeroAddress } from "ethers";

import type { Subchain } from "../../../chains/clients/Subchain.ts";
import { localKey } from "../../../chains/networks/localKeys.ts";
import type { NetworkFile } from "../../../chains/networks/networkFile.ts";
import { storageWriters } from "../../../tasks/storageWriters.ts";
import { networkExample } from "../chains/networkExample.ts";

const [aggregator, worker, listed, stranger] = Array.from({ length: 4 }, () => Wallet.createRandom().address);

describe("who may write to a network's storage", () => {
  let asked: string[];
  const network: NetworkFile = {
    ...networkExample(),
    aggregators: [{ address: aggregator!, url: "http://127.0.0.1:9212" }],
  };
  const subchain = (registered: string | undefined) =>
    ({
      deviceOf: async (address: string) => {
        asked.push(address);
        return address === registered?.toLowerCase() ? address : ZeroAddress;
      },
    }) as unknown as Subchain;
  const mayWrite = (address: string, isLocal = false) =>
    storageWriters(
      { network, subchains: [subchain(undefined), subchain(worker)] },
      { writers: [listed!], isLocal },
    )(address.toLowerCase());
  beforeEach(() => {
    asked = [];
  });

  it("is whom the files list, without a question to any chain, and who is registered on some subchain", async () => {
    expect(await mayWrite(aggregator!)).to.equal(true);
    expect(await mayWrite(listed!)).to.equal(true);
    expect(asked).to.deep.equal([]);
    expect(await mayWrite(worker!)).to.equal(true);
    expect(await mayWrite(stranger!)).to.equal(false);
    expect(asked).to.have.length(4);
  });

  it("is nobody by a key that everybody knows, unless only this machine reaches the server", async () => {
    const known = localKey("publisher").address;
    const open = { network, subchains: [] };
    expect(await storageWriters(open, { writers: [known], isLocal: false })(known.toLowerCase())).to.equal(
      false,
    );
    expect(await storageWriters(open, { writers: [known], isLocal: true })(known.toLowerCase())).to.equal(
      true,
    );
  });
});
