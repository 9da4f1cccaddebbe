import { dirname, resolve } from "node:path";

import { z } from "zod";

import { checked, readJson } from "../../files/readJson.ts";
import { requireVersion } from "../../files/requireVersion.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { shownUrl } from "../../protocol/shownUrl.ts";
import { writtenAddressSchema } from "../../protocol/writtenAddress.ts";
import { KEY_ROLES, type KeyRole } from "../keys/KeySource.ts";
import { type PasswordPlace, passwordSchema } from "../keys/passwordOf.ts";
import { MOST_ENDPOINTS, readQuorumOf } from "../rpc/readQuorum.ts";
import { loopbackDirectly } from "./loopbackDirectly.ts";
import { chainsOf, type NetworkFile } from "./networkFile.ts";
import { storageSchema, storageServerSchema } from "./nodeStorage.ts";
import { bindSchema, SERVED, type Served, tlsSchema } from "./nodeTls.ts";

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
    address: writtenAddressSchema.describe(
      "Only the address of a key that is elsewhere, such as a twin's for the process of its device.",
    ),
  }),
  z.strictObject({
    hardhat: z
      .string()
      .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "a name of letters, digits and underscores is needed")
      .describe(
        "The configuration variable of Hardhat's that has the private key, in its encrypted keystore (`npx hardhat keystore set NAME`); whoever starts the process is asked for the password.",
      ),
  }),
  z.strictObject({
    web3signer: z.url().describe("A signer with Web3Signer's HTTP interface for Ethereum's execution layer."),
    address: writtenAddressSchema.describe("The address of the key that it signs with."),
  }),
]);
export type KeyPlace = z.infer<typeof keyPlaceSchema>;
const keyPlaces = z.array(keyPlaceSchema).min(1).exactOptional();

/** What is to be done about a file that does not hold. */
const NEXT = "See docs/keys.md and docs/storage.md for what it has.";

/** Where an organisation's data are. */
export const nodeDataSchema = z.strictObject({
  directory: z
    .string()
    .exactOptional()
    .describe(
      "The directory of data sets, a folder each; relative to the node file. As freshet.config.json says unless given.",
    ),
  heldOut: z
    .string()
    .exactOptional()
    .describe(
      "The directory of data that tasks are committed to as held out, a folder each; relative to the node file. What data sets hold out unless given.",
    ),
});

/** Of now. Files of another are refused. */
const NODE_FILE_VERSION = 1;

/** What one organisation's node is (node.json): nobody else needs it, and its endpoints' access keys are secret. */
export const nodeFileSchema = z.strictObject({
  version: z.literal(NODE_FILE_VERSION).describe("The form of the file."),
  organization: z.string().min(1).exactOptional().describe("Who runs the node, as logs name it."),
  keys: z
    .strictObject(
      Object.fromEntries(KEY_ROLES.map((role) => [role, keyPlaces])) as Record<KeyRole, typeof keyPlaces>,
    )
    .describe("Where the keys of each role are that this node has; every role has its own."),
  endpoints: z
    .record(
      z.string(),
      z
        .array(z.url({ protocol: /^(?:https?|wss?)$/ }))
        .min(1)
        .refine((urls) => urls.some((url) => /^https?:/.test(url)), "one must have http:// or https://"),
    )
    .default({})
    .describe(
      "JSON-RPC endpoints of chains by name, instead of the network file's; those with ws:// or wss:// only announce new blocks.",
    ),
  readQuorum: z
    .record(z.string(), z.int().min(1).max(MOST_ENDPOINTS))
    .default({})
    .describe(
      "How many of a chain's HTTP endpoints must answer alike before what cannot be undone is done by what they say (validators sign, storage removes what no task needs, commands restore or change validators and registrars), by the chain's name: more than half of them, as without it, or 1 for the first that answers.",
    ),
  storage: storageSchema
    .exactOptional()
    .describe(
      "Where this organisation's files are put and looked for; in the network file's storage unless given.",
    ),
  storageServer: storageServerSchema
    .exactOptional()
    .describe("The block server that this organisation runs for others (./freshet storage start)."),
  tls: tlsSchema
    .exactOptional()
    .describe("Certificates of its servers and clients; docs/operations.md tells of them."),
  bind: z
    .strictObject(
      Object.fromEntries(SERVED.map((name) => [name, bindSchema.exactOptional()])) as Record<
        Served,
        z.ZodExactOptional<typeof bindSchema>
      >,
    )
    .default({})
    .describe(
      "Where its servers are bound, apart from the URLs under which others reach them; there unless given.",
    ),
  data: nodeDataSchema.exactOptional().describe("Where its data are."),
});
export type NodeFile = z.infer<typeof nodeFileSchema>;

/**
 * Reads a node file; paths in it are relative to it.
 *
 * @throws `NODE_FILE_INVALID`, `FILE_NEWER`, `FILE_OLDER`, and those of `readText`.
 */
