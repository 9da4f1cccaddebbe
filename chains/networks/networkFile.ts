import { join } from "node:path";

import { getAddress } from "ethers";
import { z } from "zod";

import { checked, parseJson } from "../../files/readJson.ts";
import { readText } from "../../files/readText.ts";
import { writeWhole } from "../../files/writeWhole.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import { finalityRuleSchema } from "../clients/finality.ts";
import { PROOF_KIND_NAMES, PROOF_KINDS } from "../proofs/proofKinds.ts";
import { loopbackDirectly } from "./loopbackDirectly.ts";

/** An address however it is written, read as chains' clients give addresses: checksummed. */
const address = z
  .string()
  .regex(/^0x[0-9a-fA-F]{40}$/, "an address of 20 bytes is needed")
  .transform((written) => getAddress(written.toLowerCase()));
const place = {
  name: z.string().describe("The chain's name, which task specs and commands use."),
  chainId: z.int().positive().describe("Its EIP-155 chain id."),
  url: z
    .url()
    .describe("A JSON-RPC endpoint that everybody may know; a node file names others for its own node."),
  urls: z
    .array(z.url())
    .optional()
    .describe(
      "Further endpoints, used when others fail; those with ws:// or wss:// only announce new blocks.",
    ),
  fromBlock: z.int().min(0).describe("The block from which on it has something of this network."),
  finality: finalityRuleSchema
    .default({ confirmations: 0 })
    .describe("When a block counts as final: under so many more blocks, or when the chain says so."),
  blockSeconds: z
    .number()
    .positive()
    .max(3600)
    .optional()
    .describe(
      "Seconds from block to block of a chain that makes blocks of itself; without it, its blocks are made as soon as there is a transaction.",
    ),
  proofs: z
    .enum(PROOF_KIND_NAMES)
    .default("checkpoint")
    .describe("What its messages are proven with on other chains."),
};
/** Its gateway, and the verifiers of other chains' messages; the one of headers where such a chain has a route to it. */
const routing = {
  gateway: address.describe("Sends and delivers its messages."),
  verifier: address.describe("Verifies messages that are proven by checkpoints."),
  headerVerifier: address
    .exactOptional()
    .describe("Verifies messages that are proven by headers, where such a chain has a route to it."),
  timelock: address
    .exactOptional()
    .describe("What owns its contracts, where organisations do together: OpenZeppelin's TimelockController."),
};

/** Where each application is: the contract of a chain that sends and receives its messages; the one for tasks is everywhere. */
const applications = z
  .object({ tasks: address.describe("The one for tasks, which is everywhere.") })
  .catchall(address)
  .describe("The contract of each application, by its name.");
/** A contract of each mechanism, by the mechanism's name. */
const byMechanism = z.record(z.string(), address);
const policies = byMechanism.describe("The reward policy of each mechanism, by its name.");
const server = z.strictObject({
  address: address.describe("The address of its key."),
  url: z.url().describe("Where it is asked."),
});

const mainSchema = z.strictObject({
  ...place,
  role: z.literal("main").describe("What it is."),
  contracts: z
    .strictObject({
      ...routing,
      applications,
      escrow: address.describe("Holds what tasks pay."),
      policies,
      token: address.describe("The ERC-20 that tasks are paid in."),
    })
    .describe("Where its contracts are."),
});
const relaySchema = z.strictObject({
  ...place,
  role: z.literal("relay").describe("What it is."),
  contracts: z.strictObject({ ...routing, applications, policies }).describe("Where its contracts are."),
});
const subchainSchema = z.strictObject({
  ...place,
  role: z.enum(["virtual", "physical"]).describe("Whose subchain it is: of twins, or of devices."),
  contracts: z
    .strictObject({
      ...routing,
      applications,
      registry: address.describe("Knows its workers."),
      meters: byMechanism.describe("The meter of each mechanism, by its name."),
    })
    .describe("Where its contracts are."),
});

