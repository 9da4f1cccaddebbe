import { createServer } from "node:net";

import type { JsonRpcServer } from "hardhat/types/network";

import { BaseError } from "../protocol/BaseError.ts";
import { hardhat } from "./hardhat.ts";
import type { ChainConfig } from "./networkConfig.ts";

/** Local chains in this process: Hardhat JSON-RPC servers, started and stopped together. */
export class LocalChains {
  readonly #servers: JsonRpcServer[];

  private constructor(servers: JsonRpcServer[]) {
    this.#servers = servers;
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
    const servers: JsonRpcServer[] = [];
    try {
      for (const { chainId, port } of chains) {
        const server = await network.createServer({ network: "local", override: { chainId } }, host, port);
        servers.push(server);
        await server.listen();
      }
    } catch (cause) {
      await Promise.allSettled(servers.map((server) => server.close()));
      throw cause;
    }
    return new LocalChains(servers);
  }

  /** Stops all chains; what they held is gone. */
  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.close()));
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
