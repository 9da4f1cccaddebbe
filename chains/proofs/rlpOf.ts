/** What RLP encodes: bytes, or a list of what it encodes. */
export type RlpInput = Uint8Array | readonly RlpInput[];

/**
 * RLP of anything, in a time that grows with its bytes. Of a block's receipts strangers choose the size; ethers' own
 * encoder takes seconds for some hundreds of logs.
 */
export function rlpOf(input: RlpInput): Uint8Array {
  if (!(input instanceof Uint8Array)) {
    const parts = input.map(rlpOf);
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    return Buffer.concat([prefixOf(length, 0xc0), ...parts]);
  }
  if (input.length === 1 && input[0]! < 0x80) return input;
  return Buffer.concat([prefixOf(input.length, 0x80), input]);
}

function prefixOf(length: number, offset: number): Uint8Array {
  if (length < 56) return Uint8Array.of(offset + length);
  const digits: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return Uint8Array.from([offset + 55 + digits.length, ...digits]);
}
