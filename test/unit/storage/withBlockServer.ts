import { BlockServer, type BlockServerEvent } from "../../../storage/BlockServer.ts";
import { EmbeddedStore } from "../../../storage/EmbeddedStore.ts";
import { withDirectory } from "./withDirectory.ts";

/** A server over an empty embedded store, and what it reported. */
export interface RunningBlockServer {
  url: string;
  store: EmbeddedStore;
  server: BlockServer;
  events: BlockServerEvent[];
}

/** Runs a test beside a real server and closes it afterwards. */
export async function withBlockServer(test: (server: RunningBlockServer) => Promise<void>): Promise<void> {
  await withDirectory(async (directory) => {
    const store = new EmbeddedStore({ directory });
    const events: BlockServerEvent[] = [];
    const onEvent = (event: BlockServerEvent): number => events.push(event);
    const server = new BlockServer({}, { blocks: store.blocks, onEvent });
    const url = await server.listen();
    try {
      await test({ url, store, server, events });
    } finally {
      await server.close();
    }
  });
}
