import type { Dataset } from "../learning/datasets/Dataset.ts";
import { newestSamples } from "../learning/datasets/newestSamples.ts";
import { selectSamples } from "../learning/datasets/selectSamples.ts";
import { leavingData } from "./leavingData.ts";
import type { PrivacyPolicy } from "./privacyPolicy.ts";
import type { RefreshPart, SampleStream, StreamPart } from "./SampleStream.ts";
import { refreshesWithNew, samplesCollected } from "./streamSchedule.ts";

/**
 * Samples that are all there before the task, played back as if they came during it: half of them, and at least one, are
 * there at its epoch's start, the rest comes in equal parts, one a refresh.
 */
export class PlayedStream implements SampleStream {
  readonly isForeseen = true;
  readonly #samples: () => Promise<Dataset>;

  /** @param samples - All of them, in their order; may be asked for more than once. */
  constructor(samples: () => Promise<Dataset>) {
    this.#samples = samples;
  }

  async expected(): Promise<number> {
    return (await this.#samples()).labels.length;
  }

  likeness(): Promise<Dataset> {
    return this.#samples();
  }

  async refreshes(count: number, { kept }: { kept: number }): Promise<Iterable<RefreshPart>> {
    return refreshesWithNew((await this.expected()) - kept, count);
  }

  async brought(count: number, j: number): Promise<StreamPart> {
    const total = await this.expected();
    const collected = (by: number) => Math.min(total, samplesCollected(total, count, by));
    return { from: j === 0 ? 0 : collected(j - 1), until: collected(j) };
  }

  async read({ from, until }: StreamPart): Promise<Dataset> {
    const rows = Uint32Array.from({ length: until - from }, (_, row) => from + row);
    return selectSamples(await this.#samples(), rows);
  }

  async newest(until: number, most: number): Promise<Dataset> {
    return newestSamples(await this.#samples(), most, until);
  }

  leaving(who: { name: string; policy: PrivacyPolicy }, task: { seed: number }): PlayedStream {
    let leaving: Promise<Dataset> | undefined;
    return new PlayedStream(() => {
      leaving ??= this.#samples().then((samples) => leavingData(who, samples, task));
      // Whoever asks again may have put the files there.
      leaving.catch(() => {
        leaving = undefined;
      });
      return leaving;
    });
  }
}
