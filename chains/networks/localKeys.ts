import { HDNodeWallet, type JsonRpcApiProvider, Mnemonic } from "ethers";

import { BaseError } from "../../protocol/BaseError.ts";
import { shownUrl } from "../../protocol/shownUrl.ts";
import type { KeySource } from "../keys/KeySource.ts";
import { isLoopback } from "./isLoopback.ts";

/** The mnemonic that every Ethereum development tool publishes. Its keys are worth nothing and hide nothing. */
const DEVELOPMENT_MNEMONIC = "test test test test test test test test test test test junk";

/** First account index of each local role. */
const FIRST_INDEX = {
  deployer: 0,
  publisher: 1,
  keeper: 3,
  guardian: 4,
  proposer: 5,
  registrar: 6,
  validator: 10,
  relayer: 45,
  aggregator: 50,
  device: 1000,
  twin: 2000,
  probe: 3000,
  party: 4000,
} as const;
/** Publishers after the first have their accounts after this one. */
const FURTHER_PUBLISHERS = 100;
/** Publishers that a local network has funded accounts and ports for. */
export const LOCAL_PUBLISHERS = 4;

/** Roles that local networks have keys for. */
export type LocalRole = keyof typeof FIRST_INDEX;

/** Of each role so many keys are known again by their addresses. */
const KNOWN_KEYS = 32;

let root: HDNodeWallet | undefined;
/** Keys by account index: deriving one takes a millisecond. */
const derived = new Map<number, HDNodeWallet>();

/** A key of the public development mnemonic, unconnected: use `localSigner` to send with it. */
export function localKey(role: LocalRole, index = 0): HDNodeWallet {
  root ??= HDNodeWallet.fromMnemonic(Mnemonic.fromPhrase(DEVELOPMENT_MNEMONIC), "m/44'/60'/0'/0");
  const first = role === "publisher" && index > 0 ? FURTHER_PUBLISHERS : FIRST_INDEX[role];
  const account = first + index;
  const key = derived.get(account) ?? root.deriveChild(account);
  derived.set(account, key);
  return key;
}

/** The public development keys, of every role; for development nodes on this machine only. */
export const LOCAL_KEYS: KeySource = {
  key: localKey,
  keyOf: firstOf,
  requireAllowed: requireLocalNode,
};

/** Whether everybody knows the key of an address, as it is one of the first of the public mnemonic or of a local role. */
export function isPublicKey(address: string): boolean {
  return (Object.keys(FIRST_INDEX) as LocalRole[]).some((role) => firstOf(role, address) !== undefined);
}

/** The key of an address, of the first of a role. */
function firstOf(role: LocalRole, address: string): HDNodeWallet | undefined {
  const wanted = address.toLowerCase();
  const first = Array.from({ length: KNOWN_KEYS }, (_, i) => localKey(role, i));
  return first.find((key) => key.address.toLowerCase() === wanted);
}

/**
 * A local key connected to a chain. Throws `PUBLIC_KEY_REFUSED` unless the
 * chain is a development node on this machine: everyone knows these keys.
 */
export async function localSigner(
  provider: JsonRpcApiProvider,
  url: string,
  role: LocalRole,
  index = 0,
): Promise<HDNodeWallet> {
  await requireLocalChain(provider, url);
  return localKey(role, index).connect(provider);
}

/** Throws `PUBLIC_KEY_REFUSED` unless `url` is a development node on this machine. */
export async function requireLocalChain(provider: JsonRpcApiProvider, url: string): Promise<void> {
  await requireLocalNode((method) => provider.send(method, []), url);
}

/** As `requireLocalChain`, however the node is asked. */
export async function requireLocalNode(
  ask: (method: string) => Promise<unknown>,
  url: string,
): Promise<void> {
  const loopback = isLoopback(new URL(url).hostname);
  const client = loopback ? String(await ask("web3_clientVersion")) : "unknown";
  if (loopback && /hardhat|anvil/i.test(client)) return;
  throw new BaseError("PUBLIC_KEY_REFUSED", `The public development keys are refused on ${shownUrl(url)}.`, {
    details: loopback ? `It runs ${client}, which is not a development node.` : "It is not on this machine.",
    next: "Name keys of your own in a node file (--node FILE, docs/keys.md), or run Freshet against development chains on this machine.",
  });
}
