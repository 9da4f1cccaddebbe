/** What validators signed, so that a delivery's proof holds. */
export interface Attestation {
  /** As the proof has them, 65 bytes each. */
  signatures: readonly string[];
  /** Who signed it; throws when the signature is malformed. */
  signerOf(signature: string): string;
}
