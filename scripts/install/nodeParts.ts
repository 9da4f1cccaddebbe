import { dirname, resolve } from "node:path";

import type { KeyRole } from "../../chains/keys/KeySource.ts";
import { addressAt } from "../../chains/keys/NodeKeys.ts";
import type { NetworkFile } from "../../chains/networks/networkFile.ts";
import type { KeyPlace, NodeFile } from "../../chains/networks/nodeFile.ts";
import type { Served } from "../../chains/networks/nodeTls.ts";
import { BaseError } from "../../protocol/BaseError.ts";

/** Where a second relayer of a node tells its health, and those after it, a port each. */
const FURTHER_RELAYER_PORT = 9221;

/** A process of a node, as a supervisor runs it. */
export interface NodePart {
  /** Names its unit or container, such as "aggregator-1". */
  name: string;
  /** What it does, in a sentence. */
  about: string;
  /** What follows `freshet` on its command line, without the options of metrics. */
  words: string[];
  /** Where it tells health and metrics. */
  metricsPort: number;
  /** Where others reach it, if they do. */
  served?: { what: Served; url: string };
  /** Files with passwords and tokens that it is given; nothing of what is in them. */
  secretFiles: string[];
  /** Variables of the environment that it needs. */
  variables: string[];
  /** Files that it reads, besides the node file and the network file. */
  files: string[];
  /** Directories that it writes to. */
  directories: string[];
}

/** A node's processes, and what stands in the way of running them without a person. */
export interface NodeParts {
  parts: NodePart[];
  remarks: string[];
}

/** What a node is made of. */
export interface NodePartsOptions {
  node: NodeFile;
  network: NetworkFile;
  /** Absolute paths. */
  nodePath: string;
  networkPath: string;
  /** The workers file, absolute. */
  workersPath: string;
  /** The first of consecutive ports for health and metrics. */
  metricsPort: number;
}

