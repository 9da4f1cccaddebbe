import type { ContentStore, Digest } from "../storage/ContentStore.ts";

/** Where an aggregator looks for updates. */
export interface HeldUpdatesModules {
  /** The network's. */
  storage: ContentStore;
  /** Its own: what it gave receipts for. */
  held: Pick<ContentStore, "get">;
  /** What other aggregators serve; undefined when there are none. */
  others: Pick<ContentStore, "get"> | undefined;
}

/**
 * Updates that enough aggregators gave receipts for: in the network's storage, or
 * else with one of those who hold them. What storage did not have is put there again,
 * for auditors and whoever else follows.
 */
export class HeldUpdates implements Pick<ContentStore, "get"> {
  readonly #modules: HeldUpdatesModules;

  constructor(modules: HeldUpdatesModules) {
    this.#modules = modules;
  }

  /** @throws what storage throws when nobody has it. */
  async get(digest: Digest, mostBytes?: number): Promise<Uint8Array> {
    const { storage, held, others } = this.#modules;
    try {
      return await storage.get(digest, mostBytes);
    } catch (error) {
      const own = await found(held, digest, mostBytes);
      const bytes = own ?? (others && (await found(others, digest, mostBytes)));
      if (bytes === undefined) throw error;
      // Storage that cannot be written to now must not delay the round.
      await storage.put(bytes).catch(() => undefined);
      return bytes;
    }
  }
}

async function found(
  store: Pick<ContentStore, "get">,
  digest: Digest,
  mostBytes: number | undefined,
): Promise<Uint8Array | undefined> {
  return store.get(digest, mostBytes).catch(() => undefined);
}
