import type { Announcer } from "./Announcer.ts";
import type { Lane } from "./Lane.ts";
import type { StandBack } from "./StandBack.ts";
import type { SubmissionChannel } from "./SubmissionChannel.ts";

/**
 * A chain that a relayer delivers to, over one channel for all origins. What that chain sends and has to announce again
 * goes the same way: an account has one queue.
 */
export class Destination {
  readonly #channel: SubmissionChannel;
  readonly #announcer: Announcer;
  readonly #lanes: readonly Lane[];
  readonly #strangers: readonly Lane[];
  readonly #standBack: StandBack;

  /** @param modules - `lanes` are those of the network's own messages, one for each origin; `strangers` the others. */
  constructor(modules: {
    channel: SubmissionChannel;
    announcer: Announcer;
    lanes: readonly Lane[];
    strangers: readonly Lane[];
    standBack: StandBack;
  }) {
    this.#channel = modules.channel;
    this.#announcer = modules.announcer;
    this.#lanes = modules.lanes;
    this.#strangers = modules.strangers;
    this.#standBack = modules.standBack;
  }

  get name(): string {
    return this.#channel.gateway.name;
  }

  /**
   * Looks after what is under way, has announced what has to be, then delivers the network's own messages.
   *
   * @returns Whether there may be more to deliver at once.
   */
  async deliver(signal: AbortSignal): Promise<boolean> {
    for (const settled of await this.#channel.tend()) {
      // Announcements are in no other relayer's way.
      if (settled.origin !== this.#channel.gateway.chainId) this.#standBack.hear(settled);
      await this.#lanes.find(({ origin }) => origin === settled.origin)?.judge(settled.outcomes);
    }
    await this.#announcer.announce(signal);
    if (this.#standBack.isOn) return false;
    let more = false;
    for (const lane of this.#lanes) more = (await lane.deliver(signal)) || more;
    return more;
  }

  /** Delivers what strangers sent. Whatever that takes, the network's messages are delivered meanwhile. */
  async deliverStrangers(signal: AbortSignal): Promise<boolean> {
    if (this.#standBack.isOn) return false;
    for (const lane of this.#strangers) await lane.deliver(signal);
    // What is left has its turn later: there is no hurry.
    return false;
  }
}