/** The processes that a node's file has keys for, in the order in which they are started. */
export async function nodeParts(options: NodePartsOptions): Promise<NodeParts> {
  const { node, network, nodePath, networkPath, workersPath } = options;
  const { keys, storage, storageServer, tls } = node;
  const remarks: string[] = [];
  const parts: NodePart[] = [];
  const directory = dirname(networkPath);
  const common = ["--node", nodePath, "--network", networkPath];
  const tlsFiles = [tls?.certificate, tls?.key, ...(tls?.authorities ?? [])].filter(
    (one) => one !== undefined,
  );

  const add = (part: {
    name: string;
    about: string;
    words: string[];
    roles: readonly KeyRole[];
    served?: { what: Served; url: string };
    files?: string[];
    directories?: string[];
    secrets?: (PasswordPlaceOf | undefined)[];
  }) => {
    const { roles, files = [], directories = [], secrets = [], ...rest } = part;
    const places = roles.flatMap((role) => keys[role] ?? []);
    const passwords = [
      ...places.flatMap((place) => ("keystore" in place ? [place.password] : [])),
      ...secrets.filter((one) => one !== undefined),
    ];
    if (passwords.some((one) => "prompt" in one))
      remarks.push(
        `${part.name}: a supervisor cannot be asked for a password; name a file in the node file.`,
      );
    parts.push({
      ...rest,
      words: [...part.words, ...common],
      metricsPort: options.metricsPort + parts.length,
      secretFiles: unique(passwords.flatMap((one) => ("file" in one ? [one.file] : []))),
      variables: unique([
        ...places.flatMap((place) => ("environment" in place ? [place.environment] : [])),
        ...passwords.flatMap((one) => ("environment" in one ? [one.environment] : [])),
      ]),
      files: unique([
        ...places.flatMap((place) => ("keystore" in place ? [place.keystore] : [])),
        ...tlsFiles,
        ...files,
      ]),
      directories: unique([directory, ...directories]),
    });
  };
  const written = storage === undefined ? [] : "kubo" in storage ? [storage.authorization] : [storage.token];

  if (storageServer !== undefined || (storage !== undefined && "kubo" in storage)) {
    add({
      name: "storage",
      about: "serves files, and removes what no task needs",
      words: ["storage", "start"],
      roles: [],
      ...(storageServer && {
        served: { what: "storage" as const, url: storageServer.url ?? network.storage.url },
        directories: [storageServer.directory],
      }),
      secrets: [...written, ...(storageServer?.tokens.map(({ token }) => token) ?? [])],
    });
  }
  const services = (
    [
      ["validator", "validators"],
      ["relayer", "relayer"],
      ["keeper", "keeper"],
    ] as const
  ).filter(([role]) => signs(keys[role]));
  const validatorUrls = await ownUrls(keys.validator, "validator", network.validators);
  const [validatorUrl, ...furtherUrls] = validatorUrls;
  if (services.length > 0) {
    if (keys.validator !== undefined && validatorUrl === undefined)
      remarks.push("relay: the network file lists no validator whose key is here.");
    const names = services.filter(([role]) => role !== "validator" || validatorUrl !== undefined);
    if (furtherUrls.length > 0) {
      remarks.push(
        `relay: its validators publish at ${validatorUrls.join(", ")}; compose publishes the first one's port only.`,
      );
    }
    if (names.length > 0) {
      add({
        name: "relay",
        about: `the relay: ${names.map(([role]) => role).join(", ")}`,
        words: ["relay", "start", "--parts", names.map(([, part]) => part).join(",")],
        roles: names.map(([role]) => role),
        ...(validatorUrl !== undefined && { served: { what: "relay" as const, url: validatorUrl } }),
      });
    }
  }
  for (let index = 1; index < (keys.relayer?.length ?? 0); index++) {
    const url = `http://127.0.0.1:${FURTHER_RELAYER_PORT + index - 1}`;
    add({
      name: `relayer-${index}`,
      about: `relayer ${index + 1}`,
      words: ["relay", "start", "--parts", "relayer", "--relayer", String(index), "--url", url],
      roles: ["relayer"],
    });
  }
  for (const [index, { address, url }] of network.aggregators.entries()) {
    if (!(await hasKey(keys.aggregator, "aggregator", address))) continue;
    add({
      name: `aggregator-${index + 1}`,
      about: `aggregator ${index + 1} of the network`,
      words: ["aggregator", "start", "--index", String(index)],
      roles: ["aggregator"],
      served: { what: "aggregator", url },
      secrets: written,
    });
  }
  if (keys.aggregator !== undefined && !parts.some(({ name }) => name.startsWith("aggregator-")))
    remarks.push("aggregator: the network file lists none whose key is here.");
  for (const [mechanism, places] of Object.entries(network.services ?? {})) {
    for (const [index, { address, url }] of places.entries()) {
      if (!(await hasKey(keys.publisher, "publisher", address))) continue;
      add({
        name: `service-${mechanism}-${index + 1}`,
        about: `what publishers serve for ${mechanism}`,
        words: ["task", "serve", mechanism, "--index", String(index)],
        roles: ["publisher"],
        served: { what: "service", url },
      });
    }
  }
  for (const [role, side] of [
    ["device", "devices"],
    ["twin", "twins"],
  ] as const) {
    if (!signs(keys[role])) continue;
    add({
      name: side,
      about: `workers: ${side}`,
      words: ["worker", "start", "--only", side, "--workers", workersPath],
      roles: role === "device" ? ["device", "twin"] : ["twin"],
      files: [workersPath],
      secrets: written,
    });
  }
  if (signs(keys.party))
    remarks.push("party: parties of a market are started with their plans (market join), not here.");
  if (parts.length === 0) {
    throw new BaseError("NOTHING_TO_INSTALL", `${nodePath} has no keys of a part that runs all the time.`, {
      details:
        "Such are storage, validators, relayers, keepers, aggregators, services of publishers, and workers.",
      next: "Name their keys in the node file (docs/keys.md).",
    });
  }
  return { parts, remarks };
}

type PasswordPlaceOf = Extract<KeyPlace, { keystore: string }>["password"];

/** Whether a key is here, and not only its address. */
function signs(places: readonly KeyPlace[] | undefined): boolean {
  return (places ?? []).some((place) => !("address" in place) || "web3signer" in place);
}

async function hasKey(
  places: readonly KeyPlace[] | undefined,
  role: KeyRole,
  address: string,
): Promise<boolean> {
  for (const place of places ?? []) {
    const own = await addressOf(place, role);
    if (own?.toLowerCase() === address.toLowerCase()) return true;
  }
  return false;
}

async function addressOf(place: KeyPlace, role: KeyRole): Promise<string | undefined> {
  try {
    return await addressAt(place, role);
  } catch (error) {
    // Its variable may be set only where it will run.
    if (error instanceof BaseError && error.code === "KEY_MISSING") return undefined;
    throw error;
  }
}

async function ownUrls(
  places: readonly KeyPlace[] | undefined,
  role: KeyRole,
  listed: readonly { address: string; url: string }[],
): Promise<string[]> {
  const own = new Set<string>();
  for (const { address, url } of listed) if (await hasKey(places, role, address)) own.add(url);
  return [...own];
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values.map((one) => (one.startsWith("/") || !one.includes("/") ? one : resolve(one))))];
}
