import type { Dataset } from "../learning/datasets/Dataset.ts";
import type { PrivacyPolicy } from "./privacyPolicy.ts";

/** A part of a stream, by positions: `from` on, up to `until`, excluded. */
export interface StreamPart {
  from: number;
  until: number;
}

/** A refresh by its number, from 0, with what it brings, where that is foreseen. */
export interface RefreshPart extends Partial<StreamPart> {
  refresh: number;
}

/**
 * What a device senses in a task, or what of it may leave the device, in the order in which it comes. Each has a
 * position, counted from 0. What a refresh brought is decided once: asked again, also after a restart, the answer is the
 * same, and so are the samples.
 */
export interface SampleStream {
  /** Whether it is known from the start what comes when; else only a refresh shows what has come until it. */
  readonly isForeseen: boolean;
  /**
   * How many samples there will be in all; undefined where only time tells.
   *
   * @throws BaseError naming why there are none.
   */
  expected(): Promise<number | undefined>;
  /** Samples of its kind, as many as there happen to be here, down to none. */
  likeness(): Promise<Dataset>;
  /**
   * The refreshes, of so many, that may bring something, in their order; with what each brings, where that is foreseen.
   *
   * @param options - `kept`: so many of the last samples are left for after the last of them.
   */
  refreshes(count: number, options: { kept: number }): Promise<Iterable<RefreshPart>>;
  /** What refresh `j` of `count` brings; empty when nothing came. */
  brought(count: number, j: number): Promise<StreamPart>;
  /** The samples of a part, oldest first. */
  read(part: StreamPart): Promise<Dataset>;
  /** The newest samples before a position, `most` at the most, oldest first. */
  newest(until: number, most: number): Promise<Dataset>;
  /** What of it an owner's policy lets leave the device: drawn by the task's seed and the device's name. */
  leaving(who: { name: string; policy: PrivacyPolicy }, task: { seed: number }): SampleStream;
}
