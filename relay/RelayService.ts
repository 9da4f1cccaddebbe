import { join } from "node:path";

import { getAddress } from "ethers";
import { GatewayClient } from "../chains/clients/GatewayClient.ts";
import { type KeySource, keyListed } from "../chains/keys/KeySource.ts";
import { applicationsOf } from "../chains/networks/applicationsOf.ts";
import { comparedRpc, type ReadQuorum } from "../chains/networks/ComparedChains.ts";
import { CURSOR_DIRECTORY } from "../chains/networks/CursorFile.ts";
import { NetworkClients } from "../chains/networks/NetworkClients.ts";
import { type ChainPlace, chainsOf, type NetworkFile } from "../chains/networks/networkFile.ts";
import { onlyAllowed } from "../chains/networks/onlyAllowed.ts";
import type { QuorumRpc } from "../chains/rpc/QuorumRpc.ts";
import { type Rpc, RpcRefusal } from "../chains/rpc/Rpc.ts";
import type { Lock } from "../files/Lock.ts";
import type { RandomSource } from "../numerics/RandomSource.ts";
import { type Clock, systemClock } from "../protocol/Clock.ts";
import { type ListenPlace, placeOfUrl } from "../protocol/ServerTls.ts";
import { StatusServer } from "../protocol/StatusServer.ts";
import { type MeasuredHealth, PartMetrics } from "../reports/metrics/PartMetrics.ts";
import type { HintSource } from "./Hints.ts";
import { Keeper } from "./Keeper.ts";
import { ownValidators } from "./ownValidators.ts";
import { HttpVoucherSource } from "./proofs/HttpVoucherSource.ts";
import type { VoucherSource } from "./proofs/VoucherSource.ts";
import type { RelayEvent, RelayListener } from "./RelayEvent.ts";
import { Relayer } from "./Relayer.ts";
import { RelayMetrics } from "./RelayMetrics.ts";
import { type RelayHealth, RelayServer } from "./RelayServer.ts";
import { shareReads } from "./reading/shareReads.ts";
import { relayUrls } from "./relayUrls.ts";
import { holdDatabase } from "./store/holdDatabase.ts";
import { RelayerStore } from "./store/RelayerStore.ts";
import { relayerDatabase } from "./store/relayerDatabase.ts";
import { ValidatorStore } from "./store/ValidatorStore.ts";
import { Validator } from "./Validator.ts";

/** After how long a chain that was not read counts as silent, milliseconds. */
const SILENT_MILLISECONDS = 30_000;

/** The services of a relay. */
export const RELAY_PARTS = ["validators", "relayer", "keeper"] as const;
export type RelayPart = (typeof RELAY_PARTS)[number];

/** What a relay runs. */
export interface RelayServiceOptions {
  /** Where databases are kept. */
  directory: string;
  /** Services to run in this process. Default: all. */
  parts?: readonly RelayPart[];
  /** Validators to run, from 0 as the network file lists them. Default: all whose keys are here. */
  validators?: readonly number[];
  /** Which of the relayers whose keys are here this is, from 0; each has a database of its own. Default: 0. */
  relayer?: number;
  /** Whether it pays for messages to recipients that are not of this network as well. Default: false. */
  anyRecipient?: boolean;
  /** Under which URL it is reached over HTTP. Default: those where the network file says that its validators publish. */
  url?: string;
  /** Where it listens, by the URL under which others reach it. Default: there. */
  placeOf?: (url: string) => ListenPlace;
  /** How many of a chain's endpoints must answer validators alike, by the chain's name. Default: more than half of them. */
  readQuorum?: ReadQuorum;
  /** Where metrics are told, by a server of their own. Default: with the rest. */
  metricsPlace?: ListenPlace;
}

/** What a relay works with. */
export interface RelayServiceModules {
  listener: RelayListener;
  random: RandomSource;
  clock?: Clock;
  keys?: KeySource;
  /** Where it counts, with other parts of its process; metrics of its own, without the process's figures, unless given. */
  metrics?: PartMetrics;
}

/** Options that have no default. */
type Places = "url" | "metricsPlace";

/** Validators, a relayer and a keeper of a network, in this process. */
export class RelayService {
  readonly #clients: NetworkClients;
  readonly #validators: { validator: Validator; store: ValidatorStore }[] = [];
  #relayer: { relayer: Relayer; store: RelayerStore } | undefined;
  #keeper: Keeper | undefined;
  readonly #servers: RelayServer[] = [];
  #status: StatusServer | undefined;
  readonly #locks: Lock[] = [];
  readonly #network: NetworkFile;
  readonly #options: Required<Omit<RelayServiceOptions, Places>> & Pick<RelayServiceOptions, Places>;
  readonly #listener: RelayListener;
  readonly #clock: Clock;
  readonly #random: RandomSource;
  /** How often chains are looked at, milliseconds: by the pace of the fastest. */
  readonly #pollMilliseconds: number;
  /** When each chain was last read without trouble, by name. */
  readonly #readAt = new Map<string, number>();
  /** Of chains whose endpoints are compared, by name: since when validators get no answer, by method. */
  readonly #undecided = new Map<string, Map<string, number>>();
  readonly #quorums: QuorumRpc[] = [];
  readonly #metrics: PartMetrics;

