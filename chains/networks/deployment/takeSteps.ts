import { toQuantity } from "ethers";

import { BaseError } from "../../../protocol/BaseError.ts";
import type { ChainClient } from "../../clients/ChainClient.ts";
import { type FinalityRule, finalHeader } from "../../clients/finality.ts";
import type { Step } from "./Step.ts";

/** How often all steps are looked at again, as reorganizations may have undone some. */
const MOST_PASSES = 5;
/** Longest pause between looks at what is final, milliseconds. */
const LONGEST_PAUSE_MILLISECONDS = 2000;
/** How long a chain may take until its newest block is final, milliseconds, besides what its blocks take. */
const FINALITY_MILLISECONDS = 120_000;

/** How steps are taken on a chain. */
export interface TakeStepsOptions {
  client: ChainClient;
  finality: FinalityRule;
  /** Seconds from block to block. */
  blockSeconds: number;
  /** How many blocks a final one is behind the newest, at the most. */
  finalityBlocks: number;
  /** Told before a step is taken. */
  onStep?: (name: string) => void;
}

/**
 * Makes what is to be so on a chain so, a group after the other, the steps of a group together. What is so already is
 * left alone. Ends once all of it is so as of a final block: what a reorganization undid is done again.
 *
 * @returns How many steps were taken.
 * @throws `CHAIN_UNSETTLED` (retryable) when that does not come about, and those of the steps.
 */
export async function takeSteps(
  groups: readonly (readonly Step[])[],
  options: TakeStepsOptions,
): Promise<number> {
  const { client, finality, onStep } = options;
  let taken = 0;
  for (let pass = 0; pass < MOST_PASSES; pass++) {
    let missing = 0;
    for (const group of groups) {
      const done = await Promise.all(group.map((step) => step.isDone("latest")));
      const open = group.filter((_, i) => !done[i]);
      for (const { name } of open) onStep?.(name);
      missing += open.length;
      await Promise.all(open.map((step) => step.take()));
    }
    taken += missing;
    const isFinalAtOnce = finality !== "finalized" && finality.confirmations === 0;
    if (isFinalAtOnce) return taken;
    const block = toQuantity(await finalNumber(options));
    const final = await Promise.all(groups.flat().map((step) => step.isDone(block)));
    if (final.every((isDone) => isDone)) return taken;
  }
  throw new BaseError("CHAIN_UNSETTLED", `${client.name} undoes what was done on it, again and again.`, {
    details: `After ${MOST_PASSES} passes, something is not so as of its final block.`,
    next: "See whether its finality is what the deployment says, then deploy again: it goes on from there.",
    retryable: true,
  });
}

/** The final block's number, once what is the newest block now is final. */
async function finalNumber(options: TakeStepsOptions): Promise<number> {
  const { client, finality, blockSeconds, finalityBlocks } = options;
  const head = (await client.header("latest")).number;
  const { clock } = client;
  const until = clock.now() + FINALITY_MILLISECONDS + 2000 * blockSeconds * (finalityBlocks + 2);
  const pause = Math.min(LONGEST_PAUSE_MILLISECONDS, Math.max(50, blockSeconds * 250));
  for (;;) {
    const final = await finalHeader(client.rpc, finality);
    if (final !== undefined && final.number >= head) return final.number;
    if (clock.now() > until) {
      throw new BaseError("CHAIN_UNSETTLED", `Block ${head} of ${client.name} does not become final.`, {
        details:
          final === undefined ? "It has no final block." : `Its newest final block is ${final.number}.`,
        next: "See whether the chain makes blocks and its finality is what the deployment says, then deploy again.",
        retryable: true,
      });
    }
    await clock.sleep(pause);
  }
}
