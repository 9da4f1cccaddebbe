import { toQuantity, zeroPadValue } from "ethers";
import { ChainClient, type ChainClientModules } from "../../chains/clients/ChainClient.ts";
import {
  type ChainEvent,
  type ContractPlace,
  decodeLog,
  type EventNamed,
  type EventPlace,
} from "../../chains/clients/ChainEvent.ts";
import { callContract, readContract } from "../../chains/clients/readContract.ts";
import { applicationOf, applicationPlace } from "../../chains/networks/applicationOf.ts";
import type { ChainPlace } from "../../chains/networks/networkFile.ts";
import { verifiersOf } from "../../chains/networks/verifiersOf.ts";
import { callTrace, type TracedCall } from "../../chains/rpc/callTrace.ts";
import { logsInRange, type RangeLog } from "../../chains/rpc/logRange.ts";
import { MECHANISMS } from "../../mechanisms/mechanisms.ts";
import type { Arguments, FunctionName, Returned } from "../../protocol/abiTypes.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { AbiOf, AnyContract, AnyEvent } from "../../protocol/ContractAbi.ts";
import { contracts as abis } from "../../protocol/contracts.ts";
import { concernsTask } from "../../tasks/view/concernsTask.ts";
import { isSameAddress } from "../isSameAddress.ts";
import { EFFECTS } from "../messages/messageEffects.ts";
import type { ChainEvidence, Outbox, SeenTransaction } from "./ChainEvidence.ts";
import { mechanismAddresses } from "./mechanismContract.ts";
import { outboxOf } from "./outboxOf.ts";

/** Most blocks in one request: public nodes refuse more. */
const BLOCKS_PER_REQUEST = 5000;

/** Reads one chain for an audit, over its JSON-RPC server and nothing else. */
export class ChainReader implements ChainEvidence {
  readonly place: ChainPlace;
  readonly #client: ChainClient;
  #head = 0;
  #events: readonly ChainEvent[] = [];
  #mechanismEvents: readonly ChainEvent<AnyEvent>[] = [];
  readonly #transactions = new Map<string, Promise<SeenTransaction>>();
  readonly #calls = new Map<string, Promise<readonly TracedCall[] | BaseError>>();
  #outbox: Outbox = { messages: [], root: "", count: 0 };

  private constructor(place: ChainPlace, client: ChainClient) {
    this.place = place;
    this.#client = client;
  }

  /**
   * Connects to a chain and reads the events of its contracts up to its latest block.
   *
   * @throws the errors of `ChainClient.connect`.
   */
  static async open(place: ChainPlace, modules: ChainClientModules = {}): Promise<ChainReader> {
    const reader = new ChainReader(place, await ChainClient.connect(place, modules));
    reader.#head = await reader.#client.provider.getBlockNumber();
    const core = contractsOf(place);
    const places = [...mechanismContractsOf(place), ...core];
    const events = await reader.#eventsOf(places, place.fromBlock, reader.#head);
    const ofCore = new Set(core.map(({ address }) => address.toLowerCase()));
    const isCore = ({ address }: EventPlace) => ofCore.has(address.toLowerCase());
    reader.#events = events.filter(isCore) as ChainEvent[];
    reader.#mechanismEvents = events.filter((event) => !isCore(event));
    return reader;
  }

  get name(): string {
    return this.place.name;
  }

  get chainId(): bigint {
    return this.#client.chainId;
  }

  get head(): number {
    return this.#head;
  }

  get events(): readonly ChainEvent[] {
    return this.#events;
  }

  get mechanismEvents(): readonly ChainEvent<AnyEvent>[] {
    return this.#mechanismEvents;
  }

  get outbox(): Outbox {
    return this.#outbox;
  }

