import { expect } from "chai";
import { hexlify, recoverAddress, Signature, SigningKey, toBeHex, Wallet } from "ethers";
import { array, assert, integer, property, uint8Array } from "fast-check";

import { recoverSigner } from "../../../protocol/recoverSigner.ts";

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const bytes32 = uint8Array({ minLength: 32, maxLength: 32 });

/** What comes of it: the address, or that it throws. */
function outcome(recover: () => string): string {
  try {
    return recover();
  } catch {
    return "throws";
  }
}

describe("recoverSigner", () => {
  it("finds who signed, in all forms of a signature", () => {
    assert(
      property(integer({ min: 1, max: 1_000_000 }), bytes32, (secret, digest) => {
        const key = new SigningKey(toBeHex(secret, 32));
        const signature = key.sign(digest);
        const { address } = new Wallet(key);
        const high = { r: signature.r, s: toBeHex(ORDER - BigInt(signature.s), 32) };
        const forms = [signature, signature.serialized, signature.compactSerialized];
        for (const form of forms) expect(recoverSigner(hexlify(digest), form)).to.equal(address);
        const other = { ...high, yParity: (1 - signature.yParity) as 0 | 1 };
        expect(outcome(() => recoverSigner(hexlify(digest), other))).to.equal(
          outcome(() => recoverAddress(digest, other)),
        );
      }),
      { numRuns: 50 },
    );
  });

  it("gives the same as ethers for whatever bytes, and throws where it does", () => {
    const edges = [
      "00",
      "01",
      "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141",
      "ff".repeat(32),
    ];
    const words = edges.map((edge) => edge.padStart(64, "0"));
    const check = (digest: string, r: string, s: string, yParity: 0 | 1) => {
      // With s in the upper half ethers reads no signature of its compact form; parts are taken as they are.
      const compact = `0x${r}${s}`;
      expect(outcome(() => recoverSigner(digest, compact))).to.equal(
        outcome(() => recoverAddress(digest, Signature.from(compact))),
      );
      const parts = { r: `0x${r}`, s: `0x${s}`, yParity };
      expect(outcome(() => recoverSigner(digest, parts))).to.equal(
        outcome(() => recoverAddress(digest, parts)),
      );
    };
    for (const r of words)
      for (const s of words) for (const v of [0, 1] as const) check(toBeHex(7, 32), r, s, v);
    assert(
      property(array(bytes32, { minLength: 3, maxLength: 3 }), integer({ min: 0, max: 1 }), (all, v) => {
        const [digest, r, s] = all.map((word) => hexlify(word).slice(2));
        check(`0x${digest}`, r!, s!, v as 0 | 1);
      }),
      { numRuns: 100 },
    );
  });
});
