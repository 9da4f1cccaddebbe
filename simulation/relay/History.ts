import { contracts } from "../../protocol/contracts.ts";
import type { SimulatedBlock } from "../chains/SimulatedBlock.ts";
import type { SimulatedPlace } from "./SimulatedNetwork.ts";

/** A message in a gateway's outbox. */
export interface HistoricMessage {
  id: string;
  nonce: number;
  payload: string;
  /** Number of its block. */
  block: number;
}

/** A delivery, as the gateway tells it. */
export interface HistoricDelivery {
  id: string;
  nonce: number;
}

interface BlockEvents {
  sent: readonly HistoricMessage[];
  /** As often as they were delivered. */
  delivered: readonly HistoricDelivery[];
  /** Ids, as often as a recipient got them. */
  received: readonly string[];
}

interface Log {
  address: string;
  topics: string[];
  data: string;
}

/** What happened on a chain in the history that it has now, seen without faults. */
export class History {
  readonly place: SimulatedPlace;
  readonly #byBlock = new Map<string, BlockEvents>();
  /** Ids of all messages that were in any history. */
  readonly #everSent = new Set<string>();

  constructor(place: SimulatedPlace) {
    this.place = place;
  }

  /** Reads the blocks that are new. */
  async read(): Promise<void> {
    for (const block of this.#blocks()) {
      if (this.#byBlock.has(block.hash)) continue;
      const events = await this.#events(block);
      this.#byBlock.set(block.hash, events);
      for (const { id } of events.sent) this.#everSent.add(id);
    }
  }

  /** Messages in the outbox, in order; as of a block, if one is given. */
  sent(until = Number.POSITIVE_INFINITY): HistoricMessage[] {
    return this.#all("sent", until);
  }

  /** Whether a message is in the outbox of any history, also one that was replaced. */
  wasEverSent(id: string): boolean {
    return this.#everSent.has(id);
  }

  /** What the gateway says it delivered. */
  delivered(): HistoricDelivery[] {
    return this.#all("delivered");
  }

  /** Ids that the recipient got. */
  received(): string[] {
    return this.#all("received");
  }

  *#blocks(): Generator<SimulatedBlock> {
    const { chain } = this.place;
    for (let number = chain.first.number + 1; number <= chain.head.number; number++)
      yield chain.block(number)!;
  }

  #all<K extends keyof BlockEvents>(kind: K, until = Number.POSITIVE_INFINITY): BlockEvents[K][number][] {
    const all: BlockEvents[K][number][] = [];
    for (const { hash, number } of this.#blocks()) {
      if (number > until) continue;
      for (const event of this.#byBlock.get(hash)?.[kind] ?? []) all.push(event);
    }
    return all;
  }

  async #events({ hash, number, transactions }: SimulatedBlock): Promise<BlockEvents> {
    const events = {
      sent: [] as HistoricMessage[],
      delivered: [] as HistoricDelivery[],
      received: [] as string[],
    };
    if (transactions.length === 0) return events;
    const { chain, gateway, recipient } = this.place;
    const logs = (await chain.ask("eth_getLogs", { blockHash: hash })) as Log[];
    // A gateway emits both events of a message in one call, the insertion first.
    let inserted = -1;
    for (const log of logs) {
      if (log.address.toLowerCase() === recipient.toLowerCase()) events.received.push(log.topics[1]!);
      if (log.address.toLowerCase() !== gateway.toLowerCase()) continue;
      const event = contracts.Gateway.decodeEvent(log);
      if (event?.name === "MessageInserted") inserted = event.args.nonce;
      if (event?.name === "MessageSent") {
        const { sendId: id, payload } = event.args;
        events.sent.push({ id, nonce: inserted, payload, block: number });
      }
      if (event?.name === "MessageDelivered") {
        const { messageId: id, nonce } = event.args;
        events.delivered.push({ id, nonce });
      }
    }
    return events;
  }
}
