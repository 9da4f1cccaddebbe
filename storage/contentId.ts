import { CID } from "multiformats/cid";
import * as multihash from "multiformats/hashes/digest";
import { BaseError } from "../protocol/BaseError.ts";
import type { Digest } from "./ContentStore.ts";
import { layOutContent } from "./layOutContent.ts";

const digestPattern = /^0x[0-9a-f]{64}$/;
const sha256Code = 0x12;
const dagPbCode = 0x70;
const digestBytes = 32;
/** No CID of a sha-256 digest is longer in any base that `CID.parse` reads. */
const maxCidCharacters = 100;

/**
 * The CIDv0 of a digest, as Kubo prints it.
 *
 * @throws `STORAGE_INVALID_DIGEST` unless it is "0x" and 64 lower-case hex digits.
 * @example
 * cidOf("0xbfccda787baba32b59c78450ac3d20b633360b43992c77289f9ed46d843561e6");
 * // "QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH", the empty file
 */
export function cidOf(digest: Digest): string {
  if (!digestPattern.test(digest)) {
    throw new BaseError("STORAGE_INVALID_DIGEST", "This is not a content digest.", {
      details: `"${String(digest).slice(0, maxCidCharacters)}" is not "0x" followed by 64 lower-case hex digits.`,
      next: "Pass the digest that put() returned or that the chain holds.",
    });
  }
  const bytes = Uint8Array.from(Buffer.from(digest.slice(2), "hex"));
  return CID.createV0(multihash.create(sha256Code, bytes)).toString();
}

/**
 * The digest inside a CID: a CIDv0 ("Qm…"), or the CIDv1 of the same block
 * ("bafybei…").
 *
 * @throws `STORAGE_INVALID_CID` unless it is a CID of a dag-pb block by sha-256.
 * @example
 * digestOfCid("QmbFMke1KXqnYyBBWxB74N4c5SBnJMVAiMNRcGu6x1AwQH");
 * // "0xbfccda787baba32b59c78450ac3d20b633360b43992c77289f9ed46d843561e6"
 */
export function digestOfCid(cid: string): Digest {
  const parsed = parseCid(cid);
  if (
    parsed?.code !== dagPbCode ||
    parsed.multihash.code !== sha256Code ||
    parsed.multihash.digest.length !== digestBytes
  ) {
    throw new BaseError("STORAGE_INVALID_CID", "This is not the CID of a Freshet file.", {
      details: `"${cid.slice(0, maxCidCharacters)}" does not name a dag-pb block by its sha-256.`,
      next: 'Use a CIDv0 ("Qm…"), as `ipfs add --cid-version 0` prints it.',
    });
  }
  return `0x${Buffer.from(parsed.multihash.digest).toString("hex")}`;
}

/**
 * The digest that a store would give these bytes, without storing them: that
 * of Kubo's CID with import profile `unixfs-v0-2015`.
 *
 * @example
 * await digestOf(new TextEncoder().encode("hello world\n"));
 * // "0x46d44814b9c5af141c3aaab7c05dc5e844ead5f91f12858b021eba45768b4c0e"
 */
export async function digestOf(bytes: Uint8Array): Promise<Digest> {
  const { root } = await layOutContent(bytes);
  return root;
}

function parseCid(cid: string): CID | undefined {
  if (cid.length > maxCidCharacters) return undefined;
  try {
    return CID.parse(cid);
  } catch {
    return undefined;
  }
}
