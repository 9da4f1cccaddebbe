import type { ReadBlock } from "../../clients/readContract.ts";

/** Something that must be so on a chain, and is made so where it is not. */
export interface Step {
  /** What it does, for people: `open the route from relay`. */
  readonly name: string;
  /**
   * Whether it is so as of a block.
   *
   * @throws `DEPLOYED_OTHERWISE` when something else is there, which nothing here may replace.
   */
  isDone(block: ReadBlock): Promise<boolean>;
  /** Makes it so. */
  take(): Promise<unknown>;
}
