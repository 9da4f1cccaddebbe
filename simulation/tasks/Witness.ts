import type { ContractEvent } from "../../protocol/contracts.ts";
import type { SimulatedChain } from "../chains/SimulatedChain.ts";
import { courierGateway } from "./courierGateway.ts";
import type { TaskNetwork } from "./TaskNetwork.ts";

/** A message on its way from one chain's contract to another's. */
export interface Dispatch {
  id: string;
  /** Places of the chains in `ROLES`. */
  from: number;
  /** Who sent it, on `from`. */
  sender: string;
  /** ERC-7930. */
  recipient: string;
  payload: string;
}

/** An event of a contract, with when and where it happened. */
export type Seen = ContractEvent & {
  /** Place of its chain in `ROLES`. */
  chain: number;
  /** Of its block, Unix seconds. */
  time: number;
  blockNumber: number;
  transactionHash: string;
  /** Who sent its transaction. */
  sender: string;
};

interface Log {
  address: string;
  topics: string[];
  data: string;
  transactionHash: string;
}

/** Sees everything that happens on the chains, at once and without faults. */
export class Witness {
  readonly #network: TaskNetwork;
  readonly #events: Seen[] = [];
  readonly #delivered = new Set<string>();
  /** Sent and not yet taken by the courier. */
  #dispatches: Dispatch[] = [];

  constructor(network: TaskNetwork) {
    this.#network = network;
  }

  /** All events so far, in the order in which they were seen. */
  get events(): readonly Seen[] {
    return this.#events;
  }

  /** The events of that name so far. */
  all<N extends ContractEvent["name"]>(name: N): (Extract<ContractEvent, { name: N }> & Seen)[] {
    return this.#events.filter((event) => event.name === name) as (Extract<ContractEvent, { name: N }> &
      Seen)[];
  }

  /** Whether a message was handed over. */
  isDelivered(id: string): boolean {
    return this.#delivered.has(id);
  }

  /** What was sent since this was asked last. */
  takeDispatches(): Dispatch[] {
    const taken = this.#dispatches;
    this.#dispatches = [];
    return taken;
  }

  /** Reads the newest block of a chain. @returns The events in it. */
  async read(place: number): Promise<Seen[]> {
    const chain = this.#network.chains[place]!;
    const { hash, number, timestamp, transactions } = chain.head;
    if (transactions.length === 0) return [];
    const logs = (await chain.ask("eth_getLogs", { blockHash: hash })) as Log[];
    const senders = await sendersIn(chain, hash);
    const contracts = this.#network.contractsOn(place);
    const seen: Seen[] = [];
    for (const log of logs) {
      const isFrom = (address: string) => log.address.toLowerCase() === address.toLowerCase();
      if (isFrom(this.#network.gateways[place]!)) {
        const event = courierGateway.decodeEvent(log);
        if (event?.name === "Delivered") this.#delivered.add(event.args.id);
        if (event?.name === "Dispatched") this.#dispatches.push({ ...event.args, from: place });
        continue;
      }
      const contract = contracts.find(({ address }) => isFrom(address))?.contract;
      const event = contract?.decodeEvent(log) as ContractEvent | undefined;
      if (event === undefined) continue;
      const { transactionHash } = log;
      const at = { chain: place, time: timestamp, blockNumber: number, transactionHash };
      seen.push({ ...event, ...at, sender: senders.get(transactionHash)! });
    }
    for (const event of seen) this.#events.push(event);
    return seen;
  }
}

async function sendersIn(chain: SimulatedChain, hash: string): Promise<Map<string, string>> {
  const { transactions } = (await chain.ask("eth_getBlockByHash", hash, true)) as {
    transactions: { hash: string; from: string }[];
  };
  return new Map(transactions.map(({ hash: transaction, from }) => [transaction, from.toLowerCase()]));
}
