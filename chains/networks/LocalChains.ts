import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";

import type { JsonRpcServer } from "hardhat/types/network";

import { systemClock } from "../../protocol/Clock.ts";
import { HttpRpc } from "../rpc/HttpRpc.ts";
import { catchUp } from "./catchUp.ts";
import { buildContracts, chainRunner } from "./hardhat.ts";
import type { ChainConfig } from "./networkConfig.ts";
import type { RunningChains } from "./RunningChains.ts";
import { requireFreePort } from "./requireFreePort.ts";

/** Where Node tells of every request that an HTTP server of this process gets. */
const REQUEST_CHANNEL = "http.server.request.start";

/** Local chains in this process: Hardhat JSON-RPC servers, started and stopped together. */
export class LocalChains implements RunningChains {
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
   * @param blockSeconds - Seconds from block to block; 0: a block as soon as there is a transaction.
   * @throws `PORT_IN_USE` naming the chain and port.
   */
  static async start(chains: readonly ChainConfig[], host: string, blockSeconds = 0): Promise<LocalChains> {
    for (const { name, port } of chains) await requireFreePort(host, port, `the ${name} chain`);
    await buildContracts();
    const { network } = await chainRunner();
    const mining = blockSeconds > 0 ? { mining: { auto: false, interval: blockSeconds * 1000 } } : {};
    const local = new LocalChains(chains.map(({ port }) => port));
    try {
      for (const { name, chainId, port } of chains) {
        // A build takes a while, and Hardhat does not say that its port was taken meanwhile: it ends the process.
        await requireFreePort(host, port, `the ${name} chain`);
        const override = { chainId, ...mining };
        const server = await network.createServer({ network: "local", override }, host, port);
        local.#servers.push(server);
        await server.listen();
        const rpc = new HttpRpc({ url: `http://${host}:${port}` }, { clock: systemClock });
        await catchUp(rpc, { clock: systemClock }).finally(() => rpc.close());
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