/** Where the parts of a network meet: chains, contracts and storage. Nothing in it is secret. */
export const networkFileSchema = z
  .strictObject({
    version: z.literal(3).describe("The form of the file."),
    main: mainSchema.describe("The chain on which tasks are published and paid."),
    relay: relaySchema.describe("The chain through which all messages go."),
    subchains: z.array(subchainSchema).min(1).describe("The chains on which workers work."),
    storage: z
      .strictObject({
        url: z.url().describe("A block server, or any IPFS trustless gateway."),
        urls: z.array(z.url()).exactOptional().describe("Others, asked when it lacks a file or fails."),
      })
      .describe("Where the network's files are."),
    aggregators: z
      .array(server)
      .min(1)
      .describe(
        "Aggregators that tasks may name, in the order in which specs count them, and where each gives storage receipts.",
      ),
    services: z
      .record(z.string(), z.array(server))
      .exactOptional()
      .describe(
        "What mechanisms have others serve, by the mechanism's name: with whose key, and where it is asked.",
      ),
    validators: z
      .array(server)
      .default([])
      .describe("Who signs what the chains sent, and where each publishes it."),
  })
  .superRefine((network, context) => {
    for (const place of chainsOf(network)) {
      for (const { name, proofs } of originsOf(network, place)) {
        const { place: verifier } = PROOF_KINDS[proofs];
        if (place.contracts[verifier] !== undefined) continue;
        const message = `${place.name} needs a ${verifier}, as ${name}'s messages are proven by ${proofs}s`;
        context.addIssue({ code: "custom", path: ["contracts"], message });
      }
    }
  });

export type NetworkFile = z.infer<typeof networkFileSchema>;
export type MainPlace = NetworkFile["main"];
export type RelayPlace = NetworkFile["relay"];
export type SubchainPlace = NetworkFile["subchains"][number];
export type ChainPlace = MainPlace | RelayPlace | SubchainPlace;

/** The chains of a network, as they are read before the rules that join them are checked. */
type Places = Pick<NetworkFile, "main" | "relay" | "subchains">;

/** All chains of a network: main, relay, then the subchains. */
export function chainsOf(network: Places): ChainPlace[] {
  return [network.main, network.relay, ...network.subchains];
}

/** Chains whose messages a chain takes: the relay chain those of every other, every other only the relay chain's. */
export function originsOf(network: Places, { role }: ChainPlace): ChainPlace[] {
  return role === "relay" ? [network.main, ...network.subchains] : [network.relay];
}

/** Path of the network file in a network's directory. */
export function networkFilePath(directory: string): string {
  return join(directory, "network.json");
}

/** Writes the network file, whole or not at all. */
export async function writeNetworkFile(directory: string, network: NetworkFile): Promise<void> {
  await writeWhole(networkFilePath(directory), `${JSON.stringify(network, null, 2)}\n`);
}

/**
 * Reads a network file. From then on, what it names on this machine is asked without a proxy.
 *
 * @throws `NETWORK_FILE_MISSING`, `NETWORK_FILE_INVALID`, and those of `readText`.
 */
export async function readNetworkFile(path: string): Promise<NetworkFile> {
  let text: string;
  try {
    text = await readText(path);
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    throw new BaseError("NETWORK_FILE_MISSING", `There is no network file at ${path}.`, {
      details: "It says where the chains, contracts and storage are, and is written when a network comes up.",
      next: "Start one with ./freshet up, or name another with --network FILE.",
      cause,
    });
  }
  const network = checked(parseJson(text, path, "NETWORK_FILE_INVALID"), {
    schema: networkFileSchema,
    code: "NETWORK_FILE_INVALID",
    message: `${path} is not a network file.`,
    next: "Remove it and start the network again with ./freshet up.",
  });
  loopbackDirectly(urlsOf(network).map((url) => new URL(url).hostname));
  return network;
}

/** Where a network's files are read. */
export function storageUrls({ storage }: Pick<NetworkFile, "storage">): string[] {
  return [storage.url, ...(storage.urls ?? [])];
}

/**
 * Changes what a network file says, whole or not at all. Others' endpoints of it stay: never write a network as a node
 * reaches it, whose endpoints may have keys in them.
 *
 * @throws those of `readNetworkFile`.
 */
export async function editNetworkFile(
  path: string,
  edit: (network: NetworkFile) => NetworkFile,
): Promise<void> {
  const network = networkFileSchema.parse(edit(await readNetworkFile(path)));
  await writeWhole(path, `${JSON.stringify(network, null, 2)}\n`);
}

/** All that is asked in a network. */
export function urlsOf(network: NetworkFile): string[] {
  return [
    ...chainsOf(network).flatMap(({ url, urls = [] }) => [url, ...urls]),
    ...storageUrls(network),
    ...[...network.validators, ...network.aggregators, ...Object.values(network.services ?? {}).flat()].map(
      ({ url }) => url,
    ),
  ];
}

/** Whether a file could not be read because there is none. */
function isMissing(error: unknown): boolean {
  return ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code === "ENOENT";
}