  private constructor(
    network: NetworkFile,
    options: RelayServiceOptions,
    modules: RelayServiceModules & { clock: Clock },
  ) {
    this.#network = network;
    this.#metrics =
      modules.metrics ?? new PartMetrics({ now: () => modules.clock.now() }, { process: false });
    this.#clients = NetworkClients.open(network, modules);
    this.#options = {
      parts: RELAY_PARTS,
      validators: (options.parts ?? RELAY_PARTS).includes("validators")
        ? (options.validators ?? ownValidators(network, this.#clients.keys))
        : [],
      relayer: 0,
      anyRecipient: false,
      readQuorum: {},
      placeOf: placeOfUrl,
      ...options,
    };
    this.#listener = modules.listener;
    this.#clock = modules.clock;
    this.#random = modules.random;
    this.#pollMilliseconds = this.#clients.all.reduce(
      (least, { pollMilliseconds }) => Math.min(least, pollMilliseconds),
      Number.POSITIVE_INFINITY,
    );
  }

  /**
   * Starts the services. They can be stopped, or killed, and started again at any
   * time, also while chains are down: what they need is on the chains and in their
   * databases. Each database has one service at a time.
   *
   * @throws `DATABASE_IN_USE`, `PORT_IN_USE`, and those of `openDatabase`.
   */
  static async start(
    network: NetworkFile,
    options: RelayServiceOptions,
    modules: RelayServiceModules,
  ): Promise<RelayService> {
    const service = new RelayService(network, options, { clock: systemClock, ...modules });
    try {
      await service.#start();
      return service;
    } catch (cause) {
      await service.stop();
      throw cause;
    }
  }

