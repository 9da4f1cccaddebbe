/** Messages of one outbox, its checkpoints and their signatures. */
import { computeAddress, concat, keccak256, SigningKey, TypedDataEncoder, toBeHex } from "ethers";

import { address, digest, hash, range, tree } from "./definitions.ts";

/** ERC-7930, version 1, of an EVM account. */
function interoperable(chainId: bigint, account: string): string {
  const reference = toBeHex(chainId);
  return concat(["0x00010000", toBeHex((reference.length - 2) / 2, 1), reference, "0x14", account]);
}

export function messages() {
  const originChainId = 31_337n;
  const destinationChainId = 80_002n;
  const originGateway = address("origin gateway");
  const recipient = address("recipient");
  const keys = range(3)
    .map((index) => digest(`validator ${index}`))
    .sort((a, b) => (BigInt(computeAddress(a)) < BigInt(computeAddress(b)) ? -1 : 1));
  const domain = {
    name: "Freshet Gateway",
    version: "1",
    chainId: originChainId,
    verifyingContract: originGateway,
  };
  const types = {
    Checkpoint: [
      { name: "root", type: "bytes32" },
      { name: "index", type: "uint32" },
    ],
  };
  const payloads = ["0x", "0x01", digest("payload"), concat(range(20).map((word) => digest(`word ${word}`)))];
  const ids: string[] = [];
  const sent = range(6).map((nonce) => {
    const sender = address(`sender ${nonce % 2}`);
    const payload = payloads[nonce % payloads.length]!;
    const senderBytes = interoperable(originChainId, sender);
    const recipientBytes = interoperable(destinationChainId, recipient);
    const id = hash(
      ["uint32", "bytes32", "bytes32", "bytes32"],
      [nonce, keccak256(senderBytes), keccak256(recipientBytes), keccak256(payload)],
    );
    ids.push(id);
    const checkpoint = { root: tree(ids, 32).root, index: nonce };
    const checkpointDigest = TypedDataEncoder.hash(domain, types, checkpoint);
    return {
      nonce,
      sender,
      senderBytes,
      recipientBytes,
      payload,
      id,
      outboxRoot: checkpoint.root,
      checkpointDigest,
    };
  });
  const last = sent.at(-1)!;
  return {
    originChainId,
    destinationChainId,
    originGateway,
    recipient,
    validators: keys.map((key) => ({ privateKey: key, address: computeAddress(key) })),
    messages: sent,
    // The last checkpoint, signed by each validator, and every message's way to it.
    signatures: keys.map((key) => new SigningKey(key).sign(last.checkpointDigest).serialized),
    branches: ids.map((_, index) => tree(ids, 32, index).branch),
    interoperable: [1n, 255n, 256n, 31_337n, 2n ** 63n, 2n ** 64n - 1n].map((chainId) => ({
      chainId,
      address: recipient,
      bytes: interoperable(chainId, recipient),
    })),
  };
}
