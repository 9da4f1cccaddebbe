import type { EventNamed } from "../../chains/clients/ChainEvent.ts";
import { applicationOf, applicationPlace } from "../../chains/networks/applicationOf.ts";
import { type ChainPlace, chainsOf, originsOf } from "../../chains/networks/networkFile.ts";
import { verifierOf } from "../../chains/networks/verifierOf.ts";
import { mechanismId } from "../../mechanisms/mechanismId.ts";
import { knownMechanism } from "../../mechanisms/mechanismOf.ts";
import { contracts } from "../../protocol/contracts.ts";
import { formatInteroperable, parseInteroperable } from "../../protocol/interoperableAddress.ts";
import { SPACE_OF, spaceNumber } from "../../protocol/Space.ts";
import type { ChainEvidence } from "../evidence/ChainEvidence.ts";
import type { Evidence } from "../evidence/Evidence.ts";
import { mechanismAddresses, mechanismContract } from "../evidence/mechanismContract.ts";
import { isSameAddress } from "../isSameAddress.ts";
import type { Tally } from "../Tally.ts";

/**
 * Every chain answers with its chain id, has contracts where the network file
 * says, and those of main, relay and subchains name each other: links, routes,
 * escrow, policies, meters, spaces. Counts chains.
 */
export async function checkChains(evidence: Evidence, tally: Tally): Promise<void> {
  for (const place of chainsOf(evidence.network)) {
    await tally.attempt(async () => {
      await checkChain(evidence, evidence.chain(place.chainId), tally);
      tally.count();
    });
  }
}

async function checkChain(evidence: Evidence, chain: ChainEvidence, tally: Tally): Promise<void> {
  const { place } = chain;
  for (const [name, address] of addressesIn(place.contracts)) {
    tally.require(
      await chain.hasCode(address),
      `There is no contract at ${address} of ${place.name}, where the network file has its ${name}.`,
    );
  }
  const others = originsOf(evidence.network, place);
  for (const other of others) await checkLink(chain, other, tally);
  checkNoOtherLink(chain, others, tally);
  await checkMechanisms(evidence, chain, tally);
  if (place.role === "main") await checkMain(evidence, chain, tally);
  else if (place.role === "relay") await checkRelay(evidence, chain, tally);
  else await checkSubchain(evidence, chain, tally);
}

/** All addresses of a chain's contracts, by their names in the network file. */
function addressesIn(
  contracts: Readonly<Record<string, string | Readonly<Record<string, string>>>>,
): [string, string][] {
  return Object.entries(contracts).flatMap(([name, value]): [string, string][] =>
    typeof value === "string"
      ? [[name, value]]
      : Object.entries(value).map(([inner, address]) => [`${name}.${inner}`, address]),
  );
}

async function checkLink(chain: ChainEvidence, other: ChainPlace, tally: Tally): Promise<void> {
  const { gateway } = chain.place.contracts;
  const wanted = counterpartOf(other);
  const application = applicationPlace(chain.place);
  const link = await chain.state(application.contract, application.address, "getLink", chainOnly(wanted));
  tally.require(
    isSameAddress(link.gateway, gateway) && isSameAddress(link.counterpart, wanted),
    `${chain.name} is linked to ${link.counterpart} through gateway ${link.gateway}, not to ${other.name} (${wanted}) through ${gateway}.`,
  );
  const route = await chain.state(contracts.Gateway, gateway, "routeOf", BigInt(other.chainId));
  tally.require(
    isSameAddress(route.gateway, other.contracts.gateway),
    `${chain.name} takes messages of ${other.name} from gateway ${route.gateway}, not from ${other.contracts.gateway}.`,
  );
  const verifier = verifierOf(chain.place, other).address;
  tally.require(
    isSameAddress(route.verifier, verifier),
    `${chain.name} asks verifier ${route.verifier} about ${other.name}, not ${verifier}.`,
  );
}

/**
 * No further link: it would let a stranger, or another gateway, speak for a chain. Links are compared byte by byte,
 * as one chain id can be written in several ways. Only the relay chain may serve subchains that the network file
 * leaves out.
 */
