import { existsSync } from "node:fs";
import { join } from "node:path";

import { LOCAL_PUBLISHERS } from "../chains/networks/localKeys.ts";
import { loopbackDirectly } from "../chains/networks/loopbackDirectly.ts";
import { type NetworkConfig, networkConfigSchema } from "../chains/networks/networkConfig.ts";
import { checked, readJson } from "../files/readJson.ts";
import { BaseError } from "../protocol/BaseError.ts";
import { writtenAddress } from "../protocol/writtenAddress.ts";

/** Options that choose a local network. */
export interface NetworkOptions {
  /** Configuration file; freshet.config.json where that exists. */
  config?: string;
  /** First of consecutive ports to use instead of the configured ones. */
  basePort?: string;
  /** Directory to use instead of the configured one. */
  directory?: string;
  /** What runs the chains, instead of what is configured. */
  chains?: string;
  /** Directory of data sets to use instead of the configured one. */
  data?: string;
}

const DEFAULT_FILE = "freshet.config.json";

/**
 * The configuration of a local network: file, then options.
 *
 * @throws `CONFIG_INVALID` naming every field that does not hold.
 */
export async function networkSettings(options: NetworkOptions): Promise<NetworkConfig> {
  const source = options.config ?? DEFAULT_FILE;
  const read = parse(await readConfig(options.config), source);
  // Parsed again: not every finality rule suits every runner.
  const config = options.chains === undefined ? read : parse({ ...read, runner: options.chains }, source);
  loopbackDirectly([config.host]);
  const directories = {
    directory: options.directory ?? config.directory,
    dataDirectory: options.data ?? config.dataDirectory,
  };
  if (options.basePort === undefined) return { ...config, ...directories };
  const count = config.chains.length;
  const first = wholeNumber(
    options.basePort,
    "--base-port",
    1,
    65_535 - count - 1 - config.aggregators - LOCAL_PUBLISHERS,
  );
  return {
    ...config,
    ...directories,
    chains: config.chains.map((chain, i) => ({ ...chain, port: first + i })),
    storagePort: first + count,
    relayPort: first + count + 1,
    aggregatorPort: first + count + 2,
    servicePort: first + count + 2 + config.aggregators,
  };
}

/** What `--data` is for. */
export const DATA_OPTION =
  "directory of data sets, a folder each (default: dataDirectory of freshet.config.json)";

/** What `--bare` is for. */
export const BARE_OPTION =
  "draw figures without title, setting and verdict, for a paper that says them itself";

/** What `--fresh` is for. */
export const FRESH_OPTION =
  "remove what earlier networks left in the directory, which is set aside otherwise";

/** The directory of data sets: as given, or as freshet.config.json in the working directory says. */
export async function dataDirectory(given: string | undefined): Promise<string> {
  return given ?? (await networkSettings({})).dataDirectory;
}

/** A whole number given as an option; throws `OPTION_INVALID`. */
export function wholeNumber(text: string, option: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new BaseError("OPTION_INVALID", `${option} takes a whole number from ${least} to ${most}.`, {
    details: `It was given ${JSON.stringify(text)}.`,
  });
}

/** Most tokens that somebody is given at once, whole ones. */
const MOST_TOKENS = 1_000_000;

/**
 * Reads how many whole tokens somebody is to get.
 *
 * @returns wei.
 * @throws `OPTION_INVALID`.
 */
export function wholeTokens(text: string): bigint {
  return BigInt(wholeNumber(text, "tokens", 1, MOST_TOKENS)) * 10n ** 18n;
}

/** What an account of the escrow takes at the most, wei. */
const MOST_WEI = 2n ** 96n - 1n;

/**
 * Reads an amount of tokens, with up to 18 decimals.
 *
 * @returns wei.
 * @throws `OPTION_INVALID`.
 *
 * @example
 * tokenAmount("0.25", "--budget"); // 250000000000000000n
 */
export function tokenAmount(text: string, option: string): bigint {
  const [, whole, decimals = ""] = /^(\d{1,30})(?:\.(\d{1,18}))?$/.exec(text) ?? [];
  const wei = whole === undefined ? undefined : BigInt(whole + decimals.padEnd(18, "0"));
  if (wei !== undefined && wei <= MOST_WEI) return wei;
  throw new BaseError("OPTION_INVALID", `${option} takes tokens, such as 12.5: less than 2^96 wei.`, {
    details: `It was given ${JSON.stringify(text)}.`,
  });
}

async function readConfig(file: string | undefined): Promise<unknown> {
  const path = file ?? join(process.cwd(), DEFAULT_FILE);
  if (file === undefined && !existsSync(path)) return {};
  return readJson(path, "CONFIG_INVALID");
}

function parse(value: unknown, source: string): NetworkConfig {
  return checked(value, {
    schema: networkConfigSchema,
    code: "CONFIG_INVALID",
    message: `${source} is not a valid network configuration.`,
    next: "Correct the fields named above; docs/network-config.md documents each.",
  });
}

/** Addresses of an option, in their checksummed form. @throws `OPTION_INVALID`. */
export function addresses(texts: readonly string[], option: string): readonly string[] {
  return texts.map((text) => {
    const read = writtenAddress(text);
    if ("address" in read) return read.address;
    throw new BaseError("OPTION_INVALID", `${option} takes addresses, not ${text}.`, {
      details: `${text} ${read.why}.`,
      next: "Write each in full; ./freshet keys address FILE prints that of a keystore.",
    });
  });
}
