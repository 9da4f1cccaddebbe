import { getAddress } from "ethers";
import { z } from "zod";

/**
 * An address as a person wrote it, in the form in which chains' clients give addresses (EIP-55). All in small letters or
 * all in capitals it is taken as it is; with both, its capitals are a checksum, and one that does not fit means that
 * some character is not what was meant.
 *
 * @returns The address, or why it is none, as a sentence's end.
 */
export function writtenAddress(text: string): { address: string } | { why: string } {
  if (!/^0x[0-9a-fA-F]{40}$/.test(text)) {
    return { why: "is no address: 0x and 40 hexadecimal digits are needed" };
  }
  const digits = text.slice(2);
  const address = getAddress(text.toLowerCase());
  if (digits === digits.toLowerCase() || digits === digits.toUpperCase() || text === address) {
    return { address };
  }
  return {
    why: "has a wrong checksum: its capitals do not fit its digits, so one of them is probably not what was meant; compare it with its source, or write it in small letters if it is right",
  };
}

/** An address in a file that people write. */
export const writtenAddressSchema = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "an address of 20 bytes is needed: 0x and 40 hexadecimal digits")
  .transform((text, context) => {
    const read = writtenAddress(text);
    if ("address" in read) return read.address;
    context.addIssue({ code: "custom", message: `${text} ${read.why}` });
    return z.NEVER;
  });
