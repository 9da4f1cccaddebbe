import { toQuantity } from "ethers";

import type { ChainClient } from "../../chains/clients/ChainClient.ts";
import { type ChainEvent, isBefore } from "../../chains/clients/ChainEvent.ts";
import { type Delivery, GatewayClient, type SentMessage } from "../../chains/clients/GatewayClient.ts";
import { callContract } from "../../chains/clients/readContract.ts";
import { NetworkClients } from "../../chains/networks/NetworkClients.ts";
import { type ChainPlace, chainsOf, type NetworkFile } from "../../chains/networks/networkFile.ts";
import { readHeader } from "../../chains/rpc/readHeader.ts";
import type { Market } from "../../mechanisms/Market.ts";
import type { MarketChain, MarketEvidence, SeenMessage } from "../../mechanisms/MarketAudit.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { AnyContract, AnyEvent } from "../../protocol/ContractAbi.ts";
import { contracts } from "../../protocol/contracts.ts";
import { parseInteroperable } from "../../protocol/interoperableAddress.ts";
import type { ContentStore } from "../../storage/ContentStore.ts";
import { isSameAddress } from "../isSameAddress.ts";
import { askHint } from "./askHint.ts";
import type { Connect } from "./gatherEvidence.ts";

/** A chain's part of a market, with its gateway's whole outbox. */
export interface GatheredChain extends MarketChain {
  readonly client: ChainClient;
  /** The market's contract. */
  readonly application: string;
  /** All that the gateway sent up to now, whoever sent it, in the order of the nonces. */
  readonly sent: readonly SentMessage[];
  /** What was delivered to the market's contract up to `head`. */
  readonly delivered: readonly (Delivery & { recipient: string })[];
  /** What the gateway says of its outbox. */
  readonly outbox: { root: string; count: number };
}

/** What a market is read from. */
export interface MarketSources {
  storage: ContentStore;
  /** Answers for the chains; the endpoints of the network file unless given. */
  connect?: Connect | undefined;
  /** Asks a service for a hint; over HTTP unless given. */
  hint?: ((url: string) => Promise<unknown>) | undefined;
}

/** A market's evidence, and how to let go of the connections that it reads on. */
export interface GatheredMarket {
  evidence: MarketEvidence;
  /** All chains: main, relay, subchains. */
  chains: readonly GatheredChain[];
  /** Name of a chain that has replaced blocks since; undefined when all is of one history. */
  replaced(): Promise<string | undefined>;
  close(): void;
}

/**
 * Reads a market's contracts on all chains, up to blocks that fit to each other: none shows a delivery whose sending
 * another does not show.
 *
 * @throws what chains throw that do not answer; `NO_MARKET` where the network was deployed without it.
 */
export async function gatherMarket(
  network: NetworkFile,
  market: Market,
  { storage, connect, hint = askHint }: MarketSources,
): Promise<GatheredMarket> {
  const clients = await NetworkClients.connect(network, { connect });
  try {
    const places = chainsOf(network);
    const heads = await Promise.all(places.map(({ name }) => clients.client(name).header("latest")));
    const read = await Promise.all(
      places.map((place, i) => readChain(clients.client(place.name), place, market, heads[i]!.number)),
    );
    const chains = cut(read);
    const [main, relay, ...subchains] = chains;
    const messages = messagesOf(chains);
    return {
      chains,
      evidence: { network, storage, main: main!, relay: relay!, subchains, messages, hint },
      replaced: async () => {
        for (const [i, { name }] of places.entries()) {
          const now = await readHeader(clients.client(name).rpc, heads[i]!.number);
          if (now?.hash !== heads[i]!.hash) return name;
        }
        return undefined;
      },
      close: () => clients.close(),
    };
  } catch (cause) {
    clients.close();
    throw cause;
  }
}

/**
 * Reads what a chain tells of a market up to a block: its contract's events and, on main, those of the escrow about its
 * accounts.
 *
 * @throws what the chain throws when it does not answer; `NO_MARKET` where the network was deployed without it.
 */
export async function readMarketChain(
  client: ChainClient,
  place: ChainPlace,
  market: Market,
  head: number,
): Promise<MarketChain & Pick<GatheredChain, "application">> {
  const application = place.contracts.applications[market.application.name];
  if (application === undefined) {
    throw new BaseError("NO_MARKET", `${place.name} has no contract of the market of ${market.name}.`, {
      details: `The network file names the applications ${Object.keys(place.contracts.applications).join(", ")}.`,
      next: `Start a network with it: ./freshet demo --mechanism ${market.name}.`,
    });
  }
  const { fromBlock } = place;
  const own = { contract: market.audit.contractOf(place.role), address: application };
  const events: ChainEvent<AnyEvent>[] = await client.events([own], fromBlock, head);
  if (place.role === "main") {
    const escrow = { contract: contracts.RewardEscrow, address: place.contracts.escrow };
    for (const event of await client.events([escrow], fromBlock, head)) {
      if ("application" in event.args && isSameAddress(event.args.application, application))
        events.push(event);
    }
    events.sort((a, b) => (isBefore(a, b) ? -1 : 1));
  }
  return {
    ...{ place, application, name: place.name, chainId: client.chainId, head, events },
    blockTime: (block) => client.blockTime(block),
    read: readAt(client, head),
    transaction: (hash) => transactionOf(client, hash),
  };
}

