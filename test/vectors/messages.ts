/** Messages of one outbox, its checkpoints, their signatures, proofs and contradictions. */
import {
  computeAddress,
  concat,
  keccak256,
  Signature,
  SigningKey,
  TypedDataEncoder,
  toBeHex,
  ZeroHash,
} from "ethers";

import { address, coder, digest, multiProof, range, tree } from "./definitions.ts";

const ORIGIN_CHAIN = 31_337n;
const DESTINATION_CHAIN = 80_002n;
const ORIGIN_GATEWAY = address("origin gateway");
const COUNT = 6;
const THRESHOLD = 2;

/** ERC-7930, version 1, of an EVM account. */
function interoperable(chainId: bigint, account: string): string {
  const reference = toBeHex(chainId);
  return concat(["0x00010000", toBeHex((reference.length - 2) / 2, 1), reference, "0x14", account]);
}

const depthOf = (count: number): number => Math.ceil(Math.log2(Math.max(count, 1)));
const rootOf = (ids: readonly string[]): string => tree(ids, depthOf(ids.length)).root;

function digestOf(root: string, index: number): string {
  const domain = {
    name: "Freshet Gateway",
    version: "1",
    chainId: ORIGIN_CHAIN,
    verifyingContract: ORIGIN_GATEWAY,
  };
  const types = {
    Checkpoint: [
      { name: "root", type: "bytes32" },
      { name: "index", type: "uint32" },
    ],
  };
  return TypedDataEncoder.hash(domain, types, { root, index });
}

export function messages() {
  const recipient = address("recipient");
  const keys = range(3)
    .map((index) => digest(`validator ${index}`))
    .sort((a, b) => (BigInt(computeAddress(a)) < BigInt(computeAddress(b)) ? -1 : 1));
  const payloads = ["0x", "0x01", digest("payload"), concat(range(20).map((word) => digest(`word ${word}`)))];
  const ids: string[] = [];
  const sent = range(COUNT).map((nonce) => {
    const sender = address(`sender ${nonce % 2}`);
    const payload = payloads[nonce % payloads.length]!;
    const id = keccak256(
      concat([
        toBeHex(ORIGIN_CHAIN, 8),
        toBeHex(DESTINATION_CHAIN, 8),
        sender,
        recipient,
        toBeHex(nonce, 4),
        keccak256(payload),
      ]),
    );
    ids.push(id);
    const outboxRoot = rootOf(ids);
    return {
      nonce,
      sender,
      senderBytes: interoperable(ORIGIN_CHAIN, sender),
      recipientBytes: interoperable(DESTINATION_CHAIN, recipient),
      payload,
      id,
      outboxRoot,
      checkpointDigest: digestOf(outboxRoot, nonce),
    };
  });

  /** The first and the last of the three validators sign. */
  const sign = (root: string, index: number) =>
    [keys[0]!, keys[2]!].map((key) => new SigningKey(key).sign(digestOf(root, index)).serialized);
  const signers = (root: string, index: number) =>
    concat([
      toBeHex(THRESHOLD, 1),
      toBeHex(keys.length, 1),
      ...keys.map((key) => computeAddress(key)),
      ...sign(root, index).map((signature) => Signature.from(signature).compactSerialized),
    ]);
  const prove = (nonces: readonly number[], index: number) => {
    const under = ids.slice(0, index + 1);
    const siblings = multiProof(under, depthOf(under.length), nonces);
    const root = rootOf(under);
    const proof = concat([toBeHex(index, 4), signers(root, index), ...siblings]);
    return { nonces, index, siblings, signatures: sign(root, index), proof };
  };

  // Another history: the second message is another, and there is one more.
  const others = [ids[0]!, digest("another message"), ...ids.slice(2), digest("one more")];
  const signed = (under: readonly string[]) => {
    const [root, index] = [rootOf(under), under.length - 1];
    return { root, index, signatures: sign(root, index), encoded: [root, index, signers(root, index)] };
  };
  const contradiction = (under: readonly string[], other: readonly string[], nonce?: number) => {
    const [a, b] = [signed(under), signed(other)];
    const leaf = (from: readonly string[]) => (nonce === undefined ? ZeroHash : from[nonce]!);
    const branch = (from: readonly string[]) =>
      nonce === undefined ? [] : tree(from, depthOf(from.length), nonce).branch;
    const checkpoint = "tuple(bytes32, uint32, bytes)";
    const evidence = coder.encode(
      [checkpoint, checkpoint, "uint32", "bytes32", "bytes32[]", "bytes32", "bytes32[]"],
      [a.encoded, b.encoded, nonce ?? 0, leaf(under), branch(under), leaf(other), branch(other)],
    );
    const shown = ({ root, index, signatures }: typeof a) => ({ root, index, signatures });
    const proofs = { leafA: leaf(under), branchA: branch(under), leafB: leaf(other), branchB: branch(other) };
    return { a: shown(a), b: shown(b), ...(nonce === undefined ? {} : { nonce, ...proofs }), evidence };
  };

  return {
    originChainId: ORIGIN_CHAIN,
    destinationChainId: DESTINATION_CHAIN,
    originGateway: ORIGIN_GATEWAY,
    recipient,
    threshold: THRESHOLD,
    validators: keys.map((key) => ({ privateKey: key, address: computeAddress(key) })),
    messages: sent,
    // Every message alone under the last checkpoint, the first under its own, and several together.
    proofs: [...ids.map((_, nonce) => prove([nonce], COUNT - 1)), prove([0], 0), prove([0, 2, 3], 4)],
    // All that is left once the first message was delivered.
    batch: prove([1, 2, 3, 4, 5], COUNT - 1),
    contradictions: [
      contradiction(ids, others.slice(0, COUNT)),
      contradiction(ids, others, 1),
      contradiction(others, ids.slice(0, 3), 1),
    ],
    interoperable: [1n, 255n, 256n, 31_337n, 2n ** 63n, 2n ** 64n - 1n].map((chainId) => ({
      chainId,
      address: recipient,
      bytes: interoperable(chainId, recipient),
    })),
  };
}
