import { BaseError } from "../../protocol/BaseError.ts";
import type { Clock } from "../../protocol/Clock.ts";
import type { ChainHealth, PartHealth } from "../../protocol/PartHealth.ts";
import { shownUrl } from "../../protocol/shownUrl.ts";
import { ChainAccount } from "../clients/ChainAccount.ts";
import { ChainClient } from "../clients/ChainClient.ts";
import { ChainFollower, type KeptSizes } from "../clients/ChainFollower.ts";
import type { FinalityRule } from "../clients/finality.ts";
import type { Interest } from "../clients/Interest.ts";
import { MainChain } from "../clients/MainChain.ts";
import { Subchain } from "../clients/Subchain.ts";
import type { KeySigner } from "../keys/KeySigner.ts";
import type { KeyRole, KeySource } from "../keys/KeySource.ts";
import type { ClosableRpc } from "../rpc/RpcEndpoint.ts";
import type { FileReader } from "./BoundFile.ts";
import { comparedRpc, type ReadQuorum } from "./ComparedChains.ts";
import { CursorFile } from "./CursorFile.ts";
import { LOCAL_KEYS } from "./localKeys.ts";
import { type ChainPlace, chainsOf, type NetworkFile } from "./networkFile.ts";

/** What the connections are made with. */
export interface NetworkClientsModules {
  clock?: Clock;
  /** Whose keys accounts send with; the public development keys unless given. */
  keys?: KeySource;
  /**
   * How many of a chain's endpoints must answer alike, by the chain's name: more than half where it names none. Such
   * connections read, and send nothing. Unless given, the first endpoint that answers is believed.
   */
  readQuorum?: ReadQuorum;
  /** Answers for the chains; the endpoints of the network file unless given. */
  connect?: ((place: ChainPlace) => ClosableRpc) | undefined;
}

/** Where a program keeps how far it has read, and what tells it from others. */
export interface CursorPlace {
  directory: string;
  /** What it is: letters, digits and `-`. */
  program: string;
  /** Addresses that it works for, by chain or whatever else tells them apart. */
  addresses: unknown;
}

/**
 * The connections of one service, or of one command, to the chains of a network: a client a chain, the accounts that
 * send to it, and those who follow its events.
 */
export class NetworkClients {
  readonly network: NetworkFile;
  readonly keys: KeySource;
  readonly main: MainChain;
  /** As the network file lists them. */
  readonly subchains: readonly Subchain[];
  readonly #clients: ReadonlyMap<string, ChainClient>;
  readonly #accounts = new Map<string, Promise<ChainAccount>>();
  /** Whether the keys may be used on each chain. */
  readonly #allowed = new Map<string, Promise<void>>();
  readonly #followers: ChainFollower[] = [];
  readonly #stop = new AbortController();

  private constructor(network: NetworkFile, modules: NetworkClientsModules) {
    const { keys = LOCAL_KEYS, readQuorum, connect, ...others } = modules;
    const open = (place: ChainPlace) => {
      const rpc = connect?.(place) ?? (readQuorum && comparedRpc(place, readQuorum, others));
      return ChainClient.open(place, { ...others, ...(rpc && { rpc }) });
    };
    this.network = network;
    this.keys = keys;
    this.#clients = new Map(chainsOf(network).map((place) => [place.name, open(place)]));
    this.main = new MainChain(this.client(network.main.name), network.main);
    this.subchains = network.subchains.map((place) => new Subchain(this.client(place.name), place));
  }

  /** Opens connections to chains that need not answer yet. */
  static open(network: NetworkFile, modules: NetworkClientsModules = {}): NetworkClients {
    return new NetworkClients(network, modules);
  }

  /**
   * Connects to chains that must all answer now.
   *
   * @throws `CHAIN_UNREACHABLE`, `WRONG_CHAIN_ID` of one that does not.
   */
  static async connect(network: NetworkFile, modules: NetworkClientsModules = {}): Promise<NetworkClients> {
    const clients = new NetworkClients(network, modules);
    const silent: BaseError[] = [];
    try {
      await clients.look((error) => silent.push(error));
      if (silent[0] !== undefined) throw silent[0];
      return clients;
    } catch (cause) {
      clients.close();
      throw cause;
    }
  }

  /**
   * Asks every chain whether it is there.
   *
   * @param onSilent - Told of each that does not answer (`CHAIN_UNREACHABLE`), which may come later.
   * @throws `WRONG_CHAIN_ID` when another chain answers than the network file says.
   */
  async look(onSilent: (error: BaseError, chain: string) => void): Promise<void> {
    const asked = this.all.map(async (client) => {
      try {
        await client.requireAnswer();
      } catch (error) {
        if (!(error instanceof BaseError) || error.code !== "CHAIN_UNREACHABLE") throw error;
        onSilent(error, client.name);
      }
    });
    await Promise.all(asked);
  }

