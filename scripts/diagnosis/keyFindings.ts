import { statSync } from "node:fs";

import { formatEther } from "ethers";

import type { KeyRole } from "../../chains/keys/KeySource.ts";
import { isLoopback } from "../../chains/networks/isLoopback.ts";
import { isPublicKey } from "../../chains/networks/localKeys.ts";
import type { NetworkClients } from "../../chains/networks/NetworkClients.ts";
import { type ChainPlace, chainsOf, type NetworkFile } from "../../chains/networks/networkFile.ts";
import { feesOf, readFees } from "../../chains/transactions/Fees.ts";
import { type Finding, failureOf, together } from "./Examination.ts";
import { canSign, type NodeAccount } from "./nodeAccounts.ts";

/** On which chains each role sends transactions. What is not here sends none, or only in need. */
const SENDS_ON: Partial<Record<KeyRole, (place: ChainPlace) => boolean>> = {
  publisher: ({ role }) => role === "main",
  keeper: ({ role }) => role !== "relay",
  relayer: () => true,
  aggregator: ({ role }) => role === "main",
  device: ({ role }) => role === "main" || role === "physical" || role === "virtual",
  twin: ({ role }) => role === "main" || role === "virtual",
  guardian: () => true,
};
/** Roles that work all the time: without gas money, nothing of it is done. */
const ALWAYS: ReadonlySet<KeyRole> = new Set([
  "publisher",
  "keeper",
  "relayer",
  "aggregator",
  "device",
  "twin",
]);

/** The gas of the largest transaction that was measured here (docs/contracts/sizes-and-gas.md), and more. */
const LARGEST_GAS = 6_000_000n;
/** Of how many of those the fees should be there. */
const FEW_TRANSACTIONS = 20n;

/** Whether a key is there and can be opened; whether others may read its files. Nothing secret is told. */
export function keyFinding(
  { place, address, trouble, role }: NodeAccount,
  organizationOnly: boolean,
): Finding {
  if (trouble !== undefined) return failureOf(trouble);
  const known = address ?? "";
  if (organizationOnly && isPublicKey(known))
    return {
      outcome: "fail",
      found: `${known} is a public development key: everybody has it`,
      next: `Make one with ./freshet keys new, and name it in the node file under keys.${role}.`,
    };
  if ("web3signer" in place) return { outcome: "ok", found: `${known}, at a signer that answers` };
  if ("address" in place) return { outcome: "ok", found: `${known}, whose key is elsewhere` };
  if (!("keystore" in place)) return { outcome: "ok", found: `${known}, in the environment` };
  const files = [place.keystore, ...("file" in place.password ? [place.password.file] : [])];
  const open = files.filter((file) => (statSync(file).mode & 0o077) !== 0);
  if (open.length === 0) return { outcome: "ok", found: `${known}, which its password opens` };
  return {
    outcome: "warn",
    found: `${known}: others on this machine may read ${open.join(" and ")}`,
    next: `chmod 600 ${open.join(" ")}`,
  };
}

/** That no two roles have one key; undefined when that is so. */
export function sharedKeys(accounts: readonly NodeAccount[]): Finding | undefined {
  const owners = new Map<string, NodeAccount[]>();
  for (const account of accounts) {
    if (account.address !== undefined)
      owners.set(account.address, [...(owners.get(account.address) ?? []), account]);
  }
  const shared = [...owners].filter(([, some]) => some.length > 1);
  if (shared.length === 0) return undefined;
  return {
    outcome: "fail",
    found: shared
      .map(
        ([address, some]) => `${some.map(({ name }) => name).join(" and ")} have one key, that of ${address}`,
      )
      .join("\n"),
    next: "Make a key for each with ./freshet keys new.",
  };
}

/** A network as a node reaches it. */
interface ReachedNetwork {
  network: NetworkFile;
  clients: NetworkClients;
  /** Names of chains that do not answer, which was told. */
  silent: ReadonlySet<string>;
}

