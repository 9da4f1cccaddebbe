/**
 * What can be vouched for of a chain's history: that `hash` is at `place`. Of an outbox the place is the index of a
 * message and the hash the root with it as the last one; of a chain's blocks they are a block's number and hash.
 */
export interface Fact {
  place: number;
  /** 32 bytes, hex. */
  hash: string;
}

/** A fact as one validator signed it. */
export interface Voucher extends Fact {
  /** 65 bytes, hex. */
  signature: string;
}

/** A fact that enough validators vouched for, with signatures that were found true. */
export interface ProvenFact extends Fact {
  /** By validator. */
  signatures: Readonly<Record<string, string>>;
}
