import { toQuantity, zeroPadValue } from "ethers";
import { ChainClient, type ChainClientModules } from "../../chains/clients/ChainClient.ts";
import {
  type ChainEvent,
  type ContractPlace,
  decodeLog,
  type EventNamed,
  type EventPlace,
  isBefore,
} from "../../chains/clients/ChainEvent.ts";
import { callContract, readContract } from "../../chains/clients/readContract.ts";
import { applicationOf } from "../../chains/networks/applicationOf.ts";
import type { ChainPlace } from "../../chains/networks/networkFile.ts";
import { callTrace, type TracedCall } from "../../chains/rpc/callTrace.ts";
import { logPages } from "../../chains/rpc/logPages.ts";
import type { LogFilter, RangeLog } from "../../chains/rpc/logRange.ts";
import { readHeader } from "../../chains/rpc/readHeader.ts";
import type { Arguments, FunctionName, Returned } from "../../protocol/abiTypes.ts";
import { BaseError } from "../../protocol/BaseError.ts";
import type { AbiOf, AnyContract, AnyEvent } from "../../protocol/ContractAbi.ts";
import { contracts as abis } from "../../protocol/contracts.ts";
import { concernsTask } from "../../tasks/view/concernsTask.ts";
import { isSameAddress } from "../isSameAddress.ts";
import { EFFECTS } from "../messages/messageEffects.ts";
import type { ChainEvidence, SeenTransaction } from "./ChainEvidence.ts";
import { coreContractsOf, keptLogs, mechanismContractsOf, messageLogs } from "./eventSources.ts";
import { type Outbox, OutboxReader } from "./OutboxReader.ts";

/** How many questions are asked ahead at once. */
const ASKED_AHEAD = 200;
/** Calldata that are kept for the next check that wants them, characters; what is beyond is read again. */
const KEPT_CHARACTERS = 64 * 2 ** 20;

/** Reads one chain for an audit, over its JSON-RPC server and nothing else. */
export class ChainReader implements ChainEvidence {
  readonly place: ChainPlace;
  readonly #client: ChainClient;
  #head = 0;
  /** The latest block when the chain was first read. */
  #latest = { number: 0, hash: "" };
  #events: readonly ChainEvent[] = [];
  #mechanismEvents: readonly ChainEvent<AnyEvent>[] = [];
  readonly #transactions = new Map<string, Promise<SeenTransaction>>();
  readonly #calls = new Map<string, Promise<readonly TracedCall[] | BaseError>>();
  #keptCharacters = 0;
  readonly #sent: OutboxReader;
  #outbox: Outbox | undefined;

  private constructor(place: ChainPlace, task: bigint, client: ChainClient) {
    this.place = place;
    this.#client = client;
    this.#sent = new OutboxReader({ name: place.name, application: applicationOf(place), task });
  }

  /**
   * Connects to a chain and reads the events of its contracts up to its latest block, as far as they concern a task:
   * how many others there are, strangers choose.
   *
   * @throws the errors of `ChainClient.connect`.
   */
  static async open(place: ChainPlace, task: bigint, modules: ChainClientModules = {}): Promise<ChainReader> {
    const reader = new ChainReader(place, task, await ChainClient.connect(place, modules));
    try {
      await reader.#read(task);
      return reader;
    } catch (cause) {
      reader.close();
      throw cause;
    }
  }

  async #read(task: bigint): Promise<void> {
    this.#latest = await this.#client.header("latest");
    this.#head = this.#latest.number;
    const { fromBlock } = this.place;
    const core = coreContractsOf(this.place);
    const places = [...mechanismContractsOf(this.place), ...core];
    const found = new Map<string, ChainEvent<AnyEvent>>();
    const keep = (event: ChainEvent<AnyEvent>) => {
      // What several filters let through is one event.
      found.set(`${event.blockNumber}/${event.logIndex}`, event);
    };
    for (const filter of keptLogs(this.place, task)) {
      await this.#eachEvent(places, filter, [fromBlock, this.#head], keep);
    }
    await this.#readMessages([fromBlock, this.#head], keep);
    const events = [...found.values()].sort((a, b) => (isBefore(a, b) ? -1 : 1));
    const ofCore = new Set(core.map(({ address }) => address.toLowerCase()));
    const isCore = ({ address }: EventPlace) => ofCore.has(address.toLowerCase());
    this.#events = events.filter(isCore) as ChainEvent[];
    this.#mechanismEvents = events.filter((event) => !isCore(event));
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
    if (this.#outbox === undefined) throw new Error("The outbox has not been read yet.");
    return this.#outbox;
  }

  /** Reads the rest of the outbox, as it is now; called once every chain's head is known. */
  async readOutbox(): Promise<void> {
    const place = { contract: abis.Gateway, address: this.place.contracts.gateway };
    const until = await this.#client.provider.getBlockNumber();
    await this.#readMessages([this.#head + 1, until], () => undefined);
    this.#outbox = this.#sent.outbox(
      await readContract(this.#client, place, "outbox", [], toQuantity(until)),
    );
  }

  /** Whether the chain has other blocks by now than those that were read: what was read of it may contradict itself. */
  async isReplaced(): Promise<boolean> {
    const { number, hash } = this.#latest;
    return (await readHeader(this.#client.rpc, number))?.hash !== hash;
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
    const forget = () => this.#transactions.delete(hash);
    asked.then(({ data }) => {
      this.#keptCharacters += data.length;
      if (this.#keptCharacters > KEPT_CHARACTERS) forget();
    }, forget);
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
    const questions = [
      ...[...new Set(own.map(({ blockNumber }) => blockNumber))].map((block) => () => this.blockTime(block)),
      ...[...new Set(proven.map(({ transactionHash }) => transactionHash))].map(
        (hash) => () => this.transaction(hash),
      ),
    ];
    for (let first = 0; first < questions.length; first += ASKED_AHEAD) {
      await Promise.allSettled(questions.slice(first, first + ASKED_AHEAD).map(async (ask) => ask()));
    }
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
    for (const topics of [
      [topic, padded],
      [topic, null, padded],
    ]) {
      const filter = { address: token, topics };
      for await (const page of logPages(this.#client.rpc, filter, this.place.fromBlock, this.#head)) {
        for (const log of page) logs.push(log);
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
    const own = new Set(coreContractsOf(this.place).map(({ address }) => address.toLowerCase()));
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

  /** Reads what was sent, and keeps what was delivered to Freshet's contract. */
  async #readMessages(
    blocks: readonly [number, number],
    keep: (event: ChainEvent<AnyEvent>) => void,
  ): Promise<void> {
    const gateway = { contract: abis.Gateway, address: this.place.contracts.gateway };
    const application = applicationOf(this.place);
    await this.#eachEvent([gateway], messageLogs(this.place), blocks, (event) => {
      const { name, args } = event as ChainEvent;
      if (name !== "MessageDelivered") this.#sent.add(event as ChainEvent);
      else if (isSameAddress(args.recipient, application)) keep(event);
    });
  }

  /** Hands over the events that a filter lets through, in the order of the chain. */
  async #eachEvent(
    places: readonly ContractPlace[],
    filter: LogFilter,
    [from, until]: readonly [number, number],
    take: (event: ChainEvent<AnyEvent>) => void,
  ): Promise<void> {
    const contracts = new Map(places.map(({ contract, address }) => [address.toLowerCase(), contract]));
    for await (const page of logPages(this.#client.rpc, filter, from, until)) {
      for (const log of page) {
        const contract = contracts.get(log.address.toLowerCase());
        const event = contract && decodeLog(contract, log);
        if (event !== undefined) take(event);
      }
    }
  }
}
