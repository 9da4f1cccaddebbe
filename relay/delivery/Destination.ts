import type { Lane } from "./Lane.ts";
import type { StandBack } from "./StandBack.ts";
import type { SubmissionChannel } from "./SubmissionChannel.ts";

/** A chain that a relayer delivers to, over one channel for all origins. */
export class Destination {
  readonly #channel: SubmissionChannel;
  readonly #lanes: readonly Lane[];
  readonly #standBack: StandBack;

  constructor(modules: { channel: SubmissionChannel; lanes: readonly Lane[]; standBack: StandBack }) {
    this.#channel = modules.channel;
    this.#lanes = modules.lanes;
    this.#standBack = modules.standBack;
  }

  get name(): string {
    return this.#channel.gateway.name;
  }

  /** Looks after what is under way, then delivers. @returns Whether there may be more to deliver at once. */
  async deliver(signal: AbortSignal): Promise<boolean> {
    for (const settled of await this.#channel.tend()) {
      this.#standBack.hear(settled);
      await this.#lanes.find(({ origin }) => origin === settled.origin)?.judge(settled.outcomes);
    }
    if (this.#standBack.isOn) return false;
    let more = false;
    for (const lane of this.#lanes) more = (await lane.deliver(signal)) || more;
    return more;
  }
}
