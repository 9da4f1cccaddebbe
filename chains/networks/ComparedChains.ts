import { type Clock, systemClock } from "../../protocol/Clock.ts";
import type { ReadableChain } from "../clients/readContract.ts";
import { QuorumRpc } from "../rpc/QuorumRpc.ts";
import type { ClosableRpc } from "../rpc/RpcEndpoint.ts";
import { RpcEndpoints } from "../rpc/RpcEndpoints.ts";
import type { RpcListener } from "../rpc/RpcEvent.ts";
import { readQuorumOf } from "../rpc/readQuorum.ts";
import { type ChainPlace, chainsOf, type NetworkFile } from "./networkFile.ts";
import { httpEndpoints } from "./nodeFile.ts";

/** How many of a chain's endpoints must answer alike, by the chain's name: more than half of them unless given. */
export type ReadQuorum = Readonly<Record<string, number>>;

/** What reads are made with. */
export interface ComparedModules {
  clock?: Clock;
  /** Hears of endpoints that answer otherwise than enough others. */
  listener?: RpcListener;
}

/** A chain whose answers count once enough of its endpoints give them. */
export interface ComparedChain extends ReadableChain {
  /** Each of its endpoints by itself; none where the first that answers is believed. */
  readonly endpoints: readonly ReadableChain[];
}

/**
 * A chain's endpoints, of which enough must answer alike; undefined where one alone is believed.
 *
 * @throws `READ_QUORUM_INVALID`.
 */
export function comparedRpc(
  place: ChainPlace,
  readQuorum: ReadQuorum,
  modules: ComparedModules,
): QuorumRpc | undefined {
  const { name, chainId } = place;
  const endpoints = httpEndpoints(place);
  const quorum = readQuorumOf(name, endpoints.length, readQuorum[name]);
  if (quorum === 1) return undefined;
  return new QuorumRpc({ name, chainId, endpoints, quorum }, { clock: systemClock, ...modules });
}

/**
 * The chains of a network as whoever decides by what they say reads them, or signs it: what enough of each one's
 * endpoints answer alike. It sends nothing; connections that send are `NetworkClients`.
 */
export class ComparedChains {
  readonly #chains: ReadonlyMap<string, ComparedChain>;
  readonly #connections: readonly ClosableRpc[];

  /** @throws `READ_QUORUM_INVALID`. */
  constructor(network: NetworkFile, readQuorum: ReadQuorum = {}, modules: ComparedModules = {}) {
    const connections: ClosableRpc[] = [];
    this.#connections = connections;
    this.#chains = new Map(
      chainsOf(network).map((place) => {
        const { name, chainId } = place;
        const compared = comparedRpc(place, readQuorum, modules);
        const rpc =
          compared ??
          new RpcEndpoints(
            { name, chainId, endpoints: httpEndpoints(place) },
            { clock: systemClock, ...modules },
          );
        connections.push(rpc);
        return [name, { name, rpc, endpoints: compared?.members ?? [] }];
      }),
    );
  }

  /** The chain of that name, which must be one of the network's. */
  chain(name: string): ComparedChain {
    return this.#chains.get(name)!;
  }

  /** Ends all connections; what is under way is rejected. */
  close(): void {
    for (const rpc of this.#connections) rpc.close?.();
  }
}
