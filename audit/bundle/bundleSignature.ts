import type { Signer, TypedDataDomain } from "ethers";
import { TypedDataEncoder } from "ethers";

import { lowSigner } from "../../protocol/recoverSigner.ts";
import type { BundleSubject, Manifest } from "./manifest.ts";

/** What whoever gathered a bundle signs (EIP-712). The manifest says the rest, and so is all of it. */
interface SignedBundle {
  subject: string;
  mainChainId: bigint;
  /** Unix seconds. */
  gathered: number;
  /** sha-256 of the manifest's bytes, hex. */
  manifest: string;
}

const DOMAIN: TypedDataDomain = { name: "Freshet audit bundle", version: "1" };
const TYPES = {
  Bundle: [
    { name: "subject", type: "string" },
    { name: "mainChainId", type: "uint256" },
    { name: "gathered", type: "uint64" },
    { name: "manifest", type: "bytes32" },
  ],
};

/** What a bundle is about, in words. */
export function subjectOf(subject: BundleSubject): string {
  return "task" in subject ? `task ${subject.task}` : `the market of ${subject.market}`;
}

function signed({ subject, gathered, network }: Manifest, manifest: string): SignedBundle {
  return { subject: subjectOf(subject), mainChainId: BigInt(network.main.chainId), gathered, manifest };
}

/** Signs a bundle as its gatherer; 65 bytes, hex. */
export async function signBundle(signer: Signer, manifest: Manifest, digest: string): Promise<string> {
  return signer.signTypedData(DOMAIN, TYPES, signed(manifest, digest));
}

/** Who signed a bundle; undefined when nobody did. */
export function bundleSigner(manifest: Manifest, digest: string, signature: string): string | undefined {
  return lowSigner(TypedDataEncoder.hash(DOMAIN, TYPES, signed(manifest, digest)), signature);
}
