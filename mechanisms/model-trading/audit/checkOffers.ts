import { keccak256 } from "ethers";
import { z } from "zod";

import { BaseError } from "../../../protocol/BaseError.ts";
import type { AuditedTask, CheckTally } from "../../MechanismAudit.ts";
import { decodeTerms, encodeTerms } from "../encodings.ts";
import { offersTree } from "../offers.ts";
import { rewardSchema } from "../rewardSchema.ts";
import { tradingTerms } from "../tradingTerms.ts";

/**
 * The policy pinned the published terms, every subchain's meter has the same offers, period and cosigner, the budget
 * covers every worker's cap, and the terms are those that the specification asks for. Counts offers.
 */
export async function checkOffers(task: AuditedTask, tally: CheckTally): Promise<void> {
  const { terms, mechanismTerms, policy } = task;
  const published = decodeTerms(mechanismTerms);
  const opened = policy
    .events("TradeOpened")
    .find((event) => event.task === task.task && event.manager === policy.application);
  tally.require(
    opened?.termsHash === keccak256(mechanismTerms),
    `The reward policy pinned terms with hash ${opened?.termsHash ?? "none"}, but the task was opened with terms that hash to ${keccak256(mechanismTerms)}.`,
  );
  const worstCase = published.cap * BigInt(terms.maxWorkers) * BigInt(terms.subchains.length);
  tally.require(
    task.budget >= worstCase && task.worstCase === worstCase,
    `The offers can cost ${worstCase} wei; ${task.budget} wei were put up against a stated worst case of ${task.worstCase}.`,
  );
  const wanted = wantedBy(task);
  tally.require(
    "encoded" in wanted,
    `The specification asks for no offers, and ${mechanismTerms} was published: ${"why" in wanted ? wanted.why : ""}`,
  );
  tally.require(
    wanted.encoded === mechanismTerms,
    `The specification asks for other terms than ${mechanismTerms}: ${wanted.encoded}.`,
  );
  const root = offersTree(published).root();
  for (const { chain, application, read } of await task.meters()) {
    const held = await read<{ periodMs: number; cosigner: string; offers: number; offersRoot: string }>(
      "tradeOf",
      application,
      task.task,
    );
    tally.require(
      held.periodMs === published.periodMs &&
        held.cosigner === published.cosigner &&
        held.offers === published.offers.length &&
        held.offersRoot === root,
      `The meter on ${chain} has ${held.offers} offers under ${held.offersRoot}, a period of ${held.periodMs} ms and cosigner ${held.cosigner}; ${published.offers.length} under ${root}, ${published.periodMs} ms and ${published.cosigner} were published.`,
    );
  }
  tally.count(published.offers.length);
}

/** The terms that the specification asks for, hex; a stranger may have written one that asks for none. */
function wantedBy({ reward, terms, publisher }: AuditedTask): { encoded: string } | { why: string } {
  const parsed = rewardSchema.safeParse(reward);
  if (!parsed.success) return { why: z.prettifyError(parsed.error) };
  const { epochSeconds } = terms.schedule;
  try {
    return {
      encoded: encodeTerms(tradingTerms(parsed.data, { epochSeconds, rounds: terms.rounds, publisher })),
    };
  } catch (error) {
    if (error instanceof BaseError) return { why: error.message };
    throw error;
  }
}
