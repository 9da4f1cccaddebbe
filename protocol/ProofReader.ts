import { getBytes, hexlify, toNumber } from "ethers";

/** Takes parts off the front of packed bytes, one after the other, as contracts/gateway/ProofReader.sol does. */
export class ProofReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** @param packed - Hex. */
  constructor(packed: string) {
    this.#bytes = getBytes(packed);
  }

  /** How many bytes are left. */
  get rest(): number {
    return this.#bytes.length - this.#at;
  }

  /** The next bytes, hex. @throws RangeError when there are fewer. */
  take(length: number): string {
    if (length > this.rest) throw new RangeError(`${length} bytes are wanted where ${this.rest} are left`);
    this.#at += length;
    return hexlify(this.#bytes.slice(this.#at - length, this.#at));
  }

  /** A whole number of so many bytes. */
  takeNumber(length: number): number {
    return toNumber(this.take(length));
  }

  /** Bytes after their length, a number of 4 bytes. */
  takeSized(): string {
    return this.take(this.takeNumber(4));
  }

  /** Whole numbers of 4 bytes after their count. */
  takeList(): number[] {
    return Array.from({ length: this.takeCount() }, () => this.takeNumber(4));
  }

  /** The count of what follows, each of which begins with 4 bytes at least. */
  takeCount(): number {
    const count = this.takeNumber(4);
    if (count > this.rest / 4) throw new RangeError(`${count} parts are announced in ${this.rest} bytes`);
    return count;
  }
}