  async #start(): Promise<void> {
    const { directory, parts, relayer: index, metricsPlace } = this.#options;
    const store = parts.includes("relayer")
      ? new RelayerStore(this.#held(relayerDatabase(directory, index)))
      : undefined;
    const places = chainsOf(this.#network);
    const metrics = new RelayMetrics(this.#metrics.registry, {
      chains: new Map(places.map(({ chainId, name }) => [BigInt(chainId), name])),
      store,
      readAges: () =>
        Object.entries(this.#health().chains).map(([name, told]) => [name, told.secondsSinceRead]),
    });
    this.#metrics.tellHealth("relay", () => this.#measuredHealth());
    const listener = (event: RelayEvent) => {
      this.#metrics.hear("relay", event);
      metrics.hear(event);
      if (event.type === "vouched") this.#relayer?.relayer.look();
      this.#listener(event);
    };
    const chains = places.map((place) => this.#chain(place));

    if (parts.includes("validators")) {
      const validated = places.map((place, i) => this.#compared(place, listener) ?? chains[i]!);
      for (const validator of this.#options.validators) {
        const wallet = keyListed(this.#clients.keys, this.#network, "validator", validator);
        const signed = new ValidatorStore(this.#held(join(directory, `validator-${wallet.address}.sqlite`)));
        const modules = { wallet, store: signed, clock: this.#clock, listener };
        this.#validators.push({
          validator: new Validator({ chains: validated, pollMilliseconds: this.#pollMilliseconds }, modules),
          store: signed,
        });
      }
    }
    if (store !== undefined) {
      const modules = { sources: this.#sources(), store, clock: this.#clock, random: this.#random, listener };
      const relayer = new Relayer(
        { chains, pollMilliseconds: this.#pollMilliseconds, anyRecipient: this.#options.anyRecipient },
        { wallet: this.#clients.keys.key("relayer", index), ...modules },
      );
      this.#relayer = { relayer, store };
    }
    if (parts.includes("keeper")) this.#keeper = this.#makeKeeper(listener);
    for (const place of this.#places()) {
      const server = new RelayServer(place, {
        sources: this.#validators.map(({ validator }) => validator.source),
        registry: metricsPlace === undefined ? this.#metrics.registry : undefined,
        health: () => this.#health(),
      });
      this.#servers.push(server);
      await server.listen();
    }
    if (metricsPlace !== undefined) {
      const status = new StatusServer({ health: () => this.#health(), metrics: this.#metrics.registry });
      await status.listen(metricsPlace);
      this.#status = status;
    }
    for (const { validator } of this.#validators) validator.start();
    this.#relayer?.relayer.start();
    this.#keeper?.start();
  }

  /** Stops all services once what they have begun is done. */
  async stop(): Promise<void> {
    await Promise.all([this.#keeper?.stop(), this.#clients.stop()]);
    await this.#relayer?.relayer.stop();
    await Promise.all(this.#validators.map(({ validator }) => validator.stop()));
    await Promise.all(this.#servers.map((server) => server.close()));
    await this.#status?.close();
    this.#relayer?.store.close();
    for (const { store } of this.#validators) store.close();
    for (const lock of this.#locks) lock.release();
    for (const rpc of this.#quorums) rpc.close();
    this.#clients.close();
  }

  /** The URLs under which it is reached. */
  get urls(): readonly string[] {
    const { url, validators } = this.#options;
    return url === undefined ? relayUrls(this.#network, validators) : [url];
  }

  /** Where it listens, each place once: several URLs may lead to one, as by a proxy. */
  #places(): ListenPlace[] {
    const places = this.urls.map(this.#options.placeOf);
    const isFirst = ({ host, port }: ListenPlace, i: number) =>
      places.findIndex((one) => one.host === host && one.port === port) === i;
    return places.filter(isFirst);
  }

  /** The path of a database that no other service has from now on. */
  #held(path: string): string {
    this.#locks.push(holdDatabase(path));
    return path;
  }

  #chain(place: ChainPlace) {
    const { name } = place;
    const { rpc } = this.#clients.client(name);
    const heard: Rpc = {
      request: async (method, params) => {
        const answer = await rpc.request(method, params);
        this.#readAt.set(name, this.#clock.now());
        return answer;
      },
    };
    return this.#read(place, onlyAllowed(heard, [place.url, ...(place.urls ?? [])], this.#clients.keys));
  }

  /** A chain with several endpoints as validators read it: as enough of them say. Undefined where one alone is believed. */
  #compared(place: ChainPlace, listener: RelayListener) {
    const { name } = place;
    const rpc = comparedRpc(place, this.#options.readQuorum, {
      clock: this.#clock,
      listener: (event) => {
        if (event.type !== "differs") return;
        const { chain, url: endpoint, method, said, agreed } = event;
        listener({ type: "endpoint-differs", chain, endpoint, method, said, agreed });
      },
    });
    if (rpc === undefined) return undefined;
    this.#quorums.push(rpc);
    const undecided = new Map<string, number>();
    this.#undecided.set(name, undecided);
    const heard: Rpc = {
      request: async (method, params) => {
        try {
          const answer = await rpc.request(method, params);
          undecided.delete(method);
          this.#readAt.set(name, this.#clock.now());
          return answer;
        } catch (error) {
          if (!(error instanceof RpcRefusal) && !undecided.has(method)) {
            undecided.set(method, this.#clock.now());
          }
          throw error;
        }
      },
    };
    return this.#read(place, heard);
  }

  #read(place: ChainPlace, rpc: Rpc) {
    const { fromBlock, finality, proofs } = place;
    const client = this.#clients.client(place.name);
    const onHead: HintSource = (listener) => client.onHead(listener);
    const shared = shareReads(
      rpc,
      { milliseconds: this.#pollMilliseconds / 2 },
      { clock: this.#clock, onHead },
    );
    return {
      gateway: new GatewayClient(shared, place),
      onHead,
      fromBlock,
      finality,
      proofs,
      applications: applicationsOf(place),
    };
  }

  /** Validators in this process are asked directly, the others over HTTP. */
  #sources(): VoucherSource[] {
    const here = new Map(this.#validators.map(({ validator }) => [validator.address, validator.source]));
    return this.#network.validators.map(
      ({ address, url }) =>
        here.get(getAddress(address.toLowerCase())) ??
        new HttpVoucherSource({ validator: address, url }, { clock: this.#clock }),
    );
  }

  #makeKeeper(listener: RelayListener): Keeper {
    const { main, subchains } = this.#clients;
    return new Keeper({
      main,
      subchains,
      accountOn: ({ name }) => this.#clients.account(name, "keeper"),
      listener,
      clock: this.#clock,
      cursorOf: (chain, interest) =>
        this.#clients.cursorOf(chain, interest, {
          directory: join(this.#options.directory, CURSOR_DIRECTORY),
          program: "keeper",
          addresses: [],
        }),
    });
  }

  #health(): RelayHealth {
    const now = this.#clock.now();
    const isRecent = (at: number | undefined) => at !== undefined && now - at < SILENT_MILLISECONDS;
    let ok = true;
    const chains = Object.fromEntries(
      chainsOf(this.#network).map(({ name, chainId }) => {
        const at = this.#readAt.get(name);
        const block = this.#relayer?.store.cursor(BigInt(chainId))?.number ?? null;
        const undecided = this.#undecided.get(name);
        const endpointsAgree = undecided && [...undecided.values()].every(isRecent);
        ok &&= isRecent(at) && endpointsAgree !== false;
        const secondsSinceRead = at === undefined ? null : (now - at) / 1000;
        return [name, { secondsSinceRead, block, ...(undecided && { endpointsAgree }) }];
      }),
    );
    return { ok, chains };
  }

  /** The same as metrics tell it: a chain is up while it was read of late. */
  #measuredHealth(): MeasuredHealth {
    const { ok, chains } = this.#health();
    const isRecent = (age: number | null) => age !== null && age * 1000 < SILENT_MILLISECONDS;
    return {
      ok,
      chains: Object.fromEntries(
        Object.entries(chains).map(([name, { secondsSinceRead, block }]) => [
          name,
          { ok: isRecent(secondsSinceRead), block },
        ]),
      ),
    };
  }
}
