import type { ContentStore } from "../../storage/ContentStore.ts";
import type { Life } from "../Life.ts";

/** A store of which only the living see anything; whoever puts a file may be killed before and after. */
export function lifeStore(life: Life, store: ContentStore): ContentStore {
  return {
    put: (bytes) =>
      life.call(async () => {
        life.step("before storage.put");
        const digest = await store.put(bytes);
        life.step("after storage.put");
        return digest;
      }),
    get: (digest, mostBytes) => life.call(() => store.get(digest, mostBytes)),
    has: (digest) => life.call(() => store.has(digest)),
  };
}
