import { BaseError } from "../protocol/BaseError.ts";

/** The encodings that a byte-order mark tells, longest mark first: UTF-16's of little end begins UTF-32's. */
const MARKS: readonly { mark: readonly number[]; encoding: string }[] = [
  { mark: [0xff, 0xfe, 0, 0], encoding: "utf-32" },
  { mark: [0, 0, 0xfe, 0xff], encoding: "utf-32" },
  { mark: [0xef, 0xbb, 0xbf], encoding: "utf-8" },
  { mark: [0xff, 0xfe], encoding: "utf-16le" },
  { mark: [0xfe, 0xff], encoding: "utf-16be" },
];

/**
 * The text of a file that a person wrote or saved: UTF-8, with or without a byte-order mark, or UTF-16 with one, as
 * Windows' programs write it. Line ends are left as they are. Anything else is refused rather than read with some of
 * its characters replaced.
 *
 * @throws `NOT_TEXT`, saying what the bytes are instead.
 *
 * @example
 * decodeText(new Uint8Array([0xef, 0xbb, 0xbf, 0x7b, 0x7d]), "task.json"); // "{}"
 */
export function decodeText(bytes: Uint8Array, name: string): string {
  const told = MARKS.find(({ mark }) => mark.every((byte, i) => bytes[i] === byte));
  const encoding = told?.encoding ?? "utf-8";
  // It is no text, too, when a program wrote zeros: UTF-16 without a mark, or data.
  const text = encoding === "utf-32" || (told === undefined && bytes.includes(0)) ? undefined : decoded();
  if (text !== undefined) return text;
  throw new BaseError("NOT_TEXT", `${name} is not text.`, {
    details: `${found(bytes, encoding)}.`,
    next: isCompressed(bytes) ? "Unpack it, for example with gunzip." : "Save it as UTF-8.",
  });

  function decoded(): string | undefined {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes);
    } catch {
      return undefined;
    }
  }
}

/** What bytes are that could not be decoded. */
function found(bytes: Uint8Array, encoding: string): string {
  if (isCompressed(bytes)) return "It is compressed with gzip";
  if (encoding === "utf-32") return "It is UTF-32";
  if (encoding !== "utf-8") return `It begins as UTF-16 does, but its bytes are not UTF-16`;
  if (!bytes.includes(0)) {
    return `Its bytes are not UTF-8 from ${placeIn(bytes)} on: perhaps it is Latin-1, as older editors save`;
  }
  // In UTF-16, the other byte of each Latin letter.
  const zeros = bytes.reduce((sum, byte) => sum + (byte === 0 ? 1 : 0), 0);
  return zeros * 3 > bytes.length ? "It is UTF-16 without a byte-order mark" : "It holds zero bytes";
}

/** Where the first bytes are that no UTF-8 has, as an editor counts. */
function placeIn(bytes: Uint8Array): string {
  const [before = ""] = new TextDecoder().decode(bytes).split("\uFFFD", 1);
  const lines = before.split("\n");
  return `line ${lines.length}, column ${lines.at(-1)!.length + 1}`;
}

function isCompressed(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}
