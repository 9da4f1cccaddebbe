import type { RandomSource } from "../../numerics/RandomSource.ts";
import { formatInteroperable, parseInteroperable } from "../../protocol/interoperableAddress.ts";
import type { FaultTally } from "../FaultTally.ts";
import type { VirtualClock } from "../VirtualClock.ts";
import { courierGateway } from "./courierGateway.ts";
import { DirectSender } from "./DirectSender.ts";
import type { TaskNetwork } from "./TaskNetwork.ts";
import { BLOCK_MILLISECONDS, MOST_DELAY_MILLISECONDS, RETRY_MILLISECONDS } from "./times.ts";
import type { Dispatch, Witness } from "./Witness.ts";

/** After how long the courier looks whether what it brought was taken, milliseconds. */
const LOOK_MILLISECONDS = 2 * BLOCK_MILLISECONDS;

/** In place of the relay: brings every message within a stated time, in any order, unless its route is paused. */
export class Courier {
  readonly #network: TaskNetwork;
  readonly #witness: Witness;
  readonly #clock: VirtualClock;
  readonly #random: RandomSource;
  readonly #tally: FaultTally;
  readonly #senders: readonly DirectSender[];
  /** At which head of its destination a message was sent last, by its id. */
  readonly #sentAt = new Map<string, number>();
  #last = 0;

  constructor(modules: {
    network: TaskNetwork;
    witness: Witness;
    clock: VirtualClock;
    random: RandomSource;
    tally: FaultTally;
  }) {
    this.#network = modules.network;
    this.#witness = modules.witness;
    this.#clock = modules.clock;
    this.#random = modules.random;
    this.#tally = modules.tally;
    const { chains, accounts } = modules.network;
    this.#senders = chains.map((chain) => new DirectSender(chain, accounts.courier));
  }

  /** Takes what was sent. */
  collect(): void {
    for (const dispatch of this.#witness.takeDispatches()) {
      const delay = this.#random.integer(MOST_DELAY_MILLISECONDS);
      const due = this.#clock.now() + delay;
      if (due < this.#last) this.#tally.count("courier: overtaken message");
      this.#last = Math.max(this.#last, due);
      this.#tally.count("courier: message");
      this.#bring(dispatch, delay);
    }
  }

  /** Pauses or opens the route from one chain to another. */
  async setPaused(from: number, to: number, paused: boolean): Promise<void> {
    const { chainId } = this.#network.chains[from]!;
    const data = courierGateway.encodeCall("setPaused", [chainId, paused]);
    await this.#senders[to]!.send(this.#network.gateways[to]!, data);
  }

  /** Brings a message after some time, and again until it was taken. */
  #bring(dispatch: Dispatch, milliseconds: number): void {
    this.#clock.in(
      milliseconds,
      () => this.#deliver(dispatch),
      (brought) => {
        if (this.#witness.isDelivered(dispatch.id)) return;
        this.#bring(dispatch, brought ? LOOK_MILLISECONDS : RETRY_MILLISECONDS);
      },
    );
  }

  /** @returns Whether it is on its way into a block. */
  async #deliver({ id, from, sender, recipient, payload }: Dispatch): Promise<boolean> {
    if (this.#witness.isDelivered(id)) return true;
    const { chainId, address } = parseInteroperable(recipient);
    const to = this.#network.placeOf(chainId);
    const { number } = this.#network.chains[to]!.head;
    // A chain that makes no block has it still.
    if (this.#sentAt.get(id) === number) return true;
    const origin = this.#network.chains[from]!.chainId;
    const data = courierGateway.encodeCall("deliver", [
      id,
      origin,
      formatInteroperable({ chainId: origin, address: sender }),
      address,
      payload,
    ]);
    const sent = await this.#senders[to]!.trySend(this.#network.gateways[to]!, data);
    if (sent) this.#sentAt.set(id, number);
    return sent;
  }
}
