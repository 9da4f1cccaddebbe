import type { ChainAccount, SendOptions } from "../../../chains/clients/ChainAccount.ts";
import type { ChainClient } from "../../../chains/clients/ChainClient.ts";
import type { ContractPlace } from "../../../chains/clients/ChainEvent.ts";
import { readContract } from "../../../chains/clients/readContract.ts";
import type { MainPlace } from "../../../chains/networks/networkFile.ts";
import type { Receipt } from "../../../chains/rpc/readReceipt.ts";
import type { Arguments, FunctionName, Returned } from "../../../protocol/abiTypes.ts";
import { contracts } from "../../../protocol/contracts.ts";
import { migrationContracts } from "../contracts.ts";
import { type HandOver, migrationEnums, type ServerKind, type Stamp } from "../encodings.ts";
import { twinsAt } from "./applicationAt.ts";
import type { MigrationDomain } from "./signatures.ts";

type Market = typeof migrationContracts.TwinMarket.abi;

/** A migration as the market has it (ITwinMarket.sol). */
export type MigrationState = Returned<Market, "migrationOf">;
/** A server as the market has it (ITwinServers.sol). */
export type ServerState = Returned<Market, "serverOf">;
/** What a server offers for an epoch. */
export type OfferState = Returned<Market, "offerOf">;

/** An offer to be posted. */
export interface OfferTerms {
  epoch: number;
  /** θ, micro-$/MB. */
  theta: number;
  /** kB that the server does itself. */
  own: bigint;
  /** kB that it takes on at the most. */
  capacity: bigint;
  /** Of a cloud its price, of an edge the most that it pays, micro-$/MB. */
  wholesale: number;
}

/** Gas of a call that settles: the hand-over may come while it is under way. */
const SETTLING = { atLeast: 500_000n };

/** The market of twins on the main chain. */
export class TwinMarketClient {
  readonly client: ChainClient;
  readonly place: MainPlace;
  readonly market: ContractPlace<typeof migrationContracts.TwinMarket>;

  /** @throws BaseError `NO_TWIN_MARKET` when the network was deployed without it. */
  constructor(client: ChainClient, place: MainPlace) {
    this.client = client;
    this.place = place;
    this.market = { contract: migrationContracts.TwinMarket, address: twinsAt(place) };
  }

  /** Contracts whose events tell all of the market: its own and the escrow's. */
  get contracts(): ContractPlace<typeof migrationContracts.TwinMarket | typeof contracts.RewardEscrow>[] {
    return [this.market, { contract: contracts.RewardEscrow, address: this.place.contracts.escrow }];
  }

  /** Where completions are signed for. */
  get domain(): MigrationDomain {
    return { chainId: this.client.chainId, contract: this.market.address };
  }

  /** Asks the market; see ITwinMarket.sol. */
  async read<N extends FunctionName<Market>>(
    method: N,
    values: Arguments<Market, N>,
  ): Promise<Returned<Market, N>> {
    return readContract(this.client, this.market, method, values);
  }

  /** Lets the market take whatever an account locks, for once and for all. */
  async approve(account: ChainAccount): Promise<Receipt> {
    const token = { contract: contracts.LocalToken, address: this.place.contracts.token };
    return account.send(token, "approve", [this.market.address, 2n ** 256n - 1n]);
  }

  /** Joins as a server; of an edge server `cloud` is its cloud. */
  async join(
    account: ChainAccount,
    kind: Exclude<ServerKind, "None">,
    chainId: bigint,
    cloud = `0x${"00".repeat(20)}`,
  ): Promise<Receipt> {
    return this.#send(account, "join", [migrationEnums.ServerKind.indexOf(kind), chainId, cloud]);
  }

  async postOffer(account: ChainAccount, offer: OfferTerms): Promise<Receipt> {
    const { epoch, theta, own, capacity, wholesale } = offer;
    return this.#send(account, "postOffer", [epoch, theta, Number(own), Number(capacity), wholesale]);
  }

  /** Requests a migration; returns its number. */
  async request(
    account: ChainAccount,
    asked: { destination: string; epoch: number; kilobytes: number; lost?: boolean },
  ): Promise<{ migration: bigint; receipt: Receipt }> {
    const { destination, epoch, kilobytes, lost = false } = asked;
    const receipt = await this.#send(account, "request", [destination, epoch, kilobytes, lost]);
    for (const log of receipt.logs) {
      const event = migrationContracts.TwinMarket.decodeEvent(log);
      if (event?.name === "MigrationRequested") return { migration: event.args.migration, receipt };
    }
    throw new Error("TwinMarket.request emitted no MigrationRequested");
  }

  async cancel(account: ChainAccount, migration: bigint): Promise<Receipt> {
    return this.#send(account, "cancel", [migration]);
  }

  async accept(account: ChainAccount, migration: bigint): Promise<Receipt> {
    return this.#send(account, "accept", [migration]);
  }

  /** What the vehicle of a migration orders, for signing. @param until - Unix seconds. */
  async orderOf(migration: bigint, until: number): Promise<HandOver> {
    return { ...(await this.read("orderOf", [migration])), until };
  }

  /** Brings signatures of a completion; `stamps` of vehicle, old host, new host. */
  async complete(
    account: ChainAccount,
    migration: bigint,
    completed: { stateHash: string; startMs: bigint; stamps: readonly [Stamp, Stamp, Stamp] },
  ): Promise<Receipt> {
    const { stateHash, startMs, stamps } = completed;
    return this.#send(account, "complete", [migration, stateHash, startMs, stamps], SETTLING);
  }

  async fail(account: ChainAccount, migration: bigint): Promise<Receipt> {
    return this.#send(account, "fail", [migration], SETTLING);
  }

  async expire(account: ChainAccount, migration: bigint): Promise<Receipt> {
    return this.#send(account, "expire", [migration], SETTLING);
  }

  /** Has a party paid what it is owed of migrations, at most 64. */
  async collect(account: ChainAccount, migrations: readonly bigint[], party: string): Promise<Receipt> {
    return this.#send(account, "collect", [migrations, party]);
  }

  async #send<N extends FunctionName<Market>>(
    account: ChainAccount,
    method: N,
    values: Arguments<Market, N>,
    options: SendOptions = {},
  ): Promise<Receipt> {
    return account.send(this.market, method, values, options);
  }
}
