import { EmbeddedStore } from "../../../storage/EmbeddedStore.ts";
import { type GatewayEvent, GatewayServer } from "../../../storage/GatewayServer.ts";
import { withDirectory } from "./withDirectory.ts";

/** A gateway over an empty embedded store, and what it reported. */
export interface RunningGateway {
  url: string;
  store: EmbeddedStore;
  server: GatewayServer;
  events: GatewayEvent[];
}

/** Runs a test beside a real gateway and closes it afterwards. */
export async function withGateway(test: (gateway: RunningGateway) => Promise<void>): Promise<void> {
  await withDirectory(async (directory) => {
    const store = new EmbeddedStore({ directory });
    const events: GatewayEvent[] = [];
    const onEvent = (event: GatewayEvent): number => events.push(event);
    const server = new GatewayServer({}, { blocks: store.blocks, onEvent });
    const url = await server.listen();
    try {
      await test({ url, store, server, events });
    } finally {
      await server.close();
    }
  });
}
