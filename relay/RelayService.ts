import { join } from "node:path";

import { ChainAccount, ChainClient } from "../chains/ChainClient.ts";
import { localKey, localSigner } from "../chains/localKeys.ts";
import { MainChain } from "../chains/main.ts";
import { chainsOf, type NetworkFile } from "../chains/networkFile.ts";
import { GatewayClient } from "../chains/relay.ts";
import { Subchain } from "../chains/subchain.ts";
import { CheckpointStore } from "./CheckpointStore.ts";
import { Keeper } from "./Keeper.ts";
import { Outbox } from "./Outbox.ts";
import type { RelayListener } from "./RelayEvent.ts";
import { Relayer } from "./Relayer.ts";
import { Validator } from "./Validator.ts";

/** Options of a local relay. */
export interface RelayServiceOptions {
  /** Where signed checkpoints are kept. */
  directory: string;
  /** Validators to run, by local key index. */
  validators: number;
}

/** Validators, a relayer and a keeper of a local network, in this process. */
export class RelayService {
  readonly #clients: ChainClient[];
  readonly #outboxes: Outbox[];
  readonly #validators: Validator[];
  readonly #relayer: Relayer;
  readonly #keeper: Keeper;

  private constructor(parts: {
    clients: ChainClient[];
    outboxes: Outbox[];
    validators: Validator[];
    relayer: Relayer;
    keeper: Keeper;
  }) {
    this.#clients = parts.clients;
    this.#outboxes = parts.outboxes;
    this.#validators = parts.validators;
    this.#relayer = parts.relayer;
    this.#keeper = parts.keeper;
  }

  /**
   * Starts the relay of a network. It can be stopped, or killed, and started
   * again at any time: what it needs is on the chains and in its directory.
   */
  static async start(
    network: NetworkFile,
    options: RelayServiceOptions,
    modules: { listener: RelayListener; clock: () => number },
  ): Promise<RelayService> {
    const { listener, clock } = modules;
    const clients: ChainClient[] = [];
    const client = async (place: { name: string; chainId: number; url: string }) => {
      const connected = await ChainClient.connect(place);
      clients.push(connected);
      return connected;
    };
    const places = chainsOf(network);
    const store = new CheckpointStore(join(options.directory, "checkpoints"));
    const gateways = await Promise.all(
      places.map(async (place) => new GatewayClient(await client(place), place)),
    );
    const outboxes = gateways.map(
      (gateway, i) =>
        new Outbox(gateway, {
          fromBlock: places[i]!.fromBlock,
          onError: (error) =>
            listener({ type: "trouble", chain: gateway.client.name, doing: "reading its outbox", error }),
        }),
    );
    const account = async (on: ChainClient, role: "relayer" | "keeper") =>
      new ChainAccount(on, await localSigner(on.provider, on.url, role));
    const relayer = new Relayer({
      outboxes,
      destinations: await Promise.all(
        gateways.map(async (gateway) => ({ gateway, account: await account(gateway.client, "relayer") })),
      ),
      store,
      listener,
      clock,
    });
    const validators = Array.from(
      { length: options.validators },
      (_, i) => new Validator(localKey("validator", i), { outboxes, store, listener }),
    );
    const main = new MainChain(await client(network.main), network.main);
    const subchains = await Promise.all(
      network.subchains.map(async (place) => {
        const subchain = new Subchain(await client(place), place);
        return { subchain, account: await account(subchain.client, "keeper") };
      }),
    );
    const keeper = new Keeper({
      main,
      mainAccount: await account(main.client, "keeper"),
      subchains,
      listener,
      clock,
    });

    for (const validator of validators) validator.start();
    relayer.start();
    await Promise.all(outboxes.map((outbox) => outbox.start()));
    await keeper.start();
    return new RelayService({ clients, outboxes, validators, relayer, keeper });
  }

  /** Stops all services once what they have begun is done. */
  async stop(): Promise<void> {
    await this.#keeper.stop();
    await Promise.all(this.#outboxes.map((outbox) => outbox.stop()));
    await Promise.all(this.#validators.map((validator) => validator.stop()));
    await this.#relayer.stop();
    for (const client of this.#clients) client.close();
  }
}