export async function readNodeFile(path: string): Promise<NodeFile> {
  const value = await readJson(path, "NODE_FILE_INVALID", { isSecret: true });
  requireVersion(value, {
    path,
    what: "a node file",
    version: NODE_FILE_VERSION,
    older: "Write it anew, as docs/keys.md says.",
  });
  const plain = withoutSecrets(value);
  const node = checked(plain, {
    schema: nodeFileSchema,
    shown: withoutUrls(plain),
    code: "NODE_FILE_INVALID",
    message: `${path} is not a node file.`,
    next: NEXT,
  });
  loopbackDirectly(
    Object.values(node.endpoints)
      .flat()
      .map((url) => new URL(url).hostname),
  );
  const beside = (file: string) => resolve(dirname(path), file);
  const placed = <Place extends PasswordPlace | undefined>(place: Place): Place =>
    place !== undefined && "file" in place ? { ...place, file: beside(place.file) } : place;
  const keys = Object.fromEntries(
    Object.entries(node.keys).map(([role, places]) => [
      role,
      places.map((place) =>
        "keystore" in place ? { keystore: beside(place.keystore), password: placed(place.password) } : place,
      ),
    ]),
  );
  const data = Object.fromEntries(
    Object.entries(node.data ?? {}).map(([name, directory]) => [name, beside(directory)]),
  );
  const { storage, storageServer, tls } = node;
  const { token, authorization } = { token: undefined, authorization: undefined, ...storage };
  return {
    ...node,
    keys,
    ...(node.data && { data }),
    ...(storage && {
      storage: {
        ...storage,
        ...(token && { token: placed(token) }),
        ...(authorization && { authorization: placed(authorization) }),
      },
    }),
    ...(storageServer && {
      storageServer: {
        ...storageServer,
        directory: beside(storageServer.directory),
        tokens: storageServer.tokens.map((one) => ({ ...one, token: placed(one.token) })),
      },
    }),
    ...(tls && {
      tls: {
        ...tls,
        ...(tls.certificate !== undefined && { certificate: beside(tls.certificate) }),
        ...(tls.key !== undefined && { key: beside(tls.key) }),
        ...(tls.authorities !== undefined && { authorities: tls.authorities.map(beside) }),
      },
    }),
  };
}

/** Names of fields that say where a secret is. */
const SECRETS = new Set(["password", "token", "authorization"]);

/** What was read, without secrets that stand in the file itself, where they must not be: errors repeat what they are about. */
function withoutSecrets(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(withoutSecrets);
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      SECRETS.has(name) && typeof inner !== "object" ? "(not shown)" : withoutSecrets(inner),
    ]),
  );
}

/**
 * What was read, without what gives access to the servers that it names, however their URLs are written.
 *
 * @param areUrls - Whether all texts in it are to be URLs.
 */
function withoutUrls(value: unknown, areUrls = false): unknown {
  if (typeof value === "string") return areUrls || /[/@]/.test(value) ? shownUrl(value) : value;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((inner) => withoutUrls(inner, areUrls));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, withoutUrls(inner, areUrls || name === "endpoints")]),
  );
}

/**
 * A network as a node reaches it: with the node's own endpoints.
 *
 * @throws `NODE_FILE_INVALID` for a chain that the network does not have, or without an endpoint that answers;
 * `READ_QUORUM_INVALID` for one that its endpoints cannot have.
 */
export function networkOf(
  network: NetworkFile,
  node: Pick<NodeFile, "endpoints"> & Partial<Pick<NodeFile, "readQuorum">>,
  path: string,
): NetworkFile {
  const places = reachedBy(chainsOf(network), node, path);
  for (const [name, quorum] of Object.entries(node.readQuorum ?? {})) {
    const place = places.find((one) => one.name === name);
    if (place === undefined) throw strangeChain(name, places, path);
    readQuorumOf(name, httpEndpoints(place).length, quorum);
  }
  const reached = <Place extends { name: string }>({ name }: Place) =>
    places.find((place) => place.name === name)! as unknown as Place;
  return {
    ...network,
    main: reached(network.main),
    relay: reached(network.relay),
    subchains: network.subchains.map(reached),
  };
}

/** Chains with a node's own endpoints. @throws as `networkOf`. */
export function reachedBy<Place extends { name: string; url: string; urls?: string[] | undefined }>(
  chains: readonly Place[],
  { endpoints }: Pick<NodeFile, "endpoints">,
  path: string,
): Place[] {
  const stranger = Object.keys(endpoints).find((name) => !chains.some((chain) => chain.name === name));
  if (stranger !== undefined) throw strangeChain(stranger, chains, path);
  return chains.map((place) => {
    const own = endpoints[place.name];
    if (own === undefined) return place;
    const url = own.find((one) => /^https?:/.test(one));
    if (url === undefined)
      throw nodeFileInvalid(path, `endpoints.${place.name} has none with http:// or https://.`);
    return { ...place, url, urls: own.filter((one) => one !== url) };
  });
}

/** The endpoints of a chain that answer questions; others only announce blocks. */
export function httpEndpoints({ url, urls = [] }: { url: string; urls?: string[] | undefined }): string[] {
  return [...new Set([url, ...urls])].filter((one) => /^https?:/i.test(one));
}

function strangeChain(name: string, chains: readonly { name: string }[], path: string): BaseError {
  const names = chains.map((chain) => chain.name).join(", ");
  return nodeFileInvalid(path, `There is no chain ${name}; the network has ${names}.`);
}

function nodeFileInvalid(path: string, details: string): BaseError {
  return new BaseError("NODE_FILE_INVALID", `${path} is not a node file of this network.`, {
    details,
    next: NEXT,
  });
}
