import { readFileSync } from "node:fs";

import { expect } from "chai";
import { Wallet } from "ethers";

import {
  encodeHeaderContradiction,
  HEADER_TYPES,
  headerDigest,
  headerDomain,
  headerSigner,
} from "../../../protocol/header.ts";
import { thrown } from "../thrown.ts";

// The contracts are checked against the same file: test/solidity/gateway/HeaderVerifier.t.sol.
const vectors = JSON.parse(readFileSync(new URL("../../vectors/headers.json", import.meta.url), "utf8")) as {
  originChainId: string;
  originGateway: string;
  block: { hash: string; number: string; digest: string; signers: string };
  validators: { privateKey: string; address: string }[];
  contradictions: { evidence: string }[];
};
const domain = { chainId: BigInt(vectors.originChainId), gateway: vectors.originGateway };
const block = { blockHash: vectors.block.hash, number: BigInt(vectors.block.number) };

describe("header", () => {
  it("has the digest that the contracts check", () => {
    expect(headerDigest(domain, block)).to.equal(vectors.block.digest);
  });

  it("finds its signer, and another when anything that was signed is another", async () => {
    const wallet = new Wallet(vectors.validators[0]!.privateKey);
    const signature = await wallet.signTypedData(headerDomain(domain), HEADER_TYPES, block);
    expect(headerSigner(domain, block, signature)).to.equal(vectors.validators[0]!.address);
    const others = [
      headerSigner({ ...domain, chainId: 1n }, block, signature),
      headerSigner({ ...domain, gateway: wallet.address }, block, signature),
      headerSigner(domain, { ...block, number: 2n }, signature),
      headerSigner(domain, { ...block, blockHash: `0x${"23".repeat(32)}` }, signature),
    ];
    expect(others).to.not.include(wallet.address);
  });

  it("encodes evidence of two blocks of one number as the contracts read it", () => {
    // hash, number and signers of one, then of the other.
    const { evidence } = vectors.contradictions[0]!;
    const half = 2 + (evidence.length - 2) / 2;
    const side = (hex: string) => ({
      blockHash: `0x${hex.slice(0, 64)}`,
      number: BigInt(`0x${hex.slice(64, 80)}`),
      signers: `0x${hex.slice(80)}`,
    });
    const later = side(evidence.slice(2, half));
    const earlier = side(evidence.slice(half));
    expect(encodeHeaderContradiction(later, earlier)).to.equal(evidence);
  });

  it("refuses evidence without a header for each number between", () => {
    const signed = { ...block, signers: vectors.block.signers };
    const later = { ...signed, number: signed.number + 2n };
    const both = ["0x01", "0x02"];
    for (const incomplete of [
      () => encodeHeaderContradiction(later, signed),
      () => encodeHeaderContradiction(later, signed, ["0x01"]),
      () => encodeHeaderContradiction(signed, later, both),
      () => encodeHeaderContradiction(signed, signed, ["0x01"]),
    ]) {
      expect(thrown(incomplete).code).to.equal("EVIDENCE_INCOMPLETE");
    }
    expect(encodeHeaderContradiction(later, signed, both).endsWith("00000001010000000102")).to.equal(true);
  });
});
