import { z } from "zod";

import { writtenAddressSchema } from "../../protocol/writtenAddress.ts";
import { passwordSchema } from "../keys/passwordOf.ts";

/** How long files are kept. */
const keepDays = z.int().min(1).max(3650).default(30);

const kuboSchema = z.strictObject({
  kubo: z
    .url({ protocol: /^https?$/ })
    .describe("The RPC API of this organisation's Kubo node (IPFS), such as http://127.0.0.1:5001."),
  authorization: passwordSchema
    .exactOptional()
    .describe(
      "Where it is what the node asks of those who use its API (API.Authorizations): Bearer … or Basic ….)",
    ),
  keepDays: keepDays.describe(
    "How long what was put stays pinned at least, and after the last task was over that it can be of; unpinned by `./freshet storage start`.",
  ),
  gateways: z
    .array(z.url({ protocol: /^https?$/ }))
    .default([])
    .describe(
      "Gateways of other organisations, asked in turn for what this node lacks; after them the network file's storage.",
    ),
});
const serverSchema = z.strictObject({
  url: z
    .url({ protocol: /^https?$/ })
    .exactOptional()
    .describe("The block server that files are put to; the network file's unless given."),
  token: passwordSchema
    .exactOptional()
    .describe(
      "Where the token is that lets this organisation write there. Without, each write is signed with the key of the process's role.",
    ),
});

/** Where an organisation keeps its files. */
export const storageSchema = z.union([kuboSchema, serverSchema]);
export type StoragePlace = z.infer<typeof storageSchema>;

/** The block server that an organisation runs for others: `./freshet storage start`. */
export const storageServerSchema = z.strictObject({
  directory: z.string().describe("Where the blocks are kept; relative to the node file."),
  url: z
    .url({ protocol: /^https?$/ })
    .exactOptional()
    .describe(
      "Under which others reach it, and which they sign their writes for; the network file's storage unless given.",
    ),
  tokens: z
    .array(
      z.strictObject({
        writer: z
          .string()
          .regex(
            /^[a-z0-9][a-z0-9-]{0,31}$/,
            "a name of at most 32 small letters, digits and dashes is needed",
          )
          .describe("Whose it is, as quotas and logs name the writer."),
        token: passwordSchema.describe("Where the token is: at least 32 characters."),
      }),
    )
    .max(1000)
    .default([])
    .describe("Tokens that let somebody write."),
  writers: z
    .array(writtenAddressSchema)
    .max(10_000)
    .default([])
    .describe(
      "Addresses whose signatures let them write, besides the network's aggregators and registered workers: publishers, parties of markets.",
    ),
  quotaMegabytes: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(4096)
    .describe(
      "Most that is kept for each writer, in 1,048,576 bytes. A block counts for at least 4,096 bytes, as on disk.",
    ),
  keepDays: keepDays.describe(
    "How long files are kept at least, and after the last task was over that they can be of.",
  ),
});
export type StorageServerPlace = z.infer<typeof storageServerSchema>;
