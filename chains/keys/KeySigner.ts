import type { Signer } from "ethers";

/** A key that signs, wherever it is, and whose address is known. Its signatures are deterministic (RFC 6979). */
export type KeySigner = Signer & { readonly address: string };