  /** The clients of all chains: main, relay, then the subchains. */
  get all(): readonly ChainClient[] {
    return [...this.#clients.values()];
  }

  /** The client of a chain. @throws `UNKNOWN_CHAIN`. */
  client(name: string): ChainClient {
    const client = this.#clients.get(name);
    if (client !== undefined) return client;
    throw new BaseError("UNKNOWN_CHAIN", `There is no chain ${name} in this network.`, {
      next: `Name one of ${[...this.#clients.keys()].join(", ")}.`,
    });
  }

  /**
   * The account of a role's key on a chain.
   *
   * @throws `KEY_MISSING`, and those of `accountOf`.
   */
  async account(chain: string, role: KeyRole, index = 0): Promise<ChainAccount> {
    return this.accountOf(chain, this.keys.key(role, index));
  }

  /**
   * The account of a key on a chain: one, whoever asks, as its transactions must go out in order.
   *
   * @throws `PUBLIC_KEY_REFUSED`; `RPC_UNAVAILABLE` (retryable) while the chain does not say what it is.
   */
  accountOf(chain: string, key: KeySigner): Promise<ChainAccount> {
    const id = `${chain}/${key.address}`;
    let account = this.#accounts.get(id);
    if (account === undefined) {
      account = this.#openAccount(chain, key);
      this.#accounts.set(id, account);
      // The chain may answer when it is asked again.
      account.catch(() => this.#accounts.delete(id));
    }
    return account;
  }

  async #openAccount(chain: string, key: KeySigner): Promise<ChainAccount> {
    const client = this.client(chain);
    const { finality } = chainsOf(this.network).find(({ name }) => name === chain)!;
    await this.#requireAllowed(client);
    return new ChainAccount(client, key, { finality, signal: this.#stop.signal });
  }

  /** Asks of each chain once whether the keys may be used on it. */
  async #requireAllowed(client: ChainClient): Promise<void> {
    let asked = this.#allowed.get(client.name);
    if (asked === undefined) {
      asked = this.keys.requireAllowed((method) => client.provider.send(method, []), client.url);
      this.#allowed.set(client.name, asked);
      asked.catch(() => this.#allowed.delete(client.name));
    }
    await asked;
  }

  /**
   * Follows a chain's events from its first block on, also one that does not answer yet: as soon as it does.
   *
   * @param onError - Told of every trouble with reading, from the first on.
   * @param interest - What is needed of them; everything unless given.
   * @returns The follower, once the chain was read up to its present, or did not answer.
   */
  async follow(
    chain: MainChain | Subchain,
    finality: FinalityRule,
    onError: (error: unknown) => void,
    interest?: Interest,
  ): Promise<ChainFollower> {
    const follower = this.follower(chain, finality, onError, interest);
    await follower.begin();
    return follower;
  }

  /**
   * What `follow` follows with, before it begins: whoever subscribes now hears everything as it is read.
   *
   * @param cursorPlace - Where it is kept from where on it reads at the next start; nowhere unless given.
   */
  follower(
    chain: MainChain | Subchain,
    finality: FinalityRule,
    onError: (error: unknown) => void,
    interest?: Interest,
    cursorPlace?: CursorPlace,
  ): ChainFollower {
    const { client, contracts, place } = chain;
    const { fromBlock } = place;
    const cursor = cursorPlace && {
      store: this.cursorOf(chain, interest, cursorPlace),
      finality: place.finality,
    };
    const options = { fromBlock, finality, interest, cursor };
    const follower = new ChainFollower(client, contracts, options, { onError });
    this.#followers.push(follower);
    return follower;
  }

  /**
   * A program's cursor on a chain, bound to all that decides what is read of it, what of it is over, and by whom that was
   * said: what an endpoint said that lied is not believed once another is asked.
   */
  cursorOf(
    { client, place }: MainChain | Subchain,
    interest: Interest | undefined,
    { directory, program, addresses }: CursorPlace,
  ): CursorFile {
    const read = [interest?.names, interest?.begins, addresses];
    return new CursorFile(directory, this.readerOf({ client, place }, program, read));
  }

  /** Whose file it is in which a program keeps what it read of a chain, bound as a cursor is. */
  readerOf(
    { client, place }: { client: ChainClient; place: ChainPlace },
    program: string,
    read: unknown[],
  ): FileReader {
    const { chainId } = client;
    const chains = chainsOf(this.network).map((one) => [
      one.chainId,
      one.fromBlock,
      one.finality,
      one.contracts,
      [one.url, ...(one.urls ?? [])].map(shownUrl),
    ]);
    return { program, chainId, needs: [place.fromBlock, ...read, chains] };
  }

  /** How much the followers keep, by chain; of several of one chain, the last. */
  get kept(): ReadonlyMap<string, KeptSizes> {
    return new Map(this.#followers.map(({ client, sizes }) => [client.name, sizes]));
  }

  /** How the chains are, as they are reached from here: well once each has an endpoint that answers. */
  get health(): PartHealth {
    const chains = this.all.map(({ name, endpoints }): [string, ChainHealth] => {
      const heads = endpoints.flatMap(({ head }) => (head === undefined ? [] : [head]));
      return [
        name,
        {
          ok: endpoints.some(({ state }) => state === "up"),
          block: heads.length === 0 ? null : heads.reduce((most, head) => Math.max(most, head)),
        },
      ];
    });
    return { ok: chains.every(([, { ok }]) => ok), chains: Object.fromEntries(chains) };
  }

  /** Ends following, and the waiting of accounts: whoever waits for an event, or a transaction, gets `ABORTED`. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#followers.map((follower) => follower.stop()));
  }

  /** Ends the connections; what is asked by then is rejected. */
  close(): void {
    this.#stop.abort();
    for (const client of this.all) client.close();
  }
}