/** Whether the network knows a key in its role; undefined for roles that nobody lists. */
export async function membershipFinding(
  account: NodeAccount,
  { network, clients, silent }: ReachedNetwork,
): Promise<Finding | undefined> {
  const { role, address } = account;
  if (address === undefined) return undefined;
  if (role === "validator" || role === "aggregator") {
    const index = network[`${role}s`].findIndex((one) => one.address.toLowerCase() === address.toLowerCase());
    if (index >= 0)
      return {
        outcome: "ok",
        found: `${role} ${index + 1} of the network file, at ${network[`${role}s`][index]!.url}`,
      };
    return {
      outcome: "fail",
      found: `the network file has no ${role} ${address}`,
      next: `Have it added by whoever runs the network, and get the network file of then.`,
    };
  }
  if (role === "device" || role === "twin") {
    const space = role === "device" ? "physical" : "virtual";
    const places = clients.subchains.filter(({ place }) => place.role === space && !silent.has(place.name));
    if (places.length === 0 && silent.size > 0) return undefined;
    const found = await Promise.all(
      places.map(async (subchain) => [subchain.place.name, await subchain.deviceOf(address)] as const),
    );
    const registered = found.filter(([, device]) => BigInt(device) !== 0n);
    if (registered.length > 0) {
      const where = registered.map(([name, device]) => (role === "twin" ? `${name} for ${device}` : name));
      return { outcome: "ok", found: `registered on ${where.join(", ")}` };
    }
    return {
      outcome: "fail",
      found: `not registered on ${places.map(({ place }) => place.name).join(", ") || `any ${space} subchain`}`,
      next: "Have its owner registered as a worker by the network's registrar.",
    };
  }
  return undefined;
}

/** Whether a key has gas money where its role sends transactions; undefined where it sends none. */
export async function fundsFinding(
  account: NodeAccount,
  { network, clients, silent }: ReachedNetwork,
): Promise<Finding | undefined> {
  const { role, address } = account;
  const sends = SENDS_ON[role];
  if (address === undefined || sends === undefined || !canSign(account)) return undefined;
  const findings = await Promise.all(
    chainsOf(network)
      .filter((place) => sends(place) && !silent.has(place.name))
      .map(async ({ name }): Promise<Finding> => {
        const { rpc } = clients.client(name);
        try {
          const [fees, balance] = await Promise.all([
            readFees(rpc),
            rpc.request("eth_getBalance", [address, "latest"]),
          ]);
          return balanceFinding({
            role,
            chain: name,
            balance: BigInt(balance as string),
            price: fees.maxFeePerGas,
            bid: (await feesOf(rpc, address, fees)).maxFeePerGas,
          });
        } catch (error) {
          return { ...failureOf(error), found: `${name}: ${failureOf(error).found}` };
        }
      }),
  );
  return findings.length === 0 ? undefined : together(findings);
}

/**
 * What an account's gas money on a chain is worth.
 *
 * @param account - `balance`: wei; `price`: what a gas may cost now, wei; `bid`: what the account bids for it.
 */
export function balanceFinding({
  role,
  chain,
  balance,
  price,
  bid = price,
}: {
  role: KeyRole;
  chain: string;
  balance: bigint;
  price: bigint;
  bid?: bigint;
}): Finding {
  if (price === 0n) return { outcome: "ok", found: `${chain}: gas costs nothing` };
  if (bid === 0n) {
    return {
      outcome: "warn",
      found: `${chain}: no gas money, so it bids nothing; blocks cost nothing, the node suggests ${price} wei a gas`,
      next: `Where ${chain} takes transactions for nothing, all is well; else send its account coins for gas.`,
    };
  }
  const shown = `${Number(formatEther(balance)).toPrecision(3)} of the chain's coin`;
  const transactions = balance / (price * LARGEST_GAS);
  if (transactions >= FEW_TRANSACTIONS) return { outcome: "ok", found: `${chain}: ${shown}` };
  const next = `Send its account coins for gas on ${chain}.`;
  if (transactions === 0n)
    return {
      outcome: ALWAYS.has(role) ? "fail" : "warn",
      found: `${chain}: ${balance === 0n ? "no gas money" : `${shown}, not enough for a large transaction`}`,
      next,
    };
  return {
    outcome: "warn",
    found: `${chain}: ${shown}, enough for ${transactions} large transactions`,
    next,
  };
}

/** Whether all chains of a network are reached on this machine, where development keys are in their place. */
export function isLocalNetwork(network: NetworkFile): boolean {
  return chainsOf(network).every(({ url }) => isLoopback(new URL(url).hostname));
}