async function readChain(
  client: ChainClient,
  place: ChainPlace,
  market: Market,
  head: number,
): Promise<GatheredChain> {
  const own = await readMarketChain(client, place, market, head);
  const { application } = own;
  const { fromBlock } = place;
  const gateway = new GatewayClient(client.rpc, place);
  const now = await client.provider.getBlockNumber();
  const told = await gateway.events(fromBlock, now);
  const recipients = new Map<string, string>();
  for (const event of await client.events(
    [{ contract: contracts.Gateway, address: place.contracts.gateway }],
    fromBlock,
    head,
    ["MessageDelivered"],
  )) {
    if (event.name === "MessageDelivered")
      recipients.set(`${event.args.originChainId}/${event.args.messageId}`, event.args.recipient);
  }
  const { hash } = await client.header(now);
  return {
    ...{ ...own, client },
    sent: told.sent,
    delivered: told.delivered.flatMap((delivery) => {
      const recipient = recipients.get(`${delivery.origin}/${delivery.id}`) ?? "";
      return isSameAddress(recipient, application) && delivery.blockNumber <= head
        ? [{ ...delivery, recipient }]
        : [];
    }),
    outbox: await gateway.outbox(hash),
  };
}

async function transactionOf(client: ChainClient, hash: string) {
  const transaction = await client.provider.getTransaction(hash);
  if (transaction !== null) return { from: transaction.from, to: transaction.to, data: transaction.data };
  throw new BaseError("TRANSACTION_NOT_FOUND", `${client.name} has no transaction ${hash}.`, {
    next: "Ask a node that keeps old transactions.",
  });
}

/** Asks a chain's contracts as of a block. */
function readAt(client: ChainClient, head: number): MarketChain["read"] {
  return async <T>(contract: AnyContract, address: string, method: string, values: readonly unknown[]) => {
    const request = { to: address, data: contract.encodeCall(method, values) };
    const answer = await callContract(client, `${contract.name}.${method}`, request, toQuantity(head));
    return contract.decodeResult(method, answer) as T;
  };
}

/** Goes back on chains that show the effect of a message whose sending another does not show yet. */
function cut(chains: readonly GatheredChain[]): GatheredChain[] {
  const heads = new Map(chains.map(({ chainId, head }) => [chainId, head]));
  const sentAt = new Map(
    chains.map(({ chainId, sent }) => [
      chainId,
      new Map(sent.map(({ id, blockNumber }) => [id, blockNumber])),
    ]),
  );
  for (let stable = false; !stable; ) {
    stable = true;
    for (const { chainId, delivered } of chains) {
      const early = delivered.find(({ origin, id, blockNumber }) => {
        if (blockNumber > heads.get(chainId)!) return false;
        const at = sentAt.get(origin)?.get(id);
        return at !== undefined && at > heads.get(origin)!;
      });
      if (early === undefined) continue;
      heads.set(chainId, early.blockNumber - 1);
      stable = false;
    }
  }
  return chains.map((chain) => {
    const head = heads.get(chain.chainId)!;
    const upTo = ({ blockNumber }: { blockNumber: number }) => blockNumber <= head;
    const read = readAt(chain.client, head);
    return {
      ...chain,
      head,
      read,
      events: chain.events.filter(upTo),
      delivered: chain.delivered.filter(upTo),
    };
  });
}

/** What the market's contracts sent up to their chain's head, with where it was delivered. */
function messagesOf(chains: readonly GatheredChain[]): SeenMessage[] {
  return chains.flatMap(({ chainId: origin, application, sent, head }) =>
    sent
      .filter(
        ({ sender, blockNumber }) => blockNumber <= head && isSameAddress(accountOf(sender), application),
      )
      .map(({ id, destination = 0n, payload, blockNumber }): SeenMessage => {
        const there = chains.find(({ chainId }) => chainId === destination);
        const delivered = there?.delivered.find((one) => one.origin === origin && one.id === id);
        return { id, origin, destination, payload, blockNumber, delivered };
      }),
  );
}

function accountOf(interoperable: string): string {
  try {
    return parseInteroperable(interoperable).address;
  } catch {
    return "";
  }
}
