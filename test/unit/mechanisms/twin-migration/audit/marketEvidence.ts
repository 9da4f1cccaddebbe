import { getAddress, keccak256, toUtf8Bytes } from "ethers";

import type { ChainEvent } from "../../../../../chains/clients/ChainEvent.ts";
import type {
  MarketChain,
  MarketEvidence,
  MarketTally,
  SeenMessage,
} from "../../../../../mechanisms/MarketAudit.ts";
import type { AnyEvent } from "../../../../../protocol/ContractAbi.ts";
import { MemoryStore } from "../../../audit/MemoryStore.ts";

export const NOWHERE = `0x${"00".repeat(20)}`;
export const MAIN = 1n;
export const RELAY = 2n;
export const VIRTUAL = 3n;
export const PHYSICAL = 4n;

/** An address by a name. */
export const addressOf = (name: string) => getAddress(`0x${keccak256(toUtf8Bytes(name)).slice(26)}`);
export const hashOf = (name: string) => keccak256(toUtf8Bytes(name));

/** An event as a test tells it: the time is its block's number too, Unix seconds. */
export interface Told {
  name: string;
  args: Record<string, unknown>;
  at: number;
  /** Who sent the transaction, and whom it called. */
  from?: string;
  to?: string;
}

interface Tale {
  main?: readonly Told[];
  virtual?: readonly Told[];
  physical?: readonly Told[];
  messages?: readonly SeenMessage[];
  storage?: MemoryStore;
  hint?: MarketEvidence["hint"];
  read?: (method: string, values: readonly unknown[]) => unknown;
}

export const TWINS = addressOf("TwinMarket");

/** What an audit of a market goes by, of events that a test tells. */
export function marketEvidence(tale: Tale): MarketEvidence {
  const { messages = [], storage = new MemoryStore(), hint = async () => ({}), read = () => 0n } = tale;
  const chain = (
    name: string,
    chainId: bigint,
    contract: string,
    told: readonly Told[] = [],
  ): MarketChain => {
    const events = told.map(
      ({ name: event, args, at }, logIndex) =>
        ({
          ...{ contract: ESCROW.includes(event) ? "RewardEscrow" : contract, name: event, args },
          ...{ address: TWINS, blockNumber: at, logIndex, transactionHash: hashOf(`${name} ${logIndex}`) },
        }) as ChainEvent<AnyEvent>,
    );
    const places = new Map(events.map(({ transactionHash }, i) => [transactionHash, i]));
    return {
      ...{ place: {} as MarketChain["place"], name, chainId, events },
      head: Math.max(0, ...told.map(({ at }) => at)) + 1000,
      blockTime: async (block) => block,
      transaction: async (hash) => {
        const { from = addressOf("anybody"), to = TWINS } = told[places.get(hash)!]!;
        return { from, to, data: "0x" };
      },
      read: async <T>(_: unknown, __: string, method: string, values: readonly unknown[]) =>
        read(method, values) as T,
    };
  };
  return {
    network: {
      main: { contracts: { escrow: addressOf("escrow"), applications: { twins: TWINS } } },
      services: {
        twins: ["edge 1", "edge 2", "stranger"].map((name) => ({
          address: addressOf(name),
          url: `http://${name.replace(" ", "")}.invalid`,
        })),
      },
    } as unknown as MarketEvidence["network"],
    ...{ storage, messages, hint },
    main: chain("main", MAIN, "TwinMarket", tale.main),
    relay: chain("relay", RELAY, "TwinRelay"),
    subchains: [
      chain("virtual", VIRTUAL, "TwinHosts", tale.virtual),
      chain("physical", PHYSICAL, "TwinHosts", tale.physical),
    ],
  };
}

const ESCROW = ["Funded", "Paid", "Refunded"];

/** That a server has joined, with a chain of its own. */
export const joined = (name: string, chainId: bigint, at = 1): Told => ({
  ...{ name: "ServerJoined", at },
  args: { server: addressOf(name), kind: 1n, chainId, cloud: NOWHERE, account: 0n, stake: 0n },
});

/** What a check says: why it fails, what it skipped, what it noted. */
export async function findingOf(
  check: (evidence: MarketEvidence, tally: MarketTally) => Promise<void>,
  evidence: MarketEvidence,
): Promise<{ failure: string; skipped: string[]; notes: string[]; examined: number }> {
  const found = { failure: "", skipped: [] as string[], notes: [] as string[], examined: 0 };
  const tally: MarketTally = {
    count: (things = 1) => {
      found.examined += things;
    },
    note: (sentence) => found.notes.push(sentence),
    skip: (what) => found.skipped.push(what),
    require(holds, sentence) {
      if (!holds) throw Object.assign(new Error(sentence), { name: "AuditFailure" });
    },
  };
  try {
    await check(evidence, tally);
  } catch (error) {
    if ((error as Error).name !== "AuditFailure") throw error;
    found.failure = (error as Error).message;
  }
  return found;
}
