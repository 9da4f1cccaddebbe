import { type AnvilOptions, AnvilProcess } from "./AnvilProcess.ts";
import { buildContracts } from "./hardhat.ts";
import type { ChainConfig } from "./networkConfig.ts";
import type { RunningChains } from "./RunningChains.ts";
import { requireFreePort } from "./requireFreePort.ts";

/** Local chains in anvil processes, started and stopped together; they outlive a restart. */
export class AnvilChains implements RunningChains {
  readonly #processes: AnvilProcess[] = [];

  /**
   * Starts one chain for each configuration. When one fails to start, the others are stopped again.
   *
   * @throws `PORT_IN_USE` naming the chain and port, `ANVIL_MISSING`, `CHAIN_DIED`.
   */
  static async start(chains: readonly ChainConfig[], options: AnvilOptions): Promise<AnvilChains> {
    for (const { name, port } of chains) await requireFreePort(options.host, port, `the ${name} chain`);
    await buildContracts();
    const local = new AnvilChains();
    const started = await Promise.allSettled(chains.map((chain) => AnvilProcess.start(chain, options)));
    for (const one of started) if (one.status === "fulfilled") local.#processes.push(one.value);
    const failed = started.find((one) => one.status === "rejected");
    if (failed === undefined) return local;
    await local.stop();
    throw failed.reason;
  }

  /** Saves and stops all chains. */
  async stop(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.stop()));
  }
}
