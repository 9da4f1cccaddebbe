/** Numbers as a text of JSON: the bytes of their array, base64. */
export function base64Of({
  buffer,
  byteOffset,
  byteLength,
}: Float64Array | Int32Array | Uint32Array): string {
  return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength).toString("base64");
}

/** The bytes of such a text, in a buffer of their own, which typed arrays of any elements can view. */
export function bytesOf(text: string): ArrayBuffer {
  return new Uint8Array(Buffer.from(text, "base64")).buffer;
}
