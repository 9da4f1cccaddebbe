import { Wallet } from "ethers";

import type { NetworkFile } from "../../../chains/networks/networkFile.ts";
import { verifierOf } from "../../../chains/networks/verifierOf.ts";
import { formatInteroperable } from "../../../protocol/interoperableAddress.ts";
import { AGGREGATOR_KEYS } from "../tasks/receipting.ts";
import { accountOf, type FakeChain } from "./FakeChain.ts";

/** Keys of three validators, in the ascending order of their addresses; two must sign. */
export const VALIDATORS = [1, 2, 3]
  .map((n) => new Wallet(`0x${String(n).padStart(64, "0")}`))
  .sort((a, b) => (BigInt(a.address) < BigInt(b.address) ? -1 : 1));

const place = (name: string, chainId: number) => ({
  name,
  chainId,
  url: "http://127.0.0.1:1",
  fromBlock: 0,
  finality: { confirmations: 0 },
  proofs: "checkpoint" as const,
});
/** What every chain has. */
const common = (chain: string) => ({
  gateway: accountOf(`${chain} gateway`),
  verifier: accountOf(`${chain} verifier`),
  applications: { tasks: accountOf(`${chain} application`) },
});
const policies = (chain: string) => ({ "aoi-contract": accountOf(`${chain} policy`) });

/** A main, a relay and a physical chain that nobody runs. */
export const NETWORK: NetworkFile = {
  version: 3,
  main: {
    ...place("main", 1),
    role: "main",
    contracts: {
      ...common("main"),
      escrow: accountOf("main escrow"),
      policies: policies("main"),
      token: accountOf("main token"),
    },
  },
  relay: {
    ...place("relay", 2),
    role: "relay",
    contracts: { ...common("relay"), policies: policies("relay") },
  },
  subchains: [
    {
      ...place("physical", 4),
      role: "physical",
      contracts: {
        ...common("physical"),
        registry: accountOf("physical registry"),
        meters: { "aoi-contract": accountOf("physical meter") },
      },
    },
  ],
  storage: { url: "http://127.0.0.1:1" },
  aggregators: AGGREGATOR_KEYS.slice(0, 2).map(({ address }) => ({ address, url: "http://127.0.0.1:1" })),
  validators: VALIDATORS.map(({ address }) => ({ address, url: "http://127.0.0.1:1" })),
};

/** The same, but the physical chain's messages are proven by headers. */
export const HEADER_NETWORK: NetworkFile = {
  ...NETWORK,
  relay: {
    ...NETWORK.relay,
    contracts: { ...NETWORK.relay.contracts, headerVerifier: accountOf("relay headerVerifier") },
  },
  subchains: NETWORK.subchains.map((subchain) => ({ ...subchain, proofs: "header" })),
};

/** Tells a chain of the others' gateways and validators, and links it to them. */
export function connect(chain: FakeChain, others: readonly FakeChain[]): void {
  const { gateway } = chain.place.contracts;
  chain.mine(800);
  for (const other of others) {
    const { chainId } = other;
    const verifier = verifierOf(chain.place, other.place).address;
    const validators = VALIDATORS.map(({ address }) => address);
    chain.emit("ValidatorsChanged", { chainId, threshold: 2, validators }, verifier);
    chain.emit("RouteOpened", { chainId, gateway: other.place.contracts.gateway, verifier }, gateway);
    chain.emit("LinkRegistered", { gateway, counterpart: counterpartOf(other) });
  }
  const names = {
    main: "TaskManager",
    relay: "CrossChainManager",
    virtual: "LearningSubchain",
    physical: "LearningSubchain",
  };
  chain.answers.set(`${names[chain.place.role]}.getLink`, (chainOnly: string) => {
    const other = others.find((candidate) => counterpartOf(candidate).startsWith(chainOnly.slice(0, -2)));
    return { gateway, counterpart: other === undefined ? "0x" : counterpartOf(other) };
  });
  chain.answers.set("Gateway.routeOf", (chainId: bigint) => {
    const { place } = others.find((other) => other.chainId === chainId)!;
    return { gateway: place.contracts.gateway, verifier: verifierOf(chain.place, place).address };
  });
}

function counterpartOf(chain: FakeChain): string {
  return formatInteroperable({ chainId: chain.chainId, address: chain.application });
}
