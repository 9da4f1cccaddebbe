import { expect } from "chai";

import { HeldUpdates } from "../../../aggregators/HeldUpdates.ts";
import { BaseError } from "../../../protocol/BaseError.ts";
import { MemoryStore } from "../audit/MemoryStore.ts";
import { rejected } from "../thrown.ts";

describe("HeldUpdates", () => {
  const bytes = Uint8Array.of(1, 2, 3);
  const stores = () => {
    const [storage, held, others] = [new MemoryStore(), new MemoryStore(), new MemoryStore()];
    return { storage, held, others, updates: new HeldUpdates({ storage, held, others }) };
  };

  it("are read from the network's storage", async () => {
    const { storage, updates } = stores();
    expect(await updates.get(await storage.put(bytes))).to.equal(bytes);
  });

  for (const place of ["held", "others"] as const) {
    it(`are read from whoever holds them when storage has lost them, and put back (${place})`, async () => {
      const all = stores();
      const digest = await all[place].put(bytes);
      expect(await all.updates.get(digest)).to.deep.equal(bytes);
      expect(await all.storage.get(digest)).to.deep.equal(bytes);
    });
  }

  it("are read from whoever holds them while storage is silent", async () => {
    const { storage, others, updates } = stores();
    const digest = await others.put(bytes);
    storage.errors.set(digest, new BaseError("STORAGE_UNREACHABLE", "It does not answer."));
    expect(await updates.get(digest)).to.deep.equal(bytes);
  });

  it("are told missing as storage tells it when nobody has them, also without other aggregators", async () => {
    const { storage, held, updates } = stores();
    const digest = await new MemoryStore().put(bytes);
    expect((await rejected(updates.get(digest))).code).to.equal("STORAGE_NOT_FOUND");
    const alone = new HeldUpdates({ storage, held, others: undefined });
    expect((await rejected(alone.get(digest))).code).to.equal("STORAGE_NOT_FOUND");
  });
});
