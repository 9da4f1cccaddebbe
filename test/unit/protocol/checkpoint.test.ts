import { expect } from "chai";
import { Wallet } from "ethers";

import { BaseError } from "../../../protocol/BaseError.ts";
import {
  CHECKPOINT_TYPES,
  checkpointDomain,
  checkpointSigner,
  decodeCheckpointProof,
  encodeCheckpointProof,
  signersPart,
} from "../../../protocol/checkpoint.ts";

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

  describe("proofs", () => {
    const digest = `0x${"33".repeat(32)}`;
    const siblings = ["44", "55"].map((byte) => `0x${byte.repeat(32)}`);
    const signers = {
      threshold: 1,
      validators: [wallet.address],
      signatures: [wallet.signingKey.sign(digest).serialized],
    };

    it("are read back as they were written", () => {
      const proof = { index: 2 ** 32 - 1, ...signers, siblings };
      expect(decodeCheckpointProof(encodeCheckpointProof(proof))).to.deep.equal(proof);
    });

    it("take signatures in any form", () => {
      const compact = [wallet.signingKey.sign(digest).compactSerialized];
      expect(signersPart({ ...signers, signatures: compact })).to.equal(signersPart(signers));
    });

    it("need exactly as many signatures as the threshold, and at most 255 validators", () => {
      const [signature] = signers.signatures;
      for (const wrong of [
        { ...signers, signatures: [] },
        { ...signers, signatures: [signature!, signature!] },
        { ...signers, validators: Array(256).fill(wallet.address) as string[] },
      ]) {
        expect(() => signersPart(wrong))
          .to.throw(BaseError)
          .with.property("code", "MALFORMED_PROOF");
      }
    });

    it("are refused when they are cut short or hold half a sibling", () => {
      const proof = encodeCheckpointProof({ index: 4, ...signers, siblings });
      const whole = proof.length - 2 * 32 * siblings.length;
      for (let length = 2; length < proof.length; length += 2) {
        if (length >= whole && (length - whole) % 64 === 0) continue;
        expect(() => decodeCheckpointProof(proof.slice(0, length)))
          .to.throw(BaseError)
          .with.property("code", "MALFORMED_PROOF");
      }
    });
  });
});
