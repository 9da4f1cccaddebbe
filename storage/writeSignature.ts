import { randomBytes } from "node:crypto";

import { hexlify, type TypedDataDomain, TypedDataEncoder } from "ethers";
import { z } from "zod";

import { BaseError } from "../protocol/BaseError.ts";
import type { Clock } from "../protocol/Clock.ts";
import { recoverSigner } from "../protocol/recoverSigner.ts";
import type { AuthorizeWrite } from "./BlockClient.ts";

/** What signs writes: any of ethers' signers. */
export interface WriteSigner {
  readonly address: string;
  signTypedData(
    domain: TypedDataDomain,
    types: Record<string, { name: string; type: string }[]>,
    value: Record<string, unknown>,
  ): Promise<string>;
}

/** One write, as its writer signs it (EIP-712): for one server, one block, one moment, once. */
export interface SignedWrite {
  /** The server's name and port, as its public URL has them. */
  host: string;
  method: "PUT";
  /** With the CID, which is of what is written. */
  path: string;
  /** Unix ms, by the writer's clock. */
  timeMs: number;
  /** 32 random bytes, in hex. */
  nonce: string;
}

/** The scheme in the header `Authorization`. */
export const SIGNATURE_SCHEME = "Freshet-Signature";

const DOMAIN: TypedDataDomain = { name: "Freshet storage", version: "1" };
const TYPES = {
  Write: [
    { name: "host", type: "string" },
    { name: "method", type: "string" },
    { name: "path", type: "string" },
    { name: "timeMs", type: "uint64" },
    { name: "nonce", type: "bytes32" },
  ],
};

const credentialsSchema = z.strictObject({
  address: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  timeMs: z.int().min(0),
  nonce: z.string().regex(/^0x[0-9a-f]{64}$/),
  signature: z.string().regex(/^0x[0-9a-f]{130}$/),
});

/** What a request has of a signed write. */
export type WriteCredentials = z.infer<typeof credentialsSchema>;

/**
 * Signs every write with a key.
 *
 * @example
 * const store = new RemoteStore({ servers: [url] }, { authorize: () => signWrites(signer, systemClock) });
 */
export function signWrites(signer: WriteSigner, clock: Clock): AuthorizeWrite {
  return async ({ host, path }) => {
    const write = {
      host,
      method: "PUT" as const,
      path,
      timeMs: Math.floor(clock.now()),
      nonce: hexlify(randomBytes(32)),
    };
    const signature = await signer.signTypedData(DOMAIN, TYPES, write);
    const credentials = { address: signer.address, timeMs: write.timeMs, nonce: write.nonce, signature };
    return `${SIGNATURE_SCHEME} ${Buffer.from(JSON.stringify(credentials)).toString("base64url")}`;
  };
}

/** What a header says of who writes. @throws `STORAGE_UNAUTHORIZED` when it is in another form. */
export function readCredentials(encoded: string): WriteCredentials {
  try {
    return credentialsSchema.parse(JSON.parse(Buffer.from(encoded, "base64url").toString("utf8")));
  } catch (cause) {
    throw new BaseError("STORAGE_UNAUTHORIZED", "The signature of this write is in no form that is known.", {
      cause,
    });
  }
}

/** Whether a write is signed by whom its credentials name. */
export function isSignedBy(
  { address, timeMs, nonce, signature }: WriteCredentials,
  { host, path }: { host: string; path: string },
): boolean {
  try {
    const by = recoverSigner(
      TypedDataEncoder.hash(DOMAIN, TYPES, { host, method: "PUT", path, timeMs, nonce }),
      signature,
    );
    return by.toLowerCase() === address.toLowerCase();
  } catch {
    return false;
  }
}
