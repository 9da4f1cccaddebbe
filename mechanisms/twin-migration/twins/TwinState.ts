import { BaseError } from "../../../protocol/BaseError.ts";
import type { Digest } from "../../../storage/ContentStore.ts";
import { digestOf } from "../../../storage/contentId.ts";

/** "TWIN", then how often it was synchronized. */
const MAGIC = 0x5457_494e;
export const HEADER_BYTES = 8;
/** The largest state that anybody takes on, bytes. */
export const MOST_STATE_BYTES = 32 * 1024 * 1024;

/** A change that a synchronization makes. */
export interface TwinPatch {
  /** How often the twin was synchronized before. */
  readonly sequence: number;
  /** Where the bytes go, behind the header. */
  readonly at: number;
  readonly bytes: Uint8Array;
}

/**
 * The live state of a twin: bytes that vehicle and host both have, and that each synchronization changes in both the
 * same way. Its storage digest is what is signed and released.
 */
export class TwinState {
  readonly bytes: Uint8Array;

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  /** A twin that begins: so many bytes behind the header, drawn by `fill`. */
  static begin(size: number, fill: (bytes: Uint8Array) => void): TwinState {
    const bytes = new Uint8Array(HEADER_BYTES + size);
    fill(bytes.subarray(HEADER_BYTES));
    view(bytes).setUint32(0, MAGIC);
    return new TwinState(bytes);
  }

  /** Reads a state. @throws BaseError `TWIN_MALFORMED` when it is none. */
  static read(bytes: Uint8Array): TwinState {
    const long = bytes.length > HEADER_BYTES && bytes.length <= MOST_STATE_BYTES;
    if (!long || view(bytes).getUint32(0) !== MAGIC) {
      throw new BaseError("TWIN_MALFORMED", "These bytes are no state of a twin.", {
        details: `There are ${bytes.length} of them; a state has a header of ${HEADER_BYTES} and at most ${MOST_STATE_BYTES}.`,
      });
    }
    // Of a Buffer, as files are read into, `slice` would be a view: what is done to the copy would be done to this.
    return new TwinState(new Uint8Array(bytes));
  }

  /** How often it was synchronized. */
  get sequence(): number {
    return view(this.bytes).getUint32(4);
  }

  /** Bytes behind the header. */
  get size(): number {
    return this.bytes.length - HEADER_BYTES;
  }

  /** The storage digest. */
  digest(): Promise<Digest> {
    return digestOf(this.bytes);
  }

  /** Whether a synchronization is the last that was done to it, as far as the bytes tell. */
  hasDone({ sequence, at, bytes }: TwinPatch): boolean {
    if (sequence + 1 !== this.sequence || at + bytes.length > this.size) return false;
    const there = this.bytes.subarray(HEADER_BYTES + at, HEADER_BYTES + at + bytes.length);
    return bytes.every((byte, i) => byte === there[i]);
  }

  /** The state after a synchronization. @throws BaseError `TWIN_PATCH_REFUSED` when it does not follow. */
  patched({ sequence, at, bytes }: TwinPatch): TwinState {
    const fits = Number.isInteger(at) && at >= 0 && bytes.length > 0 && at + bytes.length <= this.size;
    if (sequence !== this.sequence || !fits) {
      throw new BaseError("TWIN_PATCH_REFUSED", "This change does not follow the twin's state.", {
        details: `It is the change after ${sequence}, of ${bytes.length} bytes at ${at}; the twin was synchronized ${this.sequence} times and has ${this.size} bytes.`,
        next: "Read the host's state, and begin from it.",
        retryable: true,
      });
    }
    const next = this.bytes.slice();
    next.set(bytes, HEADER_BYTES + at);
    view(next).setUint32(4, sequence + 1);
    return new TwinState(next);
  }
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