  /** Reads the whole outbox as it is now; called once every chain's head is known. */
  async readOutbox(): Promise<void> {
    const { gateway } = this.place.contracts;
    const until = await this.#client.provider.getBlockNumber();
    const place = { contract: abis.Gateway, address: gateway };
    const later = await this.#eventsOf([place], this.#head + 1, until);
    const before = this.#events.filter(({ address }) => isSameAddress(address, gateway));
    const events = [...before, ...(later as ChainEvent[])];
    const { root, count } = await readContract(this.#client, place, "outbox", [], toQuantity(until));
    this.#outbox = { messages: outboxOf(events), root, count };
  }

  /** Forgets what came after a block. */
  cutAt(head: number): void {
    this.#head = head;
    this.#events = this.#events.filter(({ blockNumber }) => blockNumber <= head);
    this.#mechanismEvents = this.#mechanismEvents.filter(({ blockNumber }) => blockNumber <= head);
  }

  async blockTime(blockNumber: number): Promise<number> {
    return this.#client.blockTime(blockNumber);
  }

  async blockHash(blockNumber: number): Promise<string> {
    return (await this.#client.header(blockNumber)).hash;
  }

  async transaction(hash: string): Promise<SeenTransaction> {
    const known = this.#transactions.get(hash);
    if (known !== undefined) return known;
    const asked = this.#transaction(hash);
    this.#transactions.set(hash, asked);
    asked.catch(() => this.#transactions.delete(hash));
    return asked;
  }

  async calls(hash: string): Promise<readonly TracedCall[] | BaseError> {
    const known = this.#calls.get(hash) ?? this.#callsIn(hash);
    this.#calls.set(hash, known);
    return known;
  }

  /**
   * Asks together for what the checks will ask for one by one: times of the blocks of a task
   * and of its account, transactions that delivered or revealed. What fails here is asked for again.
   */
  async prefetch(task: bigint): Promise<void> {
    const manager = applicationOf(this.place);
    const own = this.#events.filter((event) => concernsTask({ task, manager }, event));
    // A message takes effect in the transaction that delivers it.
    const names: readonly string[] = [...EFFECTS, "UpdateRevealed"];
    const proven = own.filter(({ name }) => names.includes(name));
    await Promise.allSettled([
      ...[...new Set(own.map(({ blockNumber }) => blockNumber))].map((block) => this.blockTime(block)),
      ...proven.map(({ transactionHash }) => this.transaction(transactionHash)),
    ]);
  }

  async state<C extends AnyContract, N extends FunctionName<AbiOf<C>>>(
    contract: C,
    address: string,
    method: N,
    ...values: Arguments<AbiOf<C>, N>
  ): Promise<Returned<AbiOf<C>, N>> {
    return readContract(this.#client, { contract, address }, method, values, toQuantity(this.#head));
  }

  async read<T>(
    contract: AnyContract,
    address: string,
    method: string,
    values: readonly unknown[],
  ): Promise<T> {
    const request = { to: address, data: contract.encodeCall(method, values) };
    const call = `${contract.name}.${method}`;
    const answer = await callContract(this.#client, call, request, toQuantity(this.#head));
    return contract.decodeResult(method, answer) as T;
  }

  async hasCode(address: string): Promise<boolean> {
    return (await this.#client.provider.getCode(address, this.#head)) !== "0x";
  }

  async transfers(token: string, account: string): Promise<EventNamed<"Transfer">[]> {
    const topic = abis.LocalToken.topicOf("Transfer");
    const padded = zeroPadValue(account, 32);
    const logs: RangeLog[] = [];
    for (const [fromBlock, toBlock] of pages(this.place.fromBlock, this.#head)) {
      for (const topics of [
        [topic, padded],
        [topic, null, padded],
      ]) {
        logs.push(...(await logsInRange(this.#client.rpc, { address: token, topics }, fromBlock, toBlock)));
      }
    }
    // A transfer from the account to itself is found twice.
    const distinct = new Map(logs.map((log) => [`${log.blockNumber}/${log.index}`, log]));
    return [...distinct.values()]
      .sort((a, b) => a.blockNumber - b.blockNumber || a.index - b.index)
      .map((log) => decodeLog(abis.LocalToken, log))
      .filter((event) => event?.name === "Transfer");
  }

  close(): void {
    this.#client.close();
  }

  async #callsIn(hash: string): Promise<readonly TracedCall[] | BaseError> {
    const own = new Set(contractsOf(this.place).map(({ address }) => address.toLowerCase()));
    try {
      return (await callTrace(this.#client.rpc, hash)).filter(({ to }) => own.has(to));
    } catch (error) {
      if (error instanceof BaseError) return error;
      throw error;
    }
  }

  async #transaction(hash: string): Promise<SeenTransaction> {
    const transaction = await this.#client.provider.getTransaction(hash);
    if (transaction !== null) {
      const { from, to, data } = transaction;
      return { from, to, data };
    }
    throw new BaseError("TRANSACTION_NOT_FOUND", `${this.name} has no transaction ${hash}.`, {
      next: "Ask a node that keeps old transactions.",
    });
  }

  async #eventsOf(
    contracts: readonly ContractPlace[],
    from: number,
    until: number,
  ): Promise<ChainEvent<AnyEvent>[]> {
    const events: ChainEvent<AnyEvent>[] = [];
    for (const [first, last] of pages(from, until)) {
      for (const event of await this.#client.events(contracts, first, last)) events.push(event);
    }
    return events;
  }
}

/** The core's contracts of a chain whose events an audit reads. */
function contractsOf(place: ChainPlace): ContractPlace[] {
  const { contracts } = place;
  const common = [
    { contract: abis.Gateway, address: contracts.gateway },
    ...verifiersOf(place),
    applicationPlace(place),
  ];
  if (place.role === "relay") return common;
  if (place.role === "main") {
    return [...common, { contract: abis.RewardEscrow, address: place.contracts.escrow }];
  }
  return [...common, { contract: abis.WorkerRegistry, address: place.contracts.registry }];
}

/** The mechanisms' contracts of a chain. */
function mechanismContractsOf(place: ChainPlace): ContractPlace[] {
  const { kind, addresses } = mechanismAddresses(place);
  return MECHANISMS.flatMap(({ name, contracts }) => {
    const address = addresses[name];
    return address === undefined ? [] : [{ contract: contracts[kind], address }];
  });
}

function* pages(from: number, until: number): Generator<[number, number]> {
  for (let first = from; first <= until; first += BLOCKS_PER_REQUEST) {
    yield [first, Math.min(until, first + BLOCKS_PER_REQUEST - 1)];
  }
}
