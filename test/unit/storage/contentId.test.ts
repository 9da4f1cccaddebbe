import { expect } from "chai";
import { BaseError } from "../../../protocol/BaseError.ts";
import type { Digest } from "../../../storage/ContentStore.ts";
import { cidOf, digestOf, digestOfCid } from "../../../storage/contentId.ts";
import { chacha20Bytes } from "./chacha20Bytes.ts";

const text = (characters: string): Uint8Array => new TextEncoder().encode(characters);
const chunk = 262_144;

/** CIDs that Kubo printed; those of ChaCha20 bytes are its own test vectors for `unixfs-v0-2015`. */
const golden: [name: string, bytes: () => Uint8Array, cid: string][] = [
  ["an empty file", () => text(""), "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH"],
  ['"hello world"', () => text("hello world"), "Qmf412jQZiuVUtdgnB36FXFX7xg5V6KEbSJ4dpQuhkLyfD"],
  ['"hello world\\n"', () => text("hello world\n"), "QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o"],
  [
    "one full chunk",
    () => chacha20Bytes(chunk, "chunk-v0-seed"),
    "QmWmRj3dFDZdb6ABvbmKhEL6TmPbAfBZ1t5BxsEyJrcZhE",
  ],
  [
    "one chunk and a byte",
    () => chacha20Bytes(chunk + 1, "chunk-v0-seed"),
    "QmYyLxtzZyW22zpoVAtKANLRHpDjZtNeDjQdJrcQNWoRkJ",
  ],
  [
    "174 chunks, one full node",
    () => chacha20Bytes(174 * chunk, "v0-seed"),
    "QmUbBALi174SnogsUzLpYbD4xPiBSFANF4iztWCsHbMKh2",
  ],
  [
    "174 chunks and a byte, three levels",
    () => chacha20Bytes(174 * chunk + 1, "v0-seed"),
    "QmV81WL765sC8DXsRhE5fJv2rwhS4icHRaf3J9Zk5FdRnW",
  ],
];

describe("contentId", function () {
  this.timeout(10_000);

  for (const [name, bytes, cid] of golden) {
    it(`gives ${name} Kubo's CID`, async () => {
      expect(cidOf(await digestOf(bytes()))).to.equal(cid);
    });
  }

  it("maps a digest to its CID and back", () => {
    const digest = "0xbfccda787baba32b59c78450ac3d20b633360b43992c77289f9ed46d843561e6";
    expect(cidOf(digest)).to.equal("QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH");
    expect(digestOfCid("QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH")).to.equal(digest);
  });

  it("reads the CIDv1 of the same block, as gateways' clients send it", () => {
    // `ipfs cid base32 QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn`
    expect(digestOfCid("bafybeiczsscdsbs7ffqz55asqdf3smv6klcw3gofszvwlyarci47bgf354")).to.equal(
      digestOfCid("QmUNLLsPACCz1vLxQVkXqqLX5R1X345qqfHbsf67hvA3Nn"),
    );
  });

  const noDigests = ["", "0x", "0x12", `0x${"AB".repeat(32)}`, "ab".repeat(32), `0x${"ab".repeat(33)}`];
  for (const digest of noDigests) {
    it(`refuses the digest "${digest}"`, () => {
      expect(() => cidOf(digest as Digest))
        .to.throw(BaseError)
        .with.property("code", "STORAGE_INVALID_DIGEST");
    });
  }

  const noCids = {
    "an empty string": "",
    "a path": "../../etc/passwd",
    "a digit changed to one that base58 lacks": "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQ0",
    "a digit missing": "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQ",
    "a raw block's": "bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e",
    "an identity hash": "bafkqaaa",
    "a megabyte of letters": "Q".repeat(1_000_000),
  };
  for (const [name, cid] of Object.entries(noCids)) {
    it(`refuses a CID that is ${name}`, () => {
      expect(() => digestOfCid(cid))
        .to.throw(BaseError)
        .with.property("code", "STORAGE_INVALID_CID");
    });
  }
});
