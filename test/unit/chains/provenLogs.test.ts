import { readFileSync } from "node:fs";

import { expect } from "chai";
import { toBeHex } from "ethers";

import { provenLogs } from "../../../chains/proofs/provenLogs.ts";
import { signersPart } from "../../../protocol/checkpoint.ts";
import { decodeHeaderProof, encodeHeaderProof } from "../../../protocol/header.ts";
import { rejected, thrown } from "../thrown.ts";

// The contracts are checked against the same file: test/solidity/gateway/HeaderVerifier.t.sol.
const vectors = JSON.parse(readFileSync(new URL("../../vectors/headers.json", import.meta.url), "utf8")) as {
  originGateway: string;
  block: { number: string; header: string };
  messages: { id: string; nonce: number; proof: string }[];
  batch: string;
};
const { block, messages, originGateway } = vectors;

describe("provenLogs", () => {
  const proofs: [what: string, proof: string, shown: typeof messages][] = [
    ...messages.map((one, i) => [`message ${i}`, one.proof, [one]] as [string, string, typeof messages]),
    ["a batch", vectors.batch, messages],
  ];
  for (const [what, proof, shown] of proofs) {
    it(`follows the proof of ${what} to its logs`, async () => {
      const { number, logs } = await provenLogs(decodeHeaderProof(proof));
      expect(number).to.equal(BigInt(block.number));
      expect(logs.map(({ address, topics, data }) => [address, topics[1], data])).to.deep.equal(
        shown.map(({ id, nonce }) => [originGateway.toLowerCase(), id, toBeHex(nonce, 32)]),
      );
    });
  }

  it("follows no proof whose nodes, places or header are others", async () => {
    const proof = decodeHeaderProof(vectors.batch);
    const [first, ...rest] = proof.receipts;
    const wrong = [
      { ...proof, nodes: proof.nodes.map((node) => `${node.slice(0, -2)}77`) },
      { ...proof, nodes: [] },
      { ...proof, receipts: [{ ...first!, index: 77 }, ...rest] },
      { ...proof, receipts: [{ ...first!, logs: [99] }] },
      { ...proof, header: "0xc0" },
      { ...proof, header: "0x12" },
    ];
    for (const one of wrong) expect((await rejected(provenLogs(one))).code).to.equal("PROOF_INVALID");
  });
});

describe("decodeHeaderProof", () => {
  it("reads what encodeHeaderProof packed", () => {
    for (const packed of [...messages.map(({ proof }) => proof), vectors.batch]) {
      const { signers, ...proof } = decodeHeaderProof(packed);
      expect(proof.header).to.equal(block.header);
      expect(encodeHeaderProof(proof, signersPart(signers))).to.equal(packed);
    }
  });

  it("refuses what is cut short, and counts that announce more than there is", () => {
    const cut = [vectors.batch.slice(0, -2), "0x", "0xffffffff", `${vectors.batch}00`];
    for (const packed of cut)
      expect(thrown(() => decodeHeaderProof(packed)).code).to.equal("MALFORMED_PROOF");
  });
});
