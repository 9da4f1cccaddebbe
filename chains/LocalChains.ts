import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Server } from "node:http";
import { type AddressInfo, createServer } from "node:net";

import type { JsonRpcServer } from "hardhat/types/network";

import { BaseError } from "../protocol/BaseError.ts";
import { hardhat } from "./hardhat.ts";
import type { ChainConfig } from "./networkConfig.ts";

/** Where Node tells of every request that an HTTP server of this process gets. */
const REQUEST_CHANNEL = "http.server.request.start";

/** Local chains in this process: Hardhat JSON-RPC servers, started and stopped together. */
export class LocalChains {
  readonly #servers: JsonRpcServer[] = [];
  readonly #ports: ReadonlySet<number>;
  /** The HTTP servers behind them, which Hardhat keeps to itself, as their first requests show them. */
  readonly #http = new Set<Server>();
  readonly #onRequest = (message: unknown): void => {
    const { server } = message as { server: Server };
    if (this.#ports.has((server.address() as AddressInfo | null)?.port ?? 0)) this.#http.add(server);
  };

  private constructor(ports: readonly number[]) {
    this.#ports = new Set(ports);
    subscribe(REQUEST_CHANNEL, this.#onRequest);
  }

  /**
   * Starts one chain for each configuration. When one fails to start, the others are stopped again.
   *
   * @throws `PORT_IN_USE` naming the chain and port.
   */
  static async start(chains: readonly ChainConfig[], host: string): Promise<LocalChains> {
    for (const { name, port } of chains) await requireFreePort(host, port, `the ${name} chain`);
    const { network, tasks } = await hardhat();
    // What will be deployed is what the sources say; nothing is compiled when nothing changed.
    await tasks.getTask("build").run({ quiet: true, noTests: true });
    const local = new LocalChains(chains.map(({ port }) => port));
    try {
      for (const { name, chainId, port } of chains) {
        // A build takes a while, and Hardhat does not say that its port was taken meanwhile: it ends the process.
        await requireFreePort(host, port, `the ${name} chain`);
        const server = await network.createServer({ network: "local", override: { chainId } }, host, port);
        local.#servers.push(server);
        await server.listen();
      }
    } catch (cause) {
      await local.stop().catch(() => undefined);
      throw cause;
    }
    return local;
  }

  /** Stops all chains at once, whoever is connected; what they held is gone. */
  async stop(): Promise<void> {
    unsubscribe(REQUEST_CHANNEL, this.#onRequest);
    const closed = Promise.all(this.#servers.map((server) => server.close()));
    // A client that goes on asking would be answered, and keep its chain up, for ever.
    for (const server of this.#http) server.closeAllConnections();
    await closed;
  }
}

/** Throws `PORT_IN_USE` when nothing can listen on `port`. */
export async function requireFreePort(host: string, port: number, purpose: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const probe = createServer();
    probe.once("error", (cause: NodeJS.ErrnoException) => {
      if (cause.code !== "EADDRINUSE") return reject(cause);
      reject(
        new BaseError("PORT_IN_USE", `Port ${port} for ${purpose} is in use.`, {
          details: `Another process listens on ${host}:${port}; perhaps a Freshet network is already up.`,
          next: "Stop it, or choose other ports with --base-port or in freshet.config.json.",
          cause,
        }),
      );
    });
    probe.listen(port, host, () => probe.close(() => resolve()));
  });
}
