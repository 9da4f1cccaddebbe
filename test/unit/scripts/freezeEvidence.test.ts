import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { toBeHex, Wallet } from "ethers";

import type { GatewayClient } from "../../../chains/clients/GatewayClient.ts";
import type { ProofKind } from "../../../chains/proofs/proofKinds.ts";
import { encodeContradiction, signersPart } from "../../../protocol/checkpoint.ts";
import { encodeHeaderContradiction } from "../../../protocol/header.ts";
import { RelayerStore } from "../../../relay/store/RelayerStore.ts";
import { freezeEvidence } from "../../../scripts/commands/relay/freezeEvidence.ts";
import { rejected } from "../thrown.ts";

const hash = (byte: string) => `0x${byte.repeat(32)}`;
const WALLETS = [1, 2, 3]
  .map((i) => new Wallet(toBeHex(i, 32)))
  .sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));
const SET = { threshold: 2, validators: WALLETS.map(({ address }) => address) };
/** All three sign, one more than is wanted. */
const SIGNATURES = Object.fromEntries(
  WALLETS.map(({ address, signingKey }) => [address, signingKey.sign(hash("77")).serialized]),
);
const SIGNERS = { ...SET, signatures: WALLETS.slice(0, 2).map(({ address }) => SIGNATURES[address]!) };

describe("freezeEvidence", () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "freshet-freeze-"));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const files = (...parts: unknown[]) =>
    Promise.all(
      parts.map(async (part, i) => {
        const path = join(directory, `${i}.json`);
        await writeFile(path, JSON.stringify(part));
        return path;
      }),
    );
  const rpc = { request: async () => null };
  const evidence = async (kind: ProofKind, given?: readonly string[], store = new RelayerStore(":memory:")) =>
    freezeEvidence({
      origin: { chainId: 71n, rpc } as unknown as GatewayClient,
      set: SET,
      kind,
      files: given,
      openStore: () => store,
    });
  const block = (byte: string, number: number) => ({ blockHash: hash(byte), number, signatures: SIGNATURES });
  const signed = ({ blockHash, number }: ReturnType<typeof block>) => ({
    blockHash,
    number: BigInt(number),
    signers: signersPart(SIGNERS),
  });

  const ROOTS = ["01", "02"].map((byte) => ({ root: hash(byte), index: 5, signatures: SIGNATURES }));
  const SHOWN = encodeContradiction({
    a: { root: hash("01"), index: 5, ...SIGNERS },
    b: { root: hash("02"), index: 5, ...SIGNERS },
  });

  it("is of two checkpoints in files, or that a relayer kept", async () => {
    expect(await evidence("checkpoint", await files(...ROOTS))).to.equal(SHOWN);
    const store = new RelayerStore(":memory:");
    for (const { root: hash, index: place, signatures } of ROOTS) {
      store.facts.keep("checkpoint", 71n, { place, hash, signatures });
    }
    expect(await evidence("checkpoint", undefined, store)).to.equal(SHOWN);
  });

  it("is of two blocks of one number in files, or that a relayer kept", async () => {
    const [a, b] = [block("01", 5), block("02", 5)];
    const shown = encodeHeaderContradiction(signed(a), signed(b));
    expect(await evidence("header", await files(b, a))).to.equal(shown);
    const store = new RelayerStore(":memory:");
    for (const { blockHash: hash, number: place, signatures } of [a, b]) {
      store.facts.keep("header", 71n, { place, hash, signatures });
    }
    expect(await evidence("header", undefined, store)).to.equal(shown);
  });

  it("takes the headers between two blocks from the later one's file, and wants all of them", async () => {
    const later = { ...block("02", 7), headers: ["0xc102", "0xc101"] };
    const shown = encodeHeaderContradiction(signed(later), signed(block("01", 5)), later.headers);
    expect(await evidence("header", await files(later, block("01", 5)))).to.equal(shown);
    expect(await evidence("header", await files(block("01", 5), later))).to.equal(shown);
    const short = files({ ...later, headers: ["0xc102"] }, block("01", 5));
    expect((await rejected(evidence("header", await short))).code).to.equal("EVIDENCE_INCOMPLETE");
  });

  it("asks the chain's node for headers that no file has", async () => {
    const unknown = files(block("02", 7), block("01", 5));
    expect((await rejected(evidence("header", await unknown))).code).to.equal("BLOCK_NOT_FOUND");
  });

  it("says what is missing or of the wrong kind", async () => {
    for (const kind of ["checkpoint", "header"] as const) {
      expect((await rejected(evidence(kind))).code).to.equal("NO_EVIDENCE");
      const one = await files(block("01", 5));
      expect((await rejected(evidence(kind, one))).code).to.equal("EVIDENCE_INVALID");
    }
    const blocks = await rejected(evidence("checkpoint", await files(block("01", 5), block("02", 5))));
    expect(blocks).to.include({ code: "EVIDENCE_INVALID" });
    expect(blocks.next).to.contain("{ root, index");
    const roots = await rejected(evidence("header", await files(...ROOTS)));
    expect(roots).to.include({ code: "EVIDENCE_INVALID" });
    expect(roots.next).to.contain("{ blockHash, number");
    const [{ address }] = WALLETS as [Wallet];
    const few = { ...block("01", 5), signatures: { [address]: SIGNATURES[address] } };
    const unsigned = await rejected(evidence("header", await files(few, block("02", 5))));
    expect(unsigned.code).to.equal("MALFORMED_PROOF");
  });
});
