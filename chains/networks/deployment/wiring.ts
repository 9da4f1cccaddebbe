import { contracts as abis } from "../../../protocol/contracts.ts";
import { formatInteroperable } from "../../../protocol/interoperableAddress.ts";
import type { ChainAccount } from "../../clients/ChainAccount.ts";
import { readContract } from "../../clients/readContract.ts";
import type { Application } from "../Application.ts";
import { type ChainPlace, type NetworkFile, originsOf } from "../networkFile.ts";
import { verifierOf } from "../verifierOf.ts";
import { type VerifierPlace, verifiersOf } from "../verifiersOf.ts";
import { deployedOtherwise, sameAddress } from "./deployedOtherwise.ts";
import type { Step } from "./Step.ts";

const NOBODY = `0x${"0".repeat(40)}`;

/** What a chain is told of the others. */
export interface Wiring {
  network: NetworkFile;
  guardian: string;
  threshold: number;
  applications: readonly Application[];
}

/**
 * Tells a chain's verifiers of the others' validators, its gateway of their gateways and its applications of their
 * counterparts: groups of steps, each of which needs those before it.
 */
export function wiringOf(owner: ChainAccount, place: ChainPlace, wiring: Wiring): Step[][] {
  const { network, guardian, applications } = wiring;
  const gateway = { contract: abis.Gateway, address: place.contracts.gateway };
  const guarded = [gateway, ...verifiersOf(place)];
  const first = guarded.map((part) => guardianStep(owner, part, guardian));
  const links: Step[] = [];
  for (const other of originsOf(network, place)) {
    const verifier = verifierOf(place, other);
    first.push(validatorsStep(owner, verifier, other, wiring), routeStep(owner, place, other, verifier));
    for (const { name, meet } of applications) {
      for (const step of meet?.(owner, place, other) ?? []) first.push(step);
      links.push(linkStep(owner, place, other, name));
    }
  }
  return [first, links];
}

/** A set of validators in the order that contracts want. */
export function ascending(addresses: readonly string[]): string[] {
  return [...addresses].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
}

function guardianStep(
  owner: ChainAccount,
  part: VerifierPlace | { contract: typeof abis.Gateway; address: string },
  guardian: string,
): Step {
  // All of them have these functions; see Guarded.sol.
  const guarded = { contract: abis.Gateway, address: part.address };
  return {
    name: `name the guardian of ${part.contract.name}`,
    isDone: async (block) =>
      sameAddress(await readContract(owner.client, guarded, "guardian", [], block), guardian),
    take: () => owner.send(guarded, "setGuardian", [guardian]),
  };
}

function validatorsStep(
  owner: ChainAccount,
  verifier: VerifierPlace,
  other: ChainPlace,
  { network, threshold }: Wiring,
): Step {
  const otherId = BigInt(other.chainId);
  const validators = ascending(network.validators.map(({ address }) => address));
  const set = { threshold, validators };
  const inWords = (one: { threshold: number | bigint; validators: readonly string[] }) =>
    `${one.threshold} of ${one.validators.join(", ")}`;
  return {
    name: `name the validators of ${other.name}`,
    async isDone(block) {
      const found = await orNothing("UnknownChain", () =>
        readContract(owner.client, verifier, "validatorsOf", [otherId], block),
      );
      if (found === undefined) return false;
      if (inWords(found).toLowerCase() === inWords(set).toLowerCase()) return true;
      const what = `the validators of ${other.name}`;
      throw deployedOtherwise(owner.client.name, what, inWords(found), inWords(set));
    },
    take: () => owner.send(verifier, "initializeValidators", [otherId, set]),
  };
}

function routeStep(owner: ChainAccount, place: ChainPlace, other: ChainPlace, verifier: VerifierPlace): Step {
  const gateway = { contract: abis.Gateway, address: place.contracts.gateway };
  const otherId = BigInt(other.chainId);
  return {
    name: `open the route from ${other.name}`,
    async isDone(block) {
      const route = await readContract(owner.client, gateway, "routeOf", [otherId], block);
      if (route.gateway === NOBODY) return false;
      const wanted = `${other.contracts.gateway}, verified by ${verifier.address}`;
      const found = `${route.gateway}, verified by ${route.verifier}`;
      if (sameAddress(found, wanted)) return true;
      throw deployedOtherwise(owner.client.name, `the route from ${other.name}`, found, wanted);
    },
    take: () => owner.send(gateway, "openRoute", [otherId, other.contracts.gateway, verifier.address]),
  };
}

function linkStep(owner: ChainAccount, place: ChainPlace, other: ChainPlace, application: string): Step {
  // Every application has the same function; see CrossChainApp.sol.
  const app = { contract: abis.TaskManager, address: place.contracts.applications[application]! };
  const otherId = BigInt(other.chainId);
  const gateway = place.contracts.gateway;
  const counterpart = formatInteroperable({
    chainId: otherId,
    address: other.contracts.applications[application]!,
  });
  // ERC-7930: the chain alone, without an address.
  const chainOnly = `${counterpart.slice(0, -42)}00`;
  return {
    name: `link ${application} to ${other.name}`,
    async isDone(block) {
      const link = await readContract(owner.client, app, "getLink", [chainOnly], block);
      const { gateway: linked, counterpart: found } = link;
      if (linked === NOBODY) return false;
      if (sameAddress(linked, gateway) && sameAddress(found, counterpart)) return true;
      const what = `the counterpart of ${application} on ${other.name}`;
      throw deployedOtherwise(
        owner.client.name,
        what,
        `${found} by ${linked}`,
        `${counterpart} by ${gateway}`,
      );
    },
    take: () => owner.send(app, "link", [gateway, counterpart]),
  };
}

/** What is read, or undefined where the contract says with an error that there is none. */
export async function orNothing<T>(code: string, read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if ((error as { code?: string }).code === code) return undefined;
    throw error;
  }
}
