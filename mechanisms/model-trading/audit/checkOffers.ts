import { keccak256 } from "ethers";

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
  const wanted = tradingTerms(rewardSchema.parse(task.reward), {
    epochSeconds: terms.schedule.epochSeconds,
    rounds: terms.rounds,
    publisher: task.publisher,
  });
  tally.require(
    encodeTerms(wanted) === mechanismTerms,
    `The specification asks for other terms than ${mechanismTerms}: ${encodeTerms(wanted)}.`,
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
