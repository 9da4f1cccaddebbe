import { z } from "zod";

import { networkFileSchema } from "../../chains/networks/networkFile.ts";
import { defaultMaxFileBytes } from "../../storage/ContentStore.ts";

/** Of now. Bundles of another version are refused. */
export const BUNDLE_VERSION = 1;

/** Most bytes of a bundle, and of all that its parts are once inflated: both are held in memory. */
export const MOST_BUNDLE_BYTES = 512 * 2 ** 20;
export const MOST_INFLATED_BYTES = 2048 * 2 ** 20;
/** Most bytes of a chain's part once inflated: more than a block may have. A file's are what storage takes. */
const MOST_CHAIN_PART_BYTES = 16 * 2 ** 20;
/** Most bytes of what is before the parts. */
export const MOST_SEAL_BYTES = 4096;
export const MOST_MANIFEST_BYTES = 16 * 2 ** 20;
const MOST_PARTS = 100_000;

const digest = z.string().regex(/^0x[0-9a-f]{64}$/);
const cid = z.string().regex(/^[a-z2-7]{50,80}$/);
const place = (most: number) => ({
  cid,
  bytes: z.int().min(0).max(MOST_BUNDLE_BYTES),
  inflated: z.int().min(0).max(most),
});
const ofChain = { chainId: z.int().positive(), ...place(MOST_CHAIN_PART_BYTES) };

/** A part of a bundle, in the order in which they are in it. */
export const partSchema = z.discriminatedUnion("kind", [
  /** Headers of consecutive blocks. */
  z.strictObject({ kind: z.literal("headers"), from: z.int().min(0), to: z.int().min(0), ...ofChain }),
  /** Transactions and receipts of some blocks between two. */
  z.strictObject({ kind: z.literal("blocks"), from: z.int().min(0), to: z.int().min(0), ...ofChain }),
  /** Nodes of state tries, and code. */
  z.strictObject({ kind: z.literal("state"), ...ofChain }),
  /** Answers that nothing proves. */
  z.strictObject({ kind: z.literal("words"), ...ofChain }),
  /** A file of storage. */
  z.strictObject({ kind: z.literal("file"), digest, ...place(defaultMaxFileBytes) }),
]);
export type Part = z.output<typeof partSchema>;

/** What a bundle says of itself; its digest is what is signed. */
export const manifestSchema = z.strictObject({
  subject: z.union([
    z.strictObject({ task: z.string().regex(/^[0-9]{1,78}$/) }),
    z.strictObject({ market: z.string().min(1).max(64) }),
  ]),
  /** When it was gathered, Unix seconds, by the clock of whoever did. */
  gathered: z.int().min(0),
  network: networkFileSchema,
  /** Chains that were read, and the block as of which. */
  chains: z.array(z.strictObject({ chainId: z.int().positive(), head: z.int().min(0) })).max(1000),
  /** Files of which it has only the digest. */
  leftOut: z.array(z.strictObject({ digest, bytes: z.int().min(0) })).max(MOST_PARTS),
  /** What services of the network answered, by where they were asked. */
  hints: z.record(z.string(), z.unknown()),
  parts: z.array(partSchema).max(MOST_PARTS),
});
export type Manifest = z.output<typeof manifestSchema>;
export type BundleSubject = Manifest["subject"];

/** The first block of a bundle, which all else follows from. */
export const sealSchema = z.strictObject({
  format: z.literal("freshet-audit-bundle"),
  version: z.int().min(0),
  manifest: cid,
  signer: z.string().regex(/^0x[0-9a-fA-F]{40}$/),
  signature: z.string().regex(/^0x[0-9a-f]{130}$/),
});
export type Seal = z.output<typeof sealSchema>;

/** How sentences name a part. */
export function partName(part: Part, chainName: (chainId: number) => string): string {
  switch (part.kind) {
    case "headers":
      return `the headers of blocks ${part.from} to ${part.to} of ${chainName(part.chainId)}`;
    case "blocks":
      return `the transactions and receipts of blocks ${part.from} to ${part.to} of ${chainName(part.chainId)}`;
    case "state":
      return `the proven state of ${chainName(part.chainId)}`;
    case "words":
      return `the unproven answers of ${chainName(part.chainId)}`;
    case "file":
      return `the file ${part.digest}`;
  }
}