function checkNoOtherLink(
  { place, name, events }: ChainEvidence,
  others: readonly ChainPlace[],
  tally: Tally,
): void {
  const { gateway } = place.contracts;
  const known = others.map(counterpartOf);
  for (const { name: event, args, address } of events) {
    if (event !== "LinkRegistered" || !isSameAddress(address, applicationOf(place))) continue;
    const ownGateway = isSameAddress(args.gateway, gateway);
    if (ownGateway && known.includes(args.counterpart)) continue;
    const found = `${name} is also linked to ${args.counterpart} through gateway ${args.gateway}, which the network file does not have.`;
    const further = place.role === "relay" && ownGateway && isFurtherChain(args.counterpart, others);
    tally.require(further, found);
    tally.note(found);
  }
}

/** Whether an address is, in its one right form, on a chain that is none of these. */
function isFurtherChain(counterpart: string, others: readonly ChainPlace[]): boolean {
  try {
    const account = parseInteroperable(counterpart);
    const known = others.some(({ chainId }) => BigInt(chainId) === account.chainId);
    return !known && formatInteroperable(account) === counterpart;
  } catch {
    return false;
  }
}

function counterpartOf(place: ChainPlace): string {
  return formatInteroperable({ chainId: BigInt(place.chainId), address: applicationOf(place) });
}

async function checkMain({ network, manager }: Evidence, chain: ChainEvidence, tally: Tally): Promise<void> {
  const { escrow } = network.main.contracts;
  const actual = await chain.state(contracts.TaskManager, manager, "escrow");
  tally.require(isSameAddress(actual, escrow), `The task manager's escrow is ${actual}, not ${escrow}.`);
  const relay = await chain.state(contracts.TaskManager, manager, "RELAY_CHAIN_ID");
  tally.require(relay === BigInt(network.relay.chainId), `The task manager's relay chain is ${relay}.`);
}

/**
 * A chain's application goes by the policies or meters of the network file, which names a policy for the task's
 * mechanism; that the task's subchains have its meter is for the check of the terms.
 */
async function checkMechanisms(evidence: Evidence, chain: ChainEvidence, tally: Tally): Promise<void> {
  const { name, place, events } = chain;
  const { kind, addresses } = mechanismAddresses(place);
  const added = events.filter(
    (event): event is EventNamed<"PolicyAdded" | "MeterAdded"> =>
      (event.name === "PolicyAdded" || event.name === "MeterAdded") &&
      isSameAddress(event.address, applicationOf(place)),
  );
  for (const [mechanism, address] of Object.entries(addresses)) {
    const own = added.find(({ args }) => args.mechanismId === mechanismId(mechanism));
    const actual = own === undefined ? "none" : own.name === "PolicyAdded" ? own.args.policy : own.args.meter;
    tally.require(
      isSameAddress(actual, address),
      `${name}'s ${kind} of ${mechanism} is ${actual}, not ${address}.`,
    );
  }
  const needed = knownMechanism((await evidence.terms()).mechanism);
  if (kind === "policy" && needed !== undefined) mechanismContract(chain, needed);
}

async function checkRelay({ network }: Evidence, chain: ChainEvidence, tally: Tally): Promise<void> {
  const manager = applicationOf(network.relay);
  const main = await chain.state(contracts.CrossChainManager, manager, "MAIN_CHAIN_ID");
  tally.require(
    main === BigInt(network.main.chainId),
    `The relay chain takes chain ${main} for the main chain.`,
  );
  for (const { name, chainId, role } of network.subchains) {
    const { space } = await chain.state(contracts.CrossChainManager, manager, "chainOf", BigInt(chainId));
    tally.require(
      space === SPACE_OF[role],
      `The relay chain has ${name} registered with space ${spaceNumber(space)}, not ${spaceNumber(SPACE_OF[role])} (${role}).`,
    );
  }
}

async function checkSubchain({ network }: Evidence, chain: ChainEvidence, tally: Tally): Promise<void> {
  const place = network.subchains.find(({ chainId }) => BigInt(chainId) === chain.chainId)!;
  const { registry } = place.contracts;
  const subchain = applicationOf(place);
  const facts = [
    ["RELAY_CHAIN_ID", BigInt(network.relay.chainId)],
    ["SPACE", SPACE_OF[place.role]],
    ["REGISTRY", registry],
  ] as const;
  for (const [name, wanted] of facts) {
    const actual = await chain.state(contracts.LearningSubchain, subchain, name);
    tally.require(
      isSameAddress(String(actual), String(wanted)),
      `${name} of ${place.name} is ${actual}, not ${wanted}.`,
    );
  }
}

/** An ERC-7930 address with its account left out: how links are keyed. */
function chainOnly(interoperable: string): string {
  return `${interoperable.slice(0, -42)}00`;
}
