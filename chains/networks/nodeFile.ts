import { dirname, resolve } from "node:path";

import { z } from "zod";

import { readText } from "../../files/readText.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { KEY_ROLES } from "../keys/KeySource.ts";
import { passwordSchema } from "../keys/passwordOf.ts";
import { loopbackDirectly } from "./loopbackDirectly.ts";
import { chainsOf, type NetworkFile } from "./networkFile.ts";

/** Where a key is. */
export const keyPlaceSchema = z.union([
  z.strictObject({
    keystore: z.string().describe("A JSON keystore of version 3; relative to the node file."),
    password: passwordSchema,
  }),
  z.strictObject({
    environment: z
      .string()
      .describe("The variable of the environment that has the private key, as 64 hexadecimal digits."),
  }),
  z.strictObject({
    address: z
      .string()
      .regex(/^0x[0-9a-fA-F]{40}$/, "an address of 20 bytes is needed")
      .describe(
        "Only the address of a key that is elsewhere, such as a twin's for the process of its device.",
      ),
  }),
  z.strictObject({
    web3signer: z.url().describe("A signer with Web3Signer's HTTP interface for Ethereum's execution layer."),
    address: z
      .string()
      .regex(/^0x[0-9a-fA-F]{40}$/, "an address of 20 bytes is needed")
      .describe("The address of the key that it signs with."),
  }),
]);
export type KeyPlace = z.infer<typeof keyPlaceSchema>;

/** What one organisation's node is (node.json): nobody else needs it, and its endpoints' access keys are secret. */
export const nodeFileSchema = z.strictObject({
  version: z.literal(1),
  organization: z.string().min(1).exactOptional().describe("Who runs the node, as logs name it."),
  keys: z
    .partialRecord(z.enum(KEY_ROLES), z.array(keyPlaceSchema).min(1))
    .describe("Where the keys of each role are that this node has; every role has its own."),
  endpoints: z
    .record(z.string(), z.array(z.url()).min(1))
    .default({})
    .describe(
      "JSON-RPC endpoints of chains by name, instead of the network file's; those with ws:// or wss:// only announce new blocks.",
    ),
});
export type NodeFile = z.infer<typeof nodeFileSchema>;

/**
 * Reads a node file; paths in it are relative to it.
 *
 * @throws `NODE_FILE_INVALID`, and those of `readText`.
 */
export async function readNodeFile(path: string): Promise<NodeFile> {
  const text = await readText(path);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw nodeFileInvalid(path, String(cause), cause);
  }
  const read = nodeFileSchema.safeParse(json);
  if (!read.success) throw nodeFileInvalid(path, z.prettifyError(read.error), read.error);
  loopbackDirectly(
    Object.values(read.data.endpoints)
      .flat()
      .map((url) => new URL(url).hostname),
  );
  const beside = (file: string) => resolve(dirname(path), file);
  const keys = Object.fromEntries(
    Object.entries(read.data.keys).map(([role, places]) => [
      role,
      places.map((place) => {
        if (!("keystore" in place)) return place;
        const { password } = place;
        return {
          keystore: beside(place.keystore),
          password: "file" in password ? { file: beside(password.file) } : password,
        };
      }),
    ]),
  );
  return { ...read.data, keys };
}

/**
 * A network as a node reaches it: with the node's own endpoints.
 *
 * @throws `NODE_FILE_INVALID` for a chain that the network does not have, or without an endpoint that answers.
 */
export function networkOf(network: NetworkFile, { endpoints }: NodeFile, path: string): NetworkFile {
  const names = chainsOf(network).map(({ name }) => name);
  const stranger = Object.keys(endpoints).find((name) => !names.includes(name));
  if (stranger !== undefined)
    throw nodeFileInvalid(path, `There is no chain ${stranger}; the network has ${names.join(", ")}.`);
  const reached = <Place extends { name: string; url: string; urls?: string[] | undefined }>(
    place: Place,
  ): Place => {
    const own = endpoints[place.name];
    if (own === undefined) return place;
    const url = own.find((one) => /^https?:/.test(one));
    if (url === undefined)
      throw nodeFileInvalid(path, `endpoints.${place.name} has none with http:// or https://.`);
    return { ...place, url, urls: own.filter((one) => one !== url) };
  };
  return {
    ...network,
    main: reached(network.main),
    relay: reached(network.relay),
    subchains: network.subchains.map(reached),
  };
}

function nodeFileInvalid(path: string, details: string, cause?: unknown): BaseError {
  return new BaseError("NODE_FILE_INVALID", `${path} is not a node file.`, {
    details,
    next: "See docs/keys.md for what it has.",
    cause,
  });
}
