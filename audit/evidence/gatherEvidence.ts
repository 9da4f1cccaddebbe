import { type ChainPlace, chainsOf, type NetworkFile } from "../../chains/networks/networkFile.ts";
import type { ClosableRpc } from "../../chains/rpc/RpcEndpoint.ts";
import type { ContentStore } from "../../storage/ContentStore.ts";
import type { AuditListener } from "../AuditReport.ts";
import { ChainReader } from "./ChainReader.ts";
import { consistentCut } from "./consistentCut.ts";
import { Evidence } from "./Evidence.ts";

/** Answers for a chain instead of the endpoints that the network file names. */
export type Connect = (place: ChainPlace) => ClosableRpc;

/** Evidence, and how to let go of the connections it reads on. */
export interface GatheredEvidence {
  evidence: Evidence;
  /** Name of a chain that has replaced blocks since they were read; undefined when all evidence is of one history. */
  replaced(): Promise<string | undefined>;
  close(): void;
}

/**
 * Reads all chains of a network up to a consistent cut. A chain that does not
 * answer is noted, not thrown: the rest of the task can still be audited.
 */
export async function gatherEvidence(
  network: NetworkFile,
  task: bigint,
  modules: { storage: ContentStore; listener: AuditListener; connect?: Connect | undefined },
): Promise<GatheredEvidence> {
  const readers = new Map<bigint, ChainReader>();
  const unreadable = new Map<bigint, unknown>();
  const step = async ({ chainId }: ChainPlace, read: () => Promise<void>) => {
    try {
      await read();
    } catch (error) {
      readers.get(BigInt(chainId))?.close();
      readers.delete(BigInt(chainId));
      unreadable.set(BigInt(chainId), error);
    }
  };
  const open = async (place: ChainPlace) => {
    const rpc = modules.connect?.(place);
    readers.set(BigInt(place.chainId), await ChainReader.open(place, task, rpc === undefined ? {} : { rpc }));
  };
  await Promise.all(chainsOf(network).map((place) => step(place, () => open(place))));
  // Only once every head is known: see consistentCut.
  await Promise.all([...readers.values()].map((reader) => step(reader.place, () => reader.readOutbox())));

  const heads = consistentCut([...readers.values()]);
  for (const reader of readers.values()) {
    reader.cutAt(heads.get(reader.chainId)!);
    modules.listener({ type: "chain-read", chain: reader.name, events: reader.events.length });
  }
  await Promise.all([...readers.values()].map((reader) => reader.prefetch(task)));
  const chains = new Map([...readers.values()].map((reader) => [reader.chainId, reader]));
  return {
    evidence: new Evidence({ task, network, storage: modules.storage, chains, unreadable }),
    replaced: async () => {
      for (const reader of readers.values()) if (await reader.isReplaced()) return reader.name;
      return undefined;
    },
    close: () => {
      for (const reader of readers.values()) reader.close();
    },
  };
}
