import { expect } from "chai";
import { Wallet } from "ethers";

import { CHECKPOINT_TYPES, checkpointDomain, checkpointSigner } from "../../../protocol/checkpoint.ts";

const wallet = new Wallet(`0x${"11".repeat(32)}`);
const domain = { chainId: 31_401n, gateway: "0x5FbDB2315678afecb367f032d93F642f64180aa3" };
const checkpoint = { root: `0x${"22".repeat(32)}`, index: 4 };

describe("checkpoint", () => {
  it("finds its signer, and another when anything that was signed is another", async () => {
    const signature = await wallet.signTypedData(checkpointDomain(domain), CHECKPOINT_TYPES, checkpoint);
    expect(checkpointSigner(domain, checkpoint, signature)).to.equal(wallet.address);
    const others = [
      checkpointSigner({ ...domain, chainId: 31_402n }, checkpoint, signature),
      checkpointSigner({ ...domain, gateway: wallet.address }, checkpoint, signature),
      checkpointSigner(domain, { ...checkpoint, index: 5 }, signature),
      checkpointSigner(domain, { ...checkpoint, root: `0x${"23".repeat(32)}` }, signature),
    ];
    expect(others).to.not.include(wallet.address);
  });

  it("throws on what is no signature", () => {
    expect(() => checkpointSigner(domain, checkpoint, "0x1234")).to.throw();
    expect(() => checkpointSigner(domain, checkpoint, "garbage")).to.throw();
  });
});
